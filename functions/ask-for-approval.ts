import * as v from "valibot";
import { askForApproval } from "../src/approvals/ask-for-approval.ts";
import { defineFunction } from "../src/lambda/define-function.ts";
import { JiraEnvironment, wireJira } from "../src/wiring/jira.ts";
import { JumpCloudEnvironment, wireJumpCloud } from "../src/wiring/jumpcloud.ts";
import { TablesEnvironment, wireTables } from "../src/wiring/tables.ts";

export const Environment = v.object({
  ...TablesEnvironment.entries,
  ...JiraEnvironment.entries,
  ...JumpCloudEnvironment.entries,
});

export const { on, handler } = defineFunction({
  name: "ask-for-approval",
  event: v.object({ requestId: v.string(), token: v.string(), reminders: v.number() }),
  wire: (platform) => {
    const environment = v.parse(Environment, platform.environment);
    const tables = wireTables(environment, platform);
    const jira = wireJira(environment, platform, tables.policy);
    const directory = wireJumpCloud(environment, platform, tables, 1);
    return (event) => askForApproval({ ...tables, jira, directory }, event);
  },
  logged: ({ requestId }) => ({ requestId, did: "asked" }),
});
