import { createHash } from "node:crypto";
import * as v from "valibot";
import { object } from "../../json-schemas.ts";
import type { Place } from "./template.ts";

const deploymentPreference = object({ StateMachineVersionArn: v.string() });

/** What the names and ARNs of a resource are made from. */
export type ResourceContext = {
  place: Place;
  logicalId: string;
  type: string;
  /** A property of the resource, resolved. */
  property(name: string): unknown;
};

type ResourceType = {
  /** The property that holds the physical name, and how long a made-up name may be. */
  name?: { property: string; limit: number };
  /** What `Ref` gives. */
  reference: (context: ResourceContext) => string;
  /** What `Fn::GetAtt` gives; an attribute that is not here is refused. */
  attributes: Record<string, (context: ResourceContext) => string>;
};

export function resourceType(type: string): ResourceType | undefined {
  return Object.hasOwn(types, type) ? types[type] : undefined;
}

/** The physical name: the template's, else `<stack>-<logical id>`, shortened with a hash where AWS's limit needs it. */
export function nameOf(context: ResourceContext): string {
  const { property = "", limit = 255 } = resourceType(context.type)?.name ?? {};
  const given = context.property(property);
  if (typeof given === "string") return given;
  const suffix = context.type === "AWS::SQS::Queue" && context.property("FifoQueue") === true ? ".fifo" : "";
  const made = `${context.place.stackName}-${context.logicalId}`;
  if (made.length + suffix.length <= limit) return made + suffix;
  return `${made.slice(0, limit - suffix.length - 9)}-${hashOf(context, 8)}${suffix}`;
}

function hashOf(context: ResourceContext, length: number): string {
  const hash = createHash("sha256").update(`${context.place.stackName}/${context.logicalId}`).digest("hex");
  return hash.slice(0, length);
}

function arn(service: string, resource: (context: ResourceContext) => string) {
  return (context: ResourceContext) =>
    `arn:aws:${service}:${context.place.region}:${context.place.account}:${resource(context)}`;
}

const tableArn = arn("dynamodb", (context) => `table/${nameOf(context)}`);
const functionArn = arn("lambda", (context) => `function:${nameOf(context)}`);
const roleArn = (context: ResourceContext) => {
  const path = context.property("Path");
  return `arn:aws:iam::${context.place.account}:role${typeof path === "string" ? path : "/"}${nameOf(context)}`;
};
const queueArn = arn("sqs", nameOf);
const queueUrl = (context: ResourceContext) =>
  `${context.place.awsUrl}/${context.place.account}/${nameOf(context)}`;
const secretArn = arn("secretsmanager", (context) => `secret:${nameOf(context)}-${hashOf(context, 6)}`);
/** A version or alias of a resource: its ARN with one more part. */
const qualified =
  (base: (context: ResourceContext) => string, qualifier: (context: ResourceContext) => string) =>
  (context: ResourceContext) =>
    `${base(context)}:${qualifier(context)}`;
const versionedFunctionArn = (context: ResourceContext) => {
  const name = String(context.property("FunctionName"));
  return name.startsWith("arn:") ? name : arn("lambda", () => `function:${name}`)(context);
};
const aliasName = (context: ResourceContext) => String(context.property("Name"));
/** The template has the newest version of everything, and no other. What number it has is known to nobody before it is there. */
const newest = () => "1";
const stateMachineArn = arn("states", (context) => `stateMachine:${nameOf(context)}`);
const machineVersionArn = qualified((context) => String(context.property("StateMachineArn")), newest);
const machineAliasArn = qualified((context) => {
  const preference = v.parse(deploymentPreference, context.property("DeploymentPreference"));
  return preference.StateMachineVersionArn.replace(/:[^:]*$/, "");
}, aliasName);
const ruleArn = arn("events", (context) => `rule/${nameOf(context)}`);
const scheduleArn = arn("scheduler", (context) => {
  const group = context.property("GroupName");
  return `schedule/${typeof group === "string" ? group : "default"}/${nameOf(context)}`;
});
const mappingId = (context: ResourceContext) => {
  const hash = hashOf(context, 32);
  return [0, 8, 12, 16, 20].map((from, index, all) => hash.slice(from, all[index + 1] ?? 32)).join("-");
};
const apiId = (context: ResourceContext) => hashOf(context, 10);
const logGroupArn = arn("logs", (context) => `log-group:${nameOf(context)}:*`);
const topicArn = arn("sns", nameOf);
const alarmArn = arn("cloudwatch", (context) => `alarm:${nameOf(context)}`);
const keyArn = arn("kms", (context) => `key/${mappingId(context)}`);
const bucketArn = (context: ResourceContext) => `arn:aws:s3:::${nameOf(context)}`;

/** A type whose name is what `Ref` gives. */
function named(property: string, limit: number, attributes: ResourceType["attributes"] = {}): ResourceType {
  return { name: { property, limit }, reference: nameOf, attributes };
}

