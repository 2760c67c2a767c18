import * as v from "valibot";
import { InconsistentError } from "../errors.ts";

/**
 * "Look at this issue." What a webhook, an automation rule or the sweeper puts into the queue. Only the id or key is
 * used to decide anything; the rest are hints that save reading Jira too early or for nothing.
 */
export const Doorbell = v.object({
  schemaVersion: v.literal(1),
  source: v.picklist(["jira", "automation", "sweep"]),
  issueId: v.optional(v.string()),
  issueKey: v.optional(v.string()),
  /** Account id of whoever caused the event, as the signed body says. */
  actor: v.optional(v.string()),
  /** The status that the event says the issue now has. */
  status: v.optional(v.string()),
  /** Whether the event is that the issue was made. */
  isNew: v.optional(v.literal(true)),
  /** When the event happened, milliseconds since 1970. */
  at: v.number(),
});

export type Doorbell = v.InferOutput<typeof Doorbell>;

/** Its ids become keys of the database, which are short. */
const longest = 600;

/** @throws InconsistentError when the message is none: nobody but Latchkey writes into the queue */
export function readDoorbell(message: string): Doorbell {
  try {
    return v.parse(Doorbell, JSON.parse(message.slice(0, longest)));
  } catch {
    throw new InconsistentError("The queue held a message that is no doorbell.");
  }
}
