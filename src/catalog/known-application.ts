import * as v from "valibot";

/** An application that JumpCloud has or had. */
export const KnownApplication = v.object({
  schemaVersion: v.literal(1),
  /** Its id in JumpCloud. */
  applicationId: v.string(),
  name: v.string(),
  logo: v.optional(v.string()),
  /** The groups that open it, as they were when it was looked at. */
  groups: v.optional(v.array(v.object({ groupId: v.string(), name: v.string() }))),
  /** When its groups were looked at, and when it was first seen and first missed; milliseconds since 1970. */
  lookedAt: v.optional(v.number()),
  since: v.number(),
  goneAt: v.optional(v.number()),
});
export type KnownApplication = v.InferOutput<typeof KnownApplication>;
