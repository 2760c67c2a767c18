import { InconsistentError } from "../errors.ts";
import type {
  ActionIn,
  ActionRequest,
  AnyRequest,
  AnyStatus,
  Handwork,
  Request,
  RequestIn,
} from "./request.ts";

/** The life of a request: which status may follow which, and what follows from being in one. */

const next: Record<AnyStatus, readonly AnyStatus[]> = {
  requested: ["checked", "approved", "refused", "withdrawn", "failed"],
  checked: ["asked", "refused", "withdrawn", "failed"],
  asked: ["blocked", "checked", "approved", "declined", "expired", "refused", "withdrawn", "failed"],
  blocked: ["asked", "checked", "approved", "declined", "expired", "refused", "withdrawn", "failed"],
  approved: ["checked", "granted", "done", "refused", "withdrawn", "failed"],
  granted: ["ending", "failed"],
  ending: ["ended", "failed"],
  ended: ["failed"],
  done: ["failed"],
  declined: ["failed"],
  refused: ["failed"],
  expired: ["failed"],
  withdrawn: ["failed"],
  failed: [
    "requested",
    "checked",
    "approved",
    "granted",
    "ending",
    "ended",
    "done",
    "declined",
    "refused",
    "expired",
    "withdrawn",
  ],
};

/** Whether a request may go from one status to the other. Staying in the same one is always possible. */
export function mayFollow(from: AnyStatus, to: AnyStatus): boolean {
  return from === to || next[from].includes(to);
}

/** @throws InconsistentError when the request is in none of the statuses */
export function expectStatus<R extends AnyRequest, S extends R["status"]>(
  request: R,
  ...statuses: S[]
): Extract<R, { status: S }> {
  if (isIn(request, statuses)) return request;
  throw new InconsistentError(
    `Request ${request.requestId} is ${request.status}; expected ${statuses.join(" or ")}.`,
  );
}

export function isIn<R extends AnyRequest, S extends R["status"]>(
  request: R,
  statuses: readonly S[],
): request is Extract<R, { status: S }> {
  return statuses.some((status) => status === request.status);
}

/** Whether nothing more happens to the request by itself. */
export function isOver(request: AnyRequest): boolean {
  return isIn(request, ["ended", "done", "declined", "refused", "expired", "withdrawn", "failed"]);
}

/** A request that waits for what a person does by hand. */
export type HandedOver =
  | (RequestIn<"approved"> & { byHand: Handwork })
  | (RequestIn<"ending"> & { end: { byHand: Handwork } });

/** Whether the request waits for somebody to give its access, or to take it away, by hand. */
export function isHandedOver(request: AnyRequest): request is HandedOver {
  if (request.kind === "actions" || !isIn(request, ["approved", "ending"])) return false;
  const handwork = request.status === "approved" ? request.byHand : request.end.byHand;
  return handwork !== undefined && handwork.by === undefined;
}

const minute = 60_000;
const hour = 60 * minute;

/** Whether the ticket does not know yet what became of the request: a run that was stopped then could not tell it. */
export function isUntold(request: AnyRequest): boolean {
  const isSettled = request.status === "granted" || (isOver(request) && request.status !== "failed");
  return isSettled && !request.told.includes(request.status);
}

/**
 * When somebody should look after the request if nothing was heard of it until then; undefined when nothing more is
 * to come. A request that waits for people is looked at hourly, one that is being worked on after ten minutes, one that
 * waits for its start just after that; emergency access that is over, until somebody has reviewed it; any other that is over,
 * until its ticket has been told.
 */
export function nextCheckAt(request: AnyRequest, now: number): number | undefined {
  if (isHandedOver(request)) return now + hour;
  switch (request.status) {
    case "requested":
    case "checked":
    case "ending":
      return now + 10 * minute;
    case "approved":
      return (
        Math.max(now, (request.kind === "actions" ? request.heldUntil : request.pin.startsAt) ?? 0) +
        10 * minute
      );
    case "asked":
    case "blocked":
      return now + hour;
    case "granted":
      return grantDueAt(request, now);
    case "ended":
      if (isUntold(request)) return now + 10 * minute;
      return request.pin.emergency && !request.reviewed ? now + hour : undefined;
    case "done":
    case "declined":
    case "refused":
    case "expired":
    case "withdrawn":
      return isUntold(request) ? now + 10 * minute : undefined;
    case "failed":
      return endDueAt(request, now);
  }
}

/** Just after its end; while it is bound to another ticket, that one is looked at by every sweep. */
function grantDueAt(request: RequestIn<"granted">, now: number): number | undefined {
  const { grant, pin } = request;
  const isBound = pin.until !== undefined && grant.ticketDoneAt === undefined;
  const times = [
    ...(grant.endsAt === undefined ? [] : [grant.endsAt + 2 * minute]),
    ...(isBound ? [now + 4 * minute] : []),
    ...(isUntold(request) ? [now + 10 * minute] : []),
  ];
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Access must not outlive its end because something else failed. */
function endDueAt({ before }: RequestIn<"failed"> | ActionIn<"failed">, now: number): number | undefined {
  if (before.status === "granted") return nextCheckAt(before, now);
  return before.status === "ending" ? now + 6 * hour : undefined;
}

/**
 * The request as it was before it failed, so that another run can go on from there. One that waited for a decision
 * asks for it again.
 */
export function resumed({ before, version, trail, runs, seen, told }: RequestIn<"failed">): Request {
  const request = { ...before, version, trail, runs, seen, told };
  return request.status === "asked" || request.status === "blocked"
    ? { ...request, status: "checked" }
    : request;
}

export function resumedActions(failed: ActionIn<"failed">): Exclude<ActionRequest, ActionIn<"failed">> {
  const { before, version, trail, runs, seen, told } = failed;
  const request = { ...before, version, trail, runs, seen, told };
  return request.status === "asked" || request.status === "blocked"
    ? { ...request, status: "checked" }
    : request;
}

type Decided = { decisions: RequestIn<"checked">["decisions"] };

/** How many approval stages are behind the request. */
export function approvedStages({ decisions }: Decided): number {
  return decisions.filter(({ outcome, more }) => outcome === "approved" && !more).length;
}

/** What was said yes to so far on a stage. */
export function approvalsOf({ decisions }: Decided, stage: number): Decided["decisions"] {
  return decisions.filter((decision) => decision.outcome === "approved" && decision.stage === stage);
}
