import { canonicalJson } from "../audit/hash.ts";
import { type Catalog, type CatalogEntry, entriesOf } from "../catalog/catalog.ts";
import type { Applied } from "./applied.ts";
import type { Policy } from "./policy.ts";
import type { Site } from "./site.ts";

/** What would be different if the files were applied. */
export type Changes = {
  /** The version that applying makes, or a later one; the present one when nothing changes. */
  version: number;
  added: CatalogEntry[];
  changed: { before: CatalogEntry; entry: CatalogEntry; fields: string[] }[];
  removed: CatalogEntry[];
  /** Top-level keys of site.yaml and policy.yaml, such as `site.requestTypes`. */
  settings: string[];
};

export function isEmpty(changes: Changes): boolean {
  const { added, changed, removed, settings } = changes;
  return [added, changed, removed, settings].every((list) => list.length === 0);
}

/**
 * Compares what is in force with what the files say.
 *
 * @param applied undefined when nothing was ever applied
 * @param entries the catalog in force
 */
export function changesBetween(
  applied: Applied | undefined,
  entries: CatalogEntry[],
  files: { site: Site; policy: Policy; catalog: Catalog },
): Changes {
  const before = new Map(entries.map((entry) => [entry.entitlementId, entry]));
  const after = new Map(entriesOf(files.catalog).map((entry) => [entry.entitlementId, entry]));
  const changes = {
    added: [...after.values()].filter((entry) => !before.has(entry.entitlementId)),
    changed: [...after.values()].flatMap((entry) => {
      const old = before.get(entry.entitlementId) ?? entry;
      const fields = changedKeys(old, entry);
      return fields.length > 0 ? [{ before: old, entry, fields }] : [];
    }),
    removed: [...before.values()].filter((entry) => !after.has(entry.entitlementId)),
    settings: [
      ...changedKeys(applied?.site ?? {}, files.site).map((key) => `site.${key}`),
      ...changedKeys(applied?.policy ?? {}, files.policy).map((key) => `policy.${key}`),
    ],
  };
  const version = applied?.version ?? 0;
  return { version: isEmpty({ ...changes, version }) ? version : version + 1, ...changes };
}

function changedKeys(before: object, after: object): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter(
    (key) => canonicalJson(Reflect.get(before, key)) !== canonicalJson(Reflect.get(after, key)),
  );
}
