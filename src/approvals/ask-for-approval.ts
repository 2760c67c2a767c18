import { decidingFieldsOf, ruleOf } from "../actions/action-rules.ts";
import type { AuditLog } from "../audit/audit-trail.ts";
import type { Clock } from "../clock.ts";
import { BusyError, InconsistentError } from "../errors.ts";
import { type AskDeps as AskByHandDeps, askByHand } from "../grants/by-hand.ts";
import { type Applied, anyTypeOf, requestTypeOf } from "../policy/applied.ts";
import type { Policy } from "../policy/policy.ts";
import type { AnyType } from "../policy/site.ts";
import { reminder, signature } from "../requests/comment.ts";
import { decidingFields } from "../requests/form.ts";
import type { FieldChange } from "../requests/issue.ts";
import { approvalsOf, approvedStages, type HandedOver, isHandedOver } from "../requests/life.ts";
import { partiesTo } from "../requests/parties.ts";
import type { AnyIn, AnyRequest, RequestStore } from "../requests/request.ts";
import { settledOr } from "../requests/settled.ts";
import { moveTicket, say, type TicketDeps } from "../requests/ticket.ts";
import { type ApprovalRecord, newestFirst, proveByApprovals } from "./approval-proof.ts";
import { type ContextDeps, findContext } from "./approver-context.ts";
import { contextComment } from "./context-comment.ts";
import { type FindApproversDeps, findApprovers } from "./find-approvers.ts";
import { withMembersNow } from "./group-members.ts";
import { type ReadProofDeps, readProof } from "./read-proof.ts";
import { recordDecision } from "./record-decision.ts";

type Deps = FindApproversDeps &
  AskByHandDeps &
  ContextDeps & {
    clock: Clock;
    requests: RequestStore<AnyRequest>;
    audit: AuditLog;
    policy: { current(): Promise<Applied> };
    jira: TicketDeps["jira"] &
      ReadProofDeps["jira"] & {
        fieldChanges(issueId: string): Promise<FieldChange[]>;
        /** Fills the Approvers field, and the field of groups if there is one; answers with the time by Jira's own clock, if Jira tells. */
        setApprovers(
          issueId: string,
          fieldId: string,
          accountIds: string[],
          groups?: { fieldId: string; groupIds: string[] },
        ): Promise<number | undefined>;
      };
  };

/** `reminders`: how often the run has waited for this stage in vain. */
export type AskForApproval = { requestId: string; token: string; reminders: number };

type Waiting = AnyIn<"asked" | "blocked">;

/**
 * Asks for the next approval, or for what is done by hand: fills the Approvers field, moves the ticket into its approval status, and only then keeps
 * the run's task token. A decision that came in between is found on the item, and ends the wait before it begins.
 *
 * @throws SettledError by the name of what was decided already
 * @throws NoApproverError when there is nobody to ask
 */
export async function askForApproval(
  deps: Deps,
  { requestId, token, reminders }: AskForApproval,
): Promise<void> {
  const request = await deps.requests.get(requestId);
  const waiting = await ask(deps, request, reminders);
  try {
    await deps.requests.save(waiting, { ...waiting, token });
  } catch (error) {
    if (!(error instanceof BusyError)) throw error;
    throw settledOr(await deps.requests.get(requestId), error);
  }
}

async function ask(deps: Deps, request: AnyRequest, reminders: number): Promise<Waiting | HandedOver> {
  if (isHandedOver(request)) {
    await askByHand(deps, request, reminders);
    return request;
  }
  const applied = await deps.policy.current();
  const requestType = anyTypeOf(applied, request);
  switch (request.status) {
    case "checked":
      return firstAsk(deps, request, requestType, applied);
    case "asked":
    case "blocked":
      return askAgain(
        deps,
        await withMembersNow(deps, request, applied.policy),
        requestType,
        applied,
        reminders,
      );
    default:
      throw settledOr(request);
  }
}

