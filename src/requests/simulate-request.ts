import * as v from "valibot";
import { findApprovers } from "../approvals/find-approvers.ts";
import { CatalogEntry } from "../catalog/catalog.ts";
import type { Clock } from "../clock.ts";
import { NoApproverError, RefusedError } from "../errors.ts";
import type { Applied } from "../policy/applied.ts";
import type { Check } from "../policy/decide.ts";
import { Policy } from "../policy/policy.ts";
import { accessTypes, type RequestType, Site } from "../policy/site.ts";
import type { Account, Issue } from "./issue.ts";
import { type PinDeps, pinRequest } from "./pin-request.ts";
import type { Pin } from "./request.ts";

/** A request that nobody made. People are named by their e-mail address, or by their account id in Jira. */
export const Simulation = v.object({
  requester: v.string(),
  /** Somebody else than the requester. */
  beneficiary: v.optional(v.string()),
  entitlementId: v.string(),
  /** As in site.yaml: `4h`, or `permanent`; what the entitlement says if left out. */
  duration: v.optional(v.string()),
  /** Key of an incident, to take it in an emergency. */
  incident: v.optional(v.string()),
  /** What is not in force yet; the entries are those that the decision needs. */
  proposed: v.optional(v.object({ site: Site, policy: Policy, entries: v.array(CatalogEntry) })),
});
export type Simulation = v.InferOutput<typeof Simulation>;

export const Simulated = v.object({
  outcome: v.picklist(["refused", "needs approval", "needs no approval"]),
  /** Why it is refused, or why nobody has to be asked. */
  why: v.optional(v.string()),
  title: v.optional(v.string()),
  /** Name of the approval that is needed. */
  approval: v.optional(v.string()),
  /** The rule that decided, if one did. */
  rule: v.optional(v.string()),
  policyVersion: v.union([v.number(), v.literal("proposed")]),
  trace: v.array(
    v.object({
      check: v.string(),
      result: v.picklist(["passed", "failed", "unknown"]),
      detail: v.optional(v.string()),
    }),
  ),
  /** Who would be asked, as account ids; nobody where none can be found. */
  stages: v.array(
    v.object({
      source: v.string(),
      approvers: v.array(v.string()),
      needed: v.number(),
      /** What would be tried before, and why it gives nobody. */
      skipped: v.array(v.object({ source: v.string(), why: v.string() })),
    }),
  ),
  /** What would be written, in this order. */
  calls: v.array(v.string()),
});
export type Simulated = v.InferOutput<typeof Simulated>;

type Deps = Omit<PinDeps, "catalog" | "people"> & {
  clock: Clock;
  policy: { current(): Promise<Applied> };
  catalog: PinDeps["catalog"];
};

/**
 * Runs a request through the same code that would check it, and says what would come of it. Nothing is written, in Jira,
 * JumpCloud or the tables.
 */
export async function simulateRequest(deps: Deps, simulation: Simulation): Promise<Simulated> {
  const { proposed, entitlementId } = simulation;
  const applied = proposed ? { ...proposed, version: 0 } : await deps.policy.current();
  const catalog = proposed ? catalogOf(proposed.entries, deps.catalog) : deps.catalog;
  const policyVersion = proposed ? ("proposed" as const) : applied.version;
  const trace: Check[] = [];
  const refused = (why: string): Simulated => ({
    outcome: "refused",
    why,
    policyVersion,
    trace,
    stages: [],
    calls: ["Jira: comment, and move the ticket to “refused”"],
  });
  const entry = await catalog.entry(entitlementId, applied.version);
  if (!entry) return refused(`The catalog has no entitlement ${entitlementId}.`);
  const requestType = formOf(applied.site, entry);
  if (!requestType) return refused(`No form offers ${entitlementId}.`);
  const found = await issueOf(deps, simulation, entry, requestType);
  if ("why" in found) return refused(found.why);
  const withCatalog = { ...deps, catalog, people: inMemory() };
  try {
    const { pin } = await pinRequest(withCatalog, {
      requestId: "simulated",
      issue: found.issue,
      requestType,
      applied,
      at: deps.clock.now(),
      traced: (checks) => trace.push(...checks),
    });
    const stages = await stagesOf(withCatalog, pin, applied.policy);
    return {
      outcome: pin.automatic === undefined ? "needs approval" : "needs no approval",
      ...(pin.automatic === undefined ? {} : { why: pin.automatic }),
      title: pin.title,
      ...(pin.approval === undefined ? {} : { approval: pin.approval }),
      ...(pin.rule === undefined ? {} : { rule: pin.rule }),
      policyVersion,
      trace,
      stages,
      calls: await callsFor(deps, pin, stages),
    };
  } catch (error) {
    if (error instanceof RefusedError) return refused(error.message);
    throw error;
  }
}

