import * as v from "valibot";
import { object } from "../../json-schemas.ts";
import { strictObject } from "../template/parse.ts";
import type { Named, StackReader } from "../template/stack-reader.ts";

const keySchema = v.array(object({ AttributeName: v.string(), KeyType: v.picklist(["HASH", "RANGE"]) }));
const index = object({
  IndexName: v.string(),
  KeySchema: keySchema,
  Projection: object({
    ProjectionType: v.picklist(["ALL", "KEYS_ONLY", "INCLUDE"]),
    NonKeyAttributes: v.optional(v.array(v.string())),
  }),
});

/** A table's keys and indexes as templates, CreateTable and DescribeTable have them. */
export const keysAndIndexes = {
  AttributeDefinitions: v.array(
    object({ AttributeName: v.string(), AttributeType: v.picklist(["S", "N", "B"]) }),
  ),
  KeySchema: keySchema,
  GlobalSecondaryIndexes: v.optional(v.array(index)),
  LocalSecondaryIndexes: v.optional(v.array(index)),
};
const tableShape = strictObject(keysAndIndexes);

export type TableDefinition = Named & v.InferOutput<typeof tableShape>;

/**
 * Streams are not served and so refused. Tables are on demand, and time to live deletes nothing. Permissions are decided
 * from the callers' roles alone.
 */
const withoutEffect = [
  "BillingMode",
  "ContributorInsightsSpecification",
  "DeletionProtectionEnabled",
  "OnDemandThroughput",
  "PointInTimeRecoverySpecification",
  "ProvisionedThroughput",
  "Replicas",
  "ResourcePolicy",
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
