import type { AuditLog } from "../audit/audit-trail.ts";
import type { CatalogEntry } from "../catalog/catalog.ts";
import type { Clock } from "../clock.ts";
import {
  AlreadyWithdrawnError,
  EntitlementUnavailableError,
  FieldInvalidError,
  FieldMissingError,
  InconsistentError,
  NotEligibleError,
  OnBehalfNotAllowedError,
  PersonNotFoundError,
  PolicyMissingError,
} from "../errors.ts";
import type { DirectoryUser } from "../people/directory-user.ts";
import { type FindPersonDeps, findPerson } from "../people/find-person.ts";
import { accessLength } from "../policy/access-length.ts";
import { type Applied, requestTypeOf, waitsForDecision } from "../policy/applied.ts";
import { secondsOf } from "../policy/duration.ts";
import { isEligible } from "../policy/eligibility.ts";
import { closedStatuses, type RequestType } from "../policy/site.ts";
import { type Form, hashOfForm, readForm } from "./form.ts";
import type { Account, Issue } from "./issue.ts";
import { resumed } from "./life.ts";
import type { Pin, Request, RequestIn, RequestStore } from "./request.ts";

type Deps = FindPersonDeps & {
  clock: Clock;
  requests: RequestStore;
  audit: AuditLog;
  policy: { current(): Promise<Applied> };
  catalog: { entryForOption(option: string, version: number): Promise<CatalogEntry | undefined> };
  jira: {
    issue(issueId: string, projectId?: string): Promise<Issue | undefined>;
    account(accountId: string): Promise<Account | undefined>;
  };
};

type Closed = "refused" | "declined" | "expired" | "withdrawn";

/**
 * What the run has to do next, how long it may wait for a decision each time, and how long the access lasts; in seconds.
 * Access that has no end, or that is not there, lasts 0.
 */
export type Checked = {
  next: "ask" | "provision" | "confirm" | "revoke" | "confirm removal" | Closed;
  waits: number[];
  holdSeconds: number;
};

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
  return whatNext(saved, applied, now);
}

async function check(deps: Deps, request: RequestIn<"requested">, applied: Applied): Promise<Request> {
  const requestType = requestTypeOf(applied, request);
  const issue = await deps.jira.issue(request.issueId, requestType.project);
  if (!issue || closedStatuses(requestType).includes(issue.statusId))
    throw new AlreadyWithdrawnError(request.requestId);

  const form = readForm(issue, requestType);
  const entry = await findEntry(deps, form, requestType, applied.version);
  const seconds = accessLength(form, requestType, entry);
  if (issue.reporter === undefined) throw new PersonNotFoundError("the requester's");
  const requester = await findPerson(deps, issue.reporter, "your");
  const beneficiary = await findBeneficiary(deps, form, requestType, {
    account: issue.reporter,
    user: requester,
  });
  if (!isEligible(beneficiary.user, entry.eligibility)) throw new NotEligibleError(entry.title);

  const approval = applied.policy.approvals[entry.approval];
  if (!approval) throw new PolicyMissingError(`approval named ${entry.approval}`);
  const pin: Pin = {
    form: hashOfForm(issue, form),
    option: entry.option,
    entitlementId: entry.entitlementId,
    title: entry.title,
    groups: entry.groups,
    requester: { accountId: issue.reporter.accountId, userId: requester.userId },
    beneficiary: { accountId: beneficiary.account.accountId, userId: beneficiary.user.userId },
    ...(beneficiary.user.manager === undefined ? {} : { manager: beneficiary.user.manager }),
    ...(seconds === undefined ? {} : { seconds }),
    ...("automatic" in approval
      ? { automatic: approval.automatic, stages: [] }
      : { stages: approval.stages.map((stage) => stage.ask) }),
    policyVersion: applied.version,
    ...(issue.reporter.timeZone === undefined ? {} : { timeZone: issue.reporter.timeZone }),
  };
  return deps.requests.save(request, {
    ...request,
    status: pin.automatic === undefined ? "checked" : "approved",
    issueKey: issue.key,
    seen: { status: issue.statusId, transitions: issue.transitions },
    pin,
    decisions: [],
    trail: await deps.audit.append(request.requestId, request.trail, {
      id: "request.checked",
      at: deps.clock.now(),
      action: "request.checked",
      by: [pin.requester.accountId],
      policyVersion: applied.version,
      facts: { ...pin, approval: entry.approval },
    }),
  });
}

async function findEntry(
  deps: Deps,
  form: Form,
  requestType: RequestType,
  version: number,
): Promise<CatalogEntry> {
  const { entitlement, reason } = requestType.fields;
  if (form.option === undefined) throw new FieldMissingError(entitlement.name);
  if (reason?.required && form.reason === undefined) throw new FieldMissingError(reason.name);
  const entry = await deps.catalog.entryForOption(form.option, version);
  if (!entry) throw new FieldInvalidError(entitlement.name, "this choice is not in the catalog");
  if (entry.status !== "approved")
    throw new EntitlementUnavailableError(entry.title, "it is not open for requests");
  return entry;
}

type SomeoneKnown = { account: Account; user: DirectoryUser };

async function findBeneficiary(
  deps: Deps,
  form: Form,
  requestType: RequestType,
  requester: SomeoneKnown,
): Promise<SomeoneKnown> {
  if (form.beneficiary === undefined || form.beneficiary === requester.account.accountId) return requester;
  const fieldName = requestType.fields.beneficiary?.name ?? "For whom";
  const whom = requestType.onBehalf ?? "nobody";
  if (whom === "nobody") throw new OnBehalfNotAllowedError(fieldName);
  const account = await deps.jira.account(form.beneficiary);
  if (!account) throw new FieldInvalidError(fieldName, "the account is unknown");
  const user = await findPerson(deps, account, "the other person's");
  if (whom === "managers" && user.manager !== requester.user.userId)
    throw new OnBehalfNotAllowedError(fieldName);
  return { account, user };
}

function whatNext(request: Request, { policy }: Applied, now: number): Checked {
  const waits = waitsForDecision({
    reminders: policy.reminders.map(secondsOf),
    expiresAfter: secondsOf(policy.expiresAfter),
  });
  const endsAt = request.status === "granted" ? request.grant.endsAt : undefined;
  if (endsAt !== undefined && endsAt <= now) return { next: "revoke", waits, holdSeconds: 0 };
  const holdSeconds = endsAt === undefined ? 0 : Math.ceil((endsAt - now) / 1_000);
  return { next: nextOf(request), waits, holdSeconds };
}

function nextOf(request: Request): Checked["next"] {
  switch (request.status) {
    case "checked":
    case "asked":
    case "blocked":
      return "ask";
    case "approved":
      return "provision";
    case "granted":
      return "confirm";
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
