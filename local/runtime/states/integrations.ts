import { randomUUID } from "node:crypto";
import { describeExecution } from "./describe.ts";
import { isObject } from "./expressions.ts";
import { StateFailure } from "./failure.ts";
import { type CalledService, type Host, TaskFailure } from "./host.ts";
import type { ExecutionRecord } from "./journal.ts";
import { problemsOfArguments, type Resource } from "./resource.ts";

export type Caller = { host: Host; region: string; account: string; roleArn: string; signal: AbortSignal };

/**
 * Calls what a Task state names and gives the result as `$states.result` has it.
 *
 * @throws StateFailure named as AWS names the errors of each integration
 */
export async function callResource(resource: Resource, args: unknown, caller: Caller): Promise<unknown> {
  if (resource.kind === "function") return invoke(resource.functionArn, args, caller);
  if (!isObject(args)) throw unusable("they are not an object");
  const problems = problemsOfArguments(resource, args);
  if (problems.length > 0) throw unusable(problems.join(", "));
  if (resource.kind === "sdk") return callSdk(resource.service, resource.action, args, caller);
  switch (resource.service) {
    case "lambda": {
      const payload = await invoke(
        functionArnOf(args, caller),
        "Payload" in args ? args.Payload : {},
        caller,
      );
      return { ExecutedVersion: "$LATEST", Payload: payload, ...sdkMetadata, StatusCode: 200 };
    }
    case "dynamodb":
    case "sqs":
      return callOptimized(resource.service, resource.action, args, caller);
    case "states":
      return callOptimized("sfn", resource.action, args, caller);
  }
}

function unusable(why: string): StateFailure {
  return new StateFailure({
    error: "States.Runtime",
    cause: `the arguments cannot be used to start the task: ${why}`,
  });
}

/** `$LATEST` is the only version there is; the host finds no function with another one. */
async function invoke(functionArn: string, payload: unknown, caller: Caller): Promise<unknown> {
  try {
    const { roleArn, signal } = caller;
    const unqualified = functionArn.replace(/:\$LATEST$/, "");
    const answer = await caller.host.invokeFunction({ functionArn: unqualified, payload, roleArn, signal });
    // A handler that returns nothing answers null.
    return answer === undefined ? null : answer;
  } catch (error) {
    if (error instanceof TaskFailure) throw new StateFailure({ error: error.error, cause: error.cause });
    throw new StateFailure({ error: "Lambda.Unknown", cause: String(error) });
  }
}

/** The function may be given by name or ARN. */
function functionArnOf(args: Record<string, unknown>, { region, account }: Caller): string {
  const given = String(args.FunctionName);
  const arn = given.includes(":") ? given : `arn:aws:lambda:${region}:${account}:function:${given}`;
  return args.Qualifier === undefined ? arn : `${arn}:${String(args.Qualifier)}`;
}

/** Optimised integrations answer with what the SDK adds; the ids in it are left out. */
const sdkMetadata = { SdkHttpMetadata: { HttpStatusCode: 200 } };

async function callOptimized(
  service: "dynamodb" | "sqs" | "sfn",
  action: string,
  args: Record<string, unknown>,
  caller: Caller,
): Promise<unknown> {
  try {
    const answer = await send(service, action, args, caller);
    // The SDK behind these integrations writes times as milliseconds.
    const result = service === "sfn" ? capitalized(answer, (seconds) => seconds * 1000) : answer;
    return { ...(isObject(result) ? result : {}), ...sdkMetadata };
  } catch (error) {
    throw optimizedFailure(service, error);
  }
}

async function callSdk(
  service: CalledService,
  action: string,
  args: Record<string, unknown>,
  caller: Caller,
): Promise<unknown> {
  try {
    const answer = await send(service, action, args, caller);
    const toIso = (seconds: number) => new Date(seconds * 1000).toISOString();
    return service === "sfn" ? capitalized(answer, toIso) : withTimes(answer, toIso);
  } catch (error) {
    throw sdkFailure(service, error);
  }
}

function send(
  service: CalledService,
  action: string,
  args: Record<string, unknown>,
  { host, roleArn }: Caller,
): Promise<unknown> {
  const operation = action.charAt(0).toUpperCase() + action.slice(1);
  const texts = withTexts(args);
  return host.call({ service, operation, input: service === "sfn" ? uncapitalized(texts) : texts, roleArn });
}

