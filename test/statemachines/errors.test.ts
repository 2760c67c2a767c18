import { describe, expect, test } from "vitest";
import * as errors from "../../src/errors.ts";
import { functionOf, graphs, mapAround } from "../support/graphs.ts";
import { paths, readSourceFile } from "../support/source-files.ts";

/** The contract between the errors of `src/errors.ts` and the graphs that catch them by name. */

const families = {
  RefusedError: errors.RefusedError,
  NotAllowedError: errors.NotAllowedError,
  SettledError: errors.SettledError,
  UpstreamError: errors.UpstreamError,
  SetupError: errors.SetupError,
  PausedError: errors.PausedError,
  RejectedWebhookError: errors.RejectedWebhookError,
};
type Family = keyof typeof families;
const abstract = ["LatchkeyError", ...Object.keys(families)];

type ErrorClass = new (...words: string[]) => errors.LatchkeyError;
const classes = Object.entries(errors).filter(([name]) => !abstract.includes(name)) as unknown as [
  string,
  ErrorClass,
][];
const samples = classes.map(([name, Class]) => ({ name, error: new Class("one", "two") }));
const familiesOf = (error: Error) =>
  (Object.keys(families) as Family[]).filter((family) => error instanceof families[family]);
const namesIn = (...wanted: Family[]) =>
  samples.flatMap(({ name, error }) => (familiesOf(error).some((one) => wanted.includes(one)) ? [name] : []));

/** Names that AWS gives to failures. `Sandbox.Timedout`: Lambda's for a function that ran out of time. */
const names = {
  retried: [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Sandbox.Timedout",
  ],
  caught: ["States.ALL", "States.Timeout"],
};

/** The errors that a function can throw: those made in its own file and in every file that it runs. */
function thrownBy(name: string): Set<string> {
  const thrown = new Set<string>();
  const seen = new Set<string>();
  const visit = (path: string) => {
    if (seen.has(path) || path === "src/errors.ts" || !path.endsWith(".ts")) return;
    seen.add(path);
    const { made, imports } = readSourceFile(path);
    for (const one of made) thrown.add(one);
    for (const { from, types } of imports) if (!types && from.startsWith("src/")) visit(from);
  };
  visit(`functions/${name}.ts`);
  return thrown;
}

describe("an error", () => {
  test.each(samples)("$name has its own name, one family, and a hint for the operator", ({ name, error }) => {
    expect(error.name).toBe(name);
    expect(familiesOf(error)).toHaveLength(1);
    expect(error.operatorHint).toMatch(/^[A-Z].*\.$/);
    expect(error.message).not.toBe("");
  });

  test("is raised somewhere, or it would not be there", () => {
    const made = new Set(paths("src/**/*.ts").flatMap((path) => readSourceFile(path).made));
    expect(classes.map(([name]) => name).filter((name) => !made.has(name))).toEqual([]);
  });

  test("of a webhook says what Jira shall do: 5xx is delivered again, 4xx is not", () => {
    const statuses = samples.flatMap(({ error }) =>
      error instanceof errors.RejectedWebhookError ? [[error.name, error.status]] : [],
    );
    expect(Object.fromEntries(statuses)).toEqual({
      NotProvenError: 401,
      MalformedError: 400,
      TooLargeError: 413,
      UnknownRouteError: 404,
      NotReadyError: 503,
    });
  });
});

describe.each(graphs)("the graph of $name", (graph) => {
  const tasks = graph.states.filter(([, { Type }]) => Type === "Task");
  /** What some function of this graph can throw. */
  const possible = new Set(tasks.flatMap(([, task]) => [...thrownBy(functionOf(task))]));
  const caughtIn = (wanted: (name: string) => boolean) =>
    new Set(
      tasks
        .filter(([, task]) => wanted(functionOf(task)))
        .flatMap(([, { Catch = [] }]) => Catch.flatMap(({ ErrorEquals }) => ErrorEquals)),
    );

  test("knows no error that does not exist", () => {
    const known = [...classes.map(([name]) => name), ...names.retried, ...names.caught];
    for (const [name, { Retry = [], Catch = [] }] of tasks)
      for (const { ErrorEquals } of [...Retry, ...Catch])
        expect(known, name).toEqual(expect.arrayContaining(ErrorEquals));
  });

  test("retries what another system did not do this time, what is stopped for a while, and nothing else", () => {
    for (const [name, task] of tasks) {
      const thrown = thrownBy(functionOf(task));
      // What only writes down a failure waits for nothing.
      const paused = name.startsWith("Note ") ? [] : namesIn("PausedError").filter((one) => thrown.has(one));
      expect((task.Retry ?? []).flatMap(({ ErrorEquals }) => ErrorEquals).toSorted(), name).toEqual(
        [...namesIn("UpstreamError"), ...names.retried, ...paused].toSorted(),
      );
    }
    const possiblePauses = namesIn("PausedError").filter((name) => possible.has(name));
    expect(tasks.flatMap(([, { Retry = [] }]) => Retry.flatMap(({ ErrorEquals }) => ErrorEquals))).toEqual(
      expect.arrayContaining(possiblePauses),
    );
  });

  test("goes another way, by name, for a refusal, a missing approval, and what was settled meanwhile", () => {
    const routed = namesIn("RefusedError", "NotAllowedError", "SettledError").filter((name) =>
      possible.has(name),
    );
    // Inside of a Map, what cannot be done for one is written down, and the others go on.
    const outside = tasks.filter(([name]) => !mapAround(graph, name));
    for (const called of new Set(outside.map(([, task]) => functionOf(task)))) {
      const thrown = thrownBy(called);
      expect(thrown.size, called).toBeGreaterThan(0);
      expect([...caughtIn((name) => name === called)], called).toEqual(
        expect.arrayContaining(routed.filter((name) => thrown.has(name))),
      );
    }
    const outsideOnes = new Set(outside.flatMap(([, task]) => [...thrownBy(functionOf(task))]));
    expect([...caughtIn(() => true)]).toEqual(
      expect.arrayContaining(routed.filter((name) => outsideOnes.has(name))),
    );
  });

  test("catches no name that its function cannot throw; refusals are caught as a whole family", () => {
    const outside = tasks.filter(([name]) => !mapAround(graph, name));
    const thrownOutside = new Set(outside.flatMap(([, task]) => [...thrownBy(functionOf(task))]));
    const refusals = namesIn("RefusedError").filter((name) => thrownOutside.has(name));
    for (const [name, task] of tasks) {
      const thrown = thrownBy(functionOf(task));
      const caught = (task.Catch ?? []).flatMap(({ ErrorEquals }) => ErrorEquals);
      for (const one of caught.filter((each) => !names.caught.includes(each) && !refusals.includes(each)))
        expect(thrown, name).toContain(one);
      const caughtRefusals = caught.filter((one) => refusals.includes(one));
      expect([[], refusals.toSorted()], name).toContainEqual(caughtRefusals.toSorted());
    }
  });

  test("leaves to an operator, without a try, what is set up wrongly", () => {
    const named = new Set(
      tasks.flatMap(([, { Retry = [], Catch = [] }]) =>
        [...Retry, ...Catch].flatMap(({ ErrorEquals }) => ErrorEquals),
      ),
    );
    expect(namesIn("SetupError", "RejectedWebhookError").filter((name) => named.has(name))).toEqual([]);
  });
});
