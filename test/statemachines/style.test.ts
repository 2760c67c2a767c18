import validate from "asl-validator";
import jsonata from "jsonata";
import { describe, expect, test } from "vitest";
import { resourcesOf } from "../support/assembly.ts";
import {
  expressionsIn,
  functionOf,
  type Graph,
  graphs,
  mapAround,
  type Retry,
  type State,
  waysOut,
} from "../support/graphs.ts";

/** The rules of statemachines/README.md, by their numbers there. */

const verbs = [
  "Ask",
  "Call",
  "Check",
  "Close",
  "Confirm",
  "Explain",
  "Hold",
  "Note",
  "Perform",
  "Provision",
  "Report",
  "Revoke",
  "Undo",
];

/** Of JSONata's functions, those that every engine has and that have one meaning. */
const functions = ["count"];
const nodes = ["binary", "filter", "function", "name", "number", "path", "string", "variable"];

/** What a task may be given. Ids, words of ours, and of people nothing. */
const facts = ["requestId", "token", "reminders", "outcome", "undo", "error", "cause", "row"];

/** Tasks whose work must not stay undone, and which therefore try for days instead of minutes. */
const patient = ["Revoke access"];

type Node = { type?: string; value?: unknown; procedure?: Node } & Record<string, unknown>;

function nodesOf(value: unknown): Node[] {
  if (typeof value !== "object" || value === null) return [];
  const inner = Object.values(value).flatMap(nodesOf);
  return "type" in value ? [value as Node, ...inner] : inner;
}

const asts = (part: unknown) => expressionsIn(part).map((source) => jsonata(source).ast() as unknown as Node);
const ofType = ({ states }: Graph, ...types: string[]) =>
  states.filter(([, { Type }]) => types.includes(Type));

/** How long is tried again, in seconds: full jitter takes half of each delay on average. */
function patience({ IntervalSeconds, BackoffRate, MaxDelaySeconds, MaxAttempts }: Retry): number {
  const delays = Array.from({ length: MaxAttempts }, (_, attempt) =>
    Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** attempt),
  );
  return delays.reduce((sum, delay) => sum + delay / 2, 0);
}

/** Variables that are set on every way from the start to the state, by state. */
function settled({ StartAt, states }: Graph): Map<string, Set<string>> {
  const known = new Map([[StartAt, new Set<string>()]]);
  const open = [StartAt];
  const byName = new Map(states);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    for (const { to, sets } of waysOut(byName.get(name) as State)) {
      const here = new Set([...(known.get(name) ?? []), ...sets]);
      const before = known.get(to);
      const both = before ? new Set([...before].filter((one) => here.has(one))) : here;
      if (before?.size === both.size) continue;
      known.set(to, both);
      open.push(to);
    }
  }
  return known;
}

test("there is a definition to look at", () => {
  expect(graphs.map(({ name }) => name)).toContain("access-request");
});

