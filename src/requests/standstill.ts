import { type Applied, waitsFrom } from "../policy/applied.ts";
import { isHandedOver, isIn } from "./life.ts";
import type { AnyRequest } from "./request.ts";

/**
 * How long an open request has stood still although it is not people's turn: nobody else is to be asked, told or waited for.
 * Failures alone do not show that: what hangs does not fail.
 *
 * @returns seconds; 0 when the request is where it should be
 */
export function standstillSeconds(
  request: AnyRequest,
  now: number,
  applied: Pick<Applied, "policy">,
): number {
  const since = movingSince(request, applied);
  return since === undefined ? 0 : Math.max(0, Math.round((now - since) / 1_000));
}

/** Since when it should go on by itself. Neither a retry nor a look at it begins that time anew. */
function movingSince(request: AnyRequest, { policy }: Pick<Applied, "policy">): number | undefined {
  if (isHandedOver(request)) return undefined;
  if (request.status === "requested") return request.createdAt;
  if (request.status === "checked") return decidedAt(request);
  if (request.status === "approved") return Math.max(decidedAt(request), beginsAt(request));
  if (request.status === "ending") return request.end.at;
  if (isIn(request, ["asked", "blocked"])) return expiresAt(request.asked.at, policy);
  return undefined;
}

function decidedAt({ createdAt, decisions }: { createdAt: number; decisions: { at: number }[] }): number {
  return Math.max(createdAt, ...decisions.map(({ at }) => at));
}

/** Access that starts later, and steps of actions that are put off, wait for their day. */
function beginsAt(request: Extract<AnyRequest, { status: "approved" }>): number {
  return (request.kind === "actions" ? request.heldUntil : request.pin.startsAt) ?? 0;
}

function expiresAt(askedAt: number, policy: Applied["policy"]): number {
  const seconds = waitsFrom(policy, askedAt).reduce((sum, wait) => sum + wait, 0);
  return askedAt + seconds * 1_000;
}
