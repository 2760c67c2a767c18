import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite/db/index.js";
import { expect, test } from "vitest";
import { Database } from "../../../local/runtime/database/database.ts";
import type { TableDefinition } from "../../../local/runtime/database/table-definition.ts";
import { clients, Fixture, serve, temporaryFolder } from "./fixture.ts";

const index = {
  IndexName: "open",
  KeySchema: [{ AttributeName: "open", KeyType: "HASH" }],
  Projection: { ProjectionType: "ALL" },
};
const tableProperties = {
  TableName: "requests",
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "sk", AttributeType: "S" },
    { AttributeName: "open", AttributeType: "S" },
  ],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
  GlobalSecondaryIndexes: [index],
  TimeToLiveSpecification: { AttributeName: "ttl", Enabled: true },
};

const definition = {
  ...tableProperties,
  logicalId: "Requests",
  constructPath: "",
  name: "requests",
  arn: "arn:aws:dynamodb:eu-west-1:000000000000:table/requests",
} as unknown as TableDefinition;

const place = { region: "eu-west-1", account: "000000000000" };

function served() {
  return serve(new Fixture().add("Requests", "AWS::DynamoDB::Table", tableProperties));
}

test("the template's tables are there with their keys and indexes, and the operator can make more", async () => {
  const { awsUrl } = await served();
  const { dynamodb } = clients(awsUrl);
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: "requests" }));
  expect(Table).toMatchObject({
    TableStatus: "ACTIVE",
    TableArn: "arn:aws:dynamodb:eu-west-1:000000000000:table/requests",
    KeySchema: tableProperties.KeySchema,
    GlobalSecondaryIndexes: [{ IndexName: "open", IndexStatus: "ACTIVE" }],
  });
  await dynamodb.send(
    new CreateTableCommand({
      TableName: "extra",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "N" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    }),
  );
  const { TableNames } = await dynamodb.send(new ListTablesCommand({}));
  expect(TableNames).toEqual(["extra", "requests"]);
});

test("conditional writes, updates and index queries work through the SDK, and errors have their names", async () => {
  const { awsUrl } = await served();
  const { dynamodb } = clients(awsUrl);
  const Item = { pk: { S: "REQ#1" }, sk: { S: "STATE" }, open: { S: "yes" }, version: { N: "1" } };
  const putOnce = new PutItemCommand({
    TableName: "requests",
    Item,
    ConditionExpression: "attribute_not_exists(pk)",
  });
  await dynamodb.send(putOnce);
  await expect(dynamodb.send(putOnce)).rejects.toMatchObject({ name: "ConditionalCheckFailedException" });
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: "requests",
      Key: { pk: { S: "REQ#1" }, sk: { S: "STATE" } },
      UpdateExpression: "SET #o = :later ADD version :one",
      ConditionExpression: "version = :one",
      ExpressionAttributeNames: { "#o": "open" },
      ExpressionAttributeValues: { ":later": { S: "later" }, ":one": { N: "1" } },
    }),
  );
  const query = (value: string) =>
    dynamodb.send(
      new QueryCommand({
        TableName: "requests",
        IndexName: "open",
        KeyConditionExpression: "#o = :o",
        ExpressionAttributeNames: { "#o": "open" },
        ExpressionAttributeValues: { ":o": { S: value } },
      }),
    );
  expect((await query("yes")).Items).toEqual([]);
  expect((await query("later")).Items).toMatchObject([{ version: { N: "2" } }]);
  await expect(
    dynamodb.send(new GetItemCommand({ TableName: "nothing", Key: { pk: { S: "x" } } })),
  ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  await expect(
    dynamodb.send(new GetItemCommand({ TableName: "requests", Key: { wrong: { S: "x" } } })),
  ).rejects.toMatchObject({ name: "ValidationException" });
});

test("transactions are refused with the reason", async () => {
  const { awsUrl } = await served();
  const { dynamodb } = clients(awsUrl);
  const put = { Put: { TableName: "requests", Item: { pk: { S: "a" }, sk: { S: "b" } } } };
  await expect(dynamodb.send(new TransactWriteItemsCommand({ TransactItems: [put] }))).rejects.toMatchObject({
    name: "UnknownOperationException",
    message: expect.stringContaining("no transactions"),
  });
});

test("fifty callers that count at once lose no count", async () => {
  const { awsUrl } = await served();
  const { dynamodb } = clients(awsUrl);
  const increment = () =>
    dynamodb.send(
      new UpdateItemCommand({
        TableName: "requests",
        Key: { pk: { S: "counter" }, sk: { S: "c" } },
        UpdateExpression: "ADD n :one",
        ExpressionAttributeValues: { ":one": { N: "1" } },
      }),
    );
  await Promise.all(Array.from({ length: 50 }, increment));
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName: "requests", Key: { pk: { S: "counter" }, sk: { S: "c" } } }),
  );
  expect(Item?.n).toEqual({ N: "50" });
});

