import dynalite, { type DynaliteStore, type Item, type Table } from "dynalite/db/index.js";

/**
 * Makes a database whole again after its process was killed. dynalite writes the index entries of an item and then the
 * item, each by itself, and finishes table changes on a timer; a kill in between leaves index entries without a true
 * item, or a table that is never ready.
 */
export async function repair(store: DynaliteStore): Promise<void> {
  for await (const [key, value] of records(store, "table~")) {
    if (!isTable(value)) continue;
    if (value.TableStatus === "DELETING") {
      for (const prefix of prefixesOf(value)) await store.db.clear(range(prefix));
      await store.db.batch([{ type: "del", key }]);
      continue;
    }
    if (value.TableStatus !== "ACTIVE") {
      const indexes = value.GlobalSecondaryIndexes?.map((index) => ({ ...index, IndexStatus: "ACTIVE" }));
      const active = { ...value, TableStatus: "ACTIVE", ...(indexes && { GlobalSecondaryIndexes: indexes }) };
      await store.db.batch([{ type: "put", key, value: active }]);
    }
    await repairIndexes(store, value);
  }
}

/** Compares every index with the table's items. */
async function repairIndexes(store: DynaliteStore, table: Table): Promise<void> {
  const local = table.LocalSecondaryIndexes ?? [];
  const global = table.GlobalSecondaryIndexes ?? [];
  const missing = new Map<string, Item>();
  for await (const [, item] of records(store, `item-${table.TableName}~`)) {
    if (!isItem(item)) continue;
    for (const [kind, indexes] of [["local", local] as const, ["global", global] as const])
      for (const entry of dynalite.getIndexActions(indexes, null, item, table).puts)
        missing.set(indexPrefix(kind, table, entry.index) + entry.key, entry.item);
  }
  const wrong: string[] = [];
  for (const prefix of prefixesOf(table).slice(1))
    for await (const [key, item] of records(store, prefix)) {
      const wanted = missing.get(key);
      if (wanted && JSON.stringify(wanted) === JSON.stringify(item)) missing.delete(key);
      else if (!wanted) wrong.push(key);
    }
  await store.db.batch([
    ...wrong.map((key) => ({ type: "del" as const, key })),
    ...[...missing].map(([key, value]) => ({ type: "put" as const, key, value })),
  ]);
}

/** The items first, then the indexes. */
function prefixesOf(table: Table): string[] {
  return [
    `item-${table.TableName}~`,
    ...(table.LocalSecondaryIndexes ?? []).map((index) => indexPrefix("local", table, index.IndexName)),
    ...(table.GlobalSecondaryIndexes ?? []).map((index) => indexPrefix("global", table, index.IndexName)),
  ];
}

function indexPrefix(kind: "local" | "global", table: Table, index: string): string {
  return `index-${kind}~${table.TableName}~${index}~`;
}

function records(store: DynaliteStore, prefix: string) {
  return store.db.iterator(range(prefix));
}

/** Everything that begins with the prefix, which ends with `~`. */
function range(prefix: string) {
  return { gte: prefix, lt: `${prefix.slice(0, -1)}\u007f` };
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && "TableName" in value && "TableStatus" in value;
}

function isItem(value: unknown): value is Item {
  return typeof value === "object" && value !== null;
}
