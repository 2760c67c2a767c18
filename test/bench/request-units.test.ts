import { expect, test } from "vitest";
import { RequestUnits } from "../../bench/request-units.ts";
import type { AwsCall } from "../../local/runtime/endpoint/services.ts";

const key = (...names: string[]) => names.map((AttributeName) => ({ AttributeName, KeyType: "HASH" }));

const template = {
  Resources: {
    Queue: { Type: "AWS::SQS::Queue", Properties: {} },
    Requests: {
      Type: "AWS::DynamoDB::Table",
      Properties: {
        TableName: "requests",
        KeySchema: key("pk", "sk"),
        GlobalSecondaryIndexes: [{ IndexName: "open", KeySchema: key("openIn", "next") }],
      },
    },
  },
};

function metered() {
  const units = new RequestUnits(template);
  return (operation: string, input: object, rest: Partial<AwsCall> = {}) =>
    units.of({
      at: 0,
      caller: "work",
      service: "dynamodb",
      operation,
      input: { TableName: "requests", ...input },
      bytesIn: 0,
      bytesOut: 100,
      outcome: "ok",
      ...rest,
    });
}

const item = (more: object = {}) => ({ Item: { pk: { S: "ISSUE#1" }, sk: { S: "REQUEST#1" }, ...more } });
const open = (next: string) => item({ openIn: { S: "open" }, next: { N: next } });

test("a consistent read costs a unit for every 4 KB, an eventual one half of that", () => {
  const unitsOf = metered();
  expect(unitsOf("GetItem", { ConsistentRead: true })).toEqual({ reads: 1, writes: 0 });
  expect(unitsOf("Query", { ConsistentRead: true }, { bytesOut: 4_097 })).toEqual({ reads: 2, writes: 0 });
  expect(unitsOf("Query", {})).toEqual({ reads: 0.5, writes: 0 });
});

test("a batch of reads costs a unit for each item, found or not, and more for large ones", () => {
  const unitsOf = metered();
  const batch = (ConsistentRead: boolean) => ({
    RequestItems: { requests: { Keys: [{ pk: { S: "a" } }, { pk: { S: "b" } }], ConsistentRead } },
  });
  expect(unitsOf("BatchGetItem", batch(true))).toEqual({ reads: 2, writes: 0 });
  expect(unitsOf("BatchGetItem", batch(false))).toEqual({ reads: 1, writes: 0 });
  expect(unitsOf("BatchGetItem", batch(true), { bytesOut: 4_097 })).toEqual({ reads: 3, writes: 0 });
});

test("a write costs a unit for every KB of the larger of the two items, before and after", () => {
  const unitsOf = metered();
  const large = item({ note: { S: "x".repeat(1_024) } });
  expect(unitsOf("PutItem", item()).writes).toBe(1);
  expect(unitsOf("PutItem", large).writes).toBe(2);
  expect(unitsOf("PutItem", item()).writes).toBe(2);
  expect(unitsOf("PutItem", item()).writes).toBe(1);
});

test("an item in an index costs a write there, and two when its place in the index changes", () => {
  const unitsOf = metered();
  expect(unitsOf("PutItem", open("1")).writes).toBe(1 + 1);
  expect(unitsOf("PutItem", open("1")).writes).toBe(1 + 1);
  expect(unitsOf("PutItem", open("2")).writes).toBe(1 + 2);
  expect(unitsOf("PutItem", item()).writes).toBe(1 + 1);
  expect(unitsOf("PutItem", item()).writes).toBe(1);
});

test("a write whose condition does not hold costs a unit and changes nothing", () => {
  const unitsOf = metered();
  unitsOf("PutItem", open("1"));
  const outcome = "ConditionalCheckFailedException";
  expect(unitsOf("PutItem", open("2"), { outcome }).writes).toBe(1);
  expect(unitsOf("PutItem", open("1")).writes).toBe(1 + 1);
});

test("maps and lists are as large as what is in them", () => {
  const unitsOf = metered();
  const inside = { L: [{ M: { deep: { S: "x".repeat(1_000) } } }, { BOOL: true }, { NULL: true }] };
  expect(unitsOf("PutItem", item({ inside })).writes).toBe(2);
});

test("calls to other services cost none, and an operation whose price nobody knows is refused", () => {
  const unitsOf = metered();
  expect(unitsOf("SendMessage", {}, { service: "sqs" })).toEqual({ reads: 0, writes: 0 });
  expect(() => unitsOf("TransactWriteItems", {})).toThrow("Nobody knows what TransactWriteItems costs.");
});
