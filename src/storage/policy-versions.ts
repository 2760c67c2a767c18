import type { CatalogEntry } from "../catalog/catalog.ts";
import type { Applied } from "../policy/applied.ts";
import type { Changes } from "../policy/changes.ts";
import type { BatchWriter } from "./batch-writer.ts";
import { entitlementKey, optionKey, versioned } from "./policies.ts";
import type { Table } from "./table.ts";

/** How many numbers may be taken already by applies that came to nothing, or are under way. */
const numbersToTry = 100;

/** Writes versions of the policy and the catalog; `Policies` reads them. */
export class PolicyVersions {
  readonly #table: Table;
  readonly #batches: BatchWriter;

  constructor(table: Table, batches: BatchWriter) {
    this.#table = table;
    this.#batches = batches;
  }

  /**
   * Brings a new version into force: takes a number that nobody has had, writes the entries that changed under it, then
   * the version itself. Whoever dies on the way, or is overtaken, leaves entries under a number that never comes into
   * force: the next version that does lists it as abandoned, and nobody reads what is stored under it.
   *
   * @param before what is in force now, by which the changes were found; undefined when nothing is
   * @returns the version; undefined when another came into force meanwhile, and nothing has changed then for any request
   */
  async apply(
    before: Applied | undefined,
    { site, policy }: Pick<Applied, "site" | "policy">,
    changes: Pick<Changes, "added" | "changed" | "removed">,
  ): Promise<number | undefined> {
    const inForce = before?.version ?? 0;
    const applied = await this.#take(inForce, { site, policy, ...abandonedBefore(before) });
    if (!applied) return undefined;
    const { version } = applied;
    await this.#batches.putAll(itemsOf(changes, version));
    const isInForce = await this.#table.put(
      { ...applied, pk: "POLICY", sk: "CURRENT", schemaVersion: 1 },
      { expression: "attribute_not_exists(pk) OR version = :before", values: { ":before": inForce } },
    );
    return isInForce ? version : undefined;
  }

  async #take(inForce: number, parts: Omit<Applied, "version">): Promise<Applied | undefined> {
    const abandoned = [...(parts.abandoned ?? [])];
    for (let version = inForce + 1; version <= inForce + numbersToTry; version++) {
      const applied = { ...parts, version, ...(abandoned.length > 0 ? { abandoned: [...abandoned] } : {}) };
      const item = { ...applied, pk: "POLICY", sk: versioned("VERSION", version), schemaVersion: 1 };
      if (await this.#table.put(item, { expression: "attribute_not_exists(pk)" })) return applied;
      abandoned.push(version);
    }
    return undefined;
  }
}

function abandonedBefore(before: Applied | undefined): Pick<Applied, "abandoned"> {
  return before?.abandoned ? { abandoned: before.abandoned } : {};
}

/** An entry is found by its id and by its option. What it had before is removed under both, unless another has it now. */
function itemsOf({ added, changed, removed }: Parameters<PolicyVersions["apply"]>[2], version: number) {
  const items = new Map<string, object>();
  const put = (entry: CatalogEntry, isRemoved: boolean) => {
    for (const key of [entitlementKey(entry.entitlementId), optionKey(entry.option)]) {
      const sk = versioned(key, version);
      items.set(sk, { ...entry, removed: isRemoved, pk: "CATALOG", sk, schemaVersion: 1 });
    }
  };
  for (const entry of removed) put(entry, true);
  for (const { before } of changed) put(before, true);
  for (const { entry } of changed) put(entry, false);
  for (const entry of added) put(entry, false);
  return [...items.values()];
}
