import type { JiraEvent } from "./jira/events.ts";
import type { JumpCloudEvent } from "./jumpcloud/journal.ts";

/** Something that happened in the simulated world, in plain facts, so that it can be told. */
export type WorldEvent = JiraEvent | JumpCloudEvent;
