import * as v from "valibot";
import { CatalogEntry } from "../catalog/catalog.ts";
import { CatalogHealth } from "../catalog/health.ts";
import type { Clock } from "../clock.ts";
import { PolicyMissingError } from "../errors.ts";
import { Applied } from "../policy/applied.ts";
import { healthKey } from "./catalog-findings.ts";
import { readItem } from "./read-item.ts";
import type { Table } from "./table.ts";

const minute = 60_000;

/** An entry as it is from a version on; removed entries stay, so that older versions can be read. */
export const StoredEntry = v.object({
  ...CatalogEntry.entries,
  schemaVersion: v.literal(1),
  removed: v.optional(v.boolean()),
});

const UnderHealth = v.object({ pk: v.literal(healthKey.pk) });

const FoundEntry = v.object({ ...StoredEntry.entries, sk: v.string() });

export const StoredPolicy = v.object({ ...Applied.entries, schemaVersion: v.literal(1) });

/**
 * The applied site, policy and catalog in the Catalog table, written by `PolicyVersions`. `POLICY` / `CURRENT` holds the
 * version in force; `CATALOG` / `OPTION#<option>#<version>` and `ENTITLEMENT#<id>#<version>` hold an entry from that version
 * on, so that a new version comes into force for all entries at once, when `CURRENT` is written. What is stored under a
 * version that `CURRENT` calls abandoned never came into force, and counts for nothing.
 */
export class Policies {
  readonly #table: Table;
  readonly #clock: Clock;
  /** Of the version that was read last. */
  #abandoned: ReadonlySet<number> | undefined;
  /** Why entries cannot be requested at present, as of the same moment. */
  #closed: CatalogHealth["closed"] = {};
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
    const items = await this.#table.getAll([{ pk: "POLICY", sk: "CURRENT" }, healthKey]);
    const health = items.find((item) => v.is(UnderHealth, item));
    this.#closed = health === undefined ? {} : readItem(CatalogHealth, health).closed;
    const item = items.find((one) => one !== health);
    if (item === undefined) return undefined;
    const { schemaVersion: _, ...applied } = readItem(StoredPolicy, item);
    this.#abandoned = new Set(applied.abandoned);
    return applied;
  }

  /** Why it cannot be requested at present, though the catalog says so; undefined when it can. Known for a minute. */
  async closed(entitlementId: string): Promise<string | undefined> {
    await this.current();
    return this.#closed[entitlementId];
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
    const abandoned = await this.#abandonedNumbers();
    const query = {
      expression: "pk = :pk AND sk BETWEEN :first AND :last",
      values: { ":pk": "CATALOG", ":first": versioned(key, 0), ":last": versioned(key, version) },
      backwards: true,
      limit: 1,
    };
    for await (const item of this.#table.query(query)) {
      const { sk, ...entry } = readItem(FoundEntry, item);
      if (!abandoned.has(versionIn(sk))) return entryIn(entry);
    }
    return undefined;
  }

  /** They do not change for versions that have come into force, so that what was read a while ago is good enough. */
  async #abandonedNumbers(): Promise<ReadonlySet<number>> {
    this.#abandoned ??= new Set((await this.latest())?.abandoned);
    return this.#abandoned;
  }

  /** All entries of that version, or those of one application. */
  async entries(version: number, application?: string): Promise<CatalogEntry[]> {
    const abandoned = await this.#abandonedNumbers();
    const newest = new Map<string, v.InferOutput<typeof StoredEntry>>();
    const query = {
      expression: "pk = :pk AND begins_with(sk, :entitlements)",
      values: {
        ":pk": "CATALOG",
        ":entitlements": entitlementKey(application === undefined ? "" : `${application}/`),
      },
    };
    for await (const item of this.#table.query(query)) {
      const { sk, ...entry } = readItem(FoundEntry, item);
      const from = versionIn(sk);
      if (from <= version && !abandoned.has(from)) newest.set(entry.entitlementId, entry);
    }
    return [...newest.values()].flatMap((stored) => entryIn(stored) ?? []);
  }
}

function entryIn({
  removed,
  schemaVersion: _,
  ...entry
}: v.InferOutput<typeof StoredEntry>): CatalogEntry | undefined {
  return removed ? undefined : entry;
}

export function optionKey(option: string): string {
  return `OPTION#${option}`;
}

export function entitlementKey(entitlementId: string): string {
  return `ENTITLEMENT#${entitlementId}`;
}

/** `version` with zeros before it, so that sort keys have the order of the versions. */
export function versioned(key: string, version: number): string {
  return `${key}#${version.toString().padStart(8, "0")}`;
}

function versionIn(sortKey: string): number {
  return Number(sortKey.slice(sortKey.lastIndexOf("#") + 1));
}
