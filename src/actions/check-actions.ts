import { applicationNames } from "../approvals/approver-context.ts";
import { isStillProven, type ReadProofDeps } from "../approvals/read-proof.ts";
import type { AuditLog } from "../audit/audit-trail.ts";
import type { CatalogEntry } from "../catalog/catalog.ts";
import type { Clock } from "../clock.ts";
import { AlreadyWithdrawnError, InconsistentError, PolicyMissingError } from "../errors.ts";
import { type Applied, actionTypeOf, waitsFrom } from "../policy/applied.ts";
import { closedStatuses } from "../policy/site.ts";
import type { Issue } from "../requests/issue.ts";
import { isIn, resumedActions } from "../requests/life.ts";
import type { ActionIn, ActionRequest, RequestStore } from "../requests/request.ts";
import { say } from "../requests/ticket.ts";
import { takesAway, toHandOver } from "./action-comments.ts";
import { ruleOf } from "./action-rules.ts";
import { withDates } from "./dates.ts";
import { type PinActionsDeps, type PinnedActions, pinActions } from "./pin-actions.ts";
import { isDone, isUntouched, nextStep, type Row, type RowStore, toTryAgain, withoutRest } from "./row.ts";
import { hashOfTicket } from "./same-ticket.ts";

type Deps = PinActionsDeps & {
  clock: Clock;
  actions: RequestStore<ActionRequest>;
  rows: RowStore;
  audit: AuditLog;
  policy: { current(): Promise<Applied> };
  catalog: { entries(version: number): Promise<CatalogEntry[]> };
  directory: Parameters<typeof applicationNames>[0]["directory"];
  jira: ReadProofDeps["jira"] &
    Parameters<typeof say>[0]["jira"] & {
      issue(issueId: string, projectId: string): Promise<Issue | undefined>;
    };
};

/**
 * What the run has to do next, how long it may wait for a decision each time, in seconds, and for which rows something is left to
 * be done.
 */
export type CheckedActions = {
  next: "ask" | "perform" | "report" | "refused" | "declined" | "expired" | "withdrawn";
  waits: number[];
  rows: number[];
};

/**
 * Checks a new request for actions and pins it: from here on it is for exactly these steps and these people. Says on the ticket what
 * they would take away. For a request that an earlier run left half-way, says what is left: what failed is tried again.
 *
 * @throws RefusedError when it cannot be done as asked
 * @throws AlreadyWithdrawnError when the issue is gone or closed
 */
export async function checkActions(deps: Deps, requestId: string): Promise<CheckedActions> {
  const stored = await deps.actions.get(requestId);
  const applied = await deps.policy.current();
  const request = stored.status === "failed" ? await resume(deps, stored, applied) : stored;
  const checked = request.status === "requested" ? await check(deps, request, applied) : request;
  if (checked.status === "approved") await takeDates(deps, checked, applied);
  const now = deps.clock.now();
  const due = (await deps.rows.all(requestId)).filter((row) => nextStep(row, now) !== undefined);
  const rows = due.map(({ index }) => index);
  return { next: nextOf(checked, rows), waits: waitsFrom(applied.policy, now), rows };
}

/** Somebody may have changed a date on the ticket since. */
async function takeDates(deps: Deps, request: ActionIn<"approved">, applied: Applied): Promise<void> {
  const rule = ruleOf(applied.policy, request.trigger.rule);
  if (!rule?.steps.some(({ at }) => at !== undefined)) return;
  const issue = await deps.jira.issue(request.issueId, actionTypeOf(applied, request).project);
  for (const row of issue ? await deps.rows.all(request.requestId) : []) {
    const dated = issue ? await withDates(row, rule, issue) : row;
    if (dated !== row) await deps.rows.save(dated);
  }
}

async function resume(
  deps: Deps,
  failed: ActionIn<"failed">,
  applied: Applied,
): Promise<Exclude<ActionRequest, { status: "failed" }>> {
  const { requestId, runs, failure } = failed;
  const again = resumedActions(failed);
  const trail = await deps.audit.append(requestId, failed.trail, {
    id: `run.resumed/${runs}`,
    at: deps.clock.now(),
    action: "run.resumed",
    by: [],
    facts: { after: failure.error, from: again.status },
  });
  const rows = await deps.rows.all(requestId);
  if (isIn(again, ["checked", "approved"]) && (await isOtherNow(deps, again, rows, applied)))
    return deps.actions.save(failed, { ...again, status: "requested" as const, trail });
  for (const row of rows) if (!isDone(row)) await deps.rows.save(toTryAgain(row));
  const isProven =
    again.status !== "approved" ||
    again.pin.stages.length === 0 ||
    (await isStillProven(deps, again, actionTypeOf(applied, again)));
  // An approval that is not there any more is asked for again.
  if (again.status === "approved" && !isProven)
    return deps.actions.save(failed, { ...again, status: "checked", decisions: [], trail });
  return deps.actions.save(failed, { ...again, trail });
}