async function firstAsk(
  deps: Deps,
  request: AnyIn<"checked">,
  requestType: AnyType,
  applied: Applied,
): Promise<Waiting> {
  const { policy } = applied;
  const { pin, issueId, requestId } = request;
  const stage = approvedStages(request);
  const yes = approvalsOf(request, stage).flatMap((decision) => decision.by);
  const approvers = await findApprovers(deps, pin, pin.stages[stage] ?? { ask: [] }, policy, {
    at: deps.clock.now(),
    alreadyYes: yes,
  });
  const earlier = await approvalFromBefore(deps, request, applied, approvers.accountIds);
  const { approvers: field, approverGroups } = requestType.fields;
  const group =
    approverGroups === undefined || approvers.groupId === undefined
      ? undefined
      : { id: approvers.groupId, approvers: approvers.accountIds };
  const groups =
    approverGroups === undefined ? undefined : { fieldId: approverGroups, groupIds: group ? [group.id] : [] };
  const jiraNow =
    (await deps.jira.setApprovers(issueId, field, approvers.accountIds, groups)) ??
    deps.clock.now() - clockTolerance;
  const asked = {
    stage,
    approvers: approvers.accountIds,
    ...(group ? { group } : {}),
    source: approvers.source,
    ...(approvers.needed > 1 ? { needed: approvers.needed } : {}),
    ...(approvers.delegated.length > 0 ? { delegated: approvers.delegated } : {}),
    at: earlier?.finalDecision === "approved" ? earlier.createdAt : jiraNow,
    ...(earlier?.finalDecision === "pending" ? { pendingApproval: earlier.id } : {}),
    reminders: 0,
  };
  const trail = await deps.audit.append(requestId, request.trail, {
    id: `approval.asked/${stage}/${request.version}`,
    at: deps.clock.now(),
    action: "approval.asked",
    by: [],
    policyVersion: pin.policyVersion,
    facts: { ...asked, stage: stage + 1, of: pin.stages.length, skipped: approvers.skipped },
  });
  // Saved before the ticket moves: from then on somebody may decide.
  const { token: _, ...rest } = request;
  const waiting = await deps.requests.save(request, { ...rest, status: "asked" as const, asked, trail });
  if (earlier?.finalDecision === "approved") {
    const verdict = proveByApprovals([earlier], {
      asked,
      approvers: asked.approvers,
      excluded: partiesTo(pin),
    });
    if (verdict.kind === "approved") throw settledOr(await recordDecision(deps, waiting, verdict));
  }
  await tellContext(deps, waiting, policy);
  await moveTicket(deps, waiting, waitingStatus(requestType, stage));
  return waiting;
}

/** Before the ticket moves: Jira writes to the approvers when it does. */
async function tellContext(deps: Deps, request: Waiting, policy: Policy): Promise<void> {
  // What an action takes away has been said already.
  if (request.kind === "actions") return;
  const { requestId, issueId, pin, asked } = request;
  const topic = `context ${asked.stage + 1}`;
  if (pin.context === undefined || (await deps.jira.hasSaid(issueId, signature(requestId, topic)))) return;
  const context = await findContext(deps, request, policy);
  await deps.jira.comment(issueId, contextComment(requestId, topic, request, context), pin.context);
}

async function askAgain(
  deps: Deps,
  request: Waiting,
  requestType: AnyType,
  { policy }: Applied,
  reminders: number,
): Promise<Waiting> {
  if (request.status === "asked") {
    // A run that died after it had moved the ticket asked already; who has answered since, or answers now, must not be asked
    // again: the ticket is looked at before its approvals, and stays where it is if it was waiting then.
    const waiting = waitingStatus(requestType, request.asked.stage);
    const wasWaiting = (await deps.jira.issue(request.issueId))?.statusId === waiting;
    const verdict = await readProof(deps, request, requestType);
    if (verdict.kind === "approved" || verdict.kind === "declined")
      throw settledOr(await recordDecision(deps, request, verdict));
    if (request.token === undefined) await tellContext(deps, request, policy);
    if (!wasWaiting) await moveTicket(deps, request, waiting);
  }
  if (reminders <= request.asked.reminders) return request;
  const isDue = policy.escalation !== undefined && reminders >= policy.escalation.afterReminder;
  const widened =
    isDue && !request.asked.escalated ? await escalate(deps, request, requestType, policy) : request;
  const { requestId, asked } = widened;
  const topic = `reminder ${asked.stage + 1}.${reminders}`;
  await say(deps, widened, {
    topic,
    comment: reminder(requestId, topic, asked.approvers),
    audience: "public",
  });
  const trail = await deps.audit.append(requestId, widened.trail, {
    id: `approval.reminded/${asked.stage}/${reminders}`,
    at: deps.clock.now(),
    action: "approval.reminded",
    by: [],
    facts: { stage: asked.stage + 1, reminder: reminders },
  });
  return deps.requests.save(widened, { ...widened, asked: { ...asked, reminders }, trail });
}

