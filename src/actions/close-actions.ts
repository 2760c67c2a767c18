import type { AuditLog } from "../audit/audit-trail.ts";
import type { Clock } from "../clock.ts";
import { InconsistentError } from "../errors.ts";
import { type Applied, actionTypeOf } from "../policy/applied.ts";
import { closedStatuses } from "../policy/site.ts";
import { type Comment, declined, expired, refused, withdrawn } from "../requests/comment.ts";
import { conclude } from "../requests/conclude.ts";
import { expectStatus } from "../requests/life.ts";
import type { ActionRequest, RequestStore } from "../requests/request.ts";
import { moveBack, settleTicket, type TicketDeps } from "../requests/ticket.ts";

type Deps = TicketDeps & {
  clock: Clock;
  requests: RequestStore<ActionRequest>;
  audit: AuditLog;
  policy: { current(): Promise<Applied> };
};

/** Of a refusal, `cause` as the state machine has it. */
export type CloseActions = {
  requestId: string;
  outcome: "refused" | "declined" | "expired" | "withdrawn";
  cause?: string | undefined;
};

/**
 * Tells the ticket, once, why nothing is done, and closes it.
 *
 * @throws SettledError when a decision came while the run was on its way to close the request as expired
 */
export async function closeActions(deps: Deps, { requestId, outcome, cause }: CloseActions): Promise<void> {
  const stored = await deps.requests.get(requestId);
  const request =
    outcome === "declined" ? expectStatus(stored, "declined") : await conclude(deps, stored, outcome, cause);
  const type = actionTypeOf(await deps.policy.current(), request);
  const statuses = [type.statuses[outcome], ...closedStatuses(type)];
  if (request.told.includes(outcome))
    return moveBack(deps, request, statuses, [type.statuses.open, type.statuses.failed]);
  const comment = commentFor(request);
  const seen = await settleTicket(deps, request, { topic: outcome, statuses, comment });
  const trail = await deps.audit.append(requestId, request.trail, {
    id: `ticket.told/${outcome}`,
    at: deps.clock.now(),
    action: "ticket.told",
    by: [],
    facts: seen ? { outcome, status: seen.status } : { outcome, ticket: "gone" },
  });
  const told = [...request.told, outcome];
  await deps.requests.save(request, { ...request, told, trail, seen: seen ?? request.seen });
}

function commentFor(request: ActionRequest): Comment {
  const { requestId } = request;
  switch (request.status) {
    case "refused":
      return refused(requestId, request.why);
    case "declined":
      return declined(requestId, request.pin, request.decisions);
    case "expired":
      return expired(requestId, request.pin);
    case "withdrawn":
      return withdrawn(requestId);
    default:
      throw new InconsistentError(`Request ${requestId} is ${request.status}, and is not to be closed.`);
  }
}
