import type { ChoiceState, FailState, PassState, SucceedState, WaitState } from "./definition.ts";
import { type Departure, evaluateExit, onward } from "./departure.ts";
import { evaluate, evaluateText, evaluateWholeNumber, wrongType } from "./expressions.ts";
import { StateFailure } from "./failure.ts";
import type { Thread } from "./thread.ts";
import { parseTimestamp } from "./timestamp.ts";

export async function pass(thread: Thread, state: PassState): Promise<Departure> {
  const exit = await evaluateExit(thread, state, {}, thread.record.input);
  return { ...exit, step: onward(state.next), events: [] };
}

/** The first rule that is true decides, with its own `Output` and `Assign`; those of the state belong to `Default`. */
export async function choice(thread: Thread, state: ChoiceState): Promise<Departure> {
  const { input } = thread.record;
  const scope = thread.scope();
  for (const [index, rule] of state.rules.entries()) {
    const field = `Choices[${index}]/Condition`;
    const holds = await evaluate(rule.condition, field, scope);
    if (typeof holds !== "boolean") throw wrongType(scope, field, "true or false", holds);
    if (!holds) continue;
    const exit = await evaluateExit(thread, rule, {}, input);
    return { ...exit, step: { how: "choice", to: rule.next, index }, events: [] };
  }
  if (state.otherwise === undefined)
    throw new StateFailure({
      error: "States.NoChoiceMatched",
      cause: `no rule of the Choice state '${state.name}' is true and it has no Default`,
    });
  const exit = await evaluateExit(thread, state, {}, input);
  return { ...exit, step: { how: "default", to: state.otherwise }, events: [] };
}

export async function wait(thread: Thread, state: WaitState): Promise<Departure> {
  const { record } = thread;
  const until = record.phase.at === "waiting" ? record.phase.until : await endOfWait(thread, state);
  if (record.phase.at !== "waiting")
    thread.commit(() => {
      record.phase = { at: "waiting", until };
      thread.save();
    });
  await thread.idle(thread.alarm(until, thread.signal));
  const exit = await evaluateExit(thread, state, {}, record.input);
  return { ...exit, step: onward(state.next), events: [] };
}

async function endOfWait(thread: Thread, state: WaitState): Promise<number> {
  const scope = thread.scope();
  if (state.seconds !== undefined) {
    const seconds = await evaluateWholeNumber(state.seconds, "Seconds", scope, { from: 0, to: 99_999_999 });
    return thread.record.entered + seconds * 1000;
  }
  const text = await evaluateText(state.timestamp, "Timestamp", scope);
  const at = parseTimestamp(text);
  if (at === undefined) throw wrongType(scope, "Timestamp", "an RFC 3339 timestamp with an offset", text);
  return at;
}

export async function succeed(thread: Thread, state: SucceedState): Promise<Departure> {
  const exit = await evaluateExit(
    thread,
    { output: state.output, assign: undefined },
    {},
    thread.record.input,
  );
  return { ...exit, step: { how: "end" }, events: [] };
}

export async function fail(thread: Thread, state: FailState): Promise<never> {
  const scope = thread.scope();
  throw new StateFailure({
    error: state.error === undefined ? undefined : await evaluateText(state.error, "Error", scope),
    cause: state.cause === undefined ? undefined : await evaluateText(state.cause, "Cause", scope),
  });
}
