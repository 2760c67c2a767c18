import { randomUUID } from "node:crypto";
import type { LocalClock, Timer } from "../../clock.ts";
import type { Collection, Store } from "../../store.ts";
import type { BackgroundSettings, FunctionDefinition } from "./function-definition.ts";
import { FunctionError } from "./function-error.ts";
import { type Functions, partsOf } from "./functions.ts";

/** `functionName` is what it was called by: name or ARN, with a version or alias if it was. */
type Waiting = { id: string; functionName: string; payload: unknown; attempts: number; dueAt: number };

/** Waits before the second and the third attempt. */
const retryMilliseconds = [60_000, 120_000];

/**
 * Lambda's asynchronous invocations, which nobody waits for: they are kept until they succeed, tried again after one and
 * after two more minutes, and then given to the function's failure destination if it has one.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export class BackgroundInvocations {
  readonly #clock: LocalClock;
  readonly #kept: Collection<Waiting>;
  readonly #functions: Functions;
  readonly #settings: BackgroundSettings[];
  readonly #sendFailure: (definition: FunctionDefinition, queueArn: string, body: string) => Promise<unknown>;
  readonly #timers = new Set<Timer>();
  #isStopped = false;

  /** @param options.sendFailure sends a message to a queue as the function's role */
  constructor(options: {
    clock: LocalClock;
    store: Store;
    functions: Functions;
    settings: BackgroundSettings[];
    sendFailure: (definition: FunctionDefinition, queueArn: string, body: string) => Promise<unknown>;
  }) {
    this.#clock = options.clock;
    this.#kept = options.store.collection("lambda background invocations");
    this.#functions = options.functions;
    this.#settings = options.settings;
    this.#sendFailure = options.sendFailure;
  }

  /** Keeps the invocation; it will be made when this returns, whatever happens. */
  add(functionName: string, payload: unknown): void {
    const invocation: Waiting = {
      id: randomUUID(),
      functionName,
      payload,
      attempts: 0,
      dueAt: this.#clock.now(),
    };
    this.#kept.set(invocation.id, invocation);
    this.#arm(invocation);
  }

  /** Goes on with what was kept when the process ended; the function may have left the template since. */
  resume(): void {
    for (const invocation of this.#kept.values()) {
      if (this.#functions.has(invocation.functionName)) this.#arm(invocation);
      else this.#kept.delete(invocation.id);
    }
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers) timer.cancel();
  }

  #arm(invocation: Waiting): void {
    if (invocation.dueAt <= this.#clock.now()) {
      void this.#run(invocation);
      return;
    }
    const timer = this.#clock.at(invocation.dueAt, () => {
      this.#timers.delete(timer);
      void this.#run(invocation);
    });
    this.#timers.add(timer);
  }

  async #run(invocation: Waiting): Promise<void> {
    const done = this.#clock.busy();
    try {
      const definition = this.#functions.find(invocation.functionName);
      await this.#functions.invoke(definition, invocation.payload);
      this.#kept.delete(invocation.id);
    } catch (error) {
      if (!this.#isStopped) await this.#failed(invocation, error);
    } finally {
      done();
    }
  }

  async #failed(invocation: Waiting, error: unknown): Promise<void> {
    const definition = this.#functions.find(invocation.functionName);
    const called = [definition.arn, ...partsOf(invocation.functionName).slice(1)].join(":");
    const settings = this.#settings.find(({ functionArn }) => functionArn === called);
    const attempts = invocation.attempts + 1;
    const wait =
      attempts > (settings?.retries ?? retryMilliseconds.length)
        ? undefined
        : retryMilliseconds[attempts - 1];
    if (wait !== undefined) {
      const next = { ...invocation, attempts, dueAt: this.#clock.now() + wait };
      this.#kept.set(next.id, next);
      this.#arm(next);
      return;
    }
    if (settings?.failureQueueArn !== undefined) {
      const record = failureRecord(invocation, definition, attempts, error, this.#clock.now());
      await this.#sendFailure(definition, settings.failureQueueArn, JSON.stringify(record)).catch(
        (problem: unknown) =>
          console.error(`${definition.name} could not tell its failure destination:`, problem),
      );
    }
    this.#kept.delete(invocation.id);
  }
}

/** What Lambda tells a failure destination. */
function failureRecord(
  invocation: Waiting,
  definition: FunctionDefinition,
  attempts: number,
  error: unknown,
  now: number,
): object {
  return {
    version: "1.0",
    timestamp: new Date(now).toISOString(),
    requestContext: {
      requestId: invocation.id,
      functionArn: `${definition.arn}:$LATEST`,
      condition: "RetriesExhausted",
      approximateInvokeCount: attempts,
    },
    requestPayload: invocation.payload,
    responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
    responsePayload: error instanceof FunctionError ? error.answer : { errorMessage: String(error) },
  };
}
