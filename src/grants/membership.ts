import type { Clock } from "../clock.ts";
import { NotVerifiedError, UpstreamError } from "../errors.ts";

/** A group of JumpCloud. */
export type DirectoryGroup = {
  groupId: string;
  name: string;
  /** Whether JumpCloud computes the members itself, and undoes what others change. */
  dynamic: boolean;
};

/** JumpCloud's memberships. `add` and `remove` accept that things are as wanted already. */
export type Memberships = {
  isMember(userId: string, groupId: string): Promise<boolean>;
  addMember(userId: string, groupId: string): Promise<void>;
  removeMember(userId: string, groupId: string): Promise<void>;
};

/** JumpCloud's reads lag its writes, by seconds. */
const waitsBeforeReading = [0, 1_000, 2_000, 4_000];

/**
 * Makes somebody a member, or no member, and reads it back: JumpCloud's own answer to the change proves nothing.
 * When that answer did not come at all, the reading decides too, before anything is written again.
 *
 * @throws NotVerifiedError when the change cannot be seen after some seconds
 */
export async function changeMembership(
  { memberships, clock }: { memberships: Memberships; clock: Clock },
  { userId, groupId, wanted }: { userId: string; groupId: string; wanted: boolean },
): Promise<void> {
  try {
    await (wanted ? memberships.addMember(userId, groupId) : memberships.removeMember(userId, groupId));
  } catch (error) {
    if (!(error instanceof UpstreamError && error.mayHaveHappened)) throw error;
  }
  for (const wait of waitsBeforeReading) {
    if (wait > 0) await clock.sleep(wait);
    if ((await memberships.isMember(userId, groupId)) === wanted) return;
  }
  throw new NotVerifiedError(`user ${userId} ${wanted ? "in" : "out of"} group ${groupId}`);
}
