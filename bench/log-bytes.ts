import prices from "./prices.json" with { type: "json" };
import type { Recording } from "./recorder.ts";

const { lambdaLogBytes, lambdaLogEvents, accessLogBytes, logEventOverheadBytes } = prices.assumptions;

/** What CloudWatch takes in, as it bills it, by who writes it. */
export type LogBytes = { functions: number; lambda: number; stateMachine: number; accessLog: number };

export function logBytesOf({ lines, invocations, history, webhooks }: Recording): LogBytes {
  const overhead = logEventOverheadBytes.value;
  return {
    functions: lines.reduce((sum, line) => sum + Buffer.byteLength(line) + overhead, 0),
    lambda: invocations.length * (lambdaLogBytes.value + lambdaLogEvents.value * overhead),
    stateMachine: history.reduce((sum, event) => sum + Buffer.byteLength(logged(event)) + overhead, 0),
    accessLog: webhooks * (accessLogBytes.value + overhead),
  };
}

export function totalOf(bytes: LogBytes): number {
  return Object.values(bytes).reduce((sum, one) => sum + one, 0);
}

/**
 * An event of an execution's history as Step Functions writes it to a log.
 * https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
 */
function logged(event: Recording["history"][number]): string {
  const { type, id, previousEventId, timestamp, executionArn, ...details } = event;
  return JSON.stringify({
    id: String(id),
    type,
    details: Object.values(details)[0] ?? {},
    redrive_count: "0",
    previous_event_id: String(previousEventId),
    event_timestamp: String(Math.round(timestamp * 1000)),
    execution_arn: executionArn,
  });
}
