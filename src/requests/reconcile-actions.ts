import { type ActionRule, ruleOf } from "../actions/action-rules.ts";
import { withDates } from "../actions/dates.ts";
import { type LeaveDeps, leaveRest } from "../actions/leave-rest.ts";
import { heldUntil, nextStep } from "../actions/row.ts";
import { type Applied, actionTypeOf } from "../policy/applied.ts";
import { type ActionType, closedStatuses } from "../policy/site.ts";
import type { Doorbell } from "./doorbell.ts";
import type { Issue, StatusChange } from "./issue.ts";
import { isIn, isOver, isUntold } from "./life.ts";
import type { Done } from "./note-move.ts";
import { keepRunning, type OpenActionsDeps, openActionRequest, runAgain, startRun } from "./open-request.ts";
import { reconcileWaiting, type WaitingDeps } from "./reconcile-waiting.ts";
import type { ActionIn, ActionRequest, RequestStore } from "./request.ts";
import { resumeRun } from "./resume-run.ts";

/** `requests`: those for actions. */
export type ReconcileActionsDeps = Omit<WaitingDeps, "requests" | "workflow"> & {
  anyRequests: WaitingDeps["requests"];
  requests: RequestStore<ActionRequest> & OpenActionsDeps["requests"];
  workflow: OpenActionsDeps["workflow"] & WaitingDeps["workflow"];
  rows: LeaveDeps["rows"];
};

/** What a ticket asks for by where it is: a rule, and the move that brought it there, if it was not made there. */
type Trigger = { rule: ActionRule; by?: string; change?: string };

/** The rules for tickets of that type that are in that status now. */
function ruleFor({ policy }: Applied, type: ActionType, statusId: string): ActionRule | undefined {
  const rules = policy.actions?.rules.filter(({ requestType }) => requestType === type.id) ?? [];
  return (
    rules.find(({ when }) => when !== "created" && when.status === statusId) ??
    (isBeginning(type, statusId) ? rules.find(({ when }) => when === "created") : undefined)
  );
}

function isBeginning({ statuses }: ActionType, statusId: string): boolean {
  return [statuses.open, ...statuses.waiting, statuses.approved].includes(statusId);
}

/** Whether the ticket is where a rule has something done that the newest request of it does not know of. */
export function asksForActions(
  applied: Applied,
  type: ActionType,
  statusId: string,
  newest: ActionRequest | undefined,
): boolean {
  const rule = ruleFor(applied, type, statusId);
  if (!rule) return false;
  if (!newest) return true;
  return (
    isOver(newest) &&
    newest.seen.status !== statusId &&
    (rule.when !== "created" || statusId === type.statuses.open)
  );
}

async function triggerOf(
  deps: ReconcileActionsDeps,
  applied: Applied,
  type: ActionType,
  issue: Issue,
): Promise<Trigger | undefined> {
  const rule = ruleFor(applied, type, issue.statusId);
  if (!rule || rule.when === "created") return rule && { rule };
  const move = newestMove(await deps.jira.statusChanges(issue.id), issue.statusId);
  const by = move?.author?.accountId;
  return move && { rule, change: move.id, ...(by === undefined ? {} : { by }) };
}

function newestMove(changes: StatusChange[], to: string): StatusChange | undefined {
  return changes
    .toReversed()
    .toSorted((a, b) => b.at - a.at)
    .find((change) => change.to === to);
}

/** A ticket of which nothing is known: a request is opened if a rule has something done for it. */
export async function openNewActions(
  deps: ReconcileActionsDeps,
  issue: Issue,
  { type, applied, doorbell }: { type: ActionType; applied: Applied; doorbell: Doorbell },
): Promise<Done> {
  const trigger = await triggerOf(deps, applied, type, issue);
  if (!trigger) return { noop: "no rule has anything done for it" };
  await open(deps, issue, { type, trigger, generation: 1, source: doorbell.source });
  return { did: "opened" };
}

function open(
  deps: ReconcileActionsDeps,
  issue: Issue,
  opened: { type: ActionType; trigger: Trigger; generation: number; source: string },
): Promise<void> {
  const { type, generation, source } = opened;
  const { rule, ...move } = opened.trigger;
  const trigger = { rule: rule.id, ...move };
  return openActionRequest(deps, issue, { requestTypeId: type.id, generation, source, trigger });
}

