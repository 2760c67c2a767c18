import type { LocalClock, Timer } from "../../clock.ts";
import type { Machine } from "./definition.ts";
import type { StateFailure } from "./failure.ts";
import { type EventDraft, errorDetails, executionSucceeded, historyEvent } from "./history.ts";
import type { Host } from "./host.ts";
import type {
  ExecutionRecord,
  ExecutionStatus,
  Journal,
  RevisionRecord,
  Step,
  ThreadRecord,
} from "./journal.ts";
import type { Tokens } from "./tokens.ts";

/** What is told of every step of every execution, after it has been kept. `at` in milliseconds since 1970. */
export type Transition = Step & { executionArn: string; at: number };

/** What all executions share. */
export type Surroundings = {
  clock: LocalClock;
  journal: Journal;
  tokens: Tokens;
  host: Host;
  region: string;
  account: string;
  onTransition: (transition: Transition) => void;
  /** The execution when it has ended; undefined when there is none with that ARN. */
  whenEnded(executionArn: string): Promise<ExecutionRecord> | undefined;
  stopExecution(executionArn: string): void;
};

type Ending = {
  status: ExecutionStatus;
  output?: string;
  error?: string | undefined;
  cause?: string | undefined;
};

/** A running execution: what it was started with, its timeout, and the only way to write about it. */
export class Run {
  readonly surroundings: Surroundings;
  readonly record: ExecutionRecord;
  readonly revision: RevisionRecord;
  readonly machine: Machine;
  readonly ended: Promise<void>;
  readonly #threads = new Map<string, ThreadRecord>();
  readonly #controller = new AbortController();
  readonly #timer: Timer;
  #tellEnded: () => void = () => {};
  #untold: Step[] = [];

  constructor(
    surroundings: Surroundings,
    started: { record: ExecutionRecord; revision: RevisionRecord; machine: Machine; threads: ThreadRecord[] },
  ) {
    const { record, revision, machine } = started;
    this.surroundings = surroundings;
    this.record = record;
    this.revision = revision;
    this.machine = machine;
    for (const thread of started.threads) this.#threads.set(thread.path, thread);
    this.ended = new Promise((resolve) => {
      this.#tellEnded = resolve;
    });
    this.#timer = surroundings.clock.at(record.deadline, () => this.end({ status: "TIMED_OUT" }));
  }

  /** Aborted when the execution is over or the service stops. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Stops working at the execution without ending it. */
  leave(): void {
    this.#timer.cancel();
    this.#controller.abort();
  }

  /** Keeps what `changes` writes, then tells about the steps in it. `changes` must not throw. */
  commit(changes: () => void): void {
    this.surroundings.journal.commit(changes);
    const steps = this.#untold;
    this.#untold = [];
    const at = this.surroundings.clock.now();
    for (const step of steps) this.surroundings.onTransition({ ...step, executionArn: this.record.arn, at });
    if (this.record.status !== "RUNNING") {
      this.leave();
      this.#tellEnded();
    }
  }

  /** Adds an event to the history; inside `commit` only. */
  addEvent(draft: EventDraft, previousEventId: number): number {
    const { journal, clock } = this.surroundings;
    const id = journal.events.of(this.record.arn).length + 1;
    journal.events.append(this.record.arn, historyEvent(draft, { id, previousEventId, now: clock.now() }));
    return id;
  }

  /** Adds a step to the path; inside `commit` only. */
  addStep(step: Step): void {
    this.surroundings.journal.steps.append(this.record.arn, step);
    this.#untold.push(step);
  }

  get eventCount(): number {
    return this.surroundings.journal.events.of(this.record.arn).length;
  }

  succeed(output: unknown, lastEvent: number): void {
    const text = JSON.stringify(output);
    this.addEvent(executionSucceeded(text), lastEvent);
    this.#close({ status: "SUCCEEDED", output: text });
  }

  fail(failure: StateFailure, lastEvent: number): void {
    this.addEvent({ type: "ExecutionFailed", details: errorDetails(failure) }, lastEvent);
    this.#close({ status: "FAILED", error: failure.error, cause: failure.cause });
  }

  /** Ends the execution from outside. AWS lets these events follow from none. */
  end(
    ending:
      | { status: "TIMED_OUT" }
      | { status: "ABORTED"; error?: string | undefined; cause?: string | undefined },
  ): void {
    if (this.record.status !== "RUNNING") return;
    this.commit(() => {
      if (ending.status === "TIMED_OUT")
        this.addEvent({ type: "ExecutionTimedOut", details: { error: "States.Timeout" } }, 0);
      else this.addEvent({ type: "ExecutionAborted", details: errorDetails(ending) }, 0);
      this.#close(ending);
    });
  }

  /** Keeps a thread; inside `commit` only. */
  keepThread(thread: ThreadRecord): void {
    this.#threads.set(thread.path, thread);
    this.surroundings.journal.threads.set(threadId(thread), thread);
  }

  /** Forgets a thread and the token of its task; inside `commit` only. */
  dropThread(thread: ThreadRecord): void {
    const { journal, tokens } = this.surroundings;
    if (thread.phase.at === "task" && thread.phase.token) tokens.close(thread.phase.token);
    this.#threads.delete(thread.path);
    journal.threads.delete(threadId(thread));
  }

  thread(path: string): ThreadRecord | undefined {
    return this.#threads.get(path);
  }

  /** The threads somewhere below a path, oldest first. */
  threadsBelow(path: string): ThreadRecord[] {
    return [...this.#threads.values()].filter((thread) => thread.path.startsWith(`${path}/`));
  }

  #close(ending: Ending): void {
    const { journal, clock } = this.surroundings;
    for (const thread of [...this.#threads.values()]) this.dropThread(thread);
    this.record.status = ending.status;
    this.record.stopped = clock.now();
    if (ending.output !== undefined) this.record.output = ending.output;
    if (ending.error !== undefined) this.record.error = ending.error;
    if (ending.cause !== undefined) this.record.cause = ending.cause;
    journal.executions.set(this.record.arn, this.record);
  }
}

function threadId(thread: { execution: string; path: string }): string {
  return `${thread.execution}${thread.path}`;
}
