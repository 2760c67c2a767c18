import * as v from "valibot";
import { canonicalJson, sha256 } from "../audit/hash.ts";
import {
  ActionImpossibleError,
  DeniedByPolicyError,
  FieldInvalidError,
  PersonNotFoundError,
  PolicyMissingError,
} from "../errors.ts";
import type { DirectoryUser } from "../people/directory-user.ts";
import type { Applied } from "../policy/applied.ts";
import { secondsOf } from "../policy/duration.ts";
import type { Policy } from "../policy/policy.ts";
import type { Account, Issue } from "../requests/issue.ts";
import type { ActionPin, ActionRequest } from "../requests/request.ts";
import { accountsIn, type Inputs, inputsFrom } from "./action-inputs.ts";
import type { ActionName } from "./action-names.ts";
import type { ActionRule, Actions } from "./action-rules.ts";
import { shapeOf } from "./action-shapes.ts";
import { type BlastDeps, type BlastRadius, blastRadiusOf } from "./blast-radius.ts";
import { dateOn } from "./dates.ts";
import { type LookupDeps, lookupsIn } from "./lookups.ts";
import type { Row, RowStep } from "./row.ts";
import { hashOfTicket } from "./same-ticket.ts";
import { nameOf, type Source } from "./source.ts";
import type { Lookups } from "./transform.ts";

export type PinActionsDeps = LookupDeps &
  BlastDeps & { jira: { groupMembers(groupId: string): Promise<Account[]> } };

/** `takes`: what each step would take away. */
export type PinnedActions = { pin: ActionPin; rows: Row[]; takes: StepLoss[]; people: Person[] };
export type StepLoss = { action: ActionName; accountId: string | undefined; radius: BlastRadius };

/** At JumpCloud's pace, more would take longer to look at than a function has. */
const mostPeople = 100;

/**
 * Reads the ticket by its rule: what exactly is done, to whom, and who has to say yes. Writes nothing.
 *
 * @throws RefusedError when it cannot be done as asked, or not by whoever asks
 */
export async function pinActions(
  deps: PinActionsDeps,
  {
    request,
    rule,
    issue,
    applied,
  }: { request: ActionRequest; rule: ActionRule; issue: Issue; applied: Applied },
): Promise<PinnedActions> {
  const { policy, site, version } = applied;
  const { actions } = policy;
  if (!actions) throw new PolicyMissingError("actions.yaml");
  const off = rule.steps.find(({ action }) => actions.off?.includes(action));
  if (off)
    throw new DeniedByPolicyError(
      `“${rule.title}” is switched off at present: nobody has ${off.action} done.`,
    );
  if (rule.when !== "created") await proveAgent(deps, rule, actions, request.trigger.by);
  const requester = request.trigger.by ?? issue.reporter?.accountId;
  if (requester === undefined) throw new PersonNotFoundError("the requester's");

  const lookups = lookupsIn(deps, actions.bundles);
  const steps = await stepsOf(rule, issue, lookups);
  const people = await peopleOf(deps, rule, issue, lookups);
  const rows: Row[] = [];
  for (const [index, person] of (people ?? [undefined]).entries())
    rows.push({
      schemaVersion: 1,
      requestId: request.requestId,
      index,
      ...(person === undefined ? {} : { userId: person.user.userId }),
      ...(person?.accountId === undefined ? {} : { accountId: person.accountId }),
      steps: steps.map((step) => withPerson(step, person?.user)),
      trail: { sequence: 0, hash: "" },
      version: 0,
    });
  for (const row of rows) proveUnprotected(row, policy);
  const takes = await lossesOf(deps, rows, site.jumpcloud.jiraApplications ?? []);
  const concerned = [...(people ?? []), ...(await othersNamed(deps, rows))];
  const managers = new Set(concerned.map(({ user }) => user.manager));
  const [manager] = managers.size === 1 ? managers : [];
  const { timeZone } = issue.reporter ?? {};
  const pin: ActionPin = {
    form: hashOfTicket(rule, issue),
    title: rule.title,
    requester: { accountId: requester },
    // By the address that JumpCloud has, and as the ticket names them: the two need not be the same account.
    affected: [
      ...new Set([
        ...concerned.flatMap(({ accountId }) => accountId ?? []),
        ...(rule.about ? accountsIn(rule.about, issue.fields) : []),
      ]),
    ],
    ...(manager === undefined ? {} : { manager }),
    rows: rows.length,
    ...approvalsOf(policy, actions, rule, takes),
    policyVersion: version,
    ...(timeZone === undefined ? {} : { timeZone }),
  };
  return { pin, rows, takes, people: concerned };
}

