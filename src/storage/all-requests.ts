import { type DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { Request } from "../requests/request.ts";
import { readItem } from "./read-item.ts";

/** Every request for access that there is, for operators: it reads the whole table. No function does. */
export class AllRequests {
  readonly #client: DynamoDBClient;
  readonly #name: string;

  constructor(client: DynamoDBClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  /** In no order. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Request> {
    const pages = paginateScan(
      { client: this.#client },
      {
        TableName: this.#name,
        ConsistentRead: true,
        FilterExpression: "begins_with(sk, :requests) AND NOT kind = :actions",
        ExpressionAttributeValues: { ":requests": { S: "REQUEST#" }, ":actions": { S: "actions" } },
      },
    );
    for await (const { Items = [] } of pages)
      for (const item of Items) yield readItem(Request, unmarshall(item));
  }
}
