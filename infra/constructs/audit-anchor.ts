import { Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as LambdaTarget } from "aws-cdk-lib/aws-events-targets";
import { AnyPrincipal, Effect, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectLockRetention } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { Settings } from "../settings.ts";
import { LatchkeyFunction } from "./latchkey-function.ts";
import type { Tables } from "./tables.ts";

/** Where the daily anchors of the audit trails are kept, and what makes them. */
export class AuditAnchor extends Construct {
  constructor(scope: Construct, id: string, { tables, settings }: { tables: Tables; settings: Settings }) {
    super(scope, id);
    const { stackName, account, region } = Stack.of(this);
    const bucket = this.#bucket(`${stackName}-anchors-${account}-${region}`, settings.anchorLockDays);

    const anchor = new LatchkeyFunction(this, {
      name: "anchor-audit",
      environment: { ...tables.environment, ANCHOR_BUCKET: bucket.bucketName, SERVICE: stackName },
      rights: [
        tables.readDay,
        { actions: ["s3:PutObject", "s3:GetObjectVersion"], on: [bucket.arnForObjects("*")] },
        { actions: ["s3:ListBucketVersions"], on: [bucket.bucketArn] },
      ],
      timeout: Duration.minutes(14),
      logRetention: settings.logRetention,
    });
    Validations.of(anchor).acknowledge({
      id: "AwsSolutions::AwsSolutions-IAM5[Resource::<AuditAnchorBucket732078E6.Arn>/*]",
      reason: "S3 has no other way to say: every object of this bucket.",
    });
    new Rule(this, "Schedule", {
      ruleName: `${stackName}-anchor`,
      description: "Anchors the audit trails of every day that is over",
      schedule: Schedule.rate(Duration.hours(6)),
      targets: [new LambdaTarget(anchor.lambda)],
    });
  }

  #bucket(bucketName: string, lockDays: number): Bucket {
    const bucket = new Bucket(this, "Bucket", {
      bucketName,
      objectLockEnabled: true,
      objectLockDefaultRetention: ObjectLockRetention.compliance(Duration.days(lockDays)),
      versioned: true,
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // The lock keeps the first version; this lets nobody hide it behind another.
    bucket.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ["s3:PutObject"],
        resources: [bucket.arnForObjects("*")],
        conditions: { Null: { "s3:if-none-match": "true" } },
      }),
    );
    Validations.of(bucket).acknowledge({
      id: "AwsSolutions::AwsSolutions-S1",
      reason: "One object is written a day, by one function, whose log says so; nothing in it is personal.",
    });
    return bucket;
  }
}
