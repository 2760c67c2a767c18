import type { CatalogEntry } from "../catalog/catalog.ts";
import { type CatalogState, expectOpen } from "../catalog/expect-open.ts";
import { isShownOn } from "../catalog/shown-entries.ts";
import {
  DeniedByPolicyError,
  EntitlementUnavailableError,
  FieldInvalidError,
  FieldMissingError,
  NotEligibleError,
  OnBehalfNotAllowedError,
  PersonNotFoundError,
  PolicyMissingError,
  type RefusedError,
} from "../errors.ts";
import type { DirectoryUser } from "../people/directory-user.ts";
import { type FindPersonDeps, findPerson } from "../people/find-person.ts";
import { accessLength } from "../policy/access-length.ts";
import type { Applied } from "../policy/applied.ts";
import { type Check, fallbackApproval, type PolicyDecision } from "../policy/decide.ts";
import type { ApprovalStage, Policy } from "../policy/policy.ts";
import type { RequestType } from "../policy/site.ts";
import type { Standing } from "../policy/standing.ts";
import { type AskPolicyDeps, askPolicy } from "./ask-policy.ts";
import { proveBoundTicket } from "./bound-ticket.ts";
import { type EmergencyDeps, whomToTell } from "./emergency.ts";
import { extensionOf } from "./extension.ts";
import { type Form, hashOfForm, readForm } from "./form.ts";
import type { Account, Issue } from "./issue.ts";
import type { Pin, RequestIn } from "./request.ts";

export type PinDeps = FindPersonDeps &
  EmergencyDeps &
  AskPolicyDeps & {
    catalog: {
      entryForOption(option: string, version: number): Promise<CatalogEntry | undefined>;
    } & CatalogState;
    jira: {
      account(accountId: string): Promise<Account | undefined>;
      issue(idOrKey: string): Promise<Issue | undefined>;
    };
  };

/** `counting`: the standings with this request in them, to be saved before anybody is asked. */
export type Pinned = { pin: Pin; trace: Check[]; counting: Standing[] };

/**
 * Reads the form and lets the policy decide: what exactly is asked for, for whom, for how long, and who has to say yes.
 * Writes nothing.
 *
 * @param asked `extending`: the grant that is to become longer
 * @throws RefusedError when it cannot be fulfilled as asked
 */
export async function pinRequest(
  deps: PinDeps,
  asked: {
    requestId: string;
    issue: Issue;
    requestType: RequestType;
    applied: Applied;
    at: number;
    extending?: RequestIn<"granted"> | undefined;
    /** Is given the checks of the policy, also when one of them refuses. */
    traced?: (trace: Check[]) => void;
  },
): Promise<Pinned> {
  const { requestId, issue, requestType, applied, at, extending } = asked;
  const form = readForm(issue, requestType);
  const entry = await findEntry(deps, form, requestType, applied.version);
  const wanted = accessLength(form, requestType, entry);
  const extension = extending && extensionOf(extending, entry, wanted, at);
  const seconds = extension ? (extension.endsAt - extension.since) / 1_000 : wanted;
  if (form.incident !== undefined)
    await proveBoundTicket(deps.jira, form.incident, requestType.fields.incident?.name ?? "Incident");
  if (form.until !== undefined)
    await proveBoundTicket(deps.jira, form.until, requestType.fields.until?.name ?? "Until");
  // An emergency is now.
  const startsAt = form.incident === undefined ? startOf(form, requestType, at) : undefined;
  if (issue.reporter === undefined) throw new PersonNotFoundError("the requester's");
  const requester = await findPerson(deps, issue.reporter, "your");
  const beneficiary = await findBeneficiary(deps, form, requestType, entry, {
    account: issue.reporter,
    user: requester,
  });
  const { decision, trace, counting } = await askPolicy(deps, applied, {
    requestId,
    entry,
    requester,
    beneficiary: beneficiary.user,
    seconds,
    emergency: form.incident !== undefined,
    at,
  });
  asked.traced?.(trace);
  if (decision.outcome === "refuse") throw refusalOf(decision, entry);
  const { manager } = beneficiary.user;
  const pin: Pin = {
    form: hashOfForm(issue, form),
    option: entry.option,
    entitlementId: entry.entitlementId,
    title: entry.title,
    groups: entry.groups,
    requester: { accountId: issue.reporter.accountId, userId: requester.userId },
    beneficiary: { accountId: beneficiary.account.accountId, userId: beneficiary.user.userId },
    ...(manager === undefined ? {} : { manager }),
    ...(seconds === undefined ? {} : { seconds }),
    ...(extension ? { extension } : {}),
    ...(startsAt === undefined ? {} : { startsAt }),
    ...(form.until === undefined ? {} : { until: form.until }),
    ...(counting.length === 0 ? {} : { countedIn: counting.map(({ about }) => about) }),
    ...(decision.rule === undefined ? {} : { rule: decision.rule }),
    ...approvalOf(applied.policy, decision),
    policyVersion: applied.version,
    ...(issue.reporter.timeZone === undefined ? {} : { timeZone: issue.reporter.timeZone }),
  };
  if (form.incident === undefined) return { pin, trace, counting };
  const usual = usualApproval(applied.policy, entry);
  const told = await whomToTell(deps, pin, usual, applied.policy, at);
  return { pin: { ...pin, emergency: { incident: form.incident, ...told } }, trace, counting };
}