/** Whether somebody has corrected the ticket since, and nothing was done before: then all of it is checked again. */
async function isOtherNow(
  deps: Deps,
  request: ActionIn<"checked" | "approved">,
  rows: Row[],
  applied: Applied,
): Promise<boolean> {
  if (!rows.every(isUntouched)) return false;
  const issue = await deps.jira.issue(request.issueId, actionTypeOf(applied, request).project);
  const rule = ruleOf(applied.policy, request.trigger.rule);
  return issue !== undefined && rule !== undefined && hashOfTicket(rule, issue) !== request.pin.form;
}

async function check(
  deps: Deps,
  request: ActionIn<"requested">,
  applied: Applied,
): Promise<ActionIn<"checked" | "approved">> {
  const { requestId, issueId, trigger } = request;
  const type = actionTypeOf(applied, request);
  const issue = await deps.jira.issue(issueId, type.project);
  if (!issue || closedStatuses(type).includes(issue.statusId)) throw new AlreadyWithdrawnError(requestId);
  const rule = ruleOf(applied.policy, trigger.rule);
  if (!rule) throw new PolicyMissingError(`rule ${trigger.rule} in actions.yaml`);
  const pinned = await pinActions(deps, { request, rule, issue, applied });
  await tellLosses(deps, request, pinned);
  if (rule.steps.some(({ action }) => action === "hand-over-reports"))
    await tellOwned(deps, request, pinned, applied.version);
  // A try that died may have written some of them, and a check before the ticket was corrected, others.
  const known = new Map((await deps.rows.all(requestId)).map((row) => [row.index, row]));
  for (const row of pinned.rows) {
    const { version = 0, trail = row.trail } = known.get(row.index) ?? {};
    await deps.rows.save({ ...row, version, trail });
    known.delete(row.index);
  }
  for (const row of known.values()) await deps.rows.save(withoutRest(row));
  const { pin } = pinned;
  const status = pin.automatic === undefined ? ("checked" as const) : ("approved" as const);
  return deps.actions.save(request, {
    ...request,
    status,
    issueKey: issue.key,
    seen: { status: issue.statusId, transitions: issue.transitions },
    pin,
    decisions: [],
    trail: await deps.audit.append(requestId, request.trail, {
      id: request.runs === 1 ? "request.checked" : `request.checked/${request.runs}`,
      at: deps.clock.now(),
      action: "request.checked",
      by: [pin.requester.accountId],
      policyVersion: applied.version,
      facts: { ...pin, steps: rule.steps.map(({ action }) => action) },
    }),
  });
}

/** Before anybody is asked, and before anything is done. */
async function tellLosses(
  deps: Deps,
  request: ActionIn<"requested">,
  { pin, takes }: PinnedActions,
): Promise<void> {
  const lost = takes.flatMap(({ radius }) => radius.people.flatMap(({ applications }) => applications));
  if (lost.length === 0 && takes.every(({ radius }) => radius.unlooked === 0)) return;
  const names = await applicationNames(deps, lost);
  const comment = takesAway(request.requestId, pin.title, takes, names);
  await say(deps, request, { topic: "takes away", comment, audience: "internal" });
}

/** Whoever takes over somebody's reports is told nothing of their applications by JumpCloud: the catalog names their owners. */
async function tellOwned(
  deps: Deps,
  request: ActionIn<"requested">,
  { people }: PinnedActions,
  version: number,
): Promise<void> {
  const entries = await deps.catalog.entries(version);
  const owned = people.flatMap(({ user, accountId }) => {
    const own = entries.filter(({ owner }) => owner.toLowerCase() === user.email.toLowerCase());
    const applications = [...new Set(own.map(({ application }) => application))];
    return applications.length === 0 ? [] : [{ userId: user.userId, accountId, applications }];
  });
  if (owned.length === 0) return;
  const comment = toHandOver(request.requestId, owned);
  await say(deps, request, { topic: "to hand over", comment, audience: "internal" });
}

function nextOf({ status, requestId }: ActionRequest, due: number[]): CheckedActions["next"] {
  switch (status) {
    case "checked":
    case "asked":
    case "blocked":
      return "ask";
    case "approved":
      return due.length > 0 ? "perform" : "report";
    case "done":
      return "report";
    case "refused":
    case "declined":
    case "expired":
    case "withdrawn":
      return status;
    case "requested":
    case "failed":
      throw new InconsistentError(`Request ${requestId} is still ${status} after its check.`);
  }
}
