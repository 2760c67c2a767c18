import { expect, test } from "vitest";
import { deployed, stackName } from "../support/deployed-stack.ts";

/** The property that holds the name that people see. */
const nameIn: Record<string, string> = {
  "AWS::ApiGatewayV2::Api": "Name",
  "AWS::CodeDeploy::Application": "ApplicationName",
  "AWS::DynamoDB::Table": "TableName",
  "AWS::Events::Rule": "Name",
  "AWS::Lambda::Function": "FunctionName",
  "AWS::Logs::LogGroup": "LogGroupName",
  "AWS::S3::Bucket": "BucketName",
  "AWS::SNS::Topic": "TopicName",
  "AWS::SQS::Queue": "QueueName",
  "AWS::SecretsManager::Secret": "Name",
  "AWS::StepFunctions::StateMachine": "StateMachineName",
};

/** Parts of other resources, which have no tags in AWS. */
const withoutTags = [
  "AWS::ApiGatewayV2::Integration",
  "AWS::ApiGatewayV2::Route",
  "AWS::IAM::Policy",
  "AWS::Lambda::Alias",
  "AWS::Lambda::EventInvokeConfig",
  "AWS::Lambda::Permission",
  "AWS::Lambda::Version",
  "AWS::Logs::MetricFilter",
  "AWS::S3::BucketPolicy",
  "AWS::SNS::TopicPolicy",
  "AWS::SQS::QueuePolicy",
  "AWS::StepFunctions::StateMachineAlias",
  "AWS::StepFunctions::StateMachineVersion",
];

const named = deployed.filter(({ type }) => nameIn[type]);
const tagged = deployed.filter(({ type }) => !withoutTags.includes(type));

test("two stages can live in one account: every name begins with the stack's", () => {
  expect(new Set(named.map(({ type }) => type)).size).toBe(Object.keys(nameIn).length);
  for (const { type, properties } of named)
    expect(String(properties[nameIn[type] ?? ""]).replace(/^\/aws\/[a-z/]+\//, "")).toMatch(
      new RegExp(`^${stackName}([-/]|$)`),
    );
});

test("everything that can have a tag says that it is Latchkey's", () => {
  for (const { id, properties } of tagged) {
    const tags = properties.Tags ?? [];
    const pairs = Array.isArray(tags) ? tags.map(({ Key, Value }) => [Key, Value]) : Object.entries(tags);
    expect(pairs, id).toEqual([["application", "latchkey"]]);
  }
});
