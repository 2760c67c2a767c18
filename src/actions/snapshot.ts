import * as v from "valibot";

/** What somebody had in JumpCloud at a moment: only ids. Times are milliseconds since 1970. */
export const Snapshot = v.object({
  schemaVersion: v.literal(1),
  userId: v.string(),
  at: v.number(),
  /** Names the step that took it. */
  by: v.string(),
  /** Of the account: `ACTIVATED`, `STAGED` or `SUSPENDED`. */
  state: v.string(),
  /** `endsAt`: when the last request that gives it would have ended it; none: it has no end. */
  groups: v.array(v.object({ groupId: v.string(), endsAt: v.optional(v.number()) })),
  /** Ids of the applications that were bound to the person directly. */
  applications: v.array(v.string()),
  /** User ids of those whose manager the person was. */
  reports: v.array(v.string()),
  /** User id of whoever became their manager. */
  handedTo: v.optional(v.string()),
  version: v.number(),
});
export type Snapshot = v.InferOutput<typeof Snapshot>;

export type SnapshotStore = {
  /** The newest of the person. */
  newest(userId: string): Promise<Snapshot | undefined>;
  /** @throws BusyError when somebody else wrote since it was read */
  save(snapshot: Snapshot): Promise<void>;
};
