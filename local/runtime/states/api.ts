import * as z from "zod/mini";
import { StatesError } from "./errors.ts";

/** The inputs of the operations, as far as the engine reads them. */

const name = z.string();
const arn = z.string();
const page = { maxResults: z.optional(z.number()), nextToken: z.optional(z.string()) };
const tag = z.object({ key: z.string(), value: z.string() });
const text = z.optional(z.string());

export const inputs = {
  CreateStateMachine: z.object({
    name,
    definition: z.string(),
    roleArn: arn,
    type: text,
    loggingConfiguration: z.optional(z.unknown()),
    tracingConfiguration: z.optional(z.unknown()),
    tags: z.optional(z.array(tag)),
    publish: z.optional(z.boolean()),
  }),
  UpdateStateMachine: z.object({
    stateMachineArn: arn,
    definition: text,
    roleArn: z.optional(arn),
    loggingConfiguration: z.optional(z.unknown()),
    tracingConfiguration: z.optional(z.unknown()),
    publish: z.optional(z.boolean()),
  }),
  DescribeStateMachine: z.object({ stateMachineArn: arn }),
  DescribeStateMachineForExecution: z.object({ executionArn: arn }),
  DeleteStateMachine: z.object({ stateMachineArn: arn }),
  ListStateMachines: z.object(page),
  ValidateStateMachineDefinition: z.object({
    definition: z.string(),
    type: text,
    maxResults: z.optional(z.number()),
  }),
  ListTagsForResource: z.object({ resourceArn: arn }),
  TagResource: z.object({ resourceArn: arn, tags: z.array(tag) }),
  UntagResource: z.object({ resourceArn: arn, tagKeys: z.array(z.string()) }),
  StartExecution: z.object({ stateMachineArn: arn, name: text, input: text }),
  DescribeExecution: z.object({ executionArn: arn }),
  ListExecutions: z.object({ stateMachineArn: z.optional(arn), statusFilter: text, ...page }),
  GetExecutionHistory: z.object({
    executionArn: arn,
    reverseOrder: z.optional(z.boolean()),
    includeExecutionData: z.optional(z.boolean()),
    ...page,
  }),
  StopExecution: z.object({ executionArn: arn, error: text, cause: text }),
  SendTaskSuccess: z.object({ taskToken: z.string(), output: z.string() }),
  SendTaskFailure: z.object({ taskToken: z.string(), error: text, cause: text }),
  SendTaskHeartbeat: z.object({ taskToken: z.string() }),
};

/** @throws StatesError ValidationException */
export function read<Schema extends z.ZodMiniType>(schema: Schema, input: unknown): z.infer<Schema> {
  const result = z.safeParse(schema, input);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `'${path.join(".")}': ${message}`);
  throw new StatesError(
    "ValidationException",
    `${problems.length} validation error(s) detected: ${problems.join("; ")}`,
  );
}

const forbiddenInNames = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]/u;

/** @throws StatesError InvalidName: 1 to 80 characters, none of them blank, bracket, wildcard, control or special */
export function checkName(given: string): void {
  const length = [...given].length;
  if (length < 1 || length > 80 || forbiddenInNames.test(given))
    throw new StatesError("InvalidName", `Invalid Name: '${given}'`);
}

/** @throws StatesError InvalidArn */
export function checkArn(given: string, kind: "stateMachine" | "execution"): void {
  if (!given.startsWith("arn:"))
    throw new StatesError("InvalidArn", `Invalid Arn: 'Invalid ARN prefix: ${given}'`);
  if (given.split(":")[5] !== kind)
    throw new StatesError("InvalidArn", `Invalid Arn: '${given}' is not the ARN of a ${kind}`);
}

const defaultPage = 100;
const largestPage = 1_000;

/**
 * One page of `items`, continued after the one whose key the token holds.
 *
 * @throws StatesError ValidationException, InvalidToken
 */
export function pageOf<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  asked: { maxResults?: number | undefined; nextToken?: string | undefined },
): { items: Item[]; nextToken?: string } {
  const size = asked.maxResults || defaultPage;
  if (!Number.isInteger(size) || size < 0 || size > largestPage)
    throw new StatesError("ValidationException", `'maxResults' must be from 0 to ${largestPage}`);
  const after =
    asked.nextToken === undefined ? undefined : Buffer.from(asked.nextToken, "base64url").toString();
  const start = after === undefined ? 0 : items.findIndex((item) => keyOf(item) === after) + 1;
  if (after !== undefined && start === 0)
    throw new StatesError("InvalidToken", "Invalid Token: 'Invalid token'");
  const end = start + size;
  const last = items[end - 1];
  return {
    items: items.slice(start, end),
    ...(end < items.length && last !== undefined
      ? { nextToken: Buffer.from(keyOf(last)).toString("base64url") }
      : {}),
  };
}
