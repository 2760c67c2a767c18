import type { AuditLog } from "../audit/audit-trail.ts";
import type { Clock } from "../clock.ts";
import { InconsistentError } from "../errors.ts";
import { type Applied, requestTypeOf } from "../policy/applied.ts";
import { closedStatuses, endingStatuses, type RequestType } from "../policy/site.ts";
import * as comments from "./comment.ts";
import { conclude } from "./conclude.ts";
import { keepStanding, type StandingDeps } from "./keep-standing.ts";
import { expectStatus, isIn, isOver } from "./life.ts";
import type { Request, RequestIn, RequestStore, Seen } from "./request.ts";
import { moveBack, say, settleTicket, type TicketDeps } from "./ticket.ts";

type Deps = TicketDeps &
  StandingDeps & {
    clock: Clock;
    requests: RequestStore & {
      /** The newest request of the issue. */
      latest(issueId: string): Promise<Request | undefined>;
    };
    audit: AuditLog;
    policy: { current(): Promise<Applied> };
  };

export type CloseRequest = {
  requestId: string;
  outcome: "granted" | "ended" | "refused" | "declined" | "expired" | "withdrawn";
  /** Of a refusal: the error's `Cause` as the state machine has it, which is JSON text of Lambda's making. */
  cause?: string | undefined;
};

/**
 * Tells the ticket how its request stands, once, and moves it where it belongs. A refusal, an expiry and a withdrawal
 * are written down here too; the other outcomes have been before.
 *
 * @throws SettledError when a decision came while the run was on its way to close the request as expired
 */
export async function closeRequest(deps: Deps, { requestId, outcome, cause }: CloseRequest): Promise<void> {
  const request = await concluded(deps, await deps.requests.get(requestId), outcome, cause);
  const requestType = requestTypeOf(await deps.policy.current(), request);
  if (request.told.includes(outcome)) {
    // Where a ticket belongs that got no access depends on an earlier request of it.
    if (outcome !== "granted" && outcome !== "ended") return;
    const { open, failed } = requestType.statuses;
    return moveBack(deps, request, statusesFor(request, requestType, outcome), [open, failed]);
  }
  await keepStanding(deps, request, outcome === "granted" || outcome === "ended" ? outcome : "nothing");
  // Ended before the ticket was told of the grant: the end is what it has to be told.
  if (outcome === "granted" && request.status !== "granted") return;
  const seen = await tell(deps, request, requestType, outcome);
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

/** Says it on the ticket and moves it, as far as other requests of the same ticket allow. */
async function tell(
  deps: Deps,
  request: Request,
  requestType: RequestType,
  outcome: CloseRequest["outcome"],
): Promise<Seen | undefined> {
  const comment = commentFor(request, outcome);
  if (outcome === "granted") await tellOfEmergency(deps, request);
  const statuses = statusesFor(request, requestType, outcome);
  const earlier = outcome !== "granted" && outcome !== "ended" && (await stillGranted(deps, request));
  if (earlier) {
    const said = comments.goesOn(comment, earlier.pin, earlier.grant.endsAt);
    const goesOn = [requestType.statuses.granted];
    return settleTicket(deps, request, { topic: outcome, statuses: goesOn, comment: said });
  }
  if (isIn(request, ["ended"])) {
    const later = await deps.requests.latest(request.issueId);
    if (later && later.requestId !== request.requestId && (!isOver(later) || isIn(later, ["failed"]))) {
      const said = comments.endedMeanwhile(request.requestId, request.pin, request.end);
      if (!isIn(later, ["granted", "ending"]))
        await say(deps, request, { topic: outcome, comment: said, audience: "public" });
      return request.seen;
    }
  }
  const beyond = outcome === "granted" ? endingStatuses(requestType) : [];
  return settleTicket(deps, request, { topic: outcome, statuses, beyond, comment });
}

/** At once, and besides those who would have been asked, who are mentioned where the requester can read it. */
async function tellOfEmergency(deps: Deps, request: Request): Promise<void> {
  const { emergency } = ("pin" in request && request.pin) || {};
  if (!("pin" in request) || !request.pin || !emergency || emergency.notified.length === 0) return;
  const comment = comments.emergencyNotice(request.requestId, request.pin, emergency.notified);
  await say(deps, request, { topic: "emergency", comment, audience: "internal" });
}

/** The grant that the request was to make longer, if people still have it. */
async function stillGranted(deps: Deps, request: Request): Promise<RequestIn<"granted"> | undefined> {
  if (request.extends === undefined) return undefined;
  const earlier = await deps.requests.get(request.extends.requestId);
  return isIn(earlier, ["granted"]) ? earlier : undefined;
}

/** The request with its outcome written down. */
async function concluded(
  deps: Deps,
  request: Request,
  outcome: CloseRequest["outcome"],
  cause: string | undefined,
): Promise<Request> {
  switch (outcome) {
    case "granted":
      return expectStatus(request, "granted", "ending", "ended");
    case "ended":
    case "declined":
      return expectStatus(request, outcome);
    case "refused":
    case "expired":
    case "withdrawn":
      return conclude(deps, request, outcome, cause);
  }
}

/** A ticket that is over may be closed in another way where the workflow does not lead to the right one. */
function statusesFor(request: Request, requestType: RequestType, outcome: CloseRequest["outcome"]): string[] {
  const { triage, review } = requestType.statuses;
  if (isIn(request, ["ended"]) && request.pin.emergency && review !== undefined) return [review];
  const isPassedOn = request.status === "refused" && request.triage && triage !== undefined;
  const status = isPassedOn ? triage : requestType.statuses[outcome];
  return outcome === "granted" ? [status] : [status, ...closedStatuses(requestType)];
}

function commentFor(request: Request, outcome: CloseRequest["outcome"]): comments.Comment {
  const { requestId } = request;
  if (outcome === "withdrawn") return comments.withdrawn(requestId);
  if (request.status === "refused")
    return request.triage ? comments.passedOn(requestId) : comments.refused(requestId, request.why);
  if (!("decisions" in request)) throw new InconsistentError(`Request ${requestId} has no decisions.`);
  const { pin, decisions } = request;
  if (outcome === "declined") return comments.declined(requestId, pin, decisions);
  if (outcome === "expired") return comments.expired(requestId, pin);
  if (!("grant" in request)) throw new InconsistentError(`Request ${requestId} has no grant.`);
  if (outcome === "granted") return comments.granted(requestId, pin, decisions, request.grant.endsAt);
  if (!("end" in request)) throw new InconsistentError(`Request ${requestId} has no end.`);
  return comments.ended(requestId, pin, request.end);
}