/** The first stage of the approval that the entitlement needs when there is no emergency. */
function usualApproval(policy: Policy, entry: CatalogEntry): ApprovalStage | undefined {
  const approval = policy.approvals[entry.approval ?? policy.defaultApproval ?? fallbackApproval];
  return approval && "stages" in approval ? approval.stages[0] : undefined;
}

/** The error that tells the requester why. */
export function refusalOf(
  { code, say, rule }: Extract<PolicyDecision, { outcome: "refuse" }>,
  entry: CatalogEntry,
): RefusedError {
  if (code === "not eligible") return new NotEligibleError(entry.title);
  return new DeniedByPolicyError(rule === undefined ? say : `${say} (rule ${rule})`);
}

function approvalOf(
  { approvals, fallbackGroup }: Policy,
  decision: Exclude<PolicyDecision, { outcome: "refuse" }>,
): { automatic: string; stages: [] } | Pick<Pin, "approval" | "stages" | "context"> {
  if (decision.outcome === "waive") return { automatic: decision.say, stages: [] };
  const { approval: name } = decision;
  if (name === fallbackApproval && !approvals[name])
    return { approval: name, stages: [{ ask: [{ jiraGroup: fallbackGroup }] }] };
  const approval = approvals[name];
  if (!approval || "automatic" in approval)
    throw new PolicyMissingError(`stages of an approval named ${name}`);
  const { stages, context } = approval;
  return { approval: name, stages, ...(context === undefined ? {} : { context }) };
}

async function findEntry(
  deps: PinDeps,
  form: Form,
  requestType: RequestType,
  version: number,
): Promise<CatalogEntry> {
  const { entitlement, reason } = requestType.fields;
  if (form.option === undefined) throw new FieldMissingError(entitlement.name);
  const entry = await deps.catalog.entryForOption(form.option, version);
  if (!entry) throw new FieldInvalidError(entitlement.name, "this choice is not in the catalog");
  const isReasonNeeded = reason?.required || form.incident !== undefined;
  if (reason && isReasonNeeded && form.reason === undefined) throw new FieldMissingError(reason.name);
  if (entry.status !== "approved")
    throw new EntitlementUnavailableError(entry.title, "it is not open for requests");
  await expectOpen(deps.catalog, entry);
  if (!isShownOn(requestType.id, entry))
    throw new EntitlementUnavailableError(entry.title, "this form does not offer it");
  return entry;
}

/** The longest that a request may wait for its start: an execution lives a year, and the access has to fit in too. */
const latestStart = 60 * 24 * 3_600_000;

function startOf(form: Form, requestType: RequestType, now: number): number | undefined {
  const fieldName = requestType.fields.start?.name ?? "Start";
  if (form.start === undefined) return undefined;
  const startsAt = Date.parse(form.start);
  if (Number.isNaN(startsAt)) throw new FieldInvalidError(fieldName, "it is no date");
  if (startsAt > now + latestStart) throw new FieldInvalidError(fieldName, "it is more than 60 days away");
  return startsAt > now ? startsAt : undefined;
}

type SomeoneKnown = { account: Account; user: DirectoryUser };

async function findBeneficiary(
  deps: PinDeps,
  form: Form,
  requestType: RequestType,
  entry: CatalogEntry,
  requester: SomeoneKnown,
): Promise<SomeoneKnown> {
  if (form.beneficiary === undefined || form.beneficiary === requester.account.accountId) return requester;
  const fieldName = requestType.fields.beneficiary?.name ?? "For whom";
  const whom = requestType.onBehalf ?? "nobody";
  if (whom === "nobody") throw new OnBehalfNotAllowedError(fieldName);
  const account = await deps.jira.account(form.beneficiary);
  if (!account) throw new FieldInvalidError(fieldName, "the account is unknown");
  const user = await findPerson(deps, account, "the other person's");
  const isManager = user.manager === requester.user.userId;
  const isOwner = requester.user.email.toLowerCase() === entry.owner.toLowerCase();
  if (whom === "managers" && !isManager) throw new OnBehalfNotAllowedError(fieldName);
  if (whom === "owners" && !isOwner && !isManager) throw new OnBehalfNotAllowedError(fieldName);
  return { account, user };
}
