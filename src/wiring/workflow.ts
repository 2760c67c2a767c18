import type { Platform } from "../lambda/platform.ts";
import { AwsCallError, signedCall } from "../lambda/signed-call.ts";

/** The executions of the state machines, by what a request is for: one per request and run. */
export function wireWorkflow(machines: { access: string; actions: string }, platform: Platform) {
  return {
    /** Starts the execution of that name, or finds it running; false when it has ended. Its input is an id and nothing else. */
    start(run: { name: string; requestId: string; kind: "access" | "actions" }): Promise<boolean> {
      const { name, requestId, kind } = run;
      const stateMachineArn = machines[kind];
      const input = JSON.stringify({ requestId });
      const start = signedCall(platform, "states", "StartExecution", { stateMachineArn, name, input });
      return unless(["ExecutionAlreadyExists"], start);
    },

    /** Answers a task token; false when nobody waits for the answer any more. */
    succeed(taskToken: string, output: { outcome: string }): Promise<boolean> {
      const answer = { taskToken, output: JSON.stringify(output) };
      // AWS says "timed out" of an answered or stale token; other engines say that they do not know it.
      return unless(
        ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"],
        signedCall(platform, "states", "SendTaskSuccess", answer),
      );
    },
  };
}

/** True when the call went through, false when it met one of the expected errors. */
async function unless(expected: string[], call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof AwsCallError && expected.includes(error.type)) return false;
    throw error;
  }
}
