import * as v from "valibot";

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
  /** When the event happened, milliseconds since 1970. */
  at: v.number(),
});

export type Doorbell = v.InferOutput<typeof Doorbell>;
