import * as v from "valibot";
import type { ApproverSource, Policy } from "../policy/policy.ts";
import type { CatalogEntry } from "./catalog.ts";

const Closed = v.record(v.string(), v.string());

/** What the last look at JumpCloud and Jira found wrong with the catalog. */
export const CatalogHealth = v.object({
  schemaVersion: v.literal(1),
  /** Counts the writes. */
  version: v.number(),
  /** Milliseconds since 1970. */
  at: v.number(),
  /** Why it cannot be requested at present, by entitlement id. */
  closed: Closed,
  /** By application: the ticket on which its owner was told, and what was said last. */
  told: v.record(v.string(), v.object({ issueId: v.string(), closed: Closed })),
});
export type CatalogHealth = v.InferOutput<typeof CatalogHealth>;

export const neverLooked: CatalogHealth = { schemaVersion: 1, version: 0, at: 0, closed: {}, told: {} };

/** What the catalog and the policy name, as it is in JumpCloud and Jira. */
export type Surroundings = {
  /** Every group, by id. */
  groups: ReadonlyMap<string, { name: string; dynamic: boolean }>;
  /** Every application by id, with the ids of the groups that are bound to it; undefined when nobody has looked yet. */
  applications: ReadonlyMap<string, readonly string[] | undefined>;
  /** E-mail addresses of everybody whose account is active, in lower case. */
  active: ReadonlySet<string>;
  /** Whether the source names somebody who can decide; of a manager that is known only when somebody asks. */
  canDecide(source: ApproverSource): boolean;
};

/** Why the entitlement cannot be given as the catalog has it; undefined when it can. Names no person: requesters read it. */
export function faultOf(entry: CatalogEntry, policy: Policy, surroundings: Surroundings): string | undefined {
  return (
    faultOfGroups(entry, surroundings) ??
    faultOfBinding(entry, surroundings) ??
    (surroundings.active.has(entry.owner.toLowerCase())
      ? undefined
      : "its owner has no active account in JumpCloud") ??
    faultOfApproval(entry, policy, surroundings)
  );
}

function faultOfGroups({ groups }: CatalogEntry, surroundings: Surroundings): string | undefined {
  for (const groupId of groups) {
    const group = surroundings.groups.get(groupId);
    if (!group) return `its group ${groupId} is not in JumpCloud any more`;
    if (group.dynamic) return `the members of its group ${group.name} are chosen by a rule in JumpCloud`;
  }
  return undefined;
}

function faultOfBinding(
  { jumpcloudApplication, groups }: CatalogEntry,
  { applications }: Surroundings,
): string | undefined {
  if (jumpcloudApplication === undefined || groups.length === 0) return undefined;
  if (!applications.has(jumpcloudApplication)) return "the application is not in JumpCloud any more";
  const bound = applications.get(jumpcloudApplication);
  return bound && !groups.some((groupId) => bound.includes(groupId))
    ? "none of its groups opens the application in JumpCloud"
    : undefined;
}

function faultOfApproval(
  entry: CatalogEntry,
  { approvals, defaultApproval }: Policy,
  { canDecide }: Surroundings,
): string | undefined {
  const name = entry.approval ?? defaultApproval;
  const approval = name === undefined ? undefined : approvals[name];
  if (!approval || "automatic" in approval) return undefined;
  const stage = approval.stages.findIndex(({ ask }) => !ask.some(canDecide));
  return stage < 0 ? undefined : `nobody is left who could decide on stage ${stage + 1} of its approval`;
}
