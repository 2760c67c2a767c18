import { type NarrowDeps, narrowRequest } from "../approvals/narrow-request.ts";
import { isStillProven, type ReadProofDeps } from "../approvals/read-proof.ts";
import type { AuditLog } from "../audit/audit-trail.ts";
import type { CatalogEntry } from "../catalog/catalog.ts";
import { type CatalogState, expectOpen } from "../catalog/expect-open.ts";
import {
  AlreadyWithdrawnError,
  ApprovalMissingError,
  DeniedByPolicyError,
  DynamicGroupError,
  EntitlementUnavailableError,
  GrantsStoppedError,
  GroupMissingError,
  InconsistentError,
  PersonInactiveError,
  PersonNotFoundError,
  ProtectedGroupError,
  TooManyCallsError,
  UpstreamError,
} from "../errors.ts";
import type { DirectoryUser } from "../people/directory-user.ts";
import { type Applied, requestTypeOf } from "../policy/applied.ts";
import type { PolicyDecision } from "../policy/decide.ts";
import { secondsOf } from "../policy/duration.ts";
import type { Policy } from "../policy/policy.ts";
import { closedStatuses, type RequestType } from "../policy/site.ts";
import { type Answer, type AskPolicyDeps, askPolicy } from "../requests/ask-policy.ts";
import { proveBoundTicket } from "../requests/bound-ticket.ts";
import { grantsStopped } from "../requests/comment.ts";
import type { Issue } from "../requests/issue.ts";
import { count, type StandingDeps } from "../requests/keep-standing.ts";
import { expectStatus } from "../requests/life.ts";
import { refusalOf } from "../requests/pin-request.ts";
import type { Grant, Pin, RequestIn, RequestStore } from "../requests/request.ts";
import { say } from "../requests/ticket.ts";
import { type Holding, holding, warningTimes } from "./access-times.ts";
import { endReplaced } from "./end-replaced.ts";
import { expectGivenByHand } from "./expect-by-hand.ts";
import type { GrantSwitch } from "./grant-switch.ts";
import { type GroupDeps, holdGroup, leaveGroup } from "./hold-group.ts";
import type { DirectoryGroup } from "./membership.ts";
import { endExtended } from "./revoke-access.ts";

type Deps = GroupDeps &
  StandingDeps &
  AskPolicyDeps & {
    requests: RequestStore;
    audit: AuditLog;
    policy: { current(): Promise<Applied> };
    directory: {
      user(userId: string): Promise<DirectoryUser | undefined>;
      group(groupId: string): Promise<DirectoryGroup | undefined>;
    };
    grantSwitch: { get(): Promise<GrantSwitch> };
    catalog: CatalogState & NarrowDeps["catalog"];
    jira: ReadProofDeps["jira"] &
      NarrowDeps["jira"] & { issue(issueId: string, projectId?: string): Promise<Issue | undefined> };
  };

/**
 * Gives the access. Everything is looked at again first, in Jira and in JumpCloud, as it is at this moment: the ticket,
 * the form, the approval, the policy, the person, the groups. Nothing is written before all of that holds.
 * The clock of timed access starts when the last membership has been seen in JumpCloud.
 *
 * @throws RefusedError when the request can no longer be fulfilled as it was approved
 * @throws ApprovalMissingError when Jira no longer shows the approval; the decision is dropped, and asked for again
 * @throws AlreadyWithdrawnError when the ticket is gone or cancelled
 * @throws HandworkMissingError when no group gives it, until somebody has given it by hand
 * @throws GrantsStoppedError while no access is given to anybody
 */
export async function provisionAccess(deps: Deps, requestId: string): Promise<Holding> {
  const stored = expectStatus(await deps.requests.get(requestId), "approved", "granted", "withdrawn");
  if (stored.status === "withdrawn") throw new AlreadyWithdrawnError(requestId);
  // Done before, and only the answer was lost.
  if (stored.status === "granted") return held(deps, stored);
  const applied = await deps.policy.current();
  const requestType = requestTypeOf(applied, stored);

  const { request, issue, counting, replaces } = await prove(deps, stored, requestType, applied);
  // What the policy has begun to count since the check.
  await count(deps, counting);
  await expectGivenByHand(deps, request);

  const { pin } = request;
  const intended = await deps.audit.append(requestId, request.trail, {
    id: `access.intended/${request.version}`,
    at: deps.clock.now(),
    action: "access.intended",
    by: [],
    policyVersion: applied.version,
    facts: {
      user: pin.beneficiary.userId,
      groups: pin.groups,
      approval: pin.automatic === undefined ? request.decisions.at(-1)?.evidence : "waived by policy",
    },
  });
  const outcomes: Record<string, string> = {};
  for (const groupId of pin.groups)
    outcomes[groupId] = await holdGroup(deps, { requestId, userId: pin.beneficiary.userId, groupId });

  const at = deps.clock.now();
  const grant = { ...grantOf(pin, applied, at), ...(replaces.length === 0 ? {} : { replaces }) };
  const trail = await deps.audit.append(requestId, intended, {
    id: `access.granted/${request.version}`,
    at,
    action: "access.granted",
    by: [],
    policyVersion: applied.version,
    facts: {
      user: pin.beneficiary.userId,
      groups: outcomes,
      byHand: request.byHand?.evidence,
      endsAt: grant.endsAt,
      ...(replaces.length === 0 ? {} : { replaces }),
    },
  });
  const { token: _, byHand: __, ...rest } = request;
  const seen = { status: issue.statusId, transitions: issue.transitions };
  const countedIn = [...(pin.countedIn ?? []), ...counting.map(({ about }) => about)];
  const granted = {
    ...rest,
    status: "granted" as const,
    pin: countedIn.length === 0 ? pin : { ...pin, countedIn },
    grant,
    seen,
    trail,
  };
  return held(deps, await deps.requests.save(request, granted));
}

