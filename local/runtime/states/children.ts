import type { MapState, ParallelState } from "./definition.ts";
import { evaluate, evaluateWholeNumber, isObject, wrongType } from "./expressions.ts";
import { isTooLarge, StateFailure, tooLarge } from "./failure.ts";
import type { EventDraft } from "./history.ts";
import type { ThreadRecord } from "./journal.ts";
import { Thread } from "./thread.ts";

/** The most iterations of an inline Map state that AWS runs at once. */
const mostConcurrent = 40;

/** Starts the branches of a Parallel state, all with the same input. */
export async function startBranches(thread: Thread, state: ParallelState): Promise<void> {
  const { input } = thread.record;
  const given =
    state.arguments === undefined ? input : await evaluate(state.arguments, "Arguments", thread.scope());
  if (isTooLarge(JSON.stringify(given))) throw tooLarge(`what the branches of '${state.name}' get`);
  thread.commit(() => {
    thread.record.phase = { at: "children", limit: state.branches.length };
    const started = thread.append({ type: "ParallelStateStarted" });
    thread.save();
    for (const index of state.branches.keys()) {
      const branch = new Thread(thread.run, newThread(thread, index, started), thread);
      branch.enter(branch.graph.startAt, given);
    }
  });
}

/** Makes the iterations of a Map state; each waits for its turn with the input that `ItemSelector` gives it. */
export async function startIterations(thread: Thread, state: MapState): Promise<void> {
  const items = await itemsOf(thread, state);
  const scope = thread.scope();
  const count = { from: 0, to: Number.MAX_SAFE_INTEGER };
  const limit =
    state.maxConcurrency === undefined
      ? 0
      : await evaluateWholeNumber(state.maxConcurrency, "MaxConcurrency", scope, count);
  const inputs: unknown[] = [];
  for (const [index, value] of items.entries()) {
    const input = await inputOf(thread, state, index, value);
    if (isTooLarge(JSON.stringify(input)))
      throw tooLarge(`the input of iteration ${index} of '${state.name}'`);
    inputs.push(input);
  }
  thread.commit(() => {
    thread.record.phase = { at: "children", limit: Math.min(limit || mostConcurrent, mostConcurrent) };
    const started = thread.append({ type: "MapStateStarted", details: { length: items.length } });
    thread.save();
    for (const [index, value] of items.entries())
      thread.run.keepThread({
        ...newThread(thread, index, started),
        input: inputs[index],
        item: { index, value },
      });
  });
}

async function itemsOf(thread: Thread, state: MapState): Promise<unknown[]> {
  const scope = thread.scope();
  const given = state.items === undefined ? thread.record.input : await evaluate(state.items, "Items", scope);
  if (!Array.isArray(given)) throw wrongType(scope, "Items", "an array", given);
  const items: unknown[] = given;
  return items;
}

async function inputOf(thread: Thread, state: MapState, index: number, value: unknown): Promise<unknown> {
  if (state.itemSelector === undefined) return value;
  const scope = thread.scope();
  const { context } = scope.states;
  const withItem = { ...(isObject(context) ? context : {}), Map: { Item: { Index: index, Value: value } } };
  const states = { ...scope.states, context: withItem };
  return evaluate(state.itemSelector, "ItemSelector", { ...scope, states });
}

function newThread(parent: Thread, index: number, lastEvent: number): ThreadRecord {
  return {
    execution: parent.run.record.arn,
    path: `${parent.record.path}/${index}`,
    state: "",
    input: null,
    variables: {},
    entered: parent.now,
    enteredEvent: 0,
    lastEvent,
    tries: [],
    retryCount: 0,
    phase: { at: "pending" },
  };
}

/**
 * Drives the branches or iterations to their ends, as many at once as the state allows, and gives their outputs in order.
 *
 * @throws StateFailure of the first that fails; the others are stopped
 */
export async function finishChildren(
  thread: Thread,
  limit: number,
  drive: (child: Thread) => Promise<void>,
): Promise<unknown[]> {
  const children = childrenOf(thread).map((record) => new Thread(thread.run, record, thread));
  const queue = children.values();
  const takeTurns = async () => {
    let lastEvent: number | undefined;
    for (const child of queue) {
      if (child.record.phase.at === "pending") startIteration(child, lastEvent);
      await drive(child);
      lastEvent = eventBefore(child);
    }
  };
  try {
    await thread.idle(Promise.all(Array.from({ length: Math.min(limit, children.length) }, takeTurns)));
  } catch (error) {
    for (const child of children) child.abort();
    throw failureOf(thread, children) ?? error;
  }
  thread.record.lastEvent = Math.max(
    thread.record.lastEvent,
    ...children.map((child) => child.record.lastEvent),
  );
  return children.map(({ record: { phase } }) => (phase.at === "done" ? phase.output : undefined));
}

function childrenOf(thread: Thread): ThreadRecord[] {
  const { path } = thread.record;
  const depth = path.split("/").length + 1;
  return thread.run
    .threadsBelow(path)
    .filter((record) => record.path.split("/").length === depth)
    .sort((a, b) => indexOf(a) - indexOf(b));
}

function startIteration(child: Thread, follows: number | undefined): void {
  child.commit(() => {
    if (follows !== undefined) child.record.lastEvent = follows;
    child.append({ type: "MapIterationStarted", details: iteration(child) });
    child.enter(child.graph.startAt, child.record.input);
  });
}

/** The iteration in its turn follows from the last event inside the one before, not from that one's end. */
function eventBefore(child: Thread): number {
  const { journal } = child.run.surroundings;
  const ending = journal.events.of(child.run.record.arn)[child.record.lastEvent - 1];
  return ending?.type === "MapIterationSucceeded" ? ending.previousEventId : child.record.lastEvent;
}

/** What the history says of an iteration. */
export function iteration(child: Thread): { index: number; name: string } {
  return { index: indexOf(child.record), name: child.parent?.record.state ?? "" };
}

function indexOf(record: ThreadRecord): number {
  return Number(record.path.split("/").at(-1));
}

const abortable = new Set(["Task", "Wait", "Parallel", "Map"]);

/** The failure of the whole state, which is that of the first that failed, and what AWS tells about the stopped ones. */
function failureOf(thread: Thread, children: Thread[]): StateFailure | undefined {
  const [failed] = children
    .filter((child) => child.record.phase.at === "failed")
    .sort((a, b) => a.record.lastEvent - b.record.lastEvent);
  if (failed?.record.phase.at !== "failed") return undefined;
  const isMap = thread.state.type === "Map";
  const events: EventDraft[] = [];
  const tell = (child: Thread, type: string) => {
    if (isMap) events.push({ type, details: iteration(child), aside: true });
    if (abortable.has(child.state.type))
      events.push({ type: `${child.state.type}StateAborted`, aside: true });
  };
  tell(failed, "MapIterationFailed");
  for (const child of children)
    if (child !== failed && !["pending", "done"].includes(child.record.phase.at))
      tell(child, "MapIterationAborted");
  thread.record.lastEvent = failed.record.lastEvent;
  const { error, cause, aliases } = failed.record.phase;
  return new StateFailure({
    error,
    cause,
    events,
    aliases: isMap ? aliases : [...aliases, "States.BranchFailed"],
  });
}
