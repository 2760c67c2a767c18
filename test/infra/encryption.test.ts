import { expect, test } from "vitest";
import { all, only, short } from "../support/deployed-stack.ts";

/** The statement that refuses whoever comes without TLS. */
const refusesPlainHttp = (actions: string, resource: string, principal: unknown) => ({
  Effect: "Deny",
  Principal: principal,
  Action: actions,
  Resource: resource,
  Condition: { Bool: { "aws:SecureTransport": "false" } },
});

test("no table turns DynamoDB's encryption down", () => {
  for (const { properties } of all("AWS::DynamoDB::Table"))
    expect(properties.SSESpecification?.SSEEnabled, properties.TableName).not.toBe(false);
});

test("messages are encrypted while they wait, in the dead-letter queue too", () => {
  for (const { properties } of all("AWS::SQS::Queue"))
    expect(properties.SqsManagedSseEnabled, properties.QueueName).toBe(true);
});

test("queues are spoken to by TLS only", () => {
  const queues = all("AWS::SQS::Queue").map(({ properties }) => short(properties.QueueName));
  const policies = all("AWS::SQS::QueuePolicy");
  expect(policies).toHaveLength(queues.length);
  for (const { properties } of policies) {
    const [url] = properties.Queues;
    expect(properties.PolicyDocument.Statement).toEqual([
      refusesPlainHttp("sqs:*", expect.stringMatching(new RegExp(`:${url.split("/").at(-1)}$`)), {
        AWS: "*",
      }),
    ]);
  }
});

test("alarms are told by TLS only, and only the alarms of this account are", () => {
  const topic = "arn:aws:sns:eu-west-1:123456789012:latchkey-local-alarms";
  expect(only("AWS::SNS::TopicPolicy").properties).toMatchObject({
    Topics: [topic],
    PolicyDocument: {
      Statement: [
        expect.objectContaining(refusesPlainHttp("sns:Publish", topic, "*")),
        {
          Effect: "Allow",
          Principal: { Service: "cloudwatch.amazonaws.com" },
          Action: "sns:Publish",
          Resource: topic,
          Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
        },
      ],
    },
  });
});

test("the template holds no secret's value: a person puts it in", () => {
  const secrets = all("AWS::SecretsManager::Secret");
  expect(secrets.map(({ properties }) => short(properties.Name)).sort()).toEqual([
    "jira-api",
    "jira-webhook",
    "jumpcloud-read",
    "jumpcloud-write",
  ]);
  for (const { properties } of secrets)
    expect(Object.keys(properties).sort()).toEqual(["Description", "Name", "Tags"]);
});

test("anchors are encrypted, seen by nobody outside, sent by TLS only, and never put in the place of another", () => {
  expect(only("AWS::S3::Bucket").properties).toMatchObject({
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
    },
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
  });
  const bucket = "arn:aws:s3:::latchkey-local-anchors-123456789012-eu-west-1";
  expect(only("AWS::S3::BucketPolicy").properties.PolicyDocument.Statement).toEqual([
    { ...refusesPlainHttp("s3:*", bucket, { AWS: "*" }), Resource: [bucket, `${bucket}/*`] },
    {
      Effect: "Deny",
      Principal: { AWS: "*" },
      Action: "s3:PutObject",
      Resource: `${bucket}/*`,
      Condition: { Null: { "s3:if-none-match": "true" } },
    },
  ]);
});