function grantOf(pin: Pin, { policy }: Applied, at: number): Grant {
  if (pin.seconds === undefined) return { at };
  const endsAt = pin.extension?.endsAt ?? at + pin.seconds * 1_000;
  const warnAt = warningTimes({ at, endsAt }, (policy.warnings ?? []).map(secondsOf));
  return { at, endsAt, ...(warnAt.length === 0 ? {} : { warnAt }) };
}

/** From here on this request gives the access; the one that it makes longer, and other levels, are over. */
async function held(deps: Deps, request: RequestIn<"granted">): Promise<Holding> {
  await endExtended(deps, request);
  await endReplaced(deps, request);
  return holding(request.grant, deps.clock.now());
}

/** `counting`: the standings in which the request is counted now, and was not when it was checked. */
type Proven = Pick<Answer, "counting" | "replaces">;

/** The run's clock and this one may differ a little. */
const clockTolerance = 60_000;

function proveTime({ requestId, pin }: RequestIn<"approved">, now: number): void {
  if (pin.startsAt !== undefined && pin.startsAt > now + clockTolerance)
    throw new InconsistentError(`Request ${requestId} is not to begin yet.`);
  if (pin.extension && pin.extension.endsAt <= now)
    throw new DeniedByPolicyError(
      `The time that was asked for is over, so ${pin.title} was not made longer. Please make a new request.`,
    );
}

/**
 * Looks at everything again. An earlier try may have added some of the groups before it failed: when the access must not be given
 * after all, they are taken back.
 */
async function prove(
  deps: Deps,
  request: RequestIn<"approved">,
  requestType: RequestType,
  applied: Applied,
): Promise<{ request: RequestIn<"approved">; issue: Issue } & Proven> {
  try {
    proveTime(request, deps.clock.now());
    const issue = await proveTicket(deps, request, requestType);
    await proveNotStopped(deps, request);
    const current = await narrowRequest(deps, request, issue, requestType);
    await proveApproval(deps, current, requestType);
    return { request: current, issue, ...(await proveEntitlement(deps, current, applied)) };
  } catch (error) {
    if (error instanceof UpstreamError || error instanceof TooManyCallsError) throw error;
    const { requestId, pin } = request;
    for (const groupId of pin.groups)
      await leaveGroup(deps, { requestId, userId: pin.beneficiary.userId, groupId });
    throw error;
  }
}

async function proveTicket(
  deps: Deps,
  request: RequestIn<"approved">,
  requestType: RequestType,
): Promise<Issue> {
  const issue = await deps.jira.issue(request.issueId, requestType.project);
  if (!issue || closedStatuses(requestType).includes(issue.statusId))
    throw new AlreadyWithdrawnError(request.requestId);
  const { pin } = request;
  if (pin.emergency)
    await proveBoundTicket(
      deps.jira,
      pin.emergency.incident,
      requestType.fields.incident?.name ?? "Incident",
    );
  if (pin.until !== undefined)
    await proveBoundTicket(deps.jira, pin.until, requestType.fields.until?.name ?? "Until");
  return issue;
}

/** Stopped grants go on by themselves: the run tries again until they do. */
async function proveNotStopped(deps: Deps, request: RequestIn<"approved">): Promise<void> {
  if ((await deps.grantSwitch.get()).stopped === undefined) return;
  await say(deps, request, {
    topic: "grants stopped",
    audience: "public",
    comment: grantsStopped(request.requestId, request.pin),
  });
  throw new GrantsStoppedError();
}

