import * as v from "valibot";
import { CatalogEntry } from "../catalog/catalog.ts";
import type { Clock } from "../clock.ts";
import { PolicyMissingError } from "../errors.ts";
import { Applied } from "../policy/applied.ts";
import type { Table } from "./table.ts";

const minute = 60_000;

/** An entry as it is from a version on; removed entries stay, so that older versions can be read. */
export const StoredEntry = v.object({
  ...CatalogEntry.entries,
  schemaVersion: v.literal(1),
  removed: v.optional(v.boolean()),
});

export const StoredPolicy = v.object({ ...Applied.entries, schemaVersion: v.literal(1) });

/**
 * The applied site, policy and catalog in the Catalog table. `POLICY` / `CURRENT` names the version in force;
 * `CATALOG` / `OPTION#<option>#<version>` and `ENTITLEMENT#<id>#<version>` hold an entry from that version on, so that a
 * new version comes into force for all entries at once, when `CURRENT` is written.
 */
export class Policies {
  readonly #table: Table;
  readonly #clock: Clock;
  #known: { applied: Applied; until: number } | undefined;

  constructor(table: Table, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  /** Kept for a minute. @throws PolicyMissingError before the first `latchkey apply` */
  async current(): Promise<Applied> {
    if (this.#known && this.#known.until > this.#clock.now()) return this.#known.applied;
    const applied = await this.latest();
    if (!applied) throw new PolicyMissingError("version at all");
    this.#known = { applied, until: this.#clock.now() + minute };
    return applied;
  }

  /** Not from memory. undefined before the first `latchkey apply`. */
  async latest(): Promise<Applied | undefined> {
    const item = await this.#table.get({ pk: "POLICY", sk: "CURRENT" });
    if (item === undefined) return undefined;
    const { schemaVersion: _, ...applied } = v.parse(StoredPolicy, item);
    return applied;
  }

  /** The entry that the form's option asks for, as it is in that version. */
  entryForOption(option: string, version: number): Promise<CatalogEntry | undefined> {
    return this.#entryAt(optionKey(option), version);
  }

  /** The entry as it is in that version. */
  entry(entitlementId: string, version: number): Promise<CatalogEntry | undefined> {
    return this.#entryAt(entitlementKey(entitlementId), version);
  }

  async #entryAt(key: string, version: number): Promise<CatalogEntry | undefined> {
    const item = await this.#table.first({
      expression: "pk = :pk AND sk BETWEEN :first AND :last",
      values: { ":pk": "CATALOG", ":first": versioned(key, 0), ":last": versioned(key, version) },
      backwards: true,
    });
    return item === undefined ? undefined : entryIn(v.parse(StoredEntry, item));
  }

  /** All entries of that version. */
  async entries(version: number): Promise<CatalogEntry[]> {
    const newest = new Map<string, v.InferOutput<typeof StoredEntry>>();
    const query = {
      expression: "pk = :pk AND begins_with(sk, :entitlements)",
      values: { ":pk": "CATALOG", ":entitlements": entitlementKey("") },
    };
    for await (const item of this.#table.query(query)) {
      const { sk, ...entry } = v.parse(v.object({ ...StoredEntry.entries, sk: v.string() }), item);
      const id = entry.entitlementId;
      if (sk <= versioned(entitlementKey(id), version)) newest.set(id, entry);
    }
    return [...newest.values()].flatMap((stored) => entryIn(stored) ?? []);
  }

  /**
   * Brings a new version into force: first the entries that changed, then the version itself.
   *
   * @returns false when another version came into force meanwhile; nothing has changed then for any request
   */
  async apply(applied: Applied, changed: CatalogEntry[], removed: CatalogEntry[]): Promise<boolean> {
    const write = async (entry: CatalogEntry, removed: boolean) => {
      for (const key of [entitlementKey(entry.entitlementId), optionKey(entry.option)])
        await this.#table.put(
          { ...entry, removed, pk: "CATALOG", sk: versioned(key, applied.version), schemaVersion: 1 },
          { expression: "attribute_not_exists(pk) OR attribute_exists(pk)" },
        );
    };
    for (const entry of changed) await write(entry, false);
    for (const entry of removed) await write(entry, true);
    const item = { ...applied, schemaVersion: 1 };
    const version = applied.version.toString().padStart(8, "0");
    await this.#table.put(
      { ...item, pk: "POLICY", sk: `VERSION#${version}` },
      { expression: "attribute_not_exists(pk) OR attribute_exists(pk)" },
    );
    return this.#table.put(
      { ...item, pk: "POLICY", sk: "CURRENT" },
      {
        expression: "attribute_not_exists(pk) OR version = :before",
        values: { ":before": applied.version - 1 },
      },
    );
  }
}

function entryIn({
  removed,
  schemaVersion: _,
  ...entry
}: v.InferOutput<typeof StoredEntry>): CatalogEntry | undefined {
  return removed ? undefined : entry;
}

function optionKey(option: string): string {
  return `OPTION#${option}`;
}

function entitlementKey(entitlementId: string): string {
  return `ENTITLEMENT#${entitlementId}`;
}

function versioned(key: string, version: number): string {
  return `${key}#${version.toString().padStart(8, "0")}`;
}
