import * as v from "valibot";
import { type AuditDraft, type AuditLog, start, TrailHead } from "../audit/audit-trail.ts";
import { canonicalJson, sha256 } from "../audit/hash.ts";
import { type Catalog, entriesOf } from "../catalog/catalog.ts";
import type { Clock } from "../clock.ts";
import { BusyError } from "../errors.ts";
import type { Applied } from "./applied.ts";
import { type ApplyDeps, applyPolicy, planPolicy } from "./apply-policy.ts";
import { type Changes, isEmpty } from "./changes.ts";
import type { Policy } from "./policy.ts";
import type { Site } from "./site.ts";

/** Who changes the policy: the head of its audit trail, and what waits for a second person. */
export const PolicyChanges = v.object({
  schemaVersion: v.literal(1),
  /** Counts the writes. */
  version: v.number(),
  trail: TrailHead,
  proposal: v.optional(
    v.object({
      /** SHA-256 of the files' content. */
      digest: v.string(),
      /** The version in force when it was made: of another one it would change something else. */
      base: v.number(),
      by: v.string(),
      at: v.number(),
    }),
  ),
});
export type PolicyChanges = v.InferOutput<typeof PolicyChanges>;
type Proposal = NonNullable<PolicyChanges["proposal"]>;

export const neverChanged: PolicyChanges = { schemaVersion: 1, version: 0, trail: start };

/** Name of the policy's audit trail. */
export const policyTrail = "policy";

type Files = { site: Site; policy: Policy; catalog: Catalog };

type Deps = ApplyDeps & {
  clock: Clock;
  audit: AuditLog;
  policyChanges: {
    get(): Promise<PolicyChanges>;
    /** The item with its new version; undefined when somebody else wrote since it was read. */
    save(changes: PolicyChanges): Promise<PolicyChanges | undefined>;
  };
};

/** `secondFor`: what a second person has to agree to; nothing is in force then. */
export type AppliedBy = { changes: Changes; secondFor: string[] };

/**
 * Brings the files into force, and writes down who did. What the policy in force protects is only proposed by the first person,
 * and comes into force when another one applies the very same files.
 *
 * @param by the AWS identity of whoever applies
 * @throws BusyError when somebody else applies something at the same time
 */
export async function applyAs(deps: Deps, files: Files, by: string): Promise<AppliedBy> {
  const before = await deps.policies.latest();
  const changes = await planPolicy(deps, files);
  if (isEmpty(changes)) return { changes, secondFor: [] };
  const digest = sha256(canonicalJson({ ...files, catalog: entriesOf(files.catalog) }));
  const secondFor = protectedChanges(before, changes);
  const log = await deps.policyChanges.get();
  const base = before?.version ?? 0;
  const first = proposerOf(log.proposal, { digest, base });
  if (secondFor.length > 0 && (first === undefined || isSamePerson(first, by))) {
    if (first === undefined) await propose(deps, log, { digest, base, by, at: deps.clock.now() }, secondFor);
    return { changes, secondFor };
  }
  const people = first === undefined ? [by] : [first, by];
  const intended = await write(deps, log, {
    id: `policy.intended/${log.version}`,
    action: "policy.intended",
    by: people,
    facts: { digest, base },
  });
  const applied = await applyPolicy(deps, files);
  await write(deps, intended, {
    id: `policy.applied/${applied.version}`,
    action: "policy.applied",
    by: people,
    policyVersion: applied.version,
    facts: { digest },
  });
  return { changes: applied, secondFor: [] };
}

async function propose(deps: Deps, log: PolicyChanges, proposal: Proposal, changes: string[]): Promise<void> {
  const { digest, base, by } = proposal;
  const draft = {
    id: `policy.proposed/${log.version}`,
    action: "policy.proposed" as const,
    by: [by],
    facts: { digest, base, changes },
  };
  await write(deps, { ...log, proposal }, draft);
}

/** Adds to the trail. A proposal is kept until something comes into force. */
async function write(deps: Deps, log: PolicyChanges, draft: Omit<AuditDraft, "at">): Promise<PolicyChanges> {
  const trail = await deps.audit.append(policyTrail, log.trail, { ...draft, at: deps.clock.now() });
  const { proposal, ...rest } = log;
  const isOver = draft.action === "policy.applied";
  const saved = await deps.policyChanges.save({
    ...rest,
    trail,
    ...(proposal === undefined || isOver ? {} : { proposal }),
  });
  if (!saved) throw new BusyError("somebody else changes the policy at the same time");
  return saved;
}

function proposerOf(
  proposal: Proposal | undefined,
  { digest, base }: Pick<Proposal, "digest" | "base">,
): string | undefined {
  return proposal?.digest === digest && proposal.base === base ? proposal.by : undefined;
}

/** What of the changes the policy in force leaves to two people: its own settings, and entitlements with one of the tags. */
export function protectedChanges(
  before: Pick<Applied, "policy"> | undefined,
  { added, changed, removed, settings }: Changes,
): string[] {
  const tags = before?.policy.secondPerson?.tags;
  if (!tags) return [];
  const isProtected = (entry: { tags: string[] }) => entry.tags.some((tag) => tags.includes(tag));
  return [
    ...settings,
    ...[...added, ...removed].filter(isProtected).map(({ entitlementId }) => entitlementId),
    ...changed
      .filter((one) => isProtected(one.before) || isProtected(one.entry))
      .map(({ entry }) => entry.entitlementId),
  ];
}

/** By the name of the user or of the session, so that two roles of one person are one person. */
function isSamePerson(one: string, other: string): boolean {
  const name = (arn: string) => arn.slice(arn.lastIndexOf("/") + 1).toLowerCase();
  return name(one) === name(other);
}