/**
 * Asks others too, who are told by the reminder that follows. Whether Jira lets somebody decide who came into the Approvers
 * field after the approval had begun is not documented: if it does not, they can ask those who may.
 */
async function escalate(
  deps: Deps,
  request: Waiting,
  requestType: AnyType,
  policy: Policy,
): Promise<Waiting> {
  const { asked, pin, requestId, issueId } = request;
  const source = policy.escalation?.ask;
  if (source === undefined) return request;
  const others = await findApprovers(deps, pin, { ask: [source] }, policy, { at: deps.clock.now() });
  const added = others.accountIds.filter((id) => !asked.approvers.includes(id));
  const approvers = [...asked.approvers, ...added];
  if (added.length > 0) await deps.jira.setApprovers(issueId, requestType.fields.approvers, approvers);
  const trail = await deps.audit.append(requestId, request.trail, {
    id: `approval.escalated/${asked.stage}`,
    at: deps.clock.now(),
    action: "approval.escalated",
    by: [],
    facts: { stage: asked.stage + 1, approvers: added, source: others.source },
  });
  const delegated = [...(asked.delegated ?? []), ...others.delegated];
  return deps.requests.save(request, {
    ...request,
    asked: { ...asked, approvers, escalated: true, ...(delegated.length > 0 ? { delegated } : {}) },
    trail,
  });
}

/** How far Jira's clock may be off when Jira does not say what time it is. */
const clockTolerance = 120_000;

/**
 * An approval that was begun or given before Latchkey knew of the request. It counts if the people who would be asked
 * now gave it, and if nothing that decides has changed on the form since.
 */
async function approvalFromBefore(
  deps: Deps,
  request: AnyIn<"checked">,
  applied: Applied,
  approvers: string[],
): Promise<ApprovalRecord | undefined> {
  const requestType = anyTypeOf(applied, request);
  const isNew = request.generation === 1 && request.decisions.length === 0;
  if (!isNew || requestType.proof !== "jsm-approval" || request.seen.status === requestType.statuses.open)
    return undefined;
  const records = await deps.jira.approvals(request.issueId);
  const newest = newestFirst(records)[0];
  if (newest?.finalDecision === "pending") return newest;
  if (newest?.finalDecision !== "approved") return undefined;
  const known = decidingFieldsFor(request, applied);
  const changes = await deps.jira.fieldChanges(request.issueId);
  const edited = changes.some((change) => change.at >= newest.createdAt && known.includes(change.fieldId));
  const asked = { stage: 0, approvers, source: "", at: newest.createdAt, reminders: 0 };
  const verdict = proveByApprovals([newest], { asked, approvers, excluded: partiesTo(request.pin) });
  return edited || verdict.kind !== "approved" ? undefined : newest;
}

function decidingFieldsFor(request: AnyIn<"checked">, applied: Applied): string[] {
  if (request.kind !== "actions") return decidingFields(requestTypeOf(applied, request));
  const rule = ruleOf(applied.policy, request.trigger.rule);
  return [...(rule ? decidingFieldsOf(rule) : []), "reporter"];
}

function waitingStatus({ statuses }: AnyType, stage: number): string {
  const status = statuses.waiting[Math.min(stage, statuses.waiting.length - 1)];
  if (status === undefined) throw new InconsistentError("site.yaml names no approval status.");
  return status;
}
