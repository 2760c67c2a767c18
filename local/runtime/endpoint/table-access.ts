import * as v from "valibot";
import { object, record } from "../../json-schemas.ts";
import type { TableDefinition } from "../database/table-definition.ts";

const item = record(record(v.unknown()));
const requests = v.array(
  object({
    PutRequest: v.optional(object({ Item: item })),
    DeleteRequest: v.optional(object({ Key: item })),
  }),
);
const gets = object({ Keys: v.array(item) });
const inputShape = object({
  TableName: v.optional(v.string()),
  RequestItems: v.optional(record(v.union([requests, gets]))),
  Item: v.optional(item),
  Key: v.optional(item),
  KeyConditionExpression: v.optional(v.string()),
  ExpressionAttributeNames: v.optional(record(v.string())),
  ExpressionAttributeValues: v.optional(item),
});

/** The tables that a DynamoDB call is about. */
export function tablesIn(input: unknown): string[] {
  const { success, output } = v.safeParse(inputShape, input);
  if (!success) return [];
  return output.TableName === undefined ? Object.keys(output.RequestItems ?? {}) : [output.TableName];
}

/**
 * The values of the partition key that a call names, which policies see as `dynamodb:LeadingKeys`.
 * Undefined for calls that name none, such as Scan.
 */
export function leadingKeys(operation: string, input: unknown, table: TableDefinition): string[] | undefined {
  const { success, output } = v.safeParse(inputShape, input);
  const partitionKey = table.KeySchema.find(({ KeyType }) => KeyType === "HASH")?.AttributeName ?? "";
  if (!success || operation === "Scan") return undefined;
  if (output.KeyConditionExpression !== undefined) {
    const { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = output;
    const equal = [...output.KeyConditionExpression.matchAll(/([#\w.-]+)\s*=\s*(:\w+)/g)].find(
      ([, name = ""]) => (names[name] ?? name) === partitionKey,
    );
    return equal && [textOf(values[equal[2] ?? ""])];
  }
  const batch = output.RequestItems?.[table.name];
  const batchItems = !batch
    ? []
    : Array.isArray(batch)
      ? batch.map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key)
      : batch.Keys;
  const items = [output.Item, output.Key, ...batchItems].filter((one) => one !== undefined);
  return items.length === 0 ? undefined : items.map((one) => textOf(one[partitionKey]));
}

/** The plain value of an attribute such as `{"S": "x"}`. */
function textOf(attribute: Record<string, unknown> | undefined): string {
  return String(Object.values(attribute ?? {})[0]);
}
