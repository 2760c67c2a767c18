import * as v from "valibot";
import type { CatalogEntry } from "../catalog/catalog.ts";
import type { Clock } from "../clock.ts";
import { BusyError } from "../errors.ts";
import type { Applied } from "./applied.ts";
import { separated, Violation, violationsOf } from "./violations.ts";

/** Who had what nobody should have together when that was looked at last. */
export const SeparationReport = v.object({
  schemaVersion: v.literal(1),
  /** Counts the writes. */
  version: v.number(),
  /** Milliseconds since 1970. */
  at: v.number(),
  violations: v.array(Violation),
  /** How many more there are than an item has room for. */
  more: v.number(),
  /** The ticket that tells of them, while there are any. */
  issueId: v.optional(v.string()),
});
export type SeparationReport = v.InferOutput<typeof SeparationReport>;

export const neverReported: SeparationReport = {
  schemaVersion: 1,
  version: 0,
  at: 0,
  violations: [],
  more: 0,
};

type Deps = {
  clock: Clock;
  policy: { current(): Promise<Applied> };
  catalog: { entry(entitlementId: string, version: number): Promise<CatalogEntry | undefined> };
  directory: {
    /** User ids of a group's members; undefined when there is no such group. */
    membersOf(groupId: string): Promise<string[] | undefined>;
  };
  findings: {
    separation(): Promise<SeparationReport>;
    /** The report with its new version; undefined when somebody else wrote since it was read. */
    saveSeparation(report: SeparationReport): Promise<SeparationReport | undefined>;
  };
  jira: { comment(issueId: string, comment: { lines: string[][] }, audience: "internal"): Promise<void> };
  serviceDesk: {
    raise(
      form: { serviceDesk: string; requestType: string },
      request: { summary: string; description: string; onBehalfOf: string | undefined },
    ): Promise<string>;
  };
};

const mostKept = 1_000;
/** More than that nobody reads on a ticket; `latchkey grants violations` has them all. */
const mostTold = 50;

/**
 * Looks who has what nobody should have together, by the groups that JumpCloud shows, whoever gave them. It changes nobody's
 * access: where the list has changed, a ticket of the operations project says so, one for as long as there are any.
 *
 * @throws BusyError when somebody else looked at the same time
 */
export async function checkSeparation(deps: Deps): Promise<SeparationReport> {
  const at = deps.clock.now();
  const { site, policy, version } = await deps.policy.current();
  const before = await deps.findings.separation();
  const ids = separated(policy);
  if (ids.length === 0 && before.violations.length === 0) return before;
  const holders = new Map<string, ReadonlySet<string>>();
  for (const id of ids) holders.set(id, await holdersOf(deps, await deps.catalog.entry(id, version)));
  const found = violationsOf(policy, holders, at);
  const violations = found.slice(0, mostKept);
  const report = { ...before, at, violations, more: found.length - violations.length };
  const isChanged = JSON.stringify(violations) !== JSON.stringify(before.violations);
  const saved = await save(deps, report);
  if (!isChanged || site.operations === undefined) return saved;
  const lines = linesOf(policy, found);
  if (before.issueId !== undefined)
    await deps.jira.comment(before.issueId, { lines: lines.map((line) => [line]) }, "internal");
  const issueId =
    before.issueId ??
    (await deps.serviceDesk.raise(site.operations, {
      summary: "People have access that nobody should have together",
      description: lines.join("\n\n"),
      onBehalfOf: undefined,
    }));
  const { issueId: _, ...rest } = saved;
  return save(deps, found.length === 0 ? rest : { ...rest, issueId });
}

/** Members of all of the groups; nobody of what no group gives. */
async function holdersOf(
  { directory }: Pick<Deps, "directory">,
  entry: CatalogEntry | undefined,
): Promise<ReadonlySet<string>> {
  const [first, ...others] = entry?.groups ?? [];
  if (first === undefined) return new Set();
  let holders = (await directory.membersOf(first)) ?? [];
  for (const group of others) {
    const members = new Set(await directory.membersOf(group));
    holders = holders.filter((userId) => members.has(userId));
  }
  return new Set(holders);
}

async function save(
  { findings }: Pick<Deps, "findings">,
  report: SeparationReport,
): Promise<SeparationReport> {
  const saved = await findings.saveSeparation(report);
  if (!saved) throw new BusyError("somebody else looks for conflicting access at the same time");
  return saved;
}

function linesOf({ separation = [] }: Applied["policy"], violations: Violation[]): string[] {
  if (violations.length === 0) return ["Nobody has conflicting access any more."];
  const why = new Map(separation.map((one) => [one.id, one.why]));
  const rest = violations.length - mostTold;
  return [
    ...violations
      .slice(0, mostTold)
      .map(
        ({ separation: id, userId, has }) =>
          `JumpCloud user ${userId} has ${has.join(", ")} (${id}: ${why.get(id) ?? ""})`,
      ),
    ...(rest > 0 ? [`And ${rest} more: “latchkey grants violations” lists them.`] : []),
    "End one of them, or write a dated exception into policy.yaml. Latchkey takes nothing away by itself.",
  ];
}