function catalogOf(entries: CatalogEntry[], inForce: PinDeps["catalog"]): PinDeps["catalog"] {
  return {
    closed: (id) => inForce.closed(id),
    entry: async (id) => entries.find(({ entitlementId }) => entitlementId === id),
    entryForOption: async (option) => entries.find((entry) => entry.option === option),
  };
}

/** What is found out about people is not kept. */
function inMemory(): PinDeps["people"] {
  const known = new Map<string, string>();
  return {
    userIdOf: async (accountId) => known.get(accountId),
    remember: async (accountId, userId) => {
      known.set(accountId, userId);
    },
  };
}

function formOf(site: Site, entry: CatalogEntry): RequestType | undefined {
  return accessTypes(site).find(({ id }) => entry.requestTypes?.includes(id) ?? true);
}

/** The ticket as the form would have filled it. */
async function issueOf(
  { jira, clock }: Deps,
  { requester, beneficiary, duration, incident }: Simulation,
  entry: CatalogEntry,
  { fields, durations = {}, project, statuses }: RequestType,
): Promise<{ issue: Issue } | { why: string }> {
  const accountOf = (person: string) =>
    person.includes("@") ? jira.accountByEmail(person) : jira.account(person);
  const reporter = await accountOf(requester);
  if (!reporter) return { why: `Jira has no active account of ${requester}.` };
  let other: Account | undefined;
  if (beneficiary !== undefined) {
    other = await accountOf(beneficiary);
    if (!other) return { why: `Jira has no active account of ${beneficiary}.` };
  }
  const option = Object.entries(durations).find(([, length]) => length === duration)?.[0];
  if (duration !== undefined && option === undefined)
    return { why: `The form has no ${duration}; it has ${Object.values(durations).join(", ")}.` };
  const filled = (field: { id: string } | undefined, value: unknown) =>
    field && value !== undefined ? { [field.id]: value } : {};
  return {
    issue: {
      id: "simulated",
      key: "simulated",
      projectId: project,
      statusId: statuses.open,
      isDone: false,
      updatedAt: clock.now(),
      reporter,
      fields: {
        ...filled(fields.entitlement, { id: entry.option }),
        ...filled(fields.duration, option && { id: option }),
        ...filled(fields.beneficiary, other && { accountId: other.accountId }),
        ...filled(fields.reason, "Simulated"),
        ...filled(fields.incident, incident),
      },
      transitions: [],
    },
  };
}

async function stagesOf(
  deps: PinDeps & Pick<Deps, "clock">,
  pin: Pin,
  policy: Policy,
): Promise<Simulated["stages"]> {
  const stages: Simulated["stages"] = [];
  for (const stage of pin.stages)
    try {
      const found = await findApprovers(deps, pin, stage, policy, { at: deps.clock.now() });
      const { source, accountIds, needed, skipped } = found;
      stages.push({ source, approvers: accountIds, needed, skipped });
    } catch (error) {
      if (!(error instanceof NoApproverError)) throw error;
      stages.push({ source: error.message, approvers: [], needed: 0, skipped: [] });
    }
  return stages;
}

async function callsFor(
  { directory }: Pick<Deps, "directory">,
  pin: Pin,
  stages: Simulated["stages"],
): Promise<string[]> {
  const { userId } = pin.beneficiary;
  const groups = await directory.groupsOf(userId);
  const added = pin.groups.filter((group) => !groups.includes(group));
  return [
    ...stages.flatMap(({ approvers }, index) => [
      `Jira: fill Approvers with ${approvers.join(", ") || "nobody: an operator is called"} (stage ${index + 1})`,
      "Jira: move the ticket to its waiting status",
    ]),
    ...pin.groups.map((group) =>
      groups.includes(group)
        ? `JumpCloud: nothing; user ${userId} is in group ${group} already, and stays in it`
        : `JumpCloud: add user ${userId} to group ${group}, and read it back`,
    ),
    ...(pin.groups.length === 0
      ? [`Jira: move the ticket to “manual”; a person gives it to user ${userId} by hand`]
      : []),
    "Jira: comment, and move the ticket to “granted”",
    ...(pin.seconds === undefined
      ? []
      : [
          ...(pin.groups.length === 0
            ? ["Jira, at the end: move the ticket to “manual”; a person takes it away by hand"]
            : []),
          ...added.map((group) => `JumpCloud, at the end: remove user ${userId} from group ${group}`),
          "Jira, at the end: comment, and move the ticket to “ended”",
        ]),
  ];
}
