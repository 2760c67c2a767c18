import { basename } from "node:path";
import { paths, text } from "./source-files.ts";

/** The definitions in `statemachines/`, as far as the tests look into them. */

export type Retry = {
  ErrorEquals: string[];
  IntervalSeconds: number;
  BackoffRate: number;
  MaxDelaySeconds: number;
  MaxAttempts: number;
  JitterStrategy: string;
};

type Handler = { ErrorEquals: string[]; Next: string; Assign?: object };

export type State = {
  Type: string;
  Comment?: string;
  Resource?: string;
  Arguments?: { FunctionName: string; Payload: Record<string, unknown> };
  TimeoutSeconds?: number | string;
  Retry?: Retry[];
  Catch?: Handler[];
  Choices?: { Condition: string; Next: string; Assign?: object }[];
  Default?: string;
  Next?: string;
  Assign?: object;
  End?: boolean;
  QueryLanguage?: string;
  ItemProcessor?: { StartAt: string; States: Record<string, State> };
};

export type Graph = {
  name: string;
  definition: string;
  QueryLanguage?: string;
  StartAt: string;
  /** With those inside of Map states: names are used once in a definition. */
  states: [name: string, state: State][];
};

function withInner([name, state]: [string, State]): [string, State][] {
  return [[name, state], ...Object.entries(state.ItemProcessor?.States ?? {}).flatMap(withInner)];
}

/** The Map state that a state is inside of. */
export function mapAround({ states }: Graph, name: string): State | undefined {
  return states.find(([, { ItemProcessor }]) => ItemProcessor && name in ItemProcessor.States)?.[1];
}

/** The definition in a file. */
export function graphOf(path: string): Graph {
  const definition = text(path);
  const { States, ...top } = JSON.parse(definition) as Omit<Graph, "states"> & {
    States: Record<string, State>;
  };
  return {
    ...top,
    name: basename(path, ".asl.json"),
    definition,
    states: Object.entries(States).flatMap(withInner),
  };
}

export const graphs: Graph[] = paths("statemachines/*.asl.json").map(graphOf);

/** The function that a task invokes: `${CheckRequestArn}` is `check-request`. */
export function functionOf({ Arguments }: State): string {
  const [, name = ""] = /^\$\{([A-Z][A-Za-z]*)Arn\}$/.exec(Arguments?.FunctionName ?? "") ?? [];
  return name.replace(/(?!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}

/** The sources of all expressions in a part of a definition. */
export function expressionsIn(value: unknown): string[] {
  if (typeof value === "string") return value.startsWith("{%") ? [value.slice(2, -2).trim()] : [];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(expressionsIn) : [];
}

/** Every way out of a state: where to, and which variables are set on it. */
export function waysOut(state: State): { to: string; sets: string[] }[] {
  const way = (to: string | undefined, assign: object | undefined) =>
    to === undefined ? [] : [{ to, sets: Object.keys(assign ?? {}) }];
  return [
    ...way(state.ItemProcessor?.StartAt, undefined),
    ...way(state.Next, state.Assign),
    ...way(state.Default, state.Assign),
    ...[...(state.Choices ?? []), ...(state.Catch ?? [])].flatMap(({ Next, Assign }) => way(Next, Assign)),
  ];
}

/** Every way out of every state of a graph, in the words in which the engine tells of its steps. */
export function edgesOf(machine: string): string[] {
  const graph = graphs.find(({ name }) => name === machine);
  if (!graph) throw new Error(`there is no graph ${machine}`);
  return graph.states
    .flatMap(([name, state]) => [
      ...(state.Next ? [`${name} -next-> ${state.Next}`] : []),
      ...(state.Default ? [`${name} -default-> ${state.Default}`] : []),
      ...(state.Choices ?? []).map(({ Next }, index) => `${name} -choice ${index}-> ${Next}`),
      ...(state.Retry ?? []).map((_, index) => `${name} -retry ${index}`),
      ...(state.Catch ?? []).map(({ Next }, index) => `${name} -catch ${index}-> ${Next}`),
      ...(state.Type === "Succeed" || state.End ? [`${name} -end`] : []),
      ...(state.Type === "Fail" ? [`${name} -failed`] : []),
    ])
    .map((edge) => `${machine}: ${edge}`);
}
