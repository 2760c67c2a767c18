import * as v from "valibot";
import type { AwsCall } from "../local/runtime/endpoint/services.ts";

const Keys = v.array(v.object({ AttributeName: v.string() }));
const TableResource = v.object({
  Type: v.literal("AWS::DynamoDB::Table"),
  Properties: v.object({
    TableName: v.string(),
    KeySchema: Keys,
    GlobalSecondaryIndexes: v.optional(v.array(v.object({ KeySchema: Keys })), []),
  }),
});
const Template = v.object({ Resources: v.record(v.string(), v.unknown()) });

const Content = v.record(v.string(), v.unknown());
const Item = v.record(v.string(), Content);
type Item = v.InferOutput<typeof Item>;
const Input = v.object({
  TableName: v.string(),
  Item: v.optional(Item),
  ConsistentRead: v.optional(v.boolean(), false),
});

const Batch = v.object({
  RequestItems: v.record(v.string(), v.array(v.object({ PutRequest: v.object({ Item }) }))),
});

const BatchGet = v.object({
  RequestItems: v.record(
    v.string(),
    v.object({ Keys: v.array(v.unknown()), ConsistentRead: v.optional(v.boolean(), false) }),
  ),
});

type Units = { reads: number; writes: number };

/**
 * What DynamoDB bills for calls with on-demand capacity. It must see all calls, in their order: what a write to an index
 * costs depends on the item that was there before.
 *
 * A write is rounded up from the item's size; a read from the length of the answer as JSON, which is a little more than
 * the item. The items that UpdateItem changes are small and in no index.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
 */
export class RequestUnits {
  readonly #tables = new Map<string, { key: string[]; indexes: string[][] }>();
  readonly #items = new Map<string, Item>();

  constructor(template: unknown) {
    for (const resource of Object.values(v.parse(Template, template).Resources)) {
      const table = v.safeParse(TableResource, resource);
      if (!table.success) continue;
      const { TableName, KeySchema, GlobalSecondaryIndexes } = table.output.Properties;
      const indexes = GlobalSecondaryIndexes.map((index) => namesIn(index.KeySchema));
      this.#tables.set(TableName, { key: namesIn(KeySchema), indexes });
    }
  }

  of(call: AwsCall): Units {
    if (call.service !== "dynamodb") return { reads: 0, writes: 0 };
    if (call.operation === "BatchWriteItem") {
      const puts = Object.entries(v.parse(Batch, call.input).RequestItems).flatMap(([table, requests]) =>
        requests.map(({ PutRequest }) => this.#put(table, PutRequest.Item, call.outcome === "ok")),
      );
      return { reads: 0, writes: puts.reduce((sum, units) => sum + units, 0) };
    }
    if (call.operation === "BatchGetItem")
      return { reads: readsOf(v.parse(BatchGet, call.input), call.bytesOut), writes: 0 };
    const { TableName, Item: item, ConsistentRead } = v.parse(Input, call.input);
    if (call.operation === "GetItem" || call.operation === "Query") {
      const units = Math.max(1, Math.ceil(call.bytesOut / 4096));
      return { reads: ConsistentRead ? units : units / 2, writes: 0 };
    }
    if (call.operation === "UpdateItem") return { reads: 0, writes: 1 };
    if (call.operation !== "PutItem" || !item) throw new Error(`Nobody knows what ${call.operation} costs.`);
    return { reads: 0, writes: this.#put(TableName, item, call.outcome === "ok") };
  }

  #put(tableName: string, item: Item, isDone: boolean): number {
    const table = this.#tables.get(tableName);
    if (!table) throw new Error(`The template has no table ${tableName}.`);
    const id = `${tableName} ${valuesAt(item, table.key)}`;
    const before = this.#items.get(id);
    const units = (one: Item | undefined) => (one ? Math.ceil(sizeOfMap(one) / 1024) : 0);
    const own = Math.max(units(item), units(before));
    if (!isDone) return own;
    this.#items.set(id, item);
    return table.indexes.reduce((sum, index) => {
      const [old, now] = [before && valuesAt(before, index), valuesAt(item, index)];
      if (old === now) return sum + (now === undefined ? 0 : own);
      // Another key: the entry is deleted at its old place and put at the new one.
      return sum + (old === undefined ? 0 : units(before)) + (now === undefined ? 0 : units(item));
    }, own);
  }
}

function namesIn(schema: v.InferOutput<typeof Keys>): string[] {
  return schema.map(({ AttributeName }) => AttributeName);
}

/** undefined when the item lacks one of them, and so is not in an index with that key. */
function valuesAt(item: Item, names: string[]): string | undefined {
  return names.every((name) => name in item) ? JSON.stringify(names.map((name) => item[name])) : undefined;
}

function sizeOfMap(map: v.InferOutput<typeof Content>): number {
  return Object.entries(map).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOf(value), 0);
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
function sizeOf(value: unknown): number {
  const [type, content] = Object.entries(v.parse(Content, value))[0] ?? [];
  switch (type) {
    case "S":
      return Buffer.byteLength(String(content));
    case "N":
      return Math.ceil(String(content).length / 2) + 1;
    case "L":
      return v.parse(v.array(v.unknown()), content).reduce<number>((sum, one) => sum + 1 + sizeOf(one), 3);
    case "M": {
      const map = v.parse(Content, content);
      return 3 + Object.keys(map).length + sizeOfMap(map);
    }
    case "BOOL":
    case "NULL":
      return 1;
    default:
      throw new Error(`Nobody knows how large a value of type ${type} is.`);
  }
}

/** Each item of a batch is rounded up by itself; an item that is not there costs as much as a small one. */
function readsOf({ RequestItems }: v.InferOutput<typeof BatchGet>, bytesOut: number): number {
  const tables = Object.values(RequestItems);
  const keys = tables.reduce((sum, { Keys }) => sum + Keys.length, 0);
  const units = keys - 1 + Math.max(1, Math.ceil(bytesOut / 4096));
  return tables.every(({ ConsistentRead }) => ConsistentRead) ? units : units / 2;
}
