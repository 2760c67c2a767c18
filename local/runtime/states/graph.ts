import {
  assignedNames,
  edges,
  innerGraphs,
  type Machine,
  type Problem,
  type State,
  type StateGraph,
} from "./definition.ts";

const longestName = 80;

/** What is wrong with a definition whose fields are right: names, transitions, variables. */
export function problemsOfGraph(machine: Machine): Problem[] {
  const problems: Problem[] = [];
  const seen = new Map<string, string>();
  visit(machine, "", new Set());
  return problems;

  function visit(graph: StateGraph, at: string, outer: ReadonlySet<string>): void {
    problems.push(...problemsOfTransitions(graph, at));
    const own = new Set([...graph.states.values()].flatMap(assignedNames));
    for (const name of own)
      if (outer.has(name))
        problems.push({
          code: "SCHEMA_VALIDATION_FAILED",
          location: `${at}/States`,
          message: `the variable '${name}' is assigned outside too; a branch or iteration cannot assign it`,
        });
    for (const [name, state] of graph.states) {
      const location = `${at}/States/${name}`;
      problems.push(...problemsOfName(name, location, seen));
      for (const [index, inner] of innerGraphs(state).entries()) {
        const below = state.type === "Map" ? "ItemProcessor" : `Branches[${index}]`;
        visit(inner, `${location}/${below}`, new Set([...outer, ...assignedOutside(graph, state)]));
      }
    }
  }
}

/** The names that are taken inside a Parallel or Map. AWS leaves out those its own catchers assign. */
function assignedOutside(graph: StateGraph, compound: State): string[] {
  const others = [...graph.states.values()].filter((state) => state !== compound);
  const own = "assign" in compound ? Object.keys(compound.assign ?? {}) : [];
  return [...others.flatMap(assignedNames), ...own];
}

function problemsOfName(name: string, location: string, seen: Map<string, string>): Problem[] {
  const problems: Problem[] = [];
  const before = seen.get(name);
  seen.set(name, location);
  const refuse = (message: string) => problems.push({ code: "SCHEMA_VALIDATION_FAILED", location, message });
  if (before !== undefined)
    refuse(`the name of the state is taken by ${before}; names are unique in the whole machine`);
  if ([...name].length > longestName)
    refuse(`the name of the state is longer than ${longestName} characters`);
  return problems;
}

function problemsOfTransitions(graph: StateGraph, at: string): Problem[] {
  const problems: Problem[] = [];
  const refuse = (location: string, message: string) =>
    problems.push({ code: "MISSING_TRANSITION_TARGET", location, message });
  if (!graph.states.has(graph.startAt)) refuse(`${at}/StartAt`, `there is no state '${graph.startAt}' here`);
  for (const [name, state] of graph.states)
    for (const { field, to } of edges(state))
      if (!graph.states.has(to)) refuse(`${at}/States/${name}/${field}`, `there is no state '${to}' here`);
  if (problems.length > 0) return problems;

  const reached = reachable(graph);
  for (const name of graph.states.keys())
    if (!reached.has(name)) refuse(`${at}/States/${name}`, "no transition leads to the state");
  if (![...graph.states.values()].some(isTerminal))
    refuse(`${at}/States`, 'no state is an end: one needs "End": true, or the type Succeed or Fail');
  return problems;
}

function reachable(graph: StateGraph): Set<string> {
  const reached = new Set<string>();
  const open = [graph.startAt];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const state = graph.states.get(name);
    if (!state || reached.has(name)) continue;
    reached.add(name);
    open.push(...edges(state).map((edge) => edge.to));
  }
  return reached;
}

function isTerminal(state: State): boolean {
  return state.type === "Succeed" || state.type === "Fail" || ("next" in state && state.next === undefined);
}