/** Members that are strings on the wire and may be given as JSON. */
const textMembers = new Set(["MessageBody", "Input", "Output", "SecretString"]);

function withTexts(args: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [
      name,
      textMembers.has(name) && typeof value !== "string" ? JSON.stringify(value) : value,
    ]),
  );
}

/** The Step Functions protocol has camelCase members, the States Language PascalCase. */
function uncapitalized(value: unknown): unknown {
  return renamed(value, (name) => name.charAt(0).toLowerCase() + name.slice(1));
}

function capitalized(value: unknown, time: (seconds: number) => unknown): unknown {
  return withTimes(
    renamed(value, (name) => name.charAt(0).toUpperCase() + name.slice(1)),
    time,
  );
}

function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [rename(name), renamed(item, rename)]),
  );
}

function withTimes(value: unknown, time: (seconds: number) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withTimes(item, time));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, item]) => {
    const isTime = typeof item === "number" && /(Date|DateTime|Timestamp)$/.test(name);
    return [name, isTime ? time(item) : withTimes(item, time)];
  });
  return Object.fromEntries(entries);
}

/** `.sync` gives input and output as text, `.sync:2` as JSON. A started execution that did not succeed fails the task. */
export function callStarted(record: ExecutionRecord, pattern: "sync" | "sync:2"): unknown {
  const described = capitalized(describeExecution(record), (seconds) => seconds * 1000);
  if (record.status !== "SUCCEEDED")
    throw new StateFailure({ error: "States.TaskFailed", cause: JSON.stringify(described) });
  if (pattern === "sync" || !isObject(described)) return described;
  const input: unknown = JSON.parse(record.input);
  const output: unknown = JSON.parse(record.output ?? "null");
  return { ...described, Input: input, Output: output };
}

/**
 * How the errors of a service are named. Errors that are not part of the service's model get the name of the SDK's
 * base class. Recorded against AWS: https://github.com/localstack/localstack/tree/main/tests/aws/services/stepfunctions
 */
const naming = {
  dynamodb: {
    optimized: "DynamoDB",
    base: "AmazonDynamoDBException",
    service: "AmazonDynamoDBv2",
    sdk: "DynamoDb",
  },
  sqs: { optimized: "SQS", base: "AmazonSQSException", service: "AmazonSQS", sdk: "Sqs" },
  sfn: {
    optimized: "StepFunctions",
    base: "AWSStepFunctionsException",
    service: "AWSStepFunctions",
    sdk: "Sfn",
  },
  secretsmanager: { optimized: "", base: "", service: "", sdk: "SecretsManager" },
};

const outsideEveryModel = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "InternalFailure",
  "InvalidParameterValue",
  "InvalidSignatureException",
  "MissingParameter",
  "SerializationException",
  "ServiceUnavailable",
  "ThrottlingException",
  "UnknownOperationException",
  "UnrecognizedClientException",
]);

function optimizedFailure(service: "dynamodb" | "sqs" | "sfn", error: unknown): StateFailure {
  const { code, message, name } = named(service, error);
  const { optimized, base, service: called } = naming[service];
  return new StateFailure({
    error: `${optimized}.${name ?? base}`,
    cause: `${message} (Service: ${called}; Status Code: 400; Error Code: ${code}; Request ID: ${randomUUID()}; Proxy: null)`,
    aliases: aliasesOf(code),
  });
}

function sdkFailure(service: CalledService, error: unknown): StateFailure {
  const { code, message, name } = named(service, error);
  const { sdk } = naming[service];
  return new StateFailure({
    error: `${sdk}.${name ?? `${sdk}Exception`}`,
    cause: `${message} (Service: ${sdk}, Status Code: 400, Request ID: ${randomUUID()})`,
    aliases: aliasesOf(code),
  });
}

function named(
  service: CalledService,
  error: unknown,
): { code: string; message: string; name: string | undefined } {
  const given = error instanceof Error ? error.name : "InternalFailure";
  const code = given === "AWS.SimpleQueueService.NonExistentQueue" ? "QueueDoesNotExist" : given;
  const message = error instanceof Error ? error.message : String(error);
  const isModelled = !outsideEveryModel.has(code) && (code !== "ValidationException" || service === "sfn");
  const name = code.endsWith("Exception") ? code : `${code}Exception`;
  return { code, message, name: isModelled ? name : undefined };
}

function aliasesOf(code: string): string[] {
  return code.startsWith("AccessDenied") ? ["States.Permissions"] : [];
}
