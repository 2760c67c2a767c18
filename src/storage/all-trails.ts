import { type DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";

const Place = v.object({ requestId: v.string(), sequence: v.number() });

/** How long every audit trail is, for operators: it reads the whole table. No function does. */
export class AllTrails {
  readonly #client: DynamoDBClient;
  readonly #name: string;

  constructor(client: DynamoDBClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  /** The last entry's number, by the trail's id. */
  async lengths(): Promise<Map<string, number>> {
    const lengths = new Map<string, number>();
    const pages = paginateScan(
      { client: this.#client },
      {
        TableName: this.#name,
        ConsistentRead: true,
        ProjectionExpression: "requestId, #sequence",
        ExpressionAttributeNames: { "#sequence": "sequence" },
      },
    );
    for await (const { Items = [] } of pages)
      for (const item of Items) {
        const { requestId, sequence } = v.parse(Place, unmarshall(item));
        lengths.set(requestId, Math.max(sequence, lengths.get(requestId) ?? 0));
      }
    return lengths;
  }
}
