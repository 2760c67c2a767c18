import { type AttributeDefinition, CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { afterAll } from "vitest";
import { Table } from "../../src/storage/table.ts";

/** Tables with the keys and indexes of the stack, in a database of its own. */
export async function openTables() {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: "eu-west-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const create = async (
    name: string,
    keys: [string, "S" | "N"][],
    indexes: Record<string, [string, "S" | "N"][]> = {},
  ) => {
    const schema = (key: [string, "S" | "N"][]) =>
      key.map(([AttributeName], index) => ({
        AttributeName,
        KeyType: index === 0 ? ("HASH" as const) : ("RANGE" as const),
      }));
    const attributes = new Map([...keys, ...Object.values(indexes).flat()]);
    const definitions: AttributeDefinition[] = [...attributes].map(([AttributeName, AttributeType]) => ({
      AttributeName,
      AttributeType,
    }));
    await client.send(
      new CreateTableCommand({
        TableName: name,
        KeySchema: schema(keys),
        AttributeDefinitions: definitions,
        BillingMode: "PAY_PER_REQUEST",
        ...(Object.keys(indexes).length > 0
          ? {
              GlobalSecondaryIndexes: Object.entries(indexes).map(([IndexName, key]) => ({
                IndexName,
                KeySchema: schema(key),
                Projection: { ProjectionType: "ALL" as const },
              })),
            }
          : {}),
      }),
    );
    return new Table(client, name);
  };
  return {
    client,
    requests: await create(
      "requests",
      [
        ["pk", "S"],
        ["sk", "S"],
      ],
      {
        open: [
          ["openIn", "S"],
          ["nextCheckAt", "N"],
        ],
        byKey: [
          ["issueKey", "S"],
          ["generation", "N"],
        ],
      },
    ),
    catalog: await create("catalog", [
      ["pk", "S"],
      ["sk", "S"],
    ]),
    audit: await create(
      "audit",
      [
        ["requestId", "S"],
        ["sequence", "N"],
      ],
      {
        byDay: [
          ["writtenOn", "S"],
          ["requestId", "S"],
        ],
      },
    ),
  };
}