test("items are there again when the folder is opened again, and only one process may have it open", async () => {
  const path = temporaryFolder();
  const first = await Database.open({ path, tables: [definition], ...place });
  await first.handle("PutItem", { TableName: "requests", Item: { pk: { S: "a" }, sk: { S: "b" } } });
  await expect(Database.open({ path, tables: [], ...place })).rejects.toThrow("is another runtime using it?");
  await first.close();
  const second = await Database.open({ path, tables: [definition], ...place });
  const answer = await second.handle("GetItem", {
    TableName: "requests",
    Key: { pk: { S: "a" }, sk: { S: "b" } },
  });
  expect(answer).toEqual({ Item: { pk: { S: "a" }, sk: { S: "b" } } });
  await second.close();
});

test("a folder whose tables have other keys than the template is refused", async () => {
  const path = temporaryFolder();
  const first = await Database.open({ path, tables: [definition], ...place });
  await first.close();
  const { GlobalSecondaryIndexes: _, AttributeDefinitions, ...rest } = definition;
  const changed = { ...rest, AttributeDefinitions: AttributeDefinitions.slice(0, 2) };
  await expect(Database.open({ path, tables: [changed], ...place })).rejects.toThrow("the table requests in");
  const again = await Database.open({ path, tables: [definition], ...place });
  await again.close();
});

test("what a kill between an index and its item left behind is put right when the folder is opened", async () => {
  const path = temporaryFolder();
  const first = await Database.open({ path, tables: [definition], ...place });
  const item = { pk: { S: "a" }, sk: { S: "b" }, open: { S: "yes" } };
  await first.handle("PutItem", { TableName: "requests", Item: item });
  await first.close();

  const raw = dynalite.create({ path, createTableMs: 0, deleteTableMs: 0 });
  await raw.db.open();
  const everything = { gte: "", lt: "\uffff" };
  for await (const [key, value] of raw.db.iterator(everything))
    if (key.startsWith("index-global~requests~open~")) {
      const ghost = { pk: { S: "ghost" }, sk: { S: "b" }, open: { S: "ghost" } };
      await raw.db.batch([
        { type: "del", key },
        { type: "put", key: `${key}ghost`, value: ghost },
      ]);
    } else if (key === "table~requests" && typeof value === "object")
      await raw.db.batch([{ type: "put", key, value: { ...value, TableStatus: "CREATING" } }]);
  await raw.db.close();

  const second = await Database.open({ path, tables: [definition], ...place });
  const query = (value: string) =>
    second.handle("Query", {
      TableName: "requests",
      IndexName: "open",
      KeyConditionExpression: "#o = :o",
      ExpressionAttributeNames: { "#o": "open" },
      ExpressionAttributeValues: { ":o": { S: value } },
    });
  expect(await query("yes")).toMatchObject({ Items: [item] });
  expect(await query("ghost")).toMatchObject({ Items: [] });
  await second.close();
});

test.each([
  ["PutItem", {}],
  ["PutItem", null],
  ["PutItem", []],
  ["PutItem", "text"],
  ["PutItem", { TableName: "requests", Item: { pk: { S: 1 } } }],
  ["PutItem", { TableName: "requests", Item: JSON.parse('{"__proto__": {"S": "x"}}') }],
  ["PutItem", { TableName: "requests", Item: { pk: { N: "1e999" }, sk: { S: "x" } } }],
  ["PutItem", { TableName: "requests", Item: { pk: { S: "x" }, sk: null } }],
  ["Query", { TableName: "requests", KeyConditionExpression: "((((" }],
  ["UpdateItem", { TableName: "requests", Key: { pk: { S: "a" }, sk: { S: "b" } }, UpdateExpression: "SET" }],
  ["BatchWriteItem", { RequestItems: { requests: [] } }],
  ["ExecuteStatement", { Statement: "SELECT" }],
  ["__proto__", {}],
])("the odd call %s %j is refused and hurts nobody", async (operation, input) => {
  const database = await Database.open({ tables: [definition], ...place });
  await expect(database.handle(operation, input)).rejects.toMatchObject({
    name: expect.stringMatching(/ValidationException|SerializationException|UnknownOperationException/),
  });
  const Item = { pk: { S: "a" }, sk: { S: "b" } };
  await expect(database.handle("PutItem", { TableName: "requests", Item })).resolves.toEqual({});
  await database.close();
});

test("a batch is written and read as one", async () => {
  const { awsUrl } = await served();
  const { dynamodb } = clients(awsUrl);
  const requests = ["a", "b", "c"].map((sk) => ({ PutRequest: { Item: { pk: { S: "x" }, sk: { S: sk } } } }));
  await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { requests } }));
  const { Count } = await dynamodb.send(
    new QueryCommand({
      TableName: "requests",
      KeyConditionExpression: "pk = :x AND sk > :a",
      ExpressionAttributeValues: { ":x": { S: "x" }, ":a": { S: "a" } },
    }),
  );
  expect(Count).toBe(2);
});
