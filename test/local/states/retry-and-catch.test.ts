import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { sources, testProbes } from "./probes.ts";
import { Bench, type FakeFunction, invoke, machine, payloadOnly, succeed, TaskFailure } from "./support.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Fails with these errors in turn, then gives "done". */
function failing(...errors: string[]): FakeFunction {
  return (_, { calls }) => {
    const error = errors[calls - 1];
    if (error !== undefined) throw new TaskFailure(error, `{"errorType":"${error}"}`);
    return "done";
  };
}

const end = { ...payloadOnly, End: true };
const retry = (...retriers: object[]) => machine({ T: invoke("f", {}, { ...end, Retry: retriers }) });

/** When the attempts were made, in seconds after the start. */
async function attempts(definition: object, ...errors: string[]): Promise<{ at: number[]; status: string }> {
  const bench = new Bench({ functions: { f: failing(...errors) } });
  const { status } = await bench.run(definition);
  return { at: bench.calls.map(({ at }) => at), status };
}

describe("Retry:", () => {
  test.each([
    {
      title: "by default three more tries, after 1, 2 and 4 seconds",
      retriers: [{ ErrorEquals: ["E"] }],
      errors: ["E", "E", "E"],
      at: [0, 1, 3, 7],
    },
    {
      title: "IntervalSeconds, BackoffRate and MaxAttempts",
      retriers: [{ ErrorEquals: ["E"], IntervalSeconds: 3, BackoffRate: 1.5, MaxAttempts: 3 }],
      errors: ["E", "E", "E"],
      at: [0, 3, 7.5, 14.25],
    },
    {
      title: "MaxDelaySeconds caps the growing delay",
      retriers: [{ ErrorEquals: ["E"], IntervalSeconds: 3, MaxAttempts: 5, MaxDelaySeconds: 10 }],
      errors: ["E", "E", "E", "E"],
      at: [0, 3, 9, 19, 29],
    },
    {
      title: "JitterStrategy NONE keeps the delay as it is",
      retriers: [{ ErrorEquals: ["E"], IntervalSeconds: 2, JitterStrategy: "NONE" }],
      errors: ["E"],
      at: [0, 2],
    },
    {
      title: "each retrier counts by itself",
      retriers: [
        { ErrorEquals: ["A", "B"], IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 2 },
        { ErrorEquals: ["C"], IntervalSeconds: 5 },
      ],
      errors: ["A", "B", "C"],
      at: [0, 1, 3, 8],
    },
  ])("$title", async ({ retriers, errors, at }) => {
    expect(await attempts(retry(...retriers), ...errors)).toEqual({ at, status: "SUCCEEDED" });
  });

  test("MaxAttempts 0 means never, also when a later retrier would", async () => {
    const definition = retry({ ErrorEquals: ["E"], MaxAttempts: 0 }, { ErrorEquals: ["States.ALL"] });
    expect(await attempts(definition, "E")).toEqual({ at: [0], status: "FAILED" });
    expect(await attempts(definition, "Other")).toEqual({ at: [0, 1], status: "SUCCEEDED" });
  });

  test("the example of the documentation: the used-up retrier leaves the fourth error to Catch", async () => {
    const bench = new Bench({ functions: { f: failing("ErrorA", "ErrorB", "ErrorC", "ErrorB") } });
    const execution = await bench.run(
      machine({
        T: invoke(
          "f",
          {},
          {
            ...payloadOnly,
            Retry: [
              { ErrorEquals: ["ErrorA", "ErrorB"], IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 2 },
              { ErrorEquals: ["ErrorC"], IntervalSeconds: 5 },
            ],
            Catch: [{ ErrorEquals: ["States.ALL"], Next: "Z" }],
            End: true,
          },
        ),
        Z: succeed,
      }),
    );
    expect(bench.calls.map(({ at }) => at)).toEqual([0, 1, 3, 8]);
    expect(execution.output).toMatchObject({ Error: "ErrorB" });
    expect(bench.path(execution.arn).map(({ how, index }) => [how, index])).toEqual([
      ["entered", undefined],
      ["retry", 0],
      ["retry", 0],
      ["retry", 1],
      ["catch", 0],
      ["entered", undefined],
      ["end", undefined],
    ]);
    expect(bench.service.billedTransitions(execution.arn)).toBe(1 + 2 + 3);
  });

  test("the tries of a retrier begin anew when the state is entered again", async () => {
    const bench = new Bench({ functions: { f: failing("E", "E", "", "E", "E") } });
    const execution = await bench.run(
      machine({
        Count: { Type: "Pass", Assign: { lap: "{% $exists($lap) ? $lap + 1 : 1 %}" }, Next: "T" },
        T: invoke(
          "f",
          {},
          {
            Retry: [{ ErrorEquals: ["E"], MaxAttempts: 2 }],
            Catch: [{ ErrorEquals: ["States.ALL"], Next: "Count" }],
            Next: "Done",
          },
        ),
        Done: { Type: "Pass", Output: "{% $lap %}", End: true },
      }),
    );
    expect(execution).toMatchObject({ output: 2 });
    expect(bench.calls.map(({ at }) => at)).toEqual([0, 1, 3, 3, 4, 6]);
  });

  test("JitterStrategy FULL waits somewhere between nothing and the delay", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          interval: fc.integer({ min: 1, max: 30 }),
          rate: fc.double({ min: 1, max: 3, noNaN: true }),
          cap: fc.integer({ min: 1, max: 60 }),
          luck: fc.double({ min: 0, max: 0.999, noNaN: true }),
        }),
        async ({ interval, rate, cap, luck }) => {
          vi.spyOn(Math, "random").mockReturnValue(luck);
          const fields = { IntervalSeconds: interval, BackoffRate: rate, MaxDelaySeconds: cap };
          const { at } = await attempts(
            retry({ ErrorEquals: ["E"], ...fields, JitterStrategy: "FULL" }),
            "E",
            "E",
            "E",
          );
          const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0));
          const delays = [0, 1, 2].map((used) => Math.min(interval * rate ** used, cap));
          for (const [index, delay] of delays.entries()) expect(waits[index]).toBeCloseTo(delay * luck, 2);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe("ErrorEquals:", () => {
  const catching = (errorEquals: string[], task: object = invoke("f", {})) =>
    machine({
      T: { ...task, Catch: [{ ErrorEquals: errorEquals, Next: "C" }], End: true },
      C: { Type: "Pass", Output: { caught: "{% $states.input.Error %}" }, End: true },
    });
  const tooLarge: FakeFunction = () => "x".repeat(262_144);
  const late: FakeFunction = (_, { sleep }) => sleep(100);
  const broken = invoke("f", { a: "{% $states.input.missing %}" });
  const unusable = {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke",
    Arguments: "{% { 'Payload': 1 } %}",
    End: true,
  };
  testProbes([
    {
      title: "a Lambda function's error is known by its name",
      source: sources.lambda,
      machine: catching(["NotFoundError"]),
      functions: { f: failing("NotFoundError") },
      output: { caught: "NotFoundError" },
    },
    {
      title: "another name is not meant",
      source: sources.errors,
      machine: catching(["NotFoundError"]),
      functions: { f: failing("notfounderror") },
      error: "notfounderror",
    },
    {
      title: "States.ALL means any error",
      source: sources.errors,
      machine: catching(["States.ALL"]),
      functions: { f: failing("Whatever") },
      output: { caught: "Whatever" },
    },
    {
      title: "States.TaskFailed means any error",
      source: sources.errors,
      machine: catching(["States.TaskFailed"]),
      functions: { f: failing("Whatever") },
      output: { caught: "Whatever" },
    },
    {
      title: "States.TaskFailed does not mean a timeout",
      source: sources.errors,
      machine: catching(["States.TaskFailed"], { ...invoke("f", {}), TimeoutSeconds: 5 }),
      functions: { f: late },
      error: "States.Timeout",
      seconds: 5,
    },
    {
      title: "States.ALL means a timeout too",
      source: sources.errors,
      machine: catching(["States.ALL"], { ...invoke("f", {}), TimeoutSeconds: 5 }),
      functions: { f: late },
      output: { caught: "States.Timeout" },
    },
    {
      title: "a failing expression in Arguments can be caught",
      source: sources.errors,
      machine: catching(["States.QueryEvaluationError"], broken),
      output: { caught: "States.QueryEvaluationError" },
    },
    {
      title: "a failing expression in Output can be caught",
      source: sources.errors,
      machine: catching(["States.QueryEvaluationError"], {
        ...invoke("f", {}),
        Output: "{% $states.result.nothing %}",
      }),
      functions: { f: () => 1 },
      output: { caught: "States.QueryEvaluationError" },
    },
    {
      title: "States.DataLimitExceeded can be caught by its name",
      source: sources.recorded,
      machine: catching(["States.DataLimitExceeded"]),
      functions: { f: tooLarge },
      output: { caught: "States.DataLimitExceeded" },
    },
    {
      title: "States.ALL does not catch States.DataLimitExceeded",
      source: sources.errors,
      machine: catching(["States.ALL"]),
      functions: { f: tooLarge },
      error: "States.DataLimitExceeded",
    },
    {
      title: "States.ALL does not catch States.Runtime",
      source: sources.errors,
      machine: catching(["States.ALL"], unusable),
      error: "States.Runtime",
      cause: "FunctionName",
    },
    {
      title: "nothing catches States.Runtime",
      source: sources.recorded,
      machine: catching(["States.Runtime"], unusable),
      error: "States.Runtime",
    },
  ]);
});

