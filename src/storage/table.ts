import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { StorageUnavailableError } from "../errors.ts";

type Values = Record<string, string | number>;

/** An expression of DynamoDB with the values that it names `:so`. */
type Expression = { expression: string; values?: Values };

export type Query = Expression & {
  /** What the expression names `#so`: attributes whose names DynamoDB reserves. */
  names?: Record<string, string>;
  index?: string;
  /** Largest sort key first. */
  backwards?: boolean;
  limit?: number;
};

/** One DynamoDB table, with items as plain objects. Every read of an item sees every write before it. */
export class Table {
  readonly #client: DynamoDBClient;
  readonly #name: string;

  constructor(client: DynamoDBClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  async get(key: Values): Promise<unknown> {
    const answer = await translated(
      this.#client.send(
        new GetItemCommand({ TableName: this.#name, Key: marshall(key), ConsistentRead: true }),
      ),
    );
    return answer.Item && unmarshall(answer.Item);
  }

  /**
   * The items of these keys that are there, in no particular order.
   *
   * @throws StorageUnavailableError when DynamoDB left some of them out
   */
  async getAll(keys: Values[]): Promise<unknown[]> {
    const wanted = { Keys: keys.map((key) => marshall(key)), ConsistentRead: true };
    const command = new BatchGetItemCommand({ RequestItems: { [this.#name]: wanted } });
    const { Responses, UnprocessedKeys } = await translated(this.#client.send(command));
    if (UnprocessedKeys?.[this.#name]) throw new StorageUnavailableError("some items were not read");
    return (Responses?.[this.#name] ?? []).map((item) => unmarshall(item));
  }

  /** Writes the whole item if the condition holds; says whether it did. */
  async put(item: object, condition: Expression): Promise<boolean> {
    try {
      await this.#client.send(
        new PutItemCommand({
          TableName: this.#name,
          Item: marshall(item, { removeUndefinedValues: true }),
          ConditionExpression: condition.expression,
          ...(condition.values ? { ExpressionAttributeValues: marshall(condition.values) } : {}),
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw translation(error);
    }
  }

  /** Changes attributes of one item if the condition holds, and gives the item as it is then; undefined when it does not. */
  async update(key: Values, set: string, condition: string, values: Values): Promise<unknown> {
    try {
      const answer = await this.#client.send(
        new UpdateItemCommand({
          TableName: this.#name,
          Key: marshall(key),
          UpdateExpression: `SET ${set}`,
          ConditionExpression: condition,
          ExpressionAttributeValues: marshall(values),
          ReturnValues: "ALL_NEW",
        }),
      );
      return answer.Attributes && unmarshall(answer.Attributes);
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw translation(error);
    }
  }

  /** The first item that the query finds. */
  async first(query: Query): Promise<unknown> {
    for await (const item of this.query({ ...query, limit: 1 })) return item;
    return undefined;
  }

  async *query({ index, expression, values, names, backwards, limit }: Query): AsyncGenerator<unknown> {
    let next: QueryCommand["input"]["ExclusiveStartKey"];
    do {
      const command = new QueryCommand({
        TableName: this.#name,
        ...(index ? { IndexName: index } : { ConsistentRead: true }),
        KeyConditionExpression: expression,
        ExpressionAttributeValues: marshall(values ?? {}),
        ...(names ? { ExpressionAttributeNames: names } : {}),
        ScanIndexForward: !backwards,
        ...(limit ? { Limit: limit } : {}),
        ...(next ? { ExclusiveStartKey: next } : {}),
      });
      const answer = await translated(this.#client.send(command));
      for (const item of answer.Items ?? []) yield unmarshall(item);
      next = answer.LastEvaluatedKey;
    } while (next);
  }
}

/** What passes by itself: throttling, AWS's own trouble, a lost connection. The client has tried three times by then. */
const passing = [
  "InternalServerError",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ServiceUnavailable",
  "ThrottlingException",
  "TimeoutError",
];

function translation(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const isPassing = passing.includes(error.name) || "code" in error;
  return isPassing ? new StorageUnavailableError(error.name, { cause: error }) : error;
}

async function translated<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw translation(error);
  }
}
