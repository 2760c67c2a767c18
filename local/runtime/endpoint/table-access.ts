import * as z from "zod/mini";
import type { TableDefinition } from "../database/table-definition.ts";

const item = z.record(z.string(), z.record(z.string(), z.unknown()));
const requests = z.array(
  z.object({
    PutRequest: z.optional(z.object({ Item: item })),
    DeleteRequest: z.optional(z.object({ Key: item })),
  }),
);
const gets = z.object({ Keys: z.array(item) });
const inputShape = z.object({
  TableName: z.optional(z.string()),
  RequestItems: z.optional(z.record(z.string(), z.union([requests, gets]))),
  Item: z.optional(item),
  Key: z.optional(item),
  KeyConditionExpression: z.optional(z.string()),
  ExpressionAttributeNames: z.optional(z.record(z.string(), z.string())),
  ExpressionAttributeValues: z.optional(item),
});

/** The tables that a DynamoDB call is about. */
export function tablesIn(input: unknown): string[] {
  const { success, data } = inputShape.safeParse(input);
  if (!success) return [];
  return data.TableName === undefined ? Object.keys(data.RequestItems ?? {}) : [data.TableName];
}

/**
 * The values of the partition key that a call names, which policies see as `dynamodb:LeadingKeys`.
 * Undefined for calls that name none, such as Scan.
 */
export function leadingKeys(operation: string, input: unknown, table: TableDefinition): string[] | undefined {
  const { success, data } = inputShape.safeParse(input);
  const partitionKey = table.KeySchema.find(({ KeyType }) => KeyType === "HASH")?.AttributeName ?? "";
  if (!success || operation === "Scan") return undefined;
  if (data.KeyConditionExpression !== undefined) {
    const { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = data;
    const equal = [...data.KeyConditionExpression.matchAll(/([#\w.-]+)\s*=\s*(:\w+)/g)].find(
      ([, name = ""]) => (names[name] ?? name) === partitionKey,
    );
    return equal && [textOf(values[equal[2] ?? ""])];
  }
  const batch = data.RequestItems?.[table.name];
  const batchItems = !batch
    ? []
    : Array.isArray(batch)
      ? batch.map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key)
      : batch.Keys;
  const items = [data.Item, data.Key, ...batchItems].filter((one) => one !== undefined);
  return items.length === 0 ? undefined : items.map((one) => textOf(one[partitionKey]));
}

/** The plain value of an attribute such as `{"S": "x"}`. */
function textOf(attribute: Record<string, unknown> | undefined): string {
  return String(Object.values(attribute ?? {})[0]);
}