describe("Catch:", () => {
  testProbes([
    {
      title: "without Output, the next state gets the error output",
      source: sources.errors,
      machine: machine({
        T: invoke("f", {}, { Catch: [{ ErrorEquals: ["States.ALL"], Next: "C" }], End: true }),
        C: succeed,
      }),
      functions: { f: failing("E") },
      input: { a: 1 },
      output: { Error: "E", Cause: '{"errorType":"E"}' },
    },
    {
      title: "a timeout has an empty cause",
      source: sources.recorded,
      machine: machine({
        T: invoke(
          "f",
          {},
          { TimeoutSeconds: 3, Catch: [{ ErrorEquals: ["States.Timeout"], Next: "C" }], End: true },
        ),
        C: succeed,
      }),
      functions: { f: (_, { sleep }) => sleep(10) },
      output: { Error: "States.Timeout", Cause: "" },
    },
    {
      title: "Output and Assign see input and error output; the state's own Assign does not count",
      source: sources.variables,
      machine: machine({
        T: invoke(
          "f",
          {},
          {
            Assign: { x: "fine" },
            Catch: [
              {
                ErrorEquals: ["E"],
                Output: { input: "{% $states.input %}", error: "{% $states.errorOutput.Error %}" },
                Assign: { x: "{% $states.errorOutput.Error %}" },
                Next: "C",
              },
            ],
            End: true,
          },
        ),
        C: { Type: "Pass", Output: { got: "{% $states.input %}", x: "{% $x %}" }, End: true },
      }),
      functions: { f: failing("E") },
      input: 7,
      output: { got: { input: 7, error: "E" }, x: "E" },
    },
    {
      title: "the first catcher that names the error decides",
      source: sources.errors,
      machine: machine({
        T: invoke(
          "f",
          {},
          {
            Catch: [
              { ErrorEquals: ["Other"], Next: "A" },
              { ErrorEquals: ["E", "F"], Next: "B" },
              { ErrorEquals: ["States.ALL"], Next: "A" },
            ],
            Next: "A",
          },
        ),
        A: { Type: "Pass", Output: "A", End: true },
        B: { Type: "Pass", Output: "B", End: true },
      }),
      functions: { f: failing("E") },
      output: "B",
    },
    {
      title: "an expression that fails in Catch fails the execution, not caught again",
      source: sources.language,
      machine: machine({
        T: invoke(
          "f",
          {},
          {
            Catch: [{ ErrorEquals: ["States.ALL"], Output: "{% $states.errorOutput.nothing %}", Next: "C" }],
            End: true,
          },
        ),
        C: succeed,
      }),
      functions: { f: failing("E") },
      error: "States.QueryEvaluationError",
    },
    {
      title: "a failure in a state without Catch fails the execution",
      source: sources.errors,
      machine: machine({ A: { Type: "Pass", Output: "{% $nothing %}", Next: "B" }, B: succeed }),
      error: "States.QueryEvaluationError",
    },
  ]);
});
