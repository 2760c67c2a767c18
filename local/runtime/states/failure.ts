import type { EventDraft } from "./history.ts";

/** The failure of a state, on its way to the state's `Retry` and `Catch`. */
export class StateFailure extends Error {
  override readonly name = "StateFailure";
  readonly error: string | undefined;
  override readonly cause: string | undefined;
  /** Further names that `ErrorEquals` may use for it. */
  readonly aliases: readonly string[];
  /** What the history says about it, oldest first. */
  readonly events: readonly EventDraft[];

  constructor(failure: {
    error?: string | undefined;
    cause?: string | undefined;
    aliases?: readonly string[];
    events?: readonly EventDraft[];
  }) {
    super(`${failure.error ?? "(no error name)"}: ${failure.cause ?? ""}`);
    this.error = failure.error;
    this.cause = failure.cause;
    this.aliases = failure.aliases ?? [];
    this.events = failure.events ?? [];
  }

  with({ events }: { events: readonly EventDraft[] }): StateFailure {
    return new StateFailure({ error: this.error, cause: this.cause, aliases: this.aliases, events });
  }
}

/**
 * Whether a retrier or catcher is meant. `States.ALL` and `States.TaskFailed` leave out the two errors that end an
 * execution, and nothing catches `States.Runtime`; `States.TaskFailed` leaves out timeouts too.
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
export function isNamedBy(errorEquals: readonly string[], failure: StateFailure): boolean {
  if (failure.error === "States.Runtime") return false;
  const names = new Set([...failure.aliases, failure.error]);
  if (failure.error !== "States.DataLimitExceeded") {
    names.add("States.ALL");
    if (!isTimeout(failure)) names.add("States.TaskFailed");
  }
  return errorEquals.some((name) => names.has(name));
}

/** What `$states.errorOutput` holds. AWS gives a timeout an empty cause, and null for what was not said. */
export function errorOutput(failure: StateFailure): { Error: string | null; Cause: string | null } {
  const silent = isTimeout(failure) ? "" : null;
  return { Error: failure.error ?? null, Cause: failure.cause ?? silent };
}

export function isTimeout({ error }: StateFailure): boolean {
  return error === "States.Timeout" || error === "States.HeartbeatTimeout";
}

/** 256 KiB of UTF-8 JSON, the most that a state may take or give. */
const largestPayload = 262_144;

export function isTooLarge(json: string | undefined): boolean {
  return json !== undefined && json.length * 3 > largestPayload && Buffer.byteLength(json) > largestPayload;
}

export function tooLarge(what: string): StateFailure {
  return new StateFailure({
    error: "States.DataLimitExceeded",
    cause: `${what} is larger than ${largestPayload} bytes of JSON`,
  });
}
