import { BusyError } from "../errors.ts";
import { reconcileByHand } from "../grants/by-hand.ts";
import { endEarly } from "../grants/end-early.ts";
import { type Applied, requestTypeOf } from "../policy/applied.ts";
import type { Policy } from "../policy/policy.ts";
import { closedStatuses, endingStatuses, isFresh, type RequestType } from "../policy/site.ts";
import { askForMoreTime } from "./ask-for-more-time.ts";
import { endWithTicket } from "./bound-ticket.ts";
import type { Doorbell } from "./doorbell.ts";
import { requestTypeOfIssue } from "./form.ts";
import type { Issue } from "./issue.ts";
import type { StandingDeps } from "./keep-standing.ts";
import { isHandedOver, isIn, isOver, isUntold } from "./life.ts";
import { type Done, noteMove } from "./note-move.ts";
import { keepRunning, type OpenDeps, openRequest, runAgain, startRun } from "./open-request.ts";
import {
  keepActionsRunning,
  openNewActions,
  type ReconcileActionsDeps,
  reconcileActions,
} from "./reconcile-actions.ts";
import { reconcileWaiting, type WaitingDeps } from "./reconcile-waiting.ts";
import type { ActionRequest, AnyRequest, Request, RequestIn, RequestStore } from "./request.ts";
import { resumeRun } from "./resume-run.ts";
import { awaitsReview, reviewEmergency } from "./review-emergency.ts";
import type { TicketDeps } from "./ticket.ts";
import { withdrawRequest } from "./withdraw-request.ts";

