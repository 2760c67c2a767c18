import type { Collection, Store } from "../../store.ts";
import type { HistoryEvent } from "./history.ts";
import { Log } from "./log.ts";

/** A state machine as it was made or updated last. Times are milliseconds since 1970. */
export type MachineRecord = {
  arn: string;
  name: string;
  created: number;
  /** Key of the current revision. */
  revision: string;
  /** What UpdateStateMachine called the revision; a machine that was never updated has none. */
  revisionId?: string;
  /** Keys of the revisions that were published; the first is version 1. */
  versions?: string[];
  /** Numbers of versions by the names of the aliases that lead to them. */
  aliases?: Record<string, number>;
  logging: unknown;
  tracing: unknown;
  tags: Record<string, string>;
};

/** A definition and role that executions run with, also after the machine was updated. */
export type RevisionRecord = {
  machineArn: string;
  name: string;
  definition: string;
  roleArn: string;
  updated: number;
};

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

export type ExecutionRecord = {
  arn: string;
  name: string;
  machineArn: string;
  /** What it was started by, if not by the machine's own ARN. */
  versionArn?: string;
  aliasArn?: string;
  revision: string;
  /** Grows with every execution: the order of those that the list cannot tell apart by their times. */
  order: number;
  /** JSON text, as it was given. */
  input: string;
  status: ExecutionStatus;
  started: number;
  /** When the machine's own timeout ends it. */
  deadline: number;
  stopped?: number;
  output?: string;
  error?: string;
  cause?: string;
};

/**
 * Where a line of control stands: the machine itself (path ""), a branch or an iteration (path "/0", "/0/3", …).
 * Only the present is kept: what is behind is in the history, and is not needed to go on.
 */
export type ThreadRecord = {
  execution: string;
  path: string;
  /** What the first state of the thread got; a Map iteration waits with it. */
  state: string;
  input: unknown;
  /** The variables that were assigned in this graph. */
  variables: Record<string, unknown>;
  /** Set in a Map iteration. */
  item?: { index: number; value: unknown };
  entered: number;
  enteredEvent: number;
  /** The event that the next one follows from. */
  lastEvent: number;
  /** Tries that each retrier of the state has used. */
  tries: number[];
  retryCount: number;
  phase: Phase;
};

type Phase =
  /** A Map iteration that waits for its turn. */
  | { at: "pending" }
  /** The state is entered (or tried again) and nothing of it has been done. */
  | { at: "start" }
  | { at: "waiting"; until: number }
  | { at: "retrying"; until: number }
  | TaskPhase
  /** Its branches or iterations are threads of their own. */
  | { at: "children"; limit: number }
  /** A branch or iteration that has ended; its Parallel or Map state takes it from here. */
  | { at: "done"; output: unknown }
  | { at: "failed"; error: string | undefined; cause: string | undefined; aliases: readonly string[] };

export type TaskPhase = {
  at: "task";
  /** As evaluated once; a call that a crash interrupted is made again with the same. */
  arguments: unknown;
  scheduled: number;
  deadline?: number;
  heartbeatSeconds?: number;
  token?: string;
  /** The call has succeeded; what is missing is the answer to the token, or the end of the `started` execution. */
  submitted?: true;
  started?: string;
};

export type TokenRecord = { execution: string; lastBeat: number; answer?: TokenAnswer };

export type TokenAnswer = { output: string } | { error: string | undefined; cause: string | undefined };

/** One step of an execution through the graph, for tests and tools. */
export type Step = {
  state: string;
  how: "entered" | "next" | "choice" | "default" | "retry" | "catch" | "end" | "failed";
  to?: string;
  /** Which choice rule, retrier or catcher, from 0. */
  index?: number;
  error?: string;
};

/** Everything the engine keeps. */
export class Journal {
  readonly machines: Collection<MachineRecord>;
  readonly revisions: Collection<RevisionRecord>;
  readonly executions: Collection<ExecutionRecord>;
  readonly threads: Collection<ThreadRecord>;
  readonly tokens: Collection<TokenRecord>;
  readonly secrets: Collection<string>;
  readonly events: Log<HistoryEvent>;
  readonly steps: Log<Step>;
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
    this.machines = store.collection("states.machine");
    this.revisions = store.collection("states.revision");
    this.executions = store.collection("states.execution");
    this.threads = store.collection("states.thread");
    this.tokens = store.collection("states.token");
    this.secrets = store.collection("states.secret");
    this.events = new Log(store, "states.event");
    this.steps = new Log(store, "states.step");
  }

  /** Writes all of it or, when the process dies, none. `changes` must not throw. */
  commit(changes: () => void): void {
    this.#store.together(changes);
  }

  forgetExecution(arn: string): void {
    this.executions.delete(arn);
    this.events.remove(arn);
    this.steps.remove(arn);
  }
}
