import type { Catalog, CatalogEntry } from "../catalog/catalog.ts";
import { BusyError } from "../errors.ts";
import type { Applied } from "./applied.ts";
import { type Changes, changesBetween, isEmpty } from "./changes.ts";
import type { Policy } from "./policy.ts";
import type { Site } from "./site.ts";

type Files = { site: Site; policy: Policy; catalog: Catalog };

type PlanDeps = {
  policies: {
    latest(): Promise<Applied | undefined>;
    entries(version: number): Promise<CatalogEntry[]>;
  };
};

type ApplyDeps = PlanDeps & {
  policies: { apply(applied: Applied, changed: CatalogEntry[], removed: CatalogEntry[]): Promise<boolean> };
};

/** What applying the files would change. */
export async function planPolicy({ policies }: PlanDeps, files: Files): Promise<Changes> {
  const applied = await policies.latest();
  return changesBetween(applied, applied ? await policies.entries(applied.version) : [], files);
}

/**
 * Brings the files into force as a new version, for all requests that are checked or fulfilled from then on. Nothing is written when
 * nothing changes.
 *
 * @throws BusyError when somebody else applied a version at the same time
 */
export async function applyPolicy(deps: ApplyDeps, files: Files): Promise<Changes> {
  const changes = await planPolicy(deps, files);
  if (isEmpty(changes)) return changes;
  const changed = [...changes.added, ...changes.changed.map(({ entry }) => entry)];
  const applied = { version: changes.version, site: files.site, policy: files.policy };
  if (!(await deps.policies.apply(applied, changed, changes.removed)))
    throw new BusyError("somebody else applied another policy at the same time");
  return changes;
}