type Deps = Omit<WaitingDeps, "requests"> &
  StandingDeps & {
    /** Those for access. */
    requests: RequestStore & OpenDeps["requests"];
    actions: ReconcileActionsDeps["requests"];
    rows: ReconcileActionsDeps["rows"];
    /** Both. */
    anyRequests: RequestStore<AnyRequest> & {
      /** The newest request of the issue. */
      latest(issueId: string): Promise<AnyRequest | undefined>;
      /** Moves the time of the next look, and nothing else. */
      postpone(request: AnyRequest): Promise<void>;
    };
    workflow: OpenDeps["workflow"];
    policy: { current(): Promise<Applied> };
    jira: TicketDeps["jira"] & {
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
  // What Latchkey makes itself, in the name of others, is a ticket like any other.
  if (doorbell.actor === applied.site.jira.serviceAccount && !doorbell.isNew)
    return { noop: "our own write" };
  const issueId = doorbell.issueId ?? (await deps.jira.issue(doorbell.issueKey ?? ""))?.id;
  if (issueId === undefined) return { noop: "no such issue" };

  const newest = await deps.anyRequests.latest(issueId);
  if (!newest) return openNew(deps, issueId, applied, doorbell);
  if (newest.kind === "actions") return reconcileForActions(deps, newest, applied, doorbell);
  const earlier = await earlierGrant(deps, newest);
  if (!earlier) return reconcileOne(deps, newest, newest, applied, doorbell);
  const done = await reconcileOne(deps, earlier, newest, applied, doorbell);
  // When nothing has come of a request for more time, the ticket is the earlier one's again.
  if (isOver(newest) && !isIn(newest, ["failed"])) return done;
  const next = await reconcileOne(deps, newest, newest, applied, doorbell);
  return "did" in next ? next : done;
}

/** Access that people have already while a later request of the ticket asks for more time, or has asked in vain. */
async function earlierGrant(deps: Deps, newest: Request): Promise<Request | undefined> {
  if (newest.extends === undefined || isIn(newest, ["granted", "ending", "ended"])) return undefined;
  const earlier = await deps.requests.get(newest.extends.requestId);
  const held = earlier.status === "failed" ? earlier.before : earlier;
  return isIn(held, ["granted", "ending"]) ? earlier : undefined;
}

async function reconcileOne(
  deps: Deps,
  request: Request,
  newest: Request,
  applied: Applied,
  doorbell: Doorbell,
): Promise<Reconciled> {
  const { requestId } = request;
  const done = await reconcileRequest(deps, request, newest, applied, doorbell);
  if (done.did !== undefined) return { did: done.did, requestId };
  if (doorbell.source === "sweep") {
    // Nothing was heard of it for too long: somebody may have stopped its run, which then could not say so.
    const needsRun = isUntold(request) || !(isOver(request) || isIn(request, ["granted"]));
    if (needsRun && (await keepRunning(deps, request))) return { did: "started another run", requestId };
    // Or the sweeper would ring for the same request every time.
    await deps.anyRequests.postpone(request);
  }
  return { noop: done.noop, requestId };
}

async function reconcileForActions(
  deps: Deps,
  request: ActionRequest,
  applied: Applied,
  doorbell: Doorbell,
): Promise<Reconciled> {
  const { requestId } = request;
  const ours = { ...deps, requests: deps.actions };
  const done = await reconcileActions(ours, request, applied, doorbell);
  if (done.did !== undefined) return { did: done.did, requestId };
  if (doorbell.source === "sweep") {
    if (await keepActionsRunning(ours, request)) return { did: "started another run", requestId };
    await deps.anyRequests.postpone(request);
  }
  return { noop: done.noop, requestId };
}

async function openNew(
  deps: Deps,
  issueId: string,
  applied: Applied,
  doorbell: Doorbell,
): Promise<Reconciled> {
  const issue = await deps.jira.issue(issueId);
  if (!issue) return { noop: "no such issue" };
  const requestType = requestTypeOfIssue(applied.site, issue);
  if (!requestType) return { noop: "not a request type of ours" };
  if (requestType.meaning === "action") {
    const ours = { ...deps, requests: deps.actions };
    const done = await openNewActions(ours, issue, { type: requestType, applied, doorbell });
    return done.did === undefined ? { noop: done.noop } : { did: done.did, requestId: `${issue.id}-1` };
  }
  if (!isFresh(requestType, issue.statusId)) return { noop: "past its beginning before it was known" };
  await openRequest(deps, issue, { requestTypeId: requestType.id, generation: 1, source: doorbell.source });
  return { did: "opened", requestId: `${issue.id}-1` };
}

async function reconcileRequest(
  deps: Deps,
  request: Request,
  newest: Request,
  applied: Applied,
  doorbell: Doorbell,
): Promise<Done> {
  if (await resumeRun(deps, request)) return { did: "resumed the run" };
  const requestType = requestTypeOf(applied, request);
  if (isHandedOver(request)) return reconcileByHand(deps, request, applied);
  if (isIn(request, ["asked", "blocked"]))
    return reconcileWaiting({ ...deps, requests: deps.anyRequests }, request, requestType, doorbell);
  if (isIn(request, ["granted"]))
    return reconcileGranted(deps, request, { newest, requestType, policy: applied.policy, doorbell });
  if (isIn(request, ["approved"]) && (request.pin.startsAt ?? 0) > deps.clock.now())
    return reconcileEarly(deps, request, requestType);
  if (isOver(request)) return reconcileOver(deps, request, { requestType, applied, doorbell });
  return reconcileWorking(deps, request);
}

/**
 * Approved, and not to begin yet: cancelled meanwhile, another run closes the ticket at once. The one that waits for the
 * start finds that when it wakes.
 */
async function reconcileEarly(
  deps: Deps,
  request: RequestIn<"approved">,
  requestType: RequestType,
): Promise<Done> {
  const issue = await deps.jira.issue(request.issueId, requestType.project);
  if (!isClosed(issue, requestType)) return { noop: "waits for its start" };
  const ours = { ...deps, requests: deps.anyRequests };
  await runAgain(ours, await withdrawRequest(ours, request, issue));
  return { did: "withdrew" };
}

/** Access that people have: it may be ended early or made longer by moving the ticket, and must not outlive its end. */
async function reconcileGranted(
  deps: Deps,
  request: RequestIn<"granted">,
  {
    newest,
    requestType,
    policy,
    doorbell,
  }: { newest: Request; requestType: RequestType; policy: Policy; doorbell: Doorbell },
): Promise<Done> {
  const { endsAt } = request.grant;
  if (endsAt !== undefined && endsAt < deps.clock.now()) return endOverdue(deps, request);
  const bound = await endWithTicket(deps, request, policy);
  if (bound?.status === "ending") return endNow(deps, bound);
  if (bound) return { did: "set the end of the access" };
  const issue = await deps.jira.issue(request.issueId, requestType.project);
  if (!issue) return { noop: "the ticket is gone; the access goes on to its end" };
  if (issue.statusId === requestType.statuses.extending)
    return askForMoreTime(deps, request, { newest, issue, requestType, source: doorbell.source });
  if (!endingStatuses(requestType).includes(issue.statusId))
    return (await noteMove(deps, request, issue)) ?? { noop: "access is held" };
  const changes = await deps.jira.statusChanges(request.issueId);
  const move = changes.toSorted((a, b) => b.at - a.at).find((change) => change.to === issue.statusId);
  const ending = await endEarly(deps, request, { by: move?.author?.accountId, through: "ticket" });
  return endNow(deps, ending);
}

/** A run that holds the access is told; access without an end has no run any more, so one is started to take it away. */
async function endNow(deps: Deps, ending: RequestIn<"ending">): Promise<Done> {
  if (!(await resumeRun(deps, ending))) await keepRunning(deps, ending);
  return { did: "ended the access early" };
}

/** The run's own timer should have done this. */
async function endOverdue(deps: Deps, request: RequestIn<"granted">): Promise<Done> {
  const { token } = request;
  const isHeld = token !== undefined && (await deps.workflow.succeed(token, { outcome: "ended" }));
  if (!isHeld) await keepRunning(deps, request);
  return { did: "woke overdue access" };
}

/** A request that is over: its ticket may have been opened again. */
async function reconcileOver(
  deps: Deps,
  request: Request,
  { requestType, applied, doorbell }: { requestType: RequestType; applied: Applied; doorbell: Doorbell },
): Promise<Done> {
  const { open } = requestType.statuses;
  if (request.status === "failed" && doorbell.source === "sweep" && mustEnd(request, deps.clock.now()))
    return startedAnother(await keepRunning(deps, request));
  const issue = await deps.jira.issue(request.issueId, requestType.project);
  if (request.status === "failed" && gaveNothing(request) && isClosed(issue, requestType)) {
    await runAgain(deps, request);
    return { did: "started another run, to withdraw" };
  }
  if (issue && issue.statusId !== open && isIn(request, ["ended"]) && awaitsReview(request))
    return reviewEmergency(deps, request, { issue, requestType, applied });
  if (issue?.statusId !== open) return { noop: `already ${request.status}` };
  if (request.seen.status === open) {
    if (request.status === "failed") await startRun(deps, request);
    return { noop: `already ${request.status}` };
  }
  if (request.status === "failed") {
    await runAgain(deps, { ...request, seen: { status: open, transitions: issue.transitions } });
    return { did: "started another run" };
  }
  const generation = request.generation + 1;
  await openRequest(deps, issue, { requestTypeId: requestType.id, generation, source: doorbell.source });
  return { did: "opened again" };
}

/** Whether a run stopped before it gave anything; what it may have begun to give, another one takes back. */
function gaveNothing({ before }: RequestIn<"failed">): boolean {
  return isIn(before, ["requested", "checked", "asked", "blocked", "approved"]);
}

function isClosed(issue: Issue | undefined, requestType: RequestType): boolean {
  return !issue || closedStatuses(requestType).includes(issue.statusId);
}

/** Whether a run stopped that had access to take away, and the time for that has come. */
function mustEnd({ before }: RequestIn<"failed">, now: number): boolean {
  if (before.status === "granted") return before.grant.endsAt !== undefined && before.grant.endsAt <= now;
  return before.status === "ending";
}

/** A run is at work on it: one that never started is started, and one that ended before it took the access away is followed by another. */
async function reconcileWorking(deps: Deps, request: Request): Promise<Done> {
  if (request.status === "requested") await startRun(deps, request);
  return startedAnother(request.status === "ending" && (await keepRunning(deps, request)));
}

function startedAnother(started: boolean): Done {
  return started ? { did: "started another run" } : { noop: "being worked on" };
}
