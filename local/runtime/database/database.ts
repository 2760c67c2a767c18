import { createRequire } from "node:module";
import dynalite, { type DynaliteStore } from "dynalite/db/index.js";
import validations from "dynalite/validations/index.js";
import * as v from "valibot";
import { object } from "../../json-schemas.ts";
import { AwsError } from "../endpoint/aws-error.ts";
import type { Service } from "../endpoint/service.ts";
import { repair } from "./repair.ts";
import { keysAndIndexes, type TableDefinition } from "./table-definition.ts";

type Action = (store: DynaliteStore, input: object, done: (error: unknown, answer: object) => void) => void;
type Rules = { types: unknown; custom: unknown };

const require = createRequire(import.meta.url);
const loadAction: (file: string) => Action = require;
const loadRules: (file: string) => Rules = require;

const operations = [
  "BatchGetItem",
  "BatchWriteItem",
  "CreateTable",
  "DeleteItem",
  "DeleteTable",
  "DescribeTable",
  "DescribeTimeToLive",
  "GetItem",
  "ListTables",
  "PutItem",
  "Query",
  "Scan",
  "UpdateItem",
  "UpdateTable",
];

const refusal = object({
  body: v.looseObject({
    __type: v.string(),
    message: v.optional(v.string()),
    Message: v.optional(v.string()),
  }),
});

/**
 * DynamoDB in this process, by dynalite. What was acknowledged survives a killed process.
 *
 * Other than DynamoDB it has no transactions, streams and PartiQL, ignores ReturnValuesOnConditionCheckFailure and never
 * deletes expired items.
 */
export class Database implements Service {
  readonly #store: DynaliteStore;
  readonly #open = new Set<Promise<object>>();

  private constructor(store: DynaliteStore) {
    this.#store = store;
  }

  /**
   * Opens the database and makes the tables that are missing.
   * @param options.path folder of the files; none keeps all in memory
   * @throws when another process has the folder open, or a table there has other keys or indexes than the template
   */
  static async open(options: {
    path?: string | undefined;
    tables: TableDefinition[];
    region: string;
    account: string;
  }): Promise<Database> {
    const { path } = options;
    const store = dynalite.create({
      createTableMs: 0,
      deleteTableMs: 0,
      ...(path === undefined ? {} : { path }),
    });
    store.tableDb.awsRegion = options.region;
    store.tableDb.awsAccountId = options.account;
    try {
      await store.db.open();
    } catch (cause) {
      throw new Error(`the database in ${path} cannot be opened; is another runtime using it?`, { cause });
    }
    await repair(store);
    const database = new Database(store);
    try {
      for (const table of options.tables) await database.#provide(table, path);
    } catch (error) {
      await database.close();
      throw error;
    }
    return database;
  }

  async handle(operation: string, input: unknown): Promise<object> {
    if (operation.startsWith("Transact"))
      throw new AwsError(
        "UnknownOperationException",
        `${operation}: the local database has no transactions; use conditional writes of single items`,
      );
    if (!operations.includes(operation))
      throw new AwsError("UnknownOperationException", `${operation}: the local database does not know it`);
    const call = this.#call(operation, { ...(typeof input === "object" ? input : {}) });
    this.#open.add(call);
    try {
      return await call;
    } finally {
      this.#open.delete(call);
    }
  }

  /** Ends the calls that are under way first. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#open);
    await this.#store.db.close();
  }

  #call(operation: string, input: object): Promise<object> {
    const file = operation.charAt(0).toLowerCase() + operation.slice(1);
    const rules = loadRules(`dynalite/validations/${file}.js`);
    return new Promise<object>((resolve, reject) => {
      const checked = check(input, rules, this.#store);
      loadAction(`dynalite/actions/${file}.js`)(this.#store, checked, (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
    }).catch((error: unknown) => {
      throw asAwsError(error) ?? error;
    });
  }

  async #provide(table: TableDefinition, path: string | undefined): Promise<void> {
    const wanted = {
      TableName: table.name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: table.AttributeDefinitions,
      KeySchema: table.KeySchema,
      GlobalSecondaryIndexes: table.GlobalSecondaryIndexes,
      LocalSecondaryIndexes: table.LocalSecondaryIndexes,
    };
    try {
      await this.handle("CreateTable", structuredClone(wanted));
    } catch (error) {
      if (!(error instanceof AwsError) || error.name !== "ResourceInUseException") throw error;
      const { Table } = v.parse(tableAnswer, await this.handle("DescribeTable", { TableName: table.name }));
      if (shapeOf(Table) !== shapeOf(v.parse(tableShape, wanted)))
        throw new Error(
          `the table ${table.name} in ${path} has other keys or indexes than the template; remove that folder to begin anew`,
        );
    }
    await this.#active(table.name);
  }

  /** dynalite sets a new table active on a timer, even when that has no delay. */
  async #active(table: string): Promise<void> {
    for (;;) {
      const { Table } = v.parse(tableAnswer, await this.handle("DescribeTable", { TableName: table }));
      if (Table.TableStatus === "ACTIVE") return;
      await new Promise(setImmediate);
    }
  }
}

/** dynalite's checks break, rather than refuse, on null where an object should be. */
function check(input: object, rules: Rules, store: DynaliteStore): object {
  try {
    const checked = validations.checkTypes(input, rules.types);
    validations.checkValidations(checked, rules.types, rules.custom, store);
    return checked;
  } catch (error) {
    throw asAwsError(error) ?? new AwsError("SerializationException", "The call cannot be understood.");
  }
}

function asAwsError(error: unknown): AwsError | undefined {
  if (error instanceof AwsError) return error;
  const known = v.safeParse(refusal, error);
  if (!known.success) return undefined;
  const { __type, message, Message, ...fields } = known.output.body;
  return new AwsError(__type.split("#").at(-1) ?? __type, message ?? Message ?? "", fields);
}

const tableShape = object({ ...keysAndIndexes, TableStatus: v.optional(v.string()) });
const tableAnswer = object({ Table: tableShape });

/** What makes two tables the same, as text; the order of attributes and indexes does not. */
function shapeOf(table: v.InferOutput<typeof tableShape>): string {
  const sorted = (list: object[] = []) => list.map((item) => JSON.stringify(item)).sort();
  return JSON.stringify([
    table.KeySchema,
    sorted(table.AttributeDefinitions),
    sorted(table.GlobalSecondaryIndexes),
    sorted(table.LocalSecondaryIndexes),
  ]);
}