/** The ticket's newest request for actions, and the ticket as Jira shows it now. */
export async function reconcileActions(
  deps: ReconcileActionsDeps,
  request: ActionRequest,
  applied: Applied,
  doorbell: Doorbell,
): Promise<Done> {
  if (await resumeRun(deps, request)) return { did: "resumed the run" };
  const type = actionTypeOf(applied, request);
  if (isIn(request, ["asked", "blocked"]))
    return reconcileWaiting({ ...deps, requests: deps.anyRequests }, request, type, doorbell);
  if (isOver(request)) return reconcileOver(deps, request, { type, applied, doorbell });
  if (request.status === "requested") await startRun(deps, request);
  if (isIn(request, ["approved"]) && (request.heldUntil ?? 0) > deps.clock.now())
    return reconcileHeld(deps, request, { type, applied, doorbell });
  return { noop: "being worked on" };
}

/** The rest is to come later: it is left out when the ticket is closed, or moved to where something else is done. */
async function reconcileHeld(
  deps: ReconcileActionsDeps,
  request: ActionIn<"approved">,
  { type, applied, doorbell }: { type: ActionType; applied: Applied; doorbell: Doorbell },
): Promise<Done> {
  const issue = await deps.jira.issue(request.issueId, type.project);
  if (!issue) return { noop: "waits for its time" };
  const isClosed = closedStatuses(type).includes(issue.statusId) && issue.statusId !== request.seen.status;
  const trigger = await triggerOf(deps, applied, type, issue);
  const isElsewhere = trigger?.change !== undefined && trigger.change !== request.trigger.change;
  if (!isClosed && !isElsewhere) return reconcileDates(deps, request, issue, applied);
  const over = await leaveRest(deps, request);
  if (!isElsewhere) return { did: "left out the rest" };
  const generation = over.generation + 1;
  await open(deps, issue, { type, trigger, generation, source: doorbell.source });
  return { did: "opened again" };
}

/** A date that somebody has brought forward: the run waits for the old one, so another one goes on. */
async function reconcileDates(
  deps: ReconcileActionsDeps,
  request: ActionIn<"approved">,
  issue: Issue,
  { policy }: Applied,
): Promise<Done> {
  const noop = "waits for its time";
  const rule = ruleOf(policy, request.trigger.rule);
  if (!rule?.steps.some(({ at }) => at !== undefined)) return { noop };
  const now = deps.clock.now();
  for (const row of await deps.rows.all(request.requestId)) {
    const dated = await withDates(row, rule, issue);
    const due = heldUntil(dated, now) ?? (nextStep(dated, now) === undefined ? undefined : now);
    if (due === undefined || due >= (request.heldUntil ?? 0)) continue;
    await runAgain(deps, request);
    return { did: "started another run: a date came closer" };
  }
  return { noop };
}

/** A request that is over: its ticket may have been moved to where something is done, once more. */
async function reconcileOver(
  deps: ReconcileActionsDeps,
  request: ActionRequest,
  { type, applied, doorbell }: { type: ActionType; applied: Applied; doorbell: Doorbell },
): Promise<Done> {
  const noop = `already ${request.status}`;
  const issue = await deps.jira.issue(request.issueId, type.project);
  if (!issue) return { noop };
  if (isIn(request, ["failed"]) && closedStatuses(type).includes(issue.statusId) && isUntouched(request)) {
    await runAgain(deps, request);
    return { did: "started another run, to withdraw" };
  }
  const { open: first } = type.statuses;
  // Trying again leads there, whichever rule it was.
  if (isIn(request, ["failed"]) && isBack(request, issue, first)) return again(deps, request, issue);
  const trigger = await triggerOf(deps, applied, type, issue);
  if (!trigger) return { noop };
  const isKnown =
    trigger.change === undefined ? !isBack(request, issue, first) : trigger.change === request.trigger.change;
  if (isKnown) return { noop };
  if (isIn(request, ["failed"]) && trigger.rule.id === request.trigger.rule)
    return again(deps, request, issue);
  const generation = request.generation + 1;
  await open(deps, issue, { type, trigger, generation, source: doorbell.source });
  return { did: "opened again" };
}

/** Whether the ticket came to its first status again since it was seen last. */
function isBack(request: ActionRequest, issue: Issue, first: string): boolean {
  return issue.statusId === first && request.seen.status !== first;
}

async function again(deps: ReconcileActionsDeps, request: ActionIn<"failed">, issue: Issue): Promise<Done> {
  const seen = { status: issue.statusId, transitions: issue.transitions };
  await runAgain(deps, { ...request, seen });
  return { did: "started another run" };
}

/** Whether nothing had been done when the run stopped. */
function isUntouched({ before }: ActionIn<"failed">): boolean {
  return isIn(before, ["requested", "checked", "asked", "blocked"]);
}

/** Nothing was heard of it for too long: somebody may have stopped its run, which then could not say so. */
export async function keepActionsRunning(
  deps: ReconcileActionsDeps,
  request: ActionRequest,
): Promise<boolean> {
  return (isUntold(request) || !isOver(request)) && (await keepRunning(deps, request));
}
