import type { Verdict } from "../approvals/approval-proof.ts";
import { type ReadProofDeps, readProof } from "../approvals/read-proof.ts";
import { recordDecision } from "../approvals/record-decision.ts";
import { BusyError, FormChangedError } from "../errors.ts";
import { endEarly } from "../grants/end-early.ts";
import { type Applied, requestTypeOf } from "../policy/applied.ts";
import { closedStatuses, isFresh, type RequestType } from "../policy/site.ts";
import { blocked } from "./comment.ts";
import type { Doorbell } from "./doorbell.ts";
import { hashOfForm, readForm, requestTypeOfIssue } from "./form.ts";
import type { Issue } from "./issue.ts";
import { isIn, isOver } from "./life.ts";
import { type OpenDeps, openRequest, runAgain, runName } from "./open-request.ts";
import type { Request, RequestIn } from "./request.ts";
import { type ResumeDeps, resumeRun } from "./resume-run.ts";
import { say, type TicketDeps } from "./ticket.ts";

type Deps = Omit<OpenDeps, "requests" | "workflow"> & {
  requests: OpenDeps["requests"] & {
    /** The newest request of the issue. */
    latest(issueId: string): Promise<Request | undefined>;
  };
  workflow: OpenDeps["workflow"] & ResumeDeps["workflow"];
  policy: { current(): Promise<Applied> };
  jira: ReadProofDeps["jira"] &
    Pick<TicketDeps["jira"], "comment" | "hasSaid"> & {
      /** By id or key; undefined when it is gone, or not to be seen. */
      issue(idOrKey: string, projectId?: string): Promise<Issue | undefined>;
    };
};

/** What was done, or why nothing was. */
export type Reconciled = { did: string; requestId: string } | { noop: string; requestId?: string };

/**
 * Compares the issue, as Jira shows it now, with the request as it is stored, and does what follows: opens a request,
 * records a decision, ends access, says that an approval is missing. Called for every doorbell, whoever rang: once or ten
 * times, early or late, in any order, the result is the same.
 */
export async function reconcileIssue(deps: Deps, doorbell: Doorbell): Promise<Reconciled> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await reconcileOnce(deps, doorbell);
    } catch (error) {
      // Somebody else wrote in between: look again.
      if (!(error instanceof BusyError) || attempt === 3) throw error;
    }
  }
}

async function reconcileOnce(deps: Deps, doorbell: Doorbell): Promise<Reconciled> {
  const applied = await deps.policy.current();
  if (doorbell.actor === applied.site.jira.serviceAccount) return { noop: "our own write" };
  const issueId = doorbell.issueId ?? (await deps.jira.issue(doorbell.issueKey ?? ""))?.id;
  if (issueId === undefined) return { noop: "no such issue" };

  const request = await deps.requests.latest(issueId);
  if (!request) return openNew(deps, issueId, applied, doorbell);
  const { requestId } = request;
  const done = await reconcileRequest(deps, request, applied, doorbell);
  if (done.did !== undefined) return { did: done.did, requestId };
  // A save moves the time of the next look: without it the sweeper would ring for the same request every time.
  if (doorbell.source === "sweep") await deps.requests.save(request, request);
  return { noop: done.noop, requestId };
}

type Done = { did: string; noop?: undefined } | { did?: undefined; noop: string };

async function openNew(
  deps: Deps,
  issueId: string,
  { site }: Applied,
  doorbell: Doorbell,
): Promise<Reconciled> {
  const issue = await deps.jira.issue(issueId);
  if (!issue) return { noop: "no such issue" };
  const requestType = requestTypeOfIssue(site, issue);
  if (!requestType) return { noop: "not a request type of ours" };
  if (!isFresh(requestType, issue.statusId)) return { noop: "past its beginning before it was known" };
  await openRequest(deps, issue, { requestTypeId: requestType.id, generation: 1, source: doorbell.source });
  return { did: "opened", requestId: `${issue.id}-1` };
}

async function reconcileRequest(
  deps: Deps,
  request: Request,
  applied: Applied,
  doorbell: Doorbell,
): Promise<Done> {
  if (await resumeRun(deps, request)) return { did: "resumed the run" };
  const requestType = requestTypeOf(applied, request);
  if (isIn(request, ["asked", "blocked"])) return reconcileWaiting(deps, request, requestType, doorbell);
  if (isIn(request, ["granted"])) return reconcileGranted(deps, request, requestType);
  if (isOver(request)) return reconcileOver(deps, request, requestType, doorbell);
  return reconcileWorking(deps, request);
}

/** Access that people have: it may be ended early by moving the ticket, and must not outlive its end. */
async function reconcileGranted(
  deps: Deps,
  request: RequestIn<"granted">,
  requestType: RequestType,
): Promise<Done> {
  const { statuses } = requestType;
  const { endsAt } = request.grant;
  if (endsAt !== undefined && endsAt < deps.clock.now()) return endOverdue(deps, request);
  const issue = await deps.jira.issue(request.issueId, requestType.project);
  if (!issue) return { noop: "the ticket is gone; the access goes on to its end" };
  if (issue.statusId !== statuses.ending && issue.statusId !== statuses.ended)
    return (await noteMove(deps, request, issue)) ?? { noop: "access is held" };
  const changes = await deps.jira.statusChanges(request.issueId);
  const move = changes.toSorted((a, b) => b.at - a.at).find((change) => change.to === issue.statusId);
  const ending = await endEarly(deps, request, { by: move?.author?.accountId, through: "ticket" });
  return endNow(deps, ending);
}

