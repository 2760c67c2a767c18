import type { ExecutionRecord } from "./journal.ts";

/** An execution as ListExecutions gives it; times in seconds since 1970. */
export function summarizeExecution(record: ExecutionRecord): Record<string, unknown> {
  return {
    executionArn: record.arn,
    stateMachineArn: record.machineArn,
    ...(record.versionArn === undefined ? {} : { stateMachineVersionArn: record.versionArn }),
    ...(record.aliasArn === undefined ? {} : { stateMachineAliasArn: record.aliasArn }),
    name: record.name,
    status: record.status,
    startDate: record.started / 1000,
    ...(record.stopped === undefined ? {} : { stopDate: record.stopped / 1000 }),
    redriveCount: 0,
  };
}

const included = { included: true };

/** An execution as DescribeExecution gives it. One that did not succeed has no output. */
export function describeExecution(record: ExecutionRecord): Record<string, unknown> {
  const isDone = record.status === "RUNNING" || record.status === "SUCCEEDED";
  return {
    ...summarizeExecution(record),
    input: record.input,
    inputDetails: included,
    ...(record.output === undefined ? {} : { output: record.output, outputDetails: included }),
    ...(record.error === undefined ? {} : { error: record.error }),
    ...(record.cause === undefined ? {} : { cause: record.cause }),
    redriveStatus: "NOT_REDRIVABLE",
    redriveStatusReason: isDone
      ? `Execution is ${record.status} and cannot be redriven`
      : "The local runtime does not redrive executions",
  };
}
