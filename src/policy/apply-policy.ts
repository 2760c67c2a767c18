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

export type ApplyDeps = PlanDeps & {
  versions: {
    apply(
      before: Applied | undefined,
      files: Pick<Files, "site" | "policy">,
      changes: Changes,
    ): Promise<number | undefined>;
  };
};

/** What applying the files would change. */
export async function planPolicy(deps: PlanDeps, files: Files): Promise<Changes> {
  return changesSince(deps, await deps.policies.latest(), files);
}

/**
 * Brings the files into force as a new version, for all requests that are checked or fulfilled from then on. Nothing is written when
 * nothing changes.
 *
 * @throws BusyError when somebody else applied a version at the same time
 */
export async function applyPolicy(deps: ApplyDeps, files: Files): Promise<Changes> {
  const before = await deps.policies.latest();
  const changes = await changesSince(deps, before, files);
  if (isEmpty(changes)) return changes;
  const version = await deps.versions.apply(before, files, changes);
  if (version === undefined) throw new BusyError("somebody else applied another policy at the same time");
  return { ...changes, version };
}

async function changesSince(
  { policies }: PlanDeps,
  before: Applied | undefined,
  files: Files,
): Promise<Changes> {
  return changesBetween(before, before ? await policies.entries(before.version) : [], files);
}
