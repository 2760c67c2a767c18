import { BatchWriteItemCommand, type BatchWriteItemCommandOutput } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { Clock } from "../clock.ts";
import { StorageUnavailableError } from "../errors.ts";

type Client = {
  send(command: BatchWriteItemCommand): Promise<Pick<BatchWriteItemCommandOutput, "UnprocessedItems">>;
};

/** DynamoDB takes no more items in one call. */
const batchSize = 25;
const atOnce = 8;
const tries = 8;

/** Puts many items into one table, whatever is there under their keys. */
export class BatchWriter {
  readonly #client: Client;
  readonly #table: string;
  readonly #clock: Clock;

  constructor(client: Client, table: string, clock: Clock) {
    this.#client = client;
    this.#table = table;
    this.#clock = clock;
  }

  /**
   * Resolves when every item is stored; in what order is not said. No two items may have the same key.
   *
   * @throws StorageUnavailableError when DynamoDB goes on leaving some of them out; others may be stored then
   */
  async putAll(items: object[]): Promise<void> {
    let next = 0;
    const work = async () => {
      while (next < items.length) {
        const from = next;
        next += batchSize;
        await this.#put(items.slice(from, from + batchSize));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }

  async #put(items: object[]): Promise<void> {
    let rest = items.map((item) => ({
      PutRequest: { Item: marshall(item, { removeUndefinedValues: true }) },
    }));
    for (let attempt = 0; rest.length > 0; attempt++) {
      if (attempt === tries)
        throw new StorageUnavailableError(`${rest.length} items were not taken after ${tries} tries`);
      if (attempt > 0) await this.#clock.sleep(50 * 2 ** attempt);
      const command = new BatchWriteItemCommand({ RequestItems: { [this.#table]: rest } });
      const { UnprocessedItems } = await this.#client.send(command);
      const left = UnprocessedItems?.[this.#table] ?? [];
      rest = left.flatMap(({ PutRequest }) =>
        PutRequest?.Item ? [{ PutRequest: { Item: PutRequest.Item } }] : [],
      );
    }
  }
}
