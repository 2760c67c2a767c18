import { innerGraphs, type State, type StateGraph } from "./definition.ts";
import type { Scope, StatesVariable } from "./expressions.ts";
import { type EventDraft, stateEntered } from "./history.ts";
import type { ThreadRecord } from "./journal.ts";
import type { Run } from "./run.ts";

/** Thrown inside a thread that is no longer wanted: its execution ended, a sibling failed, the service stops. */
export class Aborted extends Error {
  override readonly name = "Aborted";
}

/** A line of control at work: a record in the journal, its place in the definition, and its part of the clock. */
export class Thread {
  readonly run: Run;
  readonly record: ThreadRecord;
  readonly graph: StateGraph;
  readonly parent: Thread | undefined;
  /** What the nearest Map state around it is iterating over. */
  readonly item: ThreadRecord["item"] | undefined;
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #aborted: Promise<never>;
  #rest: (() => void) | undefined;

  constructor(run: Run, record: ThreadRecord, parent?: Thread) {
    this.run = run;
    this.record = record;
    this.parent = parent;
    this.item = record.item ?? parent?.item;
    this.graph = parent ? innerGraphOf(parent, record) : run.machine;
    this.signal = AbortSignal.any([parent?.signal ?? run.signal, this.#controller.signal]);
    this.#aborted = new Promise((_, reject) => {
      if (this.signal.aborted) reject(new Aborted());
      this.signal.addEventListener("abort", () => reject(new Aborted()), { once: true });
    });
    this.#aborted.catch(() => {});
  }

  get state(): State {
    const state = this.graph.states.get(this.record.state);
    if (!state) throw new Error(`the definition has no state '${this.record.state}'`);
    return state;
  }

  get now(): number {
    return this.run.surroundings.clock.now();
  }

  abort(): void {
    this.#controller.abort();
  }

  /** From here on time stands still until the thread is idle or rests. */
  work(): void {
    this.#rest ??= this.run.surroundings.clock.busy();
  }

  rest(): void {
    this.#rest?.();
    this.#rest = undefined;
  }

  /** Waits for what takes time or somebody else. @throws Aborted */
  async idle<Value>(promise: Promise<Value>): Promise<Value> {
    this.rest();
    try {
      return await Promise.race([promise, this.#aborted]);
    } finally {
      this.work();
    }
  }

  /** Resolves at `time`, never when `signal` is aborted first. */
  alarm(time: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return;
      const cancel = () => timer.cancel();
      const timer = this.run.surroundings.clock.at(time, () => {
        signal.removeEventListener("abort", cancel);
        resolve();
      });
      signal.addEventListener("abort", cancel, { once: true });
    });
  }

  /** @throws Aborted, so that a thread that is no longer wanted writes nothing */
  commit(changes: () => void): void {
    if (this.signal.aborted) throw new Aborted();
    this.run.commit(changes);
  }

  save(): void {
    this.run.keepThread(this.record);
  }

  append(draft: EventDraft): number {
    const id = this.run.addEvent(draft, this.record.lastEvent);
    if (!draft.aside) this.record.lastEvent = id;
    return id;
  }

  /** Goes to a state; inside `commit` only. */
  enter(name: string, input: unknown): void {
    const { record } = this;
    record.state = name;
    record.input = input;
    record.entered = this.now;
    record.tries = [];
    record.retryCount = 0;
    record.phase = { at: "start" };
    record.enteredEvent = this.append(stateEntered(this.state.type, name, input));
    this.run.addStep({ state: name, how: "entered" });
    this.save();
  }

  /** Forgets the attempt: its token, its branches or iterations; inside `commit` only. */
  clear(): void {
    const { path, phase } = this.record;
    if (phase.at === "task" && phase.token) this.run.surroundings.tokens.close(phase.token);
    for (const child of this.run.threadsBelow(path)) this.run.dropThread(child);
  }

  /** What the expressions of the current state see. `token` is that of an attempt which is not begun yet. */
  scope(more: { result?: unknown; errorOutput?: unknown; token?: string } = {}): Scope {
    const { phase, input } = this.record;
    const { token = phase.at === "task" ? phase.token : undefined, ...given } = more;
    const states: StatesVariable = { input, context: this.#context(token), ...given };
    return {
      states,
      variables: this.#variables(),
      now: this.now,
      state: { name: this.record.state, enteredEvent: this.record.enteredEvent },
    };
  }

  #variables(): Record<string, unknown> {
    return this.parent ? { ...this.parent.#variables(), ...this.record.variables } : this.record.variables;
  }

  /** https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html */
  #context(token: string | undefined): Record<string, unknown> {
    const { run, record, item } = this;
    const { record: execution, revision } = run;
    const input: unknown = JSON.parse(execution.input);
    return {
      Execution: {
        Id: execution.arn,
        Input: input,
        StartTime: new Date(execution.started).toISOString(),
        Name: execution.name,
        RoleArn: revision.roleArn,
        RedriveCount: 0,
      },
      StateMachine: { Id: execution.machineArn, Name: revision.name },
      State: {
        Name: record.state,
        EnteredTime: new Date(record.entered).toISOString(),
        ...("retry" in this.state ? { RetryCount: record.retryCount } : {}),
      },
      ...(item ? { Map: { Item: { Index: item.index, Value: item.value } } } : {}),
      ...(token ? { Task: { Token: token } } : {}),
    };
  }
}

function innerGraphOf(parent: Thread, record: ThreadRecord): StateGraph {
  const graphs = innerGraphs(parent.state);
  const index = parent.state.type === "Parallel" ? Number(record.path.split("/").at(-1)) : 0;
  const graph = graphs[index];
  if (!graph) throw new Error(`the state '${parent.record.state}' has no branch ${index}`);
  return graph;
}
