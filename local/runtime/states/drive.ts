import { finishChildren, iteration, startBranches, startIterations } from "./children.ts";
import type { Catcher, FailureHandling, MapState, ParallelState, Retrier, TaskState } from "./definition.ts";
import { after, type Departure, evaluateExit, onward } from "./departure.ts";
import { errorOutput, isNamedBy, isTooLarge, StateFailure, tooLarge } from "./failure.ts";
import { choice, fail, pass, succeed, wait } from "./flow.ts";
import { type EventDraft, longestHistory, stateExited } from "./history.ts";
import { attemptTask } from "./task.ts";
import type { Thread } from "./thread.ts";

/**
 * Moves a thread from where it stands to its end. Everything that has been done is in the journal before the next
 * thing is begun, so that it makes no difference whether the thread has just started or is continued after a crash.
 *
 * @throws StateFailure when a branch or iteration fails
 * @throws Aborted
 */
export async function drive(thread: Thread): Promise<void> {
  thread.work();
  try {
    while (!isOver(thread)) await step(thread);
  } finally {
    thread.rest();
  }
  const { phase } = thread.record;
  if (phase.at === "failed") throw new StateFailure(phase);
}

function isOver(thread: Thread): boolean {
  const { at } = thread.record.phase;
  return at === "done" || at === "failed" || thread.run.record.status !== "RUNNING";
}

async function step(thread: Thread): Promise<void> {
  try {
    if (thread.run.eventCount > longestHistory - eventsToEnd)
      throw new StateFailure({
        error: "States.Runtime",
        cause: `the execution reached the ${longestHistory} events that AWS keeps`,
      });
    depart(thread, await visit(thread));
  } catch (error) {
    if (!(error instanceof StateFailure)) throw error;
    await handle(thread, error);
  }
}

/** What is kept free for the events of one more state and of the end. */
const eventsToEnd = 20;

async function visit(thread: Thread): Promise<Departure> {
  const { state } = thread;
  const { phase } = thread.record;
  if (phase.at === "retrying") await thread.idle(thread.alarm(phase.until, thread.signal));
  switch (state.type) {
    case "Pass":
      return pass(thread, state);
    case "Choice":
      return choice(thread, state);
    case "Wait":
      return wait(thread, state);
    case "Succeed":
      return succeed(thread, state);
    case "Fail":
      return fail(thread, state);
    case "Task":
      return task(thread, state);
    case "Parallel":
    case "Map":
      return compound(thread, state);
  }
}

async function task(thread: Thread, state: TaskState): Promise<Departure> {
  const { result, events } = await attemptTask(thread, state);
  const exit = await after(events, evaluateExit(thread, state, { result }, result));
  return { ...exit, step: onward(state.next), events };
}

async function compound(thread: Thread, state: ParallelState | MapState): Promise<Departure> {
  if (thread.record.phase.at !== "children")
    await (state.type === "Map" ? startIterations(thread, state) : startBranches(thread, state));
  const { phase } = thread.record;
  const result = await finishChildren(thread, phase.at === "children" ? phase.limit : 0, drive);
  const events: EventDraft[] = [{ type: `${state.type}StateSucceeded`, aside: true }];
  if (isTooLarge(JSON.stringify(result))) throw tooLarge(`the result of the state '${state.name}'`);
  const exit = await after(events, evaluateExit(thread, state, { result }, result));
  return { ...exit, step: onward(state.next), events };
}

/** Leaves the state: history, variables and the next state in one write. */
function depart(thread: Thread, departure: Departure): void {
  const { record, run, state } = thread;
  const { output, assigned, events } = departure;
  thread.commit(() => {
    for (const event of events) thread.append(event);
    thread.append(stateExited(state.type, state.name, output, assigned));
    thread.clear();
    Object.assign(record.variables, assigned);
    run.addStep({ state: state.name, ...departure.step });
    if (departure.step.to !== undefined) thread.enter(departure.step.to, output);
    else end(thread, output);
  });
}

function end(thread: Thread, output: unknown): void {
  const { parent, record, run } = thread;
  if (!parent) {
    run.succeed(output, record.lastEvent);
    return;
  }
  if (parent.state.type === "Map")
    thread.append({ type: "MapIterationSucceeded", details: iteration(thread) });
  record.phase = { at: "done", output };
  thread.save();
}

/** Retries the state, goes where a catcher says, or gives up. */
async function handle(thread: Thread, failure: StateFailure): Promise<void> {
  const { state } = thread;
  if (!("retry" in state)) return giveUp(thread, failure);
  if (retried(thread, state, failure)) return;
  const closing: EventDraft[] = state.type === "Task" ? [] : [{ type: `${state.type}StateFailed` }];
  const told = failure.with({ events: [...failure.events, ...closing] });
  const index = state.catch.findIndex((catcher) => isNamedBy(catcher.errorEquals, failure));
  const catcher = state.catch[index];
  if (!catcher) return giveUp(thread, told);
  try {
    depart(thread, await caught(thread, catcher, index, told));
  } catch (error) {
    if (!(error instanceof StateFailure)) throw error;
    giveUp(thread, error);
  }
}

async function caught(
  thread: Thread,
  catcher: Catcher,
  index: number,
  failure: StateFailure,
): Promise<Departure> {
  const seen = errorOutput(failure);
  const events = [...failure.events];
  const exit = await after(events, evaluateExit(thread, catcher, { errorOutput: seen }, seen));
  return { ...exit, step: { how: "catch", to: catcher.next, index, ...named(failure) }, events };
}

/** The first retrier that names the error decides alone; when its tries are used up, the catchers are next. */
function retried(thread: Thread, state: FailureHandling, failure: StateFailure): boolean {
  const { record, run } = thread;
  const index = state.retry.findIndex((retrier) => isNamedBy(retrier.errorEquals, failure));
  const retrier = state.retry[index];
  const used = record.tries[index] ?? 0;
  if (!retrier || used >= retrier.maxAttempts) return false;
  const until = thread.now + delay(retrier, used);
  thread.commit(() => {
    for (const event of failure.events) thread.append(event);
    thread.clear();
    record.tries = Array.from(
      state.retry,
      (_, other) => (record.tries[other] ?? 0) + (other === index ? 1 : 0),
    );
    record.retryCount++;
    record.phase = { at: "retrying", until };
    run.addStep({ state: record.state, how: "retry", index, ...named(failure) });
    thread.save();
  });
  return true;
}

/** Milliseconds before the next try, after `used` tries. */
function delay(retrier: Retrier, used: number): number {
  const grown = retrier.intervalSeconds * retrier.backoffRate ** used;
  const seconds = Math.min(grown, retrier.maxDelaySeconds ?? 31_622_400);
  return seconds * 1000 * (retrier.jitter ? Math.random() : 1);
}

function giveUp(thread: Thread, failure: StateFailure): void {
  const { record, run } = thread;
  thread.commit(() => {
    for (const event of failure.events) thread.append(event);
    thread.clear();
    run.addStep({ state: record.state, how: "failed", ...named(failure) });
    if (!thread.parent) {
      run.fail(failure, record.lastEvent);
      return;
    }
    record.phase = { at: "failed", error: failure.error, cause: failure.cause, aliases: failure.aliases };
    thread.save();
  });
}

function named(failure: StateFailure): { error?: string } {
  return failure.error === undefined ? {} : { error: failure.error };
}
