import { Worker } from "node:worker_threads";
import type { LocalClock, Timer, TimeSource } from "../../clock.ts";
import type { FunctionDefinition } from "./function-definition.ts";
import { type ErrorAnswer, FunctionError } from "./function-error.ts";
import type { Invocation, SandboxMessage, SandboxStart } from "./sandbox-messages.ts";

/** How long the loading of a bundle may take beside the function's own timeout, as on Lambda. */
const initMilliseconds = 10_000;

type Running = { requestId: string; resolve: (answer: unknown) => void; reject: (error: Error) => void };

/**
 * One execution environment of a function: a worker thread with its own environment and memory limit. It does one
 * invocation at a time and keeps the module's state between them. Unlike on Lambda it is not frozen in between.
 */
export class Sandbox {
  readonly #definition: FunctionDefinition;
  readonly #worker: Worker;
  /** Time limits count on this clock. */
  readonly #stopwatch: LocalClock;
  readonly #onLog: (line: string) => void;
  readonly #ready: Promise<void>;
  #running: Running | undefined;
  #partialLine = "";
  #isUsable = true;

  constructor(options: {
    definition: FunctionDefinition;
    time: TimeSource;
    stopwatch: LocalClock;
    onLog: (line: string) => void;
  }) {
    const { definition, time } = options;
    this.#definition = definition;
    this.#stopwatch = options.stopwatch;
    this.#onLog = options.onLog;
    const start: SandboxStart = { folder: definition.folder, handler: definition.handler, time };
    this.#worker = new Worker(new URL("./sandbox-worker.ts", import.meta.url), {
      workerData: start,
      env: definition.environment,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: definition.memoryMegabytes },
      stdout: true,
      stderr: true,
    });
    this.#ready = new Promise((resolve) => {
      this.#worker.on("message", (message: SandboxMessage) => this.#receive(message, resolve));
    });
    this.#worker.on("error", (error) => this.#end(ending(error)));
    this.#worker.on("exit", (code) =>
      this.#end({
        errorType: "Runtime.ExitError",
        errorMessage:
          code === 0
            ? "Runtime exited without providing a reason"
            : `Runtime exited with error: exit status ${code}`,
      }),
    );
  }

  /** Whether it can take another invocation. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** Runs the handler; rejects with `FunctionError`. `payload` is JSON. */
  async invoke(requestId: string, payload: string, time: () => TimeSource): Promise<unknown> {
    const { arn, name, logGroupName, memoryMegabytes, timeoutSeconds } = this.#definition;
    const done = new Promise<unknown>((resolve, reject) => {
      this.#running = { requestId, resolve, reject };
    });
    let limit = this.#limit(initMilliseconds + timeoutSeconds * 1000);
    void this.#ready.then(() => {
      limit.cancel();
      if (this.#running?.requestId !== requestId) return;
      limit = this.#limit(timeoutSeconds * 1000);
      const invocation: Invocation = {
        requestId,
        payload,
        time: time(),
        timeoutMilliseconds: timeoutSeconds * 1000,
        context: {
          functionName: name,
          invokedFunctionArn: arn,
          memoryLimitInMB: String(memoryMegabytes),
          logGroupName,
        },
      };
      this.#worker.postMessage(invocation);
    });
    try {
      return await done;
    } finally {
      limit.cancel();
      this.#endLine();
    }
  }

  async terminate(): Promise<void> {
    this.#isUsable = false;
    await this.#worker.terminate();
  }

  #limit(milliseconds: number): Timer {
    return this.#stopwatch.at(this.#stopwatch.now() + milliseconds, () => {
      this.#end({
        errorType: "Sandbox.Timedout",
        errorMessage: `Task timed out after ${(milliseconds / 1000).toFixed(2)} seconds`,
      });
      void this.terminate();
    });
  }

  #receive(message: SandboxMessage, ready: () => void): void {
    switch (message.kind) {
      case "ready":
        ready();
        break;
      case "log":
        this.#log(message.text);
        break;
      case "result": {
        const answer: unknown = JSON.parse(message.json);
        this.#running?.resolve(answer);
        this.#running = undefined;
        break;
      }
      case "failure":
        if (message.fatal) void this.terminate();
        this.#log(message.log);
        this.#running?.reject(new FunctionError(message.answer));
        this.#running = undefined;
        break;
    }
  }

  /** The thread is gone, or will be at once. */
  #end(answer: ErrorAnswer): void {
    this.#isUsable = false;
    if (!this.#running) return;
    const { requestId, reject } = this.#running;
    const errorMessage = `RequestId: ${requestId} Error: ${answer.errorMessage}`;
    this.#running = undefined;
    this.#log(`${errorMessage}\n`);
    reject(new FunctionError({ ...answer, errorMessage }));
  }

  #log(text: string): void {
    const lines = (this.#partialLine + text).split("\n");
    this.#partialLine = lines.pop() ?? "";
    for (const line of lines) this.#onLog(line);
  }

  #endLine(): void {
    if (this.#partialLine !== "") this.#onLog(this.#partialLine);
    this.#partialLine = "";
  }
}

function ending(error: unknown): ErrorAnswer {
  const isOutOfMemory =
    error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
  return isOutOfMemory
    ? { errorType: "Runtime.OutOfMemory", errorMessage: "Runtime exited with error: signal: killed" }
    : { errorType: "Runtime.ExitError", errorMessage: `Runtime exited with error: ${String(error)}` };
}
