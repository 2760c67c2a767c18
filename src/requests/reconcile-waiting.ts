import { expectSameTicket } from "../actions/same-ticket.ts";
import type { Verdict } from "../approvals/approval-proof.ts";
import { type MembersDeps, withMembersNow } from "../approvals/group-members.ts";
import { type NarrowDeps, narrowRequest } from "../approvals/narrow-request.ts";
import { type ReadProofDeps, readProof } from "../approvals/read-proof.ts";
import { recordDecision } from "../approvals/record-decision.ts";
import type { AuditLog } from "../audit/audit-trail.ts";
import type { Clock } from "../clock.ts";
import { FormChangedError } from "../errors.ts";
import { type Applied, requestTypeOf } from "../policy/applied.ts";
import { type AnyType, closedStatuses } from "../policy/site.ts";
import { blocked } from "./comment.ts";
import type { Doorbell } from "./doorbell.ts";
import type { Issue } from "./issue.ts";
import { type Done, noteMove } from "./note-move.ts";
import type { AnyIn, AnyRequest, RequestStore } from "./request.ts";
import { type ResumeDeps, resumeRun } from "./resume-run.ts";
import { say } from "./ticket.ts";
import { withdrawRequest } from "./withdraw-request.ts";

export type WaitingDeps = {
  clock: Clock;
  policy: { current(): Promise<Applied> };
  catalog: NarrowDeps["catalog"];
  requests: RequestStore<AnyRequest>;
  audit: AuditLog;
  workflow: ResumeDeps["workflow"];
  jira: ReadProofDeps["jira"] &
    NarrowDeps["jira"] &
    MembersDeps["jira"] & {
      issue(issueId: string, projectId: string): Promise<Issue | undefined>;
    };
};

type Waiting = AnyIn<"asked" | "blocked">;

/**
 * A request that waits for people: the decision is recorded if Jira shows one that counts; a ticket that was cancelled, edited, or
 * moved past its approval is dealt with.
 */
export async function reconcileWaiting(
  deps: WaitingDeps,
  stored: Waiting,
  requestType: AnyType,
  doorbell: Doorbell,
): Promise<Done> {
  const request = await withMembersNow(deps, stored, (await deps.policy.current()).policy);
  const { verdict, issue } = await readCurrent(deps, request, requestType, doorbell);
  if (verdict.kind === "approved" || verdict.kind === "declined") {
    const decided = await recordDecision(deps, request, verdict);
    await resumeRun(deps, decided);
    return { did: `recorded: ${verdict.kind}` };
  }
  if (!issue || closedStatuses(requestType).includes(issue.statusId)) {
    await resumeRun(deps, await withdrawRequest(deps, request, issue));
    return { did: "withdrew" };
  }
  try {
    const current = await asItIsNow(deps, request, issue);
    const done = await keepWaiting(deps, current, { verdict, issue, requestType });
    return current === request || "did" in done ? done : { did: "made shorter by an approver" };
  } catch (error) {
    if (error instanceof FormChangedError) return refuse(deps, request, error);
    throw error;
  }
}

/** @throws FormChangedError when something else is asked for now */
async function asItIsNow(deps: WaitingDeps, request: Waiting, issue: Issue): Promise<Waiting> {
  const applied = await deps.policy.current();
  if (request.kind !== "actions") return narrowRequest(deps, request, issue, requestTypeOf(applied, request));
  expectSameTicket(request, issue, applied.policy);
  return request;
}

async function refuse(
  deps: WaitingDeps,
  request: Waiting,
  { message: why }: FormChangedError,
): Promise<Done> {
  const trail = await deps.audit.append(request.requestId, request.trail, {
    id: "request.refused",
    at: deps.clock.now(),
    action: "request.refused",
    by: [],
    facts: { error: "FormChangedError", why },
  });
  await resumeRun(
    deps,
    await deps.requests.save(request, { ...request, status: "refused" as const, why, trail }),
  );
  return { did: "refused: the form was changed" };
}

async function keepWaiting(
  deps: WaitingDeps,
  request: Waiting,
  { verdict, issue, requestType }: { verdict: Verdict; issue: Issue; requestType: AnyType },
): Promise<Done> {
  if (verdict.kind === "pending" && requestType.statuses.waiting.includes(issue.statusId)) {
    if (request.status === "asked")
      return (await noteMove(deps, request, issue)) ?? { noop: "waits for approval" };
    const { why: _, ...rest } = request;
    await deps.requests.save(request, { ...rest, status: "asked" });
    return { did: "waits for approval again" };
  }
  const why = verdict.kind === "invalid" ? verdict.why : "the status was changed by hand";
  return block(deps, request, why, verdict.kind === "invalid" ? verdict.by : []);
}

async function block(deps: WaitingDeps, request: Waiting, why: string, by: string[]): Promise<Done> {
  const noop = "BLOCKED_UNAPPROVED";
  if (request.status === "blocked" && request.why === why) return { noop };
  const { requestId } = request;
  await say(deps, request, {
    topic: "BLOCKED_UNAPPROVED",
    comment: blocked(requestId, why),
    audience: "internal",
  });
  const trail = await deps.audit.append(requestId, request.trail, {
    id: `approval.blocked/${request.version}`,
    at: deps.clock.now(),
    action: "approval.blocked",
    by,
    policyVersion: request.pin.policyVersion,
    facts: { code: "BLOCKED_UNAPPROVED", why },
  });
  await deps.requests.save(request, { ...request, status: "blocked", why, trail });
  return { did: "BLOCKED_UNAPPROVED" };
}

type Current = { verdict: Verdict; issue?: Issue | undefined };

/**
 * What Jira shows, read again for some seconds while it contradicts the event or itself: its answers can lag its events,
 * and a ticket that was just approved must not be taken for one that was moved by hand. A decision needs no look at the
 * issue: it is looked at when the access is given.
 */
async function readCurrent(
  deps: WaitingDeps,
  request: Waiting,
  requestType: AnyType,
  doorbell: Doorbell,
): Promise<Current> {
  let seen: string | undefined;
  for (let attempt = 0; ; attempt++) {
    const verdict = await readProof(deps, request, requestType);
    if (verdict.kind === "approved" || verdict.kind === "declined") return { verdict };
    const issue = await deps.jira.issue(request.issueId, requestType.project);
    // What has moved on is waited for anew: its approval may lag as the status did.
    if (issue?.statusId !== seen) attempt = 0;
    seen = issue?.statusId;
    const waits = verdict.kind === "pending" && issue ? waitsFor(issue, requestType, doorbell) : [];
    const wait = waits[attempt];
    if (wait === undefined) return { verdict, issue };
    await deps.clock.sleep(wait);
  }
}

/** How long to go on reading what cannot be all of the truth yet. */
function waitsFor(issue: Issue, requestType: AnyType, doorbell: Doorbell): number[] {
  if (closedStatuses(requestType).includes(issue.statusId)) return [];
  if (!requestType.statuses.waiting.includes(issue.statusId)) return [2_000, 4_000];
  const isOtherStatus = doorbell.status !== undefined && doorbell.status !== issue.statusId;
  const hasChangedSince = issue.updatedAt > doorbell.at + 2_000;
  return isOtherStatus && !hasChangedSince ? [1_000, 2_000, 4_000, 8_000, 8_000] : [];
}