/** @throws DeniedByPolicyError when whoever moved the ticket may not have that done */
async function proveAgent(
  { jira }: PinActionsDeps,
  { title, steps }: ActionRule,
  { agents = [] }: Actions,
  by: string | undefined,
): Promise<void> {
  const groups = new Set<string>();
  for (const { group, may } of agents) {
    const isAsked = steps.some(({ action }) => may.includes(action));
    const members = isAsked ? await jira.groupMembers(group.id) : [];
    if (members.some(({ accountId, active }) => accountId === by && active)) groups.add(group.id);
  }
  const isAllowed = steps.every(({ action }) =>
    agents.some(({ group, may }) => groups.has(group.id) && may.includes(action)),
  );
  if (!isAllowed) throw new DeniedByPolicyError(`“${title}” may not be done by whoever moved the ticket.`);
}

/** Somebody whom a request is about, with their account in Jira. */
type Person = { user: DirectoryUser; accountId: string | undefined };

async function peopleOf(
  deps: PinActionsDeps,
  { about }: ActionRule,
  issue: Issue,
  lookups: Lookups,
): Promise<Person[] | undefined> {
  if (!about) return undefined;
  const name = nameOf(about);
  const { user: value } = await inputsFrom({ user: about }, issue.fields, lookups);
  const ids = [...new Set([value].flat(3))];
  if (ids.length > mostPeople) throw new FieldInvalidError(name, `it names more than ${mostPeople} people`);
  const people: Person[] = [];
  for (const id of ids) {
    const user = typeof id === "string" ? await deps.directory.user(id) : undefined;
    if (!user) throw new FieldInvalidError(name, "JumpCloud has no such account");
    people.push({ user, accountId: (await deps.jira.accountByEmail(user.email))?.accountId });
  }
  return people;
}

/** Whom a step itself names, besides the person whom its row is about. */
async function othersNamed(deps: PinActionsDeps, rows: readonly Row[]): Promise<Person[]> {
  const ids = rows.flatMap(({ userId, steps }) =>
    steps.flatMap(({ inputs: { user } }) => (typeof user === "string" && user !== userId ? [user] : [])),
  );
  const others: Person[] = [];
  for (const id of new Set(ids)) {
    const user = await deps.directory.user(id);
    if (user) others.push({ user, accountId: (await deps.jira.accountByEmail(user.email))?.accountId });
  }
  return others;
}

/** The steps as everybody has them. @throws FieldMissingError, FieldInvalidError when the ticket does not say enough */
async function stepsOf(rule: ActionRule, issue: Issue, lookups: Lookups): Promise<RowStep[]> {
  const steps: RowStep[] = [];
  for (const { action, inputs: sources, ifItFails = "stop", at, after } of rule.steps) {
    const inputs = await inputsFrom(sources, issue.fields, lookups);
    for (const [name, value] of Object.entries(inputs)) {
      const schema = shapeOf(action).inputs.entries[name];
      if (!schema || !v.is(schema, value))
        throw new FieldInvalidError(nameOfInput(sources, name), "it does not fit");
    }
    const kept = Object.entries(inputs).filter(
      ([name, value]) => "value" in (sources[name] ?? {}) || isHarmless(value),
    );
    steps.push({
      action,
      inputs: Object.fromEntries(kept),
      ...(kept.length === Object.keys(inputs).length ? {} : { ticket: sha256(canonicalJson(inputs)) }),
      ifItFails,
      state: "to do",
      ...(at ? await timeOf(at, issue) : {}),
      ...(after === undefined ? {} : { after: secondsOf(after) }),
    });
  }
  return steps;
}

