import type { Resource } from "./resource.ts";

/**
 * A state machine as the engine runs it. A field that was not given is `undefined`; fields of type `unknown` are
 * templates: any JSON, with JSONata in strings.
 */
export type Machine = StateGraph & { timeoutSeconds: number | undefined };

/** The states of a machine, of a branch of a Parallel state or of the processor of a Map state. */
export type StateGraph = { startAt: string; states: ReadonlyMap<string, State> };

export type State =
  | PassState
  | TaskState
  | ChoiceState
  | WaitState
  | ParallelState
  | MapState
  | SucceedState
  | FailState;

export type Assignments = Record<string, unknown> | undefined;

/** What most states end with. `next` undefined means that the state is the last one of its graph. */
type Exit = { output: unknown; assign: Assignments; next: string | undefined };

/** What happens to a failure of the state. */
export type FailureHandling = { retry: readonly Retrier[]; catch: readonly Catcher[] };

export type PassState = { type: "Pass"; name: string } & Exit;

export type TaskState = {
  type: "Task";
  name: string;
  resource: Resource;
  arguments: unknown;
  timeoutSeconds: unknown;
  heartbeatSeconds: unknown;
} & FailureHandling &
  Exit;

export type ChoiceState = {
  type: "Choice";
  name: string;
  rules: readonly ChoiceRule[];
  otherwise: string | undefined;
  output: unknown;
  assign: Assignments;
};

export type ChoiceRule = { condition: unknown; next: string; output: unknown; assign: Assignments };

export type WaitState = { type: "Wait"; name: string; seconds: unknown; timestamp: unknown } & Exit;

export type ParallelState = {
  type: "Parallel";
  name: string;
  branches: readonly StateGraph[];
  arguments: unknown;
} & FailureHandling &
  Exit;

export type MapState = {
  type: "Map";
  name: string;
  items: unknown;
  itemSelector: unknown;
  maxConcurrency: unknown;
  processor: StateGraph;
} & FailureHandling &
  Exit;

export type SucceedState = { type: "Succeed"; name: string; output: unknown };

export type FailState = { type: "Fail"; name: string; error: unknown; cause: unknown };

export type Retrier = {
  errorEquals: readonly string[];
  intervalSeconds: number;
  maxAttempts: number;
  backoffRate: number;
  maxDelaySeconds: number | undefined;
  jitter: boolean;
};

export type Catcher = { errorEquals: readonly string[]; next: string; output: unknown; assign: Assignments };

/** Why a definition is refused: codes as in AWS's diagnostics, `location` a path such as `/States/Ask/Next`. */
export type Problem = { code: string; location: string; message: string };

/** The graphs inside a state. */
export function innerGraphs(state: State): readonly StateGraph[] {
  if (state.type === "Parallel") return state.branches;
  return state.type === "Map" ? [state.processor] : [];
}

/** Where a state can go, each with the field that says so. */
export function edges(state: State): { field: string; to: string }[] {
  const found: { field: string; to: string | undefined }[] = [];
  if ("next" in state) found.push({ field: "Next", to: state.next });
  if (state.type === "Choice") {
    found.push(...state.rules.map((rule, index) => ({ field: `Choices[${index}]/Next`, to: rule.next })));
    found.push({ field: "Default", to: state.otherwise });
  }
  if ("catch" in state)
    found.push(...state.catch.map((catcher, index) => ({ field: `Catch[${index}]/Next`, to: catcher.next })));
  return found.flatMap(({ field, to }) => (to === undefined ? [] : [{ field, to }]));
}

/** The variables that a state may assign, wherever it does. */
export function assignedNames(state: State): string[] {
  const assignments: Assignments[] = [];
  if ("assign" in state) assignments.push(state.assign);
  if (state.type === "Choice") assignments.push(...state.rules.map((rule) => rule.assign));
  if ("catch" in state) assignments.push(...state.catch.map((catcher) => catcher.assign));
  return assignments.flatMap((assign) => Object.keys(assign ?? {}));
}
