import { createRequire } from "node:module";
import { ConditionalCheckFailedException, type DynamoDBClient } from "@aws-sdk/client-dynamodb";

/**
 * DynamoDB's tables in memory, as fast as a search over thousands of schedules needs them: each call is one step. Conditions are
 * read and decided by dynalite, as they are in the local runtime.
 */

type Item = Record<string, Record<string, unknown>>;
type Expression = object;
const require = createRequire(import.meta.url);
const parser: {
  parse(text: string, options: object): { expression: Expression };
} = require("dynalite/db/conditionParser.js");
const dynalite: {
  matchesExprFilter(item: Item, expression: Expression): boolean;
  compare: unknown;
} = require("dynalite/db/index.js");

type Input = {
  TableName: string;
  Item: Item;
  Key: Item;
  ConditionExpression?: string;
  KeyConditionExpression: string;
  ExpressionAttributeValues?: Item;
  ExpressionAttributeNames?: Record<string, string>;
  IndexName?: string;
  ScanIndexForward?: boolean;
  Limit?: number;
};

const keys: Record<string, [string, string]> = {
  requests: ["pk", "sk"],
  audit: ["requestId", "sequence"],
  open: ["openIn", "nextCheckAt"],
  byKey: ["issueKey", "generation"],
};

export class MemoryTables {
  readonly #items = new Map<string, Map<string, Item>>();
  /** Not for a product that does not say which version of a request its write was decided on. */
  versionsCount = true;
  onPut: () => void = () => {};

  /** What `Table` needs of a client. `step` is when the call is made. */
  client(step: <T>(label: string, effect: () => T) => Promise<T>): DynamoDBClient {
    const send = (command: { constructor: { name: string }; input: Input }) => {
      const { input } = command;
      const operation = command.constructor.name.replace(/Command$/, "");
      return step(`${operation} ${input.TableName}`, () => this.#answer(operation, input));
    };
    return { send } as unknown as DynamoDBClient;
  }

  #answer(operation: string, input: Input): object {
    switch (operation) {
      case "GetItem":
        return { Item: this.#table(input).get(keyOf(input.TableName, input.Key)) };
      case "PutItem":
        return this.#put(input);
      case "Query":
        return { Items: this.#query(input) };
      default:
        throw new Error(`${operation} is not in memory`);
    }
  }

  #put(input: Input): object {
    const key = keyOf(input.TableName, input.Item);
    const existing = this.#table(input).get(key) ?? {};
    const isCounted = this.versionsCount || !String(input.Item.sk?.S).startsWith("REQUEST#");
    if (isCounted && !holds(input.ConditionExpression ?? "", input, existing))
      throw new ConditionalCheckFailedException({ $metadata: {}, message: "The conditional request failed" });
    this.#table(input).set(key, input.Item);
    this.onPut();
    return {};
  }

  #query(input: Input): Item[] {
    const [, range] = keys[input.IndexName ?? input.TableName] ?? ["", ""];
    const found = [...this.#table(input).values()].filter(
      (item) => item[range] && holds(input.KeyConditionExpression, input, item),
    );
    const ordered = found.sort((a, b) => order(a[range], b[range]));
    return (input.ScanIndexForward === false ? ordered.reverse() : ordered).slice(0, input.Limit);
  }

  /** What the items of a table have as that attribute, as far as they have it. */
  numbers(table: string, attribute: string): number[] {
    const items = [...(this.#items.get(table)?.values() ?? [])];
    return items.flatMap((item) => (item[attribute]?.N === undefined ? [] : [Number(item[attribute].N)]));
  }

  #table({ TableName }: Pick<Input, "TableName">): Map<string, Item> {
    const table = this.#items.get(TableName) ?? new Map<string, Item>();
    this.#items.set(TableName, table);
    return table;
  }
}

function keyOf(table: string, item: Item): string {
  return (keys[table] ?? []).map((name) => JSON.stringify(item[name])).join();
}

function order(a: Item[string] | undefined, b: Item[string] | undefined): number {
  if (a && "N" in a) return Number(a.N) - Number(b?.N);
  return String(a?.S) < String(b?.S) ? -1 : 1;
}

/** What was read once: most conditions come again. */
const known = new Map<string, Expression>();

function holds(text: string, input: Input, item: Item): boolean {
  const { ExpressionAttributeNames: attrNames = {}, ExpressionAttributeValues: attrVals = {} } = input;
  const key = text + JSON.stringify(attrVals);
  const expression = known.get(key) ?? read(text, attrNames, attrVals);
  if (input.IndexName === undefined && text.length < 30) known.set(key, expression);
  return dynalite.matchesExprFilter(item, expression);
}

function read(text: string, attrNames: object, attrVals: object): Expression {
  const context = {
    attrNames,
    attrVals,
    unusedAttrNames: {},
    unusedAttrVals: {},
    isReserved: () => false,
    compare: dynalite.compare,
  };
  return parser.parse(text, { context }).expression;
}
