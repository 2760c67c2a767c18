import { randomUUID } from "node:crypto";
import { type LocalClock, RunningClock, type Timer } from "../../clock.ts";
import type { FunctionDefinition } from "./function-definition.ts";
import { Sandbox } from "./sandbox.ts";

/**
 * Runs functions. `payload` and the answer are what JSON can hold. Rejects with `FunctionError`; anything else that it
 * rejects with counts as thrown by the handler. When `signal` aborts, nobody waits for the answer any more.
 */
export type FunctionHost = {
  invoke(call: {
    function: FunctionDefinition;
    payload: unknown;
    signal?: AbortSignal | undefined;
  }): Promise<unknown>;
  stop(): Promise<void>;
};

type Waiting = { start: (sandbox: Sandbox) => void; reject: (error: Error) => void };
type Group = { all: Set<Sandbox>; idle: Map<Sandbox, Timer>; waiting: Waiting[] };

/** How long a sandbox waits for its next invocation before it is ended. */
const idleMilliseconds = 60_000;

/**
 * Lambda in worker threads: warm sandboxes are used again, more are started up to the function's concurrency, and what
 * comes beyond that waits (Lambda would throttle it).
 *
 * Time limits and idle times count real time even when the clock is scaled: the work takes real time, too.
 */
export class FunctionPool implements FunctionHost {
  readonly #clock: LocalClock;
  readonly #stopwatch: LocalClock;
  readonly #onLog: (log: { functionName: string; line: string }) => void;
  readonly #maximum: number;
  readonly #groups = new Map<string, Group>();
  #isStopped = false;

  /** @param options.maximum sandboxes of one function at most, also when it has more concurrency reserved */
  constructor(options: {
    clock: LocalClock;
    stopwatch?: LocalClock | undefined;
    onLog?: ((log: { functionName: string; line: string }) => void) | undefined;
    maximum?: number | undefined;
  }) {
    this.#clock = options.clock;
    this.#stopwatch = options.stopwatch ?? new RunningClock();
    this.#onLog = options.onLog ?? (() => {});
    this.#maximum = options.maximum ?? 4;
    // Worker threads take the time zone of the process when they start, not that of their own environment.
    process.env.TZ = "UTC";
  }

  async invoke(call: {
    function: FunctionDefinition;
    payload: unknown;
    signal?: AbortSignal | undefined;
  }): Promise<unknown> {
    const { function: definition, signal } = call;
    const payload = JSON.stringify(call.payload) ?? "null";
    const group = this.#groupOf(definition);
    const sandbox = await this.#acquire(definition, group, signal);
    const answer = sandbox
      .invoke(randomUUID(), payload, () => this.#clock.timeSource())
      .finally(() => this.#release(definition, group, sandbox));
    return signal ? Promise.race([answer, aborted(signal)]) : answer;
  }

  /** Ends every sandbox, also those at work. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const group of this.#groups.values()) {
      for (const timer of group.idle.values()) timer.cancel();
      for (const { reject } of group.waiting.splice(0)) reject(new Error("the runtime is stopping"));
      await Promise.all([...group.all].map((sandbox) => sandbox.terminate()));
    }
  }

  #groupOf({ arn }: FunctionDefinition): Group {
    const group = this.#groups.get(arn) ?? { all: new Set(), idle: new Map(), waiting: [] };
    this.#groups.set(arn, group);
    return group;
  }

  async #acquire(
    definition: FunctionDefinition,
    group: Group,
    signal: AbortSignal | undefined,
  ): Promise<Sandbox> {
    if (this.#isStopped) throw new Error("the runtime is stopping");
    signal?.throwIfAborted();
    for (const [warm, timer] of group.idle) {
      timer.cancel();
      group.idle.delete(warm);
      if (warm.isUsable) return warm;
      group.all.delete(warm);
    }
    if (group.all.size < Math.min(definition.concurrency ?? this.#maximum, this.#maximum))
      return this.#start(definition, group);
    return new Promise((resolve, reject) => {
      const waiting = { start: resolve, reject };
      group.waiting.push(waiting);
      signal?.addEventListener("abort", () => {
        const place = group.waiting.indexOf(waiting);
        if (place >= 0) group.waiting.splice(place, 1);
        reject(new DOMException("nobody waits for the answer any more", "AbortError"));
      });
    });
  }

  #start(definition: FunctionDefinition, group: Group): Sandbox {
    const sandbox = new Sandbox({
      definition,
      time: this.#clock.timeSource(),
      stopwatch: this.#stopwatch,
      onLog: (line) => this.#onLog({ functionName: definition.name, line }),
    });
    group.all.add(sandbox);
    return sandbox;
  }

  #release(definition: FunctionDefinition, group: Group, sandbox: Sandbox): void {
    if (!sandbox.isUsable) group.all.delete(sandbox);
    if (this.#isStopped) return;
    const next = group.waiting.shift();
    if (next) next.start(sandbox.isUsable ? sandbox : this.#start(definition, group));
    else if (sandbox.isUsable) {
      const timer = this.#stopwatch.at(this.#stopwatch.now() + idleMilliseconds, () => {
        group.idle.delete(sandbox);
        group.all.delete(sandbox);
        void sandbox.terminate();
      });
      group.idle.set(sandbox, timer);
    }
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(new DOMException("nobody waits for the answer any more", "AbortError"));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
