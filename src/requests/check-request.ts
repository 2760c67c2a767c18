import type { AuditLog } from "../audit/audit-trail.ts";
import type { Clock } from "../clock.ts";
import { AlreadyWithdrawnError, InconsistentError } from "../errors.ts";
import { type Holding, holding } from "../grants/access-times.ts";
import { type Applied, requestTypeOf, waitsFrom } from "../policy/applied.ts";
import { closedStatuses, type RequestType } from "../policy/site.ts";
import { extendable } from "./extension.ts";
import type { Issue } from "./issue.ts";
import { count, type StandingDeps } from "./keep-standing.ts";
import { isHandedOver, isIn, resumed } from "./life.ts";
import { passOn } from "./pass-on.ts";
import { type PinDeps, pinRequest } from "./pin-request.ts";
import type { Request, RequestIn, RequestStore } from "./request.ts";

type Deps = PinDeps &
  Parameters<typeof passOn>[0] & {
    requests: RequestStore;
    audit: AuditLog;
    policy: { current(): Promise<Applied> };
    standings: StandingDeps["standings"];
    clock: Clock;
    jira: { issue(issueId: string, projectId?: string): Promise<Issue | undefined> };
  };

type Closed = "refused" | "declined" | "expired" | "withdrawn";

/**
 * What the run has to do next, how long it may wait for a decision each time, when the access is to begin (an ISO date, or
 * none), and how long it lasts, as a whole and in the pieces after which the holder is warned; in seconds. Access that has
 * no end, or that is not there, lasts 0.
 */
export type Checked = {
  next: "ask" | "wait" | "provision" | "confirm" | "revoke" | "confirm removal" | Closed;
  waits: number[];
  startsAt: string;
  /** Id of the policy's rule that decided, for the log. */
  rule?: string;
} & Holding;

/**
 * Checks a new request and pins it: from here on it is for exactly this entitlement, this person, this long. For a
 * request that an earlier run left half-way, says where to go on.
 *
 * @throws RefusedError when it cannot be fulfilled as asked
 * @throws AlreadyWithdrawnError when the issue is gone or cancelled
 */
export async function checkRequest(deps: Deps, requestId: string): Promise<Checked> {
  const request = await deps.requests.get(requestId);
  const applied = await deps.policy.current();
  const now = deps.clock.now();
  if (request.status === "requested") return whatNext(await check(deps, request, applied), applied, now);
  if (request.status !== "failed") return whatNext(request, applied, now);

  const again = resumed(request);
  const trail = await deps.audit.append(requestId, request.trail, {
    id: `run.resumed/${request.runs}`,
    at: now,
    action: "run.resumed",
    by: [],
    facts: { after: request.failure.error, from: again.status },
  });
  const saved = await deps.requests.save(request, { ...again, trail });
  if (saved.status === "requested") return whatNext(await check(deps, saved, applied), applied, now);
  // Nobody may have been there to hear that the ticket was closed meanwhile.
  if (isIn(saved, ["checked", "approved"])) await openIssue(deps, saved, requestTypeOf(applied, saved));
  return whatNext(saved, applied, now);
}

/** @throws AlreadyWithdrawnError when the issue is gone or closed */
async function openIssue(
  { jira }: Pick<Deps, "jira">,
  { issueId, requestId }: Request,
  requestType: RequestType,
): Promise<Issue> {
  const issue = await jira.issue(issueId, requestType.project);
  if (!issue || closedStatuses(requestType).includes(issue.statusId))
    throw new AlreadyWithdrawnError(requestId);
  return issue;
}

async function check(deps: Deps, request: RequestIn<"requested">, applied: Applied): Promise<Request> {
  const requestType = requestTypeOf(applied, request);
  const issue = await openIssue(deps, request, requestType);
  const { requestId } = request;
  await passOn(deps, request, { issue, requestType, version: applied.version });
  const at = deps.clock.now();
  const extending = request.extends && extendable(await grantOf(deps, request.extends.requestId));
  const { pin, counting, trace } = await pinRequest(deps, {
    requestId,
    issue,
    requestType,
    applied,
    at,
    extending,
  });
  await count(deps, counting);
  return deps.requests.save(request, {
    ...request,
    status: pin.automatic === undefined ? "checked" : "approved",
    issueKey: issue.key,
    seen: { status: issue.statusId, transitions: issue.transitions },
    pin,
    decisions: [],
    trail: await deps.audit.append(requestId, request.trail, {
      id: "request.checked",
      at,
      action: "request.checked",
      by: [pin.requester.accountId],
      policyVersion: applied.version,
      facts: { ...pin, trace },
    }),
  });
}

/** The request that gave the access, as it was before its run failed, if it did. */
async function grantOf({ requests }: Pick<Deps, "requests">, requestId: string): Promise<Request> {
  const request = await requests.get(requestId);
  return request.status === "failed" ? request.before : request;
}

function whatNext(request: Request, { policy }: Applied, now: number): Checked {
  // A run comes here before each stage, so that it is from now on that people have to answer.
  const waits = waitsFrom(policy, now);
  const pin = "pin" in request ? request.pin : undefined;
  const start = pin?.startsAt;
  const wait = {
    waits,
    startsAt: start === undefined ? "none" : new Date(start).toISOString(),
    ...(pin?.rule === undefined ? {} : { rule: pin.rule }),
  };
  if (request.status !== "granted") return { next: nextOf(request, now), ...wait, ...holding({}, now) };
  const isOverdue = request.grant.endsAt !== undefined && request.grant.endsAt <= now;
  return { next: isOverdue ? "revoke" : "confirm", ...wait, ...holding(request.grant, now) };
}

function nextOf(request: Exclude<Request, { status: "granted" }>, now: number): Checked["next"] {
  if (isHandedOver(request)) return "ask";
  switch (request.status) {
    case "checked":
    case "asked":
    case "blocked":
      return "ask";
    case "approved":
      return (request.pin.startsAt ?? 0) > now ? "wait" : "provision";
    case "ending":
      return "revoke";
    case "ended":
      return "confirm removal";
    case "refused":
    case "declined":
    case "expired":
    case "withdrawn":
      return request.status;
    case "requested":
    case "failed":
      throw new InconsistentError(`Request ${request.requestId} is still ${request.status} after its check.`);
  }
}