async function proveApproval(
  deps: Deps,
  request: RequestIn<"approved">,
  requestType: RequestType,
): Promise<void> {
  if (request.pin.automatic !== undefined || (await isStillProven(deps, request, requestType))) return;
  const why = "the approval that was recorded is not there any more";
  const trail = await deps.audit.append(request.requestId, request.trail, {
    id: `approval.missing/${request.version}`,
    at: deps.clock.now(),
    action: "approval.missing",
    by: [],
    facts: { evidence: request.decisions.at(-1)?.evidence },
  });
  const { token: _, ...rest } = request;
  await deps.requests.save(request, {
    ...rest,
    status: "checked",
    // All of the stage: which of several approvals is missing is not worth a guess.
    decisions: request.decisions.filter(({ stage }) => stage !== request.decisions.at(-1)?.stage),
    trail,
  });
  throw new ApprovalMissingError(why);
}

async function proveEntitlement(
  deps: Deps,
  request: RequestIn<"approved">,
  applied: Applied,
): Promise<Proven> {
  const { pin } = request;
  const entry = await deps.catalog.entry(pin.entitlementId, applied.version);
  if (entry?.status !== "approved")
    throw new EntitlementUnavailableError(pin.title, "it was closed meanwhile");
  await expectOpen(deps.catalog, entry);
  if (entry.groups.join() !== pin.groups.join())
    throw new EntitlementUnavailableError(pin.title, "what it gives has changed since it was approved");
  const proven = await provePolicy(deps, request, applied, entry);

  for (const groupId of pin.groups) {
    if (applied.policy.protectedGroups?.includes(groupId)) throw new ProtectedGroupError(pin.title);
    const group = await deps.directory.group(groupId);
    if (!group) throw new GroupMissingError(groupId);
    if (group.dynamic) throw new DynamicGroupError(pin.title);
  }
  return proven;
}

/**
 * The person and the policy as they are now: what was waived or asked then may be denied today, or asked of others.
 */
async function provePolicy(
  deps: Deps,
  { pin, requestId }: RequestIn<"approved">,
  applied: Applied,
  entry: CatalogEntry,
): Promise<Proven> {
  const beneficiary = await deps.directory.user(pin.beneficiary.userId);
  if (!beneficiary) throw new PersonNotFoundError("the person's");
  if (beneficiary.state !== "ACTIVATED") throw new PersonInactiveError("The person's", beneficiary.state);
  const isSelf = pin.requester.userId === beneficiary.userId;
  const requester = isSelf ? beneficiary : await deps.directory.user(pin.requester.userId);
  if (!requester) throw new PersonNotFoundError("the requester's");
  const emergency = pin.emergency !== undefined;
  const asking = { requestId, entry, requester, beneficiary, emergency, at: deps.clock.now() };
  const { decision, counting, replaces } = await askPolicy(deps, applied, {
    ...asking,
    seconds: pin.seconds,
  });
  if (decision.outcome === "refuse") throw refusalOf(decision, entry);
  if (decision.outcome === "ask" && !covers(pin, applied.policy, decision)) {
    // Whoever said yes to more, as the policy wants it for more, need not be followed by others for less.
    const forMore = pin.narrowedFrom && (await decisionForMore(deps, applied, asking, pin.narrowedFrom));
    if (forMore?.outcome !== "ask" || !covers(pin, applied.policy, forMore))
      throw new DeniedByPolicyError(
        `${pin.title} needs the approval “${decision.approval}” now, which is not the one that it has. Please make a new request.`,
      );
  }
  return { counting: counting.filter(({ about }) => !pin.countedIn?.includes(about)), replaces };
}

/** What the policy wants for what was asked for before an approver made it less. */
async function decisionForMore(
  deps: Deps,
  applied: Applied,
  asking: Omit<Parameters<typeof askPolicy>[2], "seconds">,
  { seconds, entitlementId = asking.entry.entitlementId }: NonNullable<Pin["narrowedFrom"]>,
): Promise<PolicyDecision | undefined> {
  const entry = await deps.catalog.entry(entitlementId, applied.version);
  return entry && (await askPolicy(deps, applied, { ...asking, entry, seconds })).decision;
}

/**
 * Whether what was decided on the request is what the policy asks for now. Who looked at it because of a limit need not be
 * followed by others when the limit is no longer reached.
 */
function covers(
  { approval, automatic, rule, stages }: Pin,
  { approvals, caps, separation = [] }: Policy,
  now: Extract<PolicyDecision, { outcome: "ask" }>,
): boolean {
  if (automatic !== undefined) return false;
  if (approval === now.approval) return true;
  const asked = approvals[now.approval];
  // Earlier versions wrote down who has to say yes, and not by which approval.
  if (approval === undefined && asked && "stages" in asked)
    return JSON.stringify(stages) === JSON.stringify(asked.stages);
  const limits = [...(caps ? ["caps"] : []), ...separation.map(({ id }) => id)];
  return now.rule === undefined && rule !== undefined && limits.includes(rule);
}
