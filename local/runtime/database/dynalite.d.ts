/** The parts of dynalite 4.0.0 below its HTTP server. The package has no types of its own. */

declare module "dynalite/db/index.js" {
  export type Item = Record<string, Record<string, unknown>>;
  export type Index = { IndexName: string; IndexStatus?: string };
  export type Table = {
    TableName: string;
    TableStatus: string;
    AttributeDefinitions: object[];
    KeySchema: object[];
    GlobalSecondaryIndexes?: Index[];
    LocalSecondaryIndexes?: Index[];
  };
  type Change = { type: "put"; key: string; value: unknown } | { type: "del"; key: string };
  export type DynaliteStore = {
    tableDb: { awsAccountId: string; awsRegion: string };
    /** One LevelDB; every kind of record has its own prefix. */
    db: {
      open(): Promise<void>;
      close(): Promise<void>;
      batch(changes: Change[]): Promise<void>;
      clear(range: { gte: string; lt: string }): Promise<void>;
      iterator(range: { gte: string; lt: string }): AsyncIterable<[key: string, value: unknown]>;
    };
  };
  const dynalite: {
    /** `path` is a folder; none keeps all in memory. The other options are how long tables take to change. */
    create(options: { path?: string; createTableMs: number; deleteTableMs: number }): DynaliteStore;
    /** Where `item` belongs in each of the indexes that it belongs to. */
    getIndexActions(
      indexes: Index[],
      existing: null,
      item: Item,
      table: Table,
    ): { puts: { index: string; key: string; item: Item }[] };
  };
  export default dynalite;
}

declare module "dynalite/validations/index.js" {
  const validations: {
    /** Both throw errors with `statusCode` and `body`. */
    checkTypes(input: object, types: unknown): object;
    checkValidations(input: object, types: unknown, custom: unknown, store: object): void;
  };
  export default validations;
}