describe.each(graphs)("$name", (graph) => {
  const tasks = ofType(graph, "Task");
  const ends = ofType(graph, "Succeed", "Fail");

  test("1: is written in JSONata, said once, and AWS's grammar accepts it", () => {
    expect(graph.QueryLanguage).toBe("JSONata");
    expect(graph.states.filter(([, state]) => state.QueryLanguage !== undefined)).toEqual([]);
    expect(validate(JSON.parse(graph.definition)).errors).toEqual([]);
  });

  test("2: has at most 18 states that do something, and otherwise ends only", () => {
    expect(graph.states.length - ends.length).toBeLessThanOrEqual(18);
  });

  test("3: names a task by what to do, a choice by its question, an end by what happened", () => {
    for (const [name, { Type }] of graph.states) {
      expect(name).toMatch(/^[A-Z][a-z' ]+\??$/);
      expect(name.length).toBeLessThanOrEqual(40);
      expect(name.endsWith("?"), name).toBe(Type === "Choice");
      expect(verbs.includes(name.split(" ")[0] ?? ""), name).toBe(Type === "Task");
      if (Type === "Succeed") expect(name).toMatch(/^[A-Z][a-z]+ [a-z]+(ed|n)$/);
    }
  });

  test("4: tells an operator about every state", () => {
    for (const [name, { Comment = "" }] of graph.states) expect(Comment, name).toMatch(/^[A-Z].{10,}\.$/);
  });

  test("5: gives tasks ids and words, by name", () => {
    for (const [name, { Arguments }] of tasks) {
      expect(Arguments?.Payload.requestId, name).toBe("{% $states.context.Execution.Input.requestId %}");
      expect(facts, name).toEqual(expect.arrayContaining(Object.keys(Arguments?.Payload ?? {})));
    }
  });

  test("6: has short and simple expressions", () => {
    for (const source of expressionsIn(JSON.parse(graph.definition)))
      expect(`{% ${source} %}`.length, source).toBeLessThanOrEqual(80);
    const all = asts(JSON.parse(graph.definition)).flatMap(nodesOf);
    expect(nodes).toEqual(expect.arrayContaining([...new Set(all.map(({ type }) => type))]));
    const called = all.flatMap(({ type, procedure }) => (type === "function" ? [procedure?.value] : []));
    expect(functions).toEqual(expect.arrayContaining([...new Set(called)]));
  });

  test("6: uses no variable that is not set on every way there", () => {
    const known = settled(graph);
    for (const [name, state] of graph.states) {
      const { ItemProcessor: _, ...own } = state;
      const used = asts(own)
        .flatMap(nodesOf)
        .flatMap(({ type, value }) => (type === "variable" && value !== "states" ? [value] : []))
        .filter((value) => !functions.includes(String(value)));
      expect([...(known.get(name) ?? [])], name).toEqual(expect.arrayContaining([...new Set(used)]));
    }
  });

  test("6: can be walked from its start to every state", () => {
    expect([...settled(graph).keys()].toSorted()).toEqual(graph.states.map(([name]) => name).toSorted());
  });

  test("7: every task has a time limit and comes to an operator when all else fails", () => {
    const leadsToOperator = (name: string): boolean => {
      if (name === "Call an operator") return true;
      const ways = waysOut(graph.states.find(([one]) => one === name)?.[1] as State);
      // What fails inside of a Map fails the Map, when it could not be noted.
      const around = mapAround(graph, name);
      if (around) return leadsToOperator(around.Catch?.at(-1)?.Next ?? "");
      return name === "Undo access" && ways.every(({ to }) => leadsToOperator(to));
    };
    for (const [name, { TimeoutSeconds, Catch = [] }] of tasks) {
      expect(TimeoutSeconds, name).toBeDefined();
      const all = Catch.map(({ ErrorEquals }) => ErrorEquals.includes("States.ALL"));
      expect(all.lastIndexOf(true), name).toBe(all.length - 1);
      expect(all.indexOf(true), name).toBe(all.length - 1);
      const last = Catch.at(-1)?.Next ?? (mapAround(graph, name) ? name : "");
      expect(name === "Call an operator" ? last === "Needs an operator" : leadsToOperator(last), name).toBe(
        true,
      );
    }
  });

  test("7: every task is retried alike: with backoff and full jitter, for minutes; what must be done, for days; a pause, for weeks", () => {
    const [, first] = tasks[0] as [string, State];
    const same = {
      ErrorEquals: first.Retry?.[0]?.ErrorEquals,
      IntervalSeconds: 5,
      BackoffRate: 2,
      JitterStrategy: "FULL",
    };
    for (const [name, { Retry = [] }] of tasks) {
      const [, ...pauses] = Retry;
      expect(Retry[0], name).toMatchObject(same);
      const days = patience(Retry[0] as Retry) / 86_400;
      if (patient.includes(name)) expect(days, name).toBeGreaterThan(3);
      else expect(Retry[0], name).toMatchObject({ MaxDelaySeconds: 300, MaxAttempts: 8 });
      for (const pause of pauses) {
        expect(patience(pause) / 86_400, name).toBeGreaterThan(21);
        // A history holds 25,000 events, and each try leaves three.
        expect(pause.MaxAttempts * 3, name).toBeLessThan(24_000);
      }
    }
  });

  test("8: no callback is waited for without an end", () => {
    for (const [name, { Resource, TimeoutSeconds, Arguments, Catch = [] }] of tasks) {
      const waits = Resource === "arn:aws:states:::lambda:invoke.waitForTaskToken";
      expect(waits || Resource === "arn:aws:states:::lambda:invoke", name).toBe(true);
      expect("token" in (Arguments?.Payload ?? {}), name).toBe(waits);
      const caught = Catch.some(({ ErrorEquals }) => ErrorEquals.includes("States.Timeout"));
      expect(typeof TimeoutSeconds === "string" && caught, name).toBe(waits);
    }
  });

  test("9: has one end per outcome, each reached from one state, and one that is red", () => {
    expect(ofType(graph, "Fail").map(([name]) => name)).toEqual(["Needs an operator"]);
    for (const [end] of ends) {
      const from = graph.states.filter(([, state]) => waysOut(state).some(({ to }) => to === end));
      expect(from, end).toHaveLength(1);
    }
  });

  test("10: is bound to functions, and to nothing else, by the names that they have", () => {
    const used = [...graph.definition.matchAll(/\$\{([^}]*)\}/g)].map(([, name]) => String(name));
    expect(used).toHaveLength(tasks.length);
    const machine = resourcesOf("AWS::StepFunctions::StateMachine").find(([, { StateMachineName }]) =>
      String(StateMachineName).endsWith(graph.name),
    );
    const bound = machine?.[1].DefinitionSubstitutions as Record<string, { Ref: string }>;
    expect(Object.keys(bound).toSorted()).toEqual([...new Set(used)].toSorted());
    const lambdas = new Map(resourcesOf("AWS::Lambda::Function"));
    const aliases = new Map(resourcesOf("AWS::Lambda::Alias"));
    for (const [, task] of tasks) {
      const alias = aliases.get(bound[task.Arguments?.FunctionName.slice(2, -1) ?? ""]?.Ref ?? "");
      const name = alias?.FunctionName as { Ref: string } | undefined;
      expect(lambdas.get(name?.Ref ?? "")?.FunctionName).toBe(`latchkey-local-${functionOf(task)}`);
    }
  });

  test("10: waits longer for a task than its function may take", () => {
    const timeouts = new Map(
      resourcesOf("AWS::Lambda::Function").map(([, { FunctionName, Timeout }]) => [
        FunctionName,
        Number(Timeout),
      ]),
    );
    for (const [name, task] of tasks.filter(([, { TimeoutSeconds }]) => typeof TimeoutSeconds === "number"))
      expect(task.TimeoutSeconds, name).toBeGreaterThan(
        timeouts.get(`latchkey-local-${functionOf(task)}`) ?? Number.POSITIVE_INFINITY,
      );
  });
});