/** Of an input in parts, the parts that do not fit may be any. */
function nameOfInput(sources: ActionRule["steps"][number]["inputs"], name: string): string {
  const parts = Object.entries(sources).filter(([key]) => key === name || key.startsWith(`${name}.`));
  return parts.map(([, source]) => nameOf(source)).join(", ");
}

/** The longest that a run can wait, with an approval before it. */
const furthest = 300 * 86_400_000;

async function timeOf(source: Source, issue: Issue): Promise<{ notBefore?: number }> {
  const at = await dateOn(issue, source);
  if (at === undefined) return {};
  if (typeof at !== "number") throw new FieldInvalidError(nameOf(source), "it is no date");
  if (at > issue.updatedAt + furthest)
    throw new FieldInvalidError(nameOf(source), "it is more than 300 days away");
  return { notBefore: at };
}

/** An id, a number, or yes or no: nothing that is personal. */
function isHarmless(value: Inputs[string]): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).every(isHarmless);
  return typeof value !== "string" || /^[0-9a-f]{24}$/.test(value);
}

function withPerson(step: RowStep, user: DirectoryUser | undefined): RowStep {
  const isAsked = "user" in shapeOf(step.action).inputs.entries;
  return user && isAsked && !("user" in step.inputs)
    ? { ...step, inputs: { ...step.inputs, user: user.userId } }
    : step;
}

/** @throws ActionImpossibleError when the policy protects what a step names */
function proveUnprotected({ steps }: Row, { protectedPeople = [], protectedGroups = [] }: Policy): void {
  const named = steps.flatMap(({ inputs }) => Object.values(inputs).flat());
  if ([...protectedPeople, ...protectedGroups].some((id) => named.includes(id)))
    throw new ActionImpossibleError("the policy protects this");
}

async function lossesOf(deps: BlastDeps, rows: Row[], jiraApplications: string[]): Promise<StepLoss[]> {
  const losses: StepLoss[] = [];
  for (const { steps, accountId } of rows)
    for (const { action, inputs } of steps) {
      const radius = await blastRadiusOf(deps, action, inputs, jiraApplications);
      if (radius) losses.push({ action, accountId, radius });
    }
  return losses;
}

/**
 * Everybody who has to say yes: that they know who asks, that it may be done, and that somebody may lose their account in Jira.
 *
 * @throws DeniedByPolicyError when somebody would lose their account in Jira, and the policy names nobody who may allow that
 */
function approvalsOf(
  { approvals }: Policy,
  { identityCheck, outOfJira }: Actions,
  rule: ActionRule,
  takes: StepLoss[],
): Pick<ActionPin, "approval" | "automatic" | "stages" | "rule"> {
  const isOutOfJira = takes.some(({ radius }) => radius.people.some((loss) => loss.outOfJira));
  if (isOutOfJira && outOfJira === undefined)
    throw new DeniedByPolicyError(
      "This would take away somebody's account in Jira itself, and the policy names nobody who may allow that.",
    );
  const isSensitive = rule.steps.some(({ action }) => shapeOf(action).checksIdentity);
  const names = [isSensitive ? identityCheck : undefined, rule.approval, isOutOfJira ? outOfJira : undefined];
  const needed = [...new Set(names.flatMap((name) => name ?? []))];
  if (isSensitive && identityCheck === undefined)
    throw new DeniedByPolicyError(
      "The policy does not say how it is made sure who asks, so this is not done.",
    );
  if (needed.length === 0)
    return { rule: rule.id, automatic: `the rule “${rule.id}” asks nobody`, stages: [] };
  const stages = needed.flatMap((name) => {
    const approval = approvals[name];
    if (!approval || "automatic" in approval)
      throw new PolicyMissingError(`stages of an approval named ${name}`);
    return approval.stages;
  });
  return { rule: rule.id, approval: needed.join(" + "), stages };
}
