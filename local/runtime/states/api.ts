import * as v from "valibot";
import { AwsError } from "../endpoint/aws-error.ts";

/** The inputs of the operations, as far as the engine reads them. */

const name = v.string();
const arn = v.string();
const page = { maxResults: v.optional(v.number()), nextToken: v.optional(v.string()) };
const tag = v.object({ key: v.string(), value: v.string() });
const text = v.optional(v.string());
/** Why a task failed or an execution was stopped. */
const why = {
  error: v.optional(v.pipe(v.string(), v.maxLength(256))),
  cause: v.optional(v.pipe(v.string(), v.maxLength(32_768))),
};

export const inputs = {
  CreateStateMachine: v.object({
    name,
    definition: v.string(),
    roleArn: arn,
    type: text,
    loggingConfiguration: v.optional(v.unknown()),
    tracingConfiguration: v.optional(v.unknown()),
    tags: v.optional(v.array(tag)),
    publish: v.optional(v.boolean()),
  }),
  UpdateStateMachine: v.object({
    stateMachineArn: arn,
    definition: text,
    roleArn: v.optional(arn),
    loggingConfiguration: v.optional(v.unknown()),
    tracingConfiguration: v.optional(v.unknown()),
    publish: v.optional(v.boolean()),
  }),
  DescribeStateMachine: v.object({ stateMachineArn: arn }),
  DescribeStateMachineForExecution: v.object({ executionArn: arn }),
  DeleteStateMachine: v.object({ stateMachineArn: arn }),
  ListStateMachines: v.object(page),
  ValidateStateMachineDefinition: v.object({
    definition: v.string(),
    type: text,
    maxResults: v.optional(v.number()),
  }),
  ListTagsForResource: v.object({ resourceArn: arn }),
  TagResource: v.object({ resourceArn: arn, tags: v.array(tag) }),
  UntagResource: v.object({ resourceArn: arn, tagKeys: v.array(v.string()) }),
  StartExecution: v.object({ stateMachineArn: arn, name: text, input: text }),
  DescribeExecution: v.object({ executionArn: arn }),
  ListExecutions: v.object({ stateMachineArn: v.optional(arn), statusFilter: text, ...page }),
  GetExecutionHistory: v.object({
    executionArn: arn,
    reverseOrder: v.optional(v.boolean()),
    includeExecutionData: v.optional(v.boolean()),
    ...page,
  }),
  StopExecution: v.object({ executionArn: arn, ...why }),
  SendTaskSuccess: v.object({ taskToken: v.string(), output: v.string() }),
  SendTaskFailure: v.object({ taskToken: v.string(), ...why }),
  SendTaskHeartbeat: v.object({ taskToken: v.string() }),
};

const forbiddenInNames = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\p{Cs}\u{fffe}\u{ffff}\u{10ffff}]/u;

/** @throws AwsError InvalidName: 1 to 80 characters, none of them blank, bracket, wildcard, control or special */
export function checkName(given: string): void {
  const length = [...given].length;
  if (length < 1 || length > 80 || forbiddenInNames.test(given))
    throw new AwsError("InvalidName", `Invalid Name: '${given}'`);
}

/** @throws AwsError InvalidArn */
export function checkArn(given: string, kind: "stateMachine" | "execution"): void {
  if (!given.startsWith("arn:"))
    throw new AwsError("InvalidArn", `Invalid Arn: 'Invalid ARN prefix: ${given}'`);
  if (given.split(":")[5] !== kind)
    throw new AwsError("InvalidArn", `Invalid Arn: '${given}' is not the ARN of a ${kind}`);
}

const defaultPage = 100;
const largestPage = 1_000;

/**
 * One page of `items`, continued after the one whose key the token holds.
 *
 * @throws AwsError ValidationException, InvalidToken
 */
export function pageOf<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  asked: { maxResults?: number | undefined; nextToken?: string | undefined },
): { items: Item[]; nextToken?: string } {
  const size = asked.maxResults || defaultPage;
  if (!Number.isInteger(size) || size < 0 || size > largestPage)
    throw new AwsError("ValidationException", `'maxResults' must be from 0 to ${largestPage}`);
  const after =
    asked.nextToken === undefined ? undefined : Buffer.from(asked.nextToken, "base64url").toString();
  const start = after === undefined ? 0 : items.findIndex((item) => keyOf(item) === after) + 1;
  if (after !== undefined && start === 0)
    throw new AwsError("InvalidToken", "Invalid Token: 'Invalid token'");
  const end = start + size;
  const last = items[end - 1];
  return {
    items: items.slice(start, end),
    ...(end < items.length && last !== undefined
      ? { nextToken: Buffer.from(keyOf(last)).toString("base64url") }
      : {}),
  };
}
