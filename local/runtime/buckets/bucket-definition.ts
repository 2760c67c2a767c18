import * as v from "valibot";
import { object, positive } from "../../json-schemas.ts";
import { strictObject } from "../template/parse.ts";
import type { Named, StackReader } from "../template/stack-reader.ts";

const bucketShape = strictObject({
  ObjectLockEnabled: v.literal(true),
  ObjectLockConfiguration: object({
    ObjectLockEnabled: v.literal("Enabled"),
    Rule: object({ DefaultRetention: object({ Mode: v.literal("COMPLIANCE"), Days: positive }) }),
  }),
  VersioningConfiguration: object({ Status: v.literal("Enabled") }),
});

export type BucketDefinition = Named & {
  /** For how long a version cannot be deleted, by anybody. */
  lockDays: number;
};

/** Buckets that lock every version for some days, in compliance mode; others are not served. */
export function readBuckets(reader: StackReader): BucketDefinition[] {
  return reader
    .all("AWS::S3::Bucket", bucketShape, [
      "BucketEncryption",
      "BucketName",
      "OwnershipControls",
      "PublicAccessBlockConfiguration",
      "Tags",
    ])
    .map(({ resource, properties }) => ({
      ...reader.named(resource, "Arn"),
      lockDays: properties.ObjectLockConfiguration.Rule.DefaultRetention.Days,
    }));
}