/** A run that holds the access is told; access without an end has no run any more, so one is started to take it away. */
async function endNow(deps: Deps, ending: RequestIn<"ending">): Promise<Done> {
  const isHeld = await resumeRun(deps, ending);
  if (!isHeld && ending.grant.endsAt === undefined) await runAgain(deps, ending);
  return { did: "ended the access early" };
}

/** The run's own timer should have done this. Waking the run is enough if it still holds the access; else another is started. */
async function endOverdue(deps: Deps, request: RequestIn<"granted">): Promise<Done> {
  const isHeld =
    request.token !== undefined && (await deps.workflow.succeed(request.token, { outcome: "ended" }));
  if (!isHeld) await runAgain(deps, request);
  return { did: "woke overdue access" };
}

/** A request that is over: its ticket may have been opened again. */
async function reconcileOver(
  deps: Deps,
  request: Request,
  requestType: RequestType,
  doorbell: Doorbell,
): Promise<Done> {
  const { open } = requestType.statuses;
  if (request.status === "failed" && doorbell.source === "sweep" && mustEnd(request, deps.clock.now())) {
    await runAgain(deps, request);
    return { did: "started another run" };
  }
  const issue = await deps.jira.issue(request.issueId, requestType.project);
  if (issue?.statusId !== open || request.seen.status === open) return { noop: `already ${request.status}` };
  if (request.status === "failed") {
    await runAgain(deps, { ...request, seen: { status: open, transitions: issue.transitions } });
    return { did: "started another run" };
  }
  const generation = request.generation + 1;
  await openRequest(deps, issue, { requestTypeId: requestType.id, generation, source: doorbell.source });
  return { did: "opened again" };
}

/** Whether a run stopped that had access to take away, and the time for that has come. */
function mustEnd({ before }: RequestIn<"failed">, now: number): boolean {
  if (before.status === "granted") return before.grant.endsAt !== undefined && before.grant.endsAt <= now;
  return before.status === "ending";
}

type Waiting = RequestIn<"asked" | "blocked">;

/** A request that waits for people. */
async function reconcileWaiting(
  deps: Deps,
  request: Waiting,
  requestType: RequestType,
  doorbell: Doorbell,
): Promise<Done> {
  const { verdict, issue } = await readCurrent(deps, request, requestType, doorbell);
  if (verdict.kind === "approved" || verdict.kind === "declined") {
    const decided = await recordDecision(deps, request, verdict);
    await resumeRun(deps, decided);
    return { did: `recorded: ${verdict.kind}` };
  }
  if (!issue || closedStatuses(requestType).includes(issue.statusId)) {
    const trail = await deps.audit.append(request.requestId, request.trail, {
      id: "request.withdrawn",
      at: deps.clock.now(),
      action: "request.withdrawn",
      by: [],
      facts: issue ? { status: issue.statusId } : { ticket: "gone" },
    });
    await resumeRun(
      deps,
      await deps.requests.save(request, { ...request, status: "withdrawn" as const, trail }),
    );
    return { did: "withdrew" };
  }
  if (hashOfForm(issue, readForm(issue, requestType)) !== request.pin.form) {
    const why = new FormChangedError().message;
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

async function block(deps: Deps, request: Waiting, why: string, by: string[]): Promise<Done> {
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

/** The issue may have got a new key by a move; its id stays. */
async function noteMove(
  deps: Deps,
  request: Waiting | RequestIn<"granted">,
  issue: Issue,
): Promise<Done | undefined> {
  if (issue.key === request.issueKey) return undefined;
  const trail = await deps.audit.append(request.requestId, request.trail, {
    id: `request.moved/${issue.key}`,
    at: deps.clock.now(),
    action: "request.moved",
    by: [],
    facts: { from: request.issueKey, to: issue.key },
  });
  await deps.requests.save(request, { ...request, issueKey: issue.key, trail });
  return { did: "noted the new key" };
}

type Current = { verdict: Verdict; issue?: Issue | undefined };

/**
 * What Jira shows, read again for some seconds while it contradicts the event or itself: its answers can lag its events,
 * and a ticket that was just approved must not be taken for one that was moved by hand. A decision needs no look at the
 * issue: it is looked at when the access is given.
 */
async function readCurrent(
  deps: Deps,
  request: Waiting,
  requestType: RequestType,
  doorbell: Doorbell,
): Promise<Current> {
  for (let attempt = 1; ; attempt++) {
    const verdict = await readProof(deps, request, requestType);
    if (verdict.kind === "approved" || verdict.kind === "declined") return { verdict };
    const issue = await deps.jira.issue(request.issueId, requestType.project);
    const isLate =
      verdict.kind === "pending" && issue !== undefined && contradicts(issue, requestType, doorbell);
    if (!isLate || attempt === 4) return { verdict, issue };
    await deps.clock.sleep(2_000);
  }
}

function contradicts(issue: Issue, requestType: RequestType, doorbell: Doorbell): boolean {
  if (closedStatuses(requestType).includes(issue.statusId)) return false;
  if (!requestType.statuses.waiting.includes(issue.statusId)) return true;
  const isOlder = issue.updatedAt < doorbell.at - 2_000;
  return doorbell.status !== undefined && doorbell.status !== issue.statusId && isOlder;
}

const minute = 60_000;

/** A run is at work on it. One that never started, or that never came to take the access away, is started. */
async function reconcileWorking(deps: Deps, request: Request): Promise<Done> {
  const age = deps.clock.now() - request.updatedAt;
  if (request.status === "requested" && age > minute) {
    await deps.workflow.start({ name: runName(request), requestId: request.requestId });
    return { did: "started the run" };
  }
  if (request.status === "ending" && age > 10 * minute) {
    await runAgain(deps, request);
    return { did: "started another run" };
  }
  return { noop: "being worked on" };
}
