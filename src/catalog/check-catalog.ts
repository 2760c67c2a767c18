import type { Clock } from "../clock.ts";
import { BusyError, CatalogSuspectError } from "../errors.ts";
import type { Applied } from "../policy/applied.ts";
import type { Account } from "../requests/issue.ts";
import type { CatalogEntry } from "./catalog.ts";
import { type CatalogHealth, faultOf } from "./health.ts";
import { type LookAroundDeps, lookAround } from "./look-around.ts";
import { type OwnerDeps, tellOwners } from "./tell-owners.ts";

type Deps = LookAroundDeps &
  OwnerDeps & {
    clock: Clock;
    policy: { current(): Promise<Applied> };
    catalog: { entries(version: number): Promise<CatalogEntry[]> };
    findings: { health(): Promise<CatalogHealth> };
    jira: { accountByEmail(email: string): Promise<Account | undefined> };
  };

/** `closed`: why, by entitlement id. `opened`: ids of those that were closed and are well again. */
export type CheckedCatalog = {
  applications: number;
  checked: number;
  closed: Record<string, string>;
  opened: string[];
};

/** More than a fifth of the catalog does not break at once: what is looked at is more likely to be wrong. */
const suspectShare = 0.2;
const neverSuspect = 10;

/** What one item of the table has room for. */
const mostClosed = 1_000;

/**
 * Looks whether JumpCloud and Jira still have what the catalog names. What cannot be given is closed for requests until it can, and
 * its owner is told once for every change. Access that people have stays.
 *
 * @param force whether to believe that a large part of the catalog has broken
 * @throws CatalogSuspectError when so much would close that it is more likely that JumpCloud did not show everything
 * @throws BusyError when somebody else looked at the same time
 */
export async function checkCatalog(
  deps: Deps,
  { force = false }: { force?: boolean | undefined },
): Promise<CheckedCatalog> {
  const at = deps.clock.now();
  const applied = await deps.policy.current();
  const before = await deps.findings.health();
  const entries = (await deps.catalog.entries(applied.version)).filter(({ status }) => status === "approved");
  const { surroundings, known } = await lookAround(deps, applied, at);
  const closed = Object.fromEntries(
    entries.flatMap((entry) => {
      const fault = faultOf(entry, applied.policy, surroundings);
      return fault === undefined ? [] : [[entry.entitlementId, fault]];
    }),
  );
  const ids = Object.keys(closed);
  const closing = ids.filter((id) => before.closed[id] === undefined).length;
  if (ids.length > mostClosed) throw new CatalogSuspectError(closing, entries.length);
  if (!force && closing > Math.max(neverSuspect, entries.length * suspectShare))
    throw new CatalogSuspectError(closing, entries.length);
  const saved = await deps.findings.saveHealth({ ...before, at, closed });
  if (!saved) throw new BusyError("the catalog is looked at by somebody else at the same time");
  await tellOwners(deps, applied.site, entries, saved);
  return {
    applications: known.filter(({ goneAt }) => goneAt === undefined).length,
    checked: entries.length,
    closed,
    opened: Object.keys(before.closed).filter((id) => closed[id] === undefined),
  };
}

/** Every group of JumpCloud. */
export async function listGroups({
  inventory,
}: Pick<Deps, "inventory">): Promise<{ groupId: string; name: string }[]> {
  const groups: { groupId: string; name: string }[] = [];
  for await (const { groupId, name } of inventory.groups()) groups.push({ groupId, name });
  return groups;
}
