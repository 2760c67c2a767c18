import type { CalledService } from "./host.ts";

/** What a Task state calls, read from its `Resource`. */
export type Resource =
  | { kind: "function"; functionArn: string }
  | { kind: "optimized"; service: OptimizedService; action: string; pattern: Pattern }
  | { kind: "sdk"; service: CalledService; action: string; pattern: Pattern };

/** How the task ends: with the call's answer, with an answer to its token, or with the execution that it started. */
export type Pattern = "requestResponse" | "waitForTaskToken" | "sync" | "sync:2";

type OptimizedService = "lambda" | "dynamodb" | "sqs" | "states";

type Integration = { patterns: readonly Pattern[]; required: readonly string[]; optional: readonly string[] };

const answer = "requestResponse";
const item = ["ReturnConsumedCapacity", "ReturnItemCollectionMetrics", "ReturnValues"];
const conditional = [
  ...item,
  "ConditionExpression",
  "ConditionalOperator",
  "Expected",
  "ExpressionAttributeNames",
  "ExpressionAttributeValues",
];

/**
 * The optimised integrations that the engine has, with their arguments.
 * https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
 */
const integrations: Record<string, Integration> = {
  "lambda:invoke": {
    patterns: [answer, "waitForTaskToken"],
    required: ["FunctionName"],
    optional: ["Payload", "Qualifier"],
  },
  "dynamodb:getItem": {
    patterns: [answer],
    required: ["TableName", "Key"],
    optional: [
      "AttributesToGet",
      "ConsistentRead",
      "ExpressionAttributeNames",
      "ProjectionExpression",
      "ReturnConsumedCapacity",
    ],
  },
  "dynamodb:putItem": { patterns: [answer], required: ["TableName", "Item"], optional: conditional },
  "dynamodb:updateItem": {
    patterns: [answer],
    required: ["TableName", "Key"],
    optional: [...conditional, "AttributeUpdates", "UpdateExpression"],
  },
  "dynamodb:deleteItem": { patterns: [answer], required: ["TableName", "Key"], optional: conditional },
  "sqs:sendMessage": {
    patterns: [answer, "waitForTaskToken"],
    required: ["QueueUrl", "MessageBody"],
    optional: ["DelaySeconds", "MessageAttributes", "MessageDeduplicationId", "MessageGroupId"],
  },
  "states:startExecution": {
    patterns: [answer, "waitForTaskToken", "sync", "sync:2"],
    required: ["StateMachineArn"],
    optional: ["Input", "Name"],
  },
};

const functionArn = /^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]{1,140}(:[\w$-]+)?$/;
const serviceArn =
  /^arn:[\w-]+:states:::(?<sdk>aws-sdk:)?(?<service>[\w-]+):(?<action>\w+)(?:\.(?<pattern>[\w:]+))?$/;

/** @throws Error whose message says why the engine cannot run the resource */
export function readResource(arn: string): Resource {
  if (functionArn.test(arn)) return { kind: "function", functionArn: arn };
  const parts = serviceArn.exec(arn)?.groups;
  if (!parts)
    throw new Error(
      `'${arn}' is not the ARN of a Lambda function or of a service integration (activities are not supported)`,
    );
  const { service = "", action = "" } = parts;
  const pattern = readPattern(parts.pattern);
  if (!pattern) throw new Error(`'${arn}' ends in a pattern that does not exist`);
  return parts.sdk
    ? sdkResource(arn, service, action, pattern)
    : optimizedResource(arn, service, action, pattern);
}

function sdkResource(arn: string, service: string, action: string, pattern: Pattern): Resource {
  if (service !== "dynamodb" && service !== "sqs" && service !== "sfn" && service !== "secretsmanager")
    throw new Error(
      `the local runtime has no '${service}' for '${arn}'; it has dynamodb, sqs, sfn and secretsmanager`,
    );
  if (pattern === "sync" || pattern === "sync:2")
    throw new Error(`'${arn}': SDK integrations have no .${pattern}`);
  if (!/^[a-z]/.test(action)) throw new Error(`'${arn}': the action starts with a small letter`);
  return { kind: "sdk", service, action, pattern };
}

function optimizedResource(arn: string, service: string, action: string, pattern: Pattern): Resource {
  const integration = integrations[`${service}:${action}`];
  if (!integration || !isOptimized(service))
    throw new Error(
      `'${arn}' is not an integration of the local runtime; it has ${Object.keys(integrations).join(", ")}`,
    );
  if (!integration.patterns.includes(pattern))
    throw new Error(`'${service}:${action}' cannot be used with .${pattern}`);
  return { kind: "optimized", service, action, pattern };
}

function readPattern(text: string | undefined): Pattern | undefined {
  if (text === undefined) return answer;
  return text === "waitForTaskToken" || text === "sync" || text === "sync:2" ? text : undefined;
}

function isOptimized(service: string): service is OptimizedService {
  return service === "lambda" || service === "dynamodb" || service === "sqs" || service === "states";
}

/** What is wrong with the names of an integration's arguments; their values are the service's business. */
export function problemsOfArguments(resource: Resource, args: Record<string, unknown>): string[] {
  if (resource.kind !== "optimized") return [];
  const integration = integrations[`${resource.service}:${resource.action}`];
  if (!integration) return [];
  const known = [...integration.required, ...integration.optional];
  return [
    ...integration.required.filter((name) => !(name in args)).map((name) => `the field '${name}' is missing`),
    ...Object.keys(args)
      .filter((name) => !known.includes(name))
      .map((name) => `the field '${name}' does not exist or is not supported here`),
  ];
}
