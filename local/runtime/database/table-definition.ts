import * as z from "zod/mini";
import type { Named, StackReader } from "../template/stack-reader.ts";

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(["HASH", "RANGE"]) }));
const index = z.object({
  IndexName: z.string(),
  KeySchema: keySchema,
  Projection: z.object({
    ProjectionType: z.enum(["ALL", "KEYS_ONLY", "INCLUDE"]),
    NonKeyAttributes: z.optional(z.array(z.string())),
  }),
});
const tableShape = z.strictObject({
  AttributeDefinitions: z.array(
    z.object({ AttributeName: z.string(), AttributeType: z.enum(["S", "N", "B"]) }),
  ),
  KeySchema: keySchema,
  GlobalSecondaryIndexes: z.optional(z.array(index)),
  LocalSecondaryIndexes: z.optional(z.array(index)),
});

/** Keys and indexes are as CreateTable takes them. */
export type TableDefinition = Named & z.infer<typeof tableShape>;

/** Streams are not served and so refused. Tables are on demand, and time to live deletes nothing. */
const withoutEffect = [
  "BillingMode",
  "ContributorInsightsSpecification",
  "DeletionProtectionEnabled",
  "OnDemandThroughput",
  "PointInTimeRecoverySpecification",
  "ProvisionedThroughput",
  "Replicas",
  "SSESpecification",
  "TableClass",
  "TableName",
  "Tags",
  "TimeToLiveSpecification",
  "WarmThroughput",
  "WriteOnDemandThroughputSettings",
  "WriteProvisionedThroughputSettings",
];

export function readTables(reader: StackReader): TableDefinition[] {
  return ["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"].flatMap((type) =>
    reader
      .all(type, tableShape, withoutEffect)
      .map(({ resource, properties }) => ({ ...reader.named(resource, "Arn"), ...properties })),
  );
}