const anonymous: ResourceType = { reference: apiId, attributes: {} };

/** Types that the runtime acts on. */
const served: Record<string, ResourceType> = {
  "AWS::Lambda::Function": named("FunctionName", 64, { Arn: functionArn }),
  "AWS::Lambda::Version": {
    reference: qualified(versionedFunctionArn, newest),
    attributes: { FunctionArn: qualified(versionedFunctionArn, newest), Version: newest },
  },
  "AWS::Lambda::Alias": {
    reference: qualified(versionedFunctionArn, aliasName),
    attributes: { AliasArn: qualified(versionedFunctionArn, aliasName) },
  },
  "AWS::Lambda::EventInvokeConfig": anonymous,
  "AWS::Lambda::EventSourceMapping": { reference: mappingId, attributes: { Id: mappingId } },
  "AWS::Lambda::Permission": anonymous,
  "AWS::IAM::Role": named("RoleName", 64, { Arn: roleArn }),
  "AWS::IAM::Policy": anonymous,
  "AWS::DynamoDB::Table": named("TableName", 255, { Arn: tableArn }),
  "AWS::DynamoDB::GlobalTable": named("TableName", 255, { Arn: tableArn, TableId: mappingId }),
  "AWS::SQS::Queue": {
    name: { property: "QueueName", limit: 80 },
    reference: queueUrl,
    attributes: { Arn: queueArn, QueueName: nameOf, QueueUrl: queueUrl },
  },
  "AWS::S3::Bucket": named("BucketName", 63, { Arn: bucketArn }),
  "AWS::SecretsManager::Secret": {
    name: { property: "Name", limit: 512 },
    reference: secretArn,
    attributes: { Id: secretArn },
  },
  "AWS::StepFunctions::StateMachine": {
    name: { property: "StateMachineName", limit: 80 },
    reference: stateMachineArn,
    attributes: { Arn: stateMachineArn, Name: nameOf, StateMachineRevisionId: mappingId },
  },
  "AWS::StepFunctions::StateMachineVersion": {
    reference: machineVersionArn,
    attributes: { Arn: machineVersionArn },
  },
  "AWS::StepFunctions::StateMachineAlias": {
    reference: machineAliasArn,
    attributes: { Arn: machineAliasArn },
  },
  "AWS::ApiGatewayV2::Api": {
    reference: apiId,
    attributes: { ApiId: apiId, ApiEndpoint: (context) => context.place.apiUrl },
  },
  "AWS::ApiGatewayV2::Integration": anonymous,
  "AWS::ApiGatewayV2::Route": anonymous,
  "AWS::ApiGatewayV2::Stage": {
    reference: (context) => String(context.property("StageName")),
    attributes: {},
  },
  "AWS::Events::Rule": named("Name", 64, { Arn: ruleArn }),
  "AWS::Scheduler::Schedule": named("Name", 64, { Arn: scheduleArn }),
};

/**
 * Types that have no effect on how the application behaves locally: alarms, encryption, log and access settings, metadata, and how
 * fast new versions take over.
 * Other resources may refer to them, so some have names and ARNs.
 */
const known: Record<string, ResourceType> = {
  "AWS::CDK::Metadata": anonymous,
  "AWS::CloudWatch::Alarm": named("AlarmName", 255, { Arn: alarmArn }),
  "AWS::CloudWatch::CompositeAlarm": named("AlarmName", 255, { Arn: alarmArn }),
  "AWS::CloudWatch::Dashboard": named("DashboardName", 255),
  "AWS::CodeDeploy::Application": named("ApplicationName", 100),
  "AWS::CodeDeploy::DeploymentGroup": named("DeploymentGroupName", 100),
  "AWS::KMS::Key": { reference: mappingId, attributes: { Arn: keyArn, KeyId: mappingId } },
  "AWS::KMS::Alias": named("AliasName", 255),
  "AWS::Logs::LogGroup": named("LogGroupName", 512, { Arn: logGroupArn }),
  "AWS::Logs::MetricFilter": anonymous,
  "AWS::Logs::QueryDefinition": anonymous,
  "AWS::Logs::ResourcePolicy": anonymous,
  "AWS::ResourceGroups::Group": anonymous,
  "AWS::S3::BucketPolicy": anonymous,
  "AWS::SNS::Subscription": anonymous,
  "AWS::SNS::Topic": {
    name: { property: "TopicName", limit: 256 },
    reference: topicArn,
    attributes: { TopicArn: topicArn, TopicName: nameOf },
  },
  "AWS::SNS::TopicPolicy": anonymous,
  "AWS::SQS::QueuePolicy": anonymous,
  "AWS::Scheduler::ScheduleGroup": named("Name", 64),
  "AWS::SecretsManager::ResourcePolicy": anonymous,
};

const types = { ...served, ...known };
