import type { Clock } from "../clock.ts";
import { BusyError, ProtectedMembershipError } from "../errors.ts";
import type { Applied } from "../policy/applied.ts";
import { dropping, hold, type LedgerEntry, leave, left, requestsIn } from "./ledger.ts";
import { changeMembership, type Memberships } from "./membership.ts";

export type GroupDeps = {
  clock: Clock;
  policy: { current(): Promise<Applied> };
  memberships: Memberships;
  ledger: {
    get(userId: string, groupId: string): Promise<LedgerEntry | undefined>;
    /** Writes the entry if it still has the version that it was read with; undefined when it has another. */
    save(entry: LedgerEntry): Promise<LedgerEntry | undefined>;
  };
};

export type Membership = { requestId: string; userId: string; groupId: string };

/**
 * Puts the person into the group on behalf of the request: the reason into the ledger, then the membership, then a look
 * whether it is there. Doing it again changes nothing.
 *
 * @returns whether JumpCloud had to be changed
 */
export async function holdGroup(deps: GroupDeps, membership: Membership): Promise<"added" | "was there"> {
  const { requestId, userId, groupId } = membership;
  // The ledger is read before the membership: if another run changes the membership in between, it has changed the
  // entry too, and the save finds out.
  const entry = await deps.ledger.get(userId, groupId);
  const isMember = await deps.memberships.isMember(userId, groupId);
  await save(deps, hold(entry, { userId, groupId, requestId, isMember }));
  if (isMember) return "was there";
  await change(deps, membership, true);
  return "added";
}

/**
 * Ends the request's reason for the membership, and the membership with it when nothing else holds it.
 *
 * @returns why the person stays in the group, if so
 */
export async function leaveGroup(deps: GroupDeps, membership: Membership): Promise<{ kept?: string }> {
  const { requestId, userId, groupId } = membership;
  const entry = await deps.ledger.get(userId, groupId);
  if (!entry) return {};
  const leaving = leave(entry, requestId);
  if (!leaving.remove) {
    if (leaving.entry !== entry) await save(deps, leaving.entry);
    return leaving.kept === undefined ? {} : { kept: leaving.kept };
  }
  const marked = await save(deps, leaving.entry);
  if (await deps.memberships.isMember(userId, groupId)) await change(deps, membership, false);
  await save(deps, left(marked, requestId));
  return {};
}

/**
 * Takes a membership away that no request gives, whoever gave it. Doing it again changes nothing.
 *
 * @returns whether JumpCloud had to be changed; or the requests that give it, and then nothing was changed
 * @throws BusyError while a request takes hold of it
 */
export async function dropMembership(
  deps: GroupDeps,
  { actionId, userId, groupId }: { actionId: string; userId: string; groupId: string },
): Promise<"removed" | "was not there" | { heldBy: string[] }> {
  const entry = await deps.ledger.get(userId, groupId);
  const heldBy = requestsIn(entry);
  if (heldBy.length > 0) return { heldBy };
  const marked = await save(deps, dropping(entry, { userId, groupId, actionId }));
  const isMember = await deps.memberships.isMember(userId, groupId);
  if (isMember) await change(deps, { requestId: actionId, userId, groupId }, false);
  await save(deps, left(marked, actionId));
  return isMember ? "removed" : "was not there";
}

/**
 * The only place from which memberships are changed: what the policy protects stays as it is, whoever asks.
 *
 * @throws ProtectedMembershipError when the policy protects the group or the person
 */
async function change(deps: GroupDeps, { userId, groupId }: Membership, wanted: boolean): Promise<void> {
  const { protectedGroups = [], protectedPeople = [] } = (await deps.policy.current()).policy;
  if (protectedGroups.includes(groupId) || protectedPeople.includes(userId))
    throw new ProtectedMembershipError(userId, groupId);
  await changeMembership(deps, { userId, groupId, wanted });
}

async function save(deps: GroupDeps, entry: LedgerEntry): Promise<LedgerEntry> {
  const saved = await deps.ledger.save(entry);
  if (!saved) throw new BusyError(`another run changes user ${entry.userId} in group ${entry.groupId}`);
  return saved;
}
