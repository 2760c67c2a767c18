import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";

type Item = NonNullable<PutItemCommand["input"]["Item"]>;

/** DynamoDB's limit of an item. */
const largest = 400 * 1024;

/**
 * As much of DynamoDB as reconcile-issue needs of it, in memory, so that hundreds of databases a second can be made.
 * What the real one would refuse as malformed is an error that no store expects.
 */
export class MemoryDatabase {
  readonly #items = new Map<string, Item>();

  client(): DynamoDBClient {
    return { send: async (command: unknown) => this.#send(command) } as unknown as DynamoDBClient;
  }

  put(item: Item): void {
    this.#items.set(keyOf(item), item);
  }

  #send(command: unknown): object {
    if (command instanceof GetItemCommand) return { Item: this.#items.get(keyOf(command.input.Key ?? {})) };
    if (command instanceof PutItemCommand) return this.#write(command.input);
    if (command instanceof QueryCommand) return { Items: this.#find(command.input) };
    throw new Error(`the database in memory does not know ${String(command)}`);
  }

  #write({
    Item = {},
    ConditionExpression = "",
    ExpressionAttributeValues,
  }: PutItemCommand["input"]): object {
    if (Buffer.byteLength(JSON.stringify(Item)) > largest) throw new Error("an item is too large");
    const stored = this.#items.get(keyOf(Item));
    const isMet = ConditionExpression.startsWith("attribute_not_exists(")
      ? stored === undefined
      : stored?.version?.N === ExpressionAttributeValues?.[":version"]?.N;
    if (!isMet) throw new ConditionalCheckFailedException({ message: "no", $metadata: {} });
    this.#items.set(keyOf(Item), Item);
    return {};
  }

  #find({ ExpressionAttributeValues = {}, ScanIndexForward, Limit }: QueryCommand["input"]): Item[] {
    const { ":pk": pk, ":sk": sk, ":id": id, ":after": after } = unmarshall(ExpressionAttributeValues);
    const found = [...this.#items.values()]
      .filter((item) => {
        const { pk: itsPk, sk: itsSk = "", requestId, sequence } = unmarshall(item);
        return id === undefined
          ? itsPk === pk && itsSk.startsWith(sk)
          : itsPk === undefined && requestId === id && sequence > after;
      })
      .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    return (ScanIndexForward === false ? found.toReversed() : found).slice(0, Limit);
  }
}

function keyOf({ pk, sk, requestId, sequence }: Item): string {
  return pk === undefined ? `${requestId?.S} ${sequence?.N?.padStart(9, "0")}` : `${pk.S} ${sk?.S}`;
}
