import { isStillProven, type ReadProofDeps } from "../approvals/read-proof.ts";
import type { AuditLog } from "../audit/audit-trail.ts";
import { canonicalJson, sha256 } from "../audit/hash.ts";
import {
  ApprovalMissingError,
  DeniedByPolicyError,
  FormChangedError,
  GrantsStoppedError,
  LatchkeyError,
  NotAllowedError,
  PausedError,
  RefusedError,
  UnclearActionError,
  UpstreamError,
} from "../errors.ts";
import type { GrantSwitch } from "../grants/grant-switch.ts";
import { type Applied, actionTypeOf } from "../policy/applied.ts";
import { closedStatuses } from "../policy/site.ts";
import { messageIn } from "../requests/cause.ts";
import type { Issue } from "../requests/issue.ts";
import type { ActionIn, ActionRequest, RequestStore } from "../requests/request.ts";
import type { ActionDeps } from "./action.ts";
import { inputsFrom } from "./action-inputs.ts";
import type { ActionRule } from "./action-rules.ts";
import { shapeOf } from "./action-shapes.ts";
import { type LookupDeps, lookupsIn } from "./lookups.ts";
import { performAction } from "./perform-action.ts";
import {
  actionIdOf,
  afterStep,
  nextStep,
  type Row,
  type RowStep,
  type RowStore,
  rowTrail,
  withLater,
  withStep,
} from "./row.ts";
import { expectSameTicket } from "./same-ticket.ts";

type Deps = ActionDeps &
  LookupDeps & {
    actions: RequestStore<ActionRequest>;
    rows: RowStore;
    audit: AuditLog;
    policy: { current(): Promise<Applied> };
    grantSwitch: { get(): Promise<GrantSwitch> };
    jira: ReadProofDeps["jira"] & { issue(issueId: string, projectId: string): Promise<Issue | undefined> };
    groups: LookupDeps["groups"];
  };

export type PerformActions = {
  requestId: string;
  row: number;
  /** What the run could not get past, as the state machine has it: it is written down, and nothing is done. */
  error?: string | undefined;
  cause?: string | undefined;
};

/**
 * Does what is left of the steps for one person, in order, and writes down how far it came. Everything is looked at again first, in
 * Jira and in the policy. A step that cannot be done is written down with its reason; the rest follows if the rule says so.
 *
 * @throws UpstreamError when another system did not do its part: done again later
 * @throws GrantsStoppedError while nothing is given to anybody, if a step gives something
 */
export async function performActions(
  deps: Deps,
  { requestId, row: index, error, cause }: PerformActions,
): Promise<void> {
  const request = await deps.actions.get(requestId);
  let row = await deps.rows.get(requestId, index);
  if (request.status !== "approved") return;
  if (error !== undefined) {
    const at = nextStep(row, deps.clock.now());
    if (at !== undefined)
      await note(deps, row, at, {
        state: "failed",
        error,
        message: messageIn(cause ?? ""),
        needsOperator: true,
      });
    return;
  }
  const next = () => nextStep(row, deps.clock.now());
  for (let at = next(); at !== undefined; at = next()) row = await perform(deps, request, row, at);
}

async function perform(deps: Deps, request: ActionIn<"approved">, row: Row, at: number): Promise<Row> {
  try {
    const { rule, issue } = await prove(deps, request, row, at);
    const inputs = await inputsOf(deps, rule, row, at, issue);
    return await act(deps, row, at, inputs);
  } catch (error) {
    if (!(error instanceof LatchkeyError) || error instanceof UpstreamError || error instanceof PausedError)
      throw error;
    const { name, message } = error;
    return note(deps, await deps.rows.get(row.requestId, row.index), at, {
      state: error instanceof UnclearActionError ? "unclear" : "failed",
      error: name,
      message,
      needsOperator: !(error instanceof RefusedError || error instanceof NotAllowedError),
      // This try is known to have changed nothing.
      tried: row.steps[at]?.tried ?? false,
    });
  }
}

