import type { TimeSource } from "../../clock.ts";
import type { ErrorAnswer } from "./function-error.ts";

/** What a sandbox's worker thread is started with. */
export type SandboxStart = { folder: string; handler: string; time: TimeSource };

/** To the worker: one invocation. `payload` is JSON. */
export type Invocation = {
  requestId: string;
  payload: string;
  time: TimeSource;
  timeoutMilliseconds: number;
  context: {
    functionName: string;
    invokedFunctionArn: string;
    memoryLimitInMB: string;
    logGroupName: string;
  };
};

/** From the worker. `result` is JSON; a `fatal` error ends the worker; `log` is what is written about a failure. */
export type SandboxMessage =
  | { kind: "ready" }
  | { kind: "log"; text: string }
  | { kind: "result"; json: string }
  | { kind: "failure"; answer: ErrorAnswer; fatal: boolean; log: string };
