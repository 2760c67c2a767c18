import type { Assignments } from "./definition.ts";
import { evaluate, evaluateObject } from "./expressions.ts";
import { isTooLarge, StateFailure, tooLarge } from "./failure.ts";
import type { EventDraft } from "./history.ts";
import type { Step } from "./journal.ts";
import type { Thread } from "./thread.ts";

/** How a thread leaves a state: everything is evaluated, nothing is written yet. */
export type Departure = Exit & {
  step: Omit<Step, "state">;
  /** What the history says before the state's exit. */
  events: EventDraft[];
};

export type Exit = { output: unknown; assigned: Record<string, unknown> | undefined };

const largestVariables = 10 * 1_048_576;

/**
 * Evaluates `Output` and `Assign`. Both see the variables as they were when the state was entered.
 *
 * @param otherwise the output of a state without `Output`
 */
export async function evaluateExit(
  thread: Thread,
  fields: { output: unknown; assign: Assignments },
  sees: { result?: unknown; errorOutput?: unknown },
  otherwise: unknown,
): Promise<Exit> {
  const scope = thread.scope(sees);
  const output = fields.output === undefined ? otherwise : await evaluate(fields.output, "Output", scope);
  const assigned = fields.assign && (await evaluateObject(fields.assign, "Assign", scope));
  const { name } = thread.state;
  if (isTooLarge(JSON.stringify(output))) throw tooLarge(`the output of the state '${name}'`);
  if (assigned) {
    if (isTooLarge(JSON.stringify(assigned))) throw tooLarge(`what the state '${name}' assigns`);
    const all = JSON.stringify({ ...scope.variables, ...assigned });
    if (Buffer.byteLength(all) > largestVariables)
      throw new StateFailure({
        error: "States.DataLimitExceeded",
        cause: "the variables of the execution are larger than 10 MiB of JSON",
      });
  }
  return { output, assigned };
}

/** The way out of a state that has `Next` or `End`. */
export function onward(next: string | undefined): Omit<Step, "state"> {
  return next === undefined ? { how: "end" } : { how: "next", to: next };
}

/** Lets the history tell of `events` also when what comes after them fails. */
export async function after<Value>(events: EventDraft[], rest: Promise<Value>): Promise<Value> {
  try {
    return await rest;
  } catch (error) {
    throw error instanceof StateFailure ? error.with({ events: [...events, ...error.events] }) : error;
  }
}