/** That what was asked for may still be done. */
async function prove(
  deps: Deps,
  request: ActionIn<"approved">,
  row: Row,
  at: number,
): Promise<{ rule: ActionRule; issue: Issue }> {
  const applied = await deps.policy.current();
  const { actions } = applied.policy;
  const type = actionTypeOf(applied, request);
  const issue = await deps.jira.issue(request.issueId, type.project);
  if (!issue || closedStatuses(type).includes(issue.statusId))
    throw new DeniedByPolicyError("The ticket was closed, so this was not done.");
  const rule = expectSameTicket(request, issue, applied.policy);
  const action = row.steps[at]?.action;
  if (action === undefined) throw new FormChangedError();
  if (actions?.off?.includes(action)) throw new DeniedByPolicyError(`${action} is switched off at present.`);
  if (request.pin.stages.length > 0 && !(await isStillProven(deps, request, type)))
    throw new ApprovalMissingError("the approval that was recorded is not there any more");
  if (shapeOf(action).gives && (await deps.grantSwitch.get()).stopped !== undefined)
    throw new GrantsStoppedError();
  return { rule, issue };
}

/** @throws FormChangedError when the ticket says something else than was approved */
async function inputsOf(
  deps: Deps,
  rule: ActionRule,
  row: Row,
  at: number,
  issue: Issue,
): Promise<Record<string, unknown>> {
  const step = row.steps[at];
  if (step?.ticket === undefined) return step?.inputs ?? {};
  const { actions } = (await deps.policy.current()).policy;
  const lookups = lookupsIn(deps, actions?.bundles);
  const inputs = await inputsFrom(rule.steps[at]?.inputs ?? {}, issue.fields, lookups);
  if (sha256(canonicalJson(inputs)) !== step.ticket) throw new FormChangedError();
  return { ...step.inputs, ...inputs };
}

/** First what is about to be done is written down, then it is done, then what came of it is written down. */
async function act(deps: Deps, row: Row, at: number, inputs: Record<string, unknown>): Promise<Row> {
  const step = row.steps[at];
  if (!step) return row;
  const { action, tried } = step;
  const intended = await deps.audit.append(rowTrail(row), row.trail, {
    id: `action.intended/${at}/${row.version}`,
    at: deps.clock.now(),
    action: "action.intended",
    by: [],
    facts: { action, ...step.inputs },
  });
  const begun = await deps.rows.save({ ...withStep(row, at, { tried: true }), trail: intended });
  const attempt = { actionId: actionIdOf(row, at), attempted: tried ?? false };
  const { userId } = row;
  const isAboutMade =
    userId !== undefined && inputs.user === undefined && "user" in shapeOf(action).inputs.entries;
  const {
    outcome,
    later = [],
    userId: made,
  } = await performAction(deps, action, isAboutMade ? { ...inputs, user: userId } : inputs, attempt);
  const trail = await deps.audit.append(rowTrail(row), begun.trail, {
    id: `action.done/${at}`,
    at: deps.clock.now(),
    action: "action.done",
    by: [],
    facts: { action, outcome },
  });
  const done = afterStep(
    { ...begun, ...(made === undefined ? {} : { userId: made }) },
    at,
    outcome,
    deps.clock.now(),
  );
  return deps.rows.save({ ...withLater(done, later), trail });
}

async function note(deps: Deps, row: Row, at: number, result: Partial<RowStep>): Promise<Row> {
  const { state, error, message } = result;
  const trail = await deps.audit.append(rowTrail(row), row.trail, {
    id: `action.failed/${at}/${row.version}`,
    at: deps.clock.now(),
    action: "action.failed",
    by: [],
    facts: { action: row.steps[at]?.action, error, message, state },
  });
  return deps.rows.save({ ...withStep(row, at, result), trail });
}
