import type { AuditLog } from "../audit/audit-trail.ts";
import { keepStanding, type StandingDeps } from "../requests/keep-standing.ts";
import { expectStatus, isIn, resumed } from "../requests/life.ts";
import type { Request, RequestIn, RequestStore } from "../requests/request.ts";
import { expectTakenByHand } from "./expect-by-hand.ts";
import { type GroupDeps, leaveGroup } from "./hold-group.ts";

type Deps = GroupDeps & StandingDeps & { requests: RequestStore; audit: AuditLog };

/** `undo`: a grant that could not be completed is taken back; the request stays what it is, and one that was completed too. */
export type RevokeAccess = { requestId: string; undo: boolean };

/**
 * Takes the request's access away: each membership for which it was the last reason, unless it was there before.
 * Doing it again changes nothing. A person or a group that JumpCloud no longer has counts as gone. A grant that this one
 * made longer ends first, if it has not ended yet.
 *
 * @throws HandworkMissingError when no group gives it, until somebody has taken it away by hand
 */
export async function revokeAccess(deps: Deps, { requestId, undo }: RevokeAccess): Promise<void> {
  const request = await deps.requests.get(requestId);
  if (undo) return undoGrant(deps, request);

  const ending = await startEnding(deps, expectStatus(request, "granted", "ending", "ended"));
  if (ending.status === "ended") return;
  await endExtended(deps, ending);
  await expectTakenByHand(deps, ending);
  const { pin } = ending;
  const kept: { group: string; why: string }[] = [];
  for (const groupId of pin.groups) {
    const { kept: why } = await leaveGroup(deps, { requestId, userId: pin.beneficiary.userId, groupId });
    if (why !== undefined) kept.push({ group: groupId, why });
  }
  const trail = await deps.audit.append(requestId, ending.trail, {
    id: "access.ended",
    at: deps.clock.now(),
    action: "access.ended",
    by: ending.end.by === undefined ? [] : [ending.end.by],
    policyVersion: pin.policyVersion,
    facts: {
      why: ending.end.why,
      user: pin.beneficiary.userId,
      groups: pin.groups,
      kept,
      byHand: ending.end.byHand?.evidence,
      dueAt: ending.grant.endsAt,
    },
  });
  const { token: _, ...rest } = ending;
  await deps.requests.save(ending, { ...rest, status: "ended", end: { ...ending.end, kept }, trail });
}

async function startEnding(
  deps: Deps,
  request: RequestIn<"granted" | "ending" | "ended">,
): Promise<RequestIn<"ending" | "ended">> {
  if (request.status !== "granted") return request;
  const why = request.grant.ticketDoneAt === undefined ? ("time" as const) : ("ticket" as const);
  const end = { why, at: deps.clock.now() };
  return deps.requests.save(request, { ...request, status: "ending", end });
}

/**
 * Ends the grant that this request makes longer, without a word on their common ticket: its run finds it ended. What both
 * give is kept by this one's reason in the ledger, which is there already.
 */
export async function endExtended(deps: Deps, { extends: more }: Pick<Request, "extends">): Promise<void> {
  if (more === undefined) return;
  const stored = await deps.requests.get(more.requestId);
  const earlier = stored.status === "failed" ? resumed(stored) : stored;
  if (!isIn(earlier, ["granted", "ending"])) return;
  const end = isIn(earlier, ["ending"]) ? earlier.end : { why: "extended" as const, at: deps.clock.now() };
  const told = [...new Set([...earlier.told, "ended"])];
  const ending = await deps.requests.save(stored, { ...earlier, status: "ending" as const, end, told });
  await keepStanding(deps, ending, "ended");
  await revokeAccess(deps, { requestId: more.requestId, undo: false });
}

async function undoGrant(deps: Deps, request: Request): Promise<void> {
  // The run can also fail after the grant was written down. Another one goes on from there, and gives nothing again.
  if (!("pin" in request) || request.pin === undefined || isIn(request, ["granted", "ending", "ended"]))
    return;
  const { requestId, pin, trail } = request;
  for (const groupId of pin.groups)
    await leaveGroup(deps, { requestId, userId: pin.beneficiary.userId, groupId });
  const head = await deps.audit.append(requestId, trail, {
    id: `access.undone/${request.version}`,
    at: deps.clock.now(),
    action: "access.undone",
    by: [],
    facts: { user: pin.beneficiary.userId, groups: pin.groups },
  });
  await deps.requests.save(request, { ...request, trail: head });
}
