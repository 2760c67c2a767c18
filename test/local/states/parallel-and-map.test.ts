import { describe, expect, test } from "vitest";
import { sources, testProbes } from "./probes.ts";
import { Bench, branch, invoke, machine, succeed, TaskFailure } from "./support.ts";

describe("Parallel:", () => {
  const two = [
    branch({
      Slow: { Type: "Wait", Seconds: 20, Next: "SlowEnd" },
      SlowEnd: { Type: "Pass", Output: "slow", End: true },
    }),
    branch({ Fast: { Type: "Pass", Output: "{% $states.input %}", End: true } }),
  ];
  testProbes([
    {
      title: "the result is an array in the order of the branches, after the slowest",
      source: sources.parallel,
      machine: machine({ P: { Type: "Parallel", Branches: two, End: true } }),
      input: { a: 1 },
      output: ["slow", { a: 1 }],
      seconds: 20,
    },
    {
      title: "Arguments is the input of every branch",
      source: sources.parallel,
      machine: machine({
        P: {
          Type: "Parallel",
          Arguments: { x: "{% $states.input.a + 1 %}" },
          Branches: [branch({ A: { Type: "Pass", End: true } }), branch({ B: succeed })],
          End: true,
        },
      }),
      input: { a: 1 },
      output: [{ x: 2 }, { x: 2 }],
    },
    {
      title: "Output and Assign see the result",
      source: sources.parallel,
      machine: machine({
        P: {
          Type: "Parallel",
          Branches: two,
          Assign: { first: "{% $states.result[0] %}" },
          Output: "{% $count($states.result) %}",
          Next: "E",
        },
        E: { Type: "Pass", Output: "{% $first & $states.input %}", End: true },
      }),
      output: "slow2",
    },
    {
      title: "a branch reads the variables outside and assigns its own, which end with it",
      source: sources.variables,
      machine: machine({
        A: { Type: "Pass", Assign: { outer: 10 }, Next: "P" },
        P: {
          Type: "Parallel",
          Branches: [
            branch({
              A1: { Type: "Pass", Assign: { inner: "{% $outer + 1 %}" }, Next: "A2" },
              A2: { Type: "Pass", Output: "{% $inner %}", End: true },
            }),
            branch({
              B1: { Type: "Pass", Assign: { inner: "{% $outer + 2 %}" }, Next: "B2" },
              B2: { Type: "Pass", Output: "{% $inner %}", End: true },
            }),
          ],
          Next: "E",
        },
        E: {
          Type: "Pass",
          Output: { result: "{% $states.input %}", inner: "{% $exists($inner) %}" },
          End: true,
        },
      }),
      output: { result: [11, 12], inner: false },
    },
    {
      title: "a failing branch fails the state with the branch's own error",
      source: sources.recorded,
      machine: machine({
        P: {
          Type: "Parallel",
          Branches: [branch({ F: { Type: "Fail", Error: "Mine", Cause: "so" } }), two[0]],
          End: true,
        },
      }),
      error: "Mine",
      cause: "so",
      seconds: 0,
    },
    {
      title: "a branch may assign a variable that the state's own Catch assigns; outside sees the Catch's",
      source: sources.recorded,
      machine: machine({
        P: {
          Type: "Parallel",
          Branches: [
            branch({
              A: { Type: "Pass", Assign: { x: "inside" }, Next: "F" },
              F: { Type: "Fail", Error: "{% $x %}" },
            }),
          ],
          Catch: [{ ErrorEquals: ["States.ALL"], Assign: { x: "caught" }, Next: "E" }],
          Next: "E",
        },
        E: { Type: "Pass", Output: "{% $x %}", End: true },
      }),
      output: "caught",
    },
    {
      title: "a Catch of States.BranchFailed takes any failing branch, and may assign variables outside",
      source: sources.errors,
      machine: machine({
        P: {
          Type: "Parallel",
          Branches: [branch({ F: { Type: "Fail", Error: "Mine", Cause: "so" } }), two[0]],
          Catch: [
            { ErrorEquals: ["States.BranchFailed"], Assign: { why: "{% $states.errorOutput %}" }, Next: "E" },
          ],
          End: true,
        },
        E: { Type: "Pass", Output: "{% $why %}", End: true },
      }),
      output: { Error: "Mine", Cause: "so" },
      seconds: 0,
    },
    {
      title: "Succeed inside a branch ends only the branch",
      source: sources.succeed,
      machine: machine({
        P: {
          Type: "Parallel",
          Branches: [
            branch({ S: { Type: "Succeed", Output: 1 } }),
            branch({ T: { Type: "Pass", Output: 2, End: true } }),
          ],
          Next: "E",
        },
        E: { Type: "Pass", Output: { got: "{% $states.input %}" }, End: true },
      }),
      output: { got: [1, 2] },
    },
  ]);

  test("a failing branch stops the others: their functions are told, their tokens are void", async () => {
    const aborted: string[] = [];
    let token = "";
    const bench = new Bench({
      functions: {
        slow: async (_, { sleep }) => {
          await sleep(1_000);
          aborted.push(`at ${(bench.clock.now() / 1000) % 60}`);
        },
        ask: (payload: { token: string }) => {
          token = payload.token;
        },
      },
    });
    await bench.start(
      machine({
        P: {
          Type: "Parallel",
          Branches: [
            branch({ S: invoke("slow", {}) }),
            branch({
              T: {
                Type: "Task",
                Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
                Arguments: { FunctionName: "ask", Payload: { token: "{% $states.context.Task.Token %}" } },
                End: true,
              },
            }),
            branch({ W: { Type: "Wait", Seconds: 5, Next: "F" }, F: { Type: "Fail", Error: "Late" } }),
            branch({ V: { Type: "Wait", Seconds: 10, Next: "L" }, L: invoke("late", {}) }),
          ],
          Catch: [{ ErrorEquals: ["Late"], Next: "After" }],
          End: true,
        },
        After: { Type: "Wait", Seconds: 100, End: true },
      }),
    );
    await bench.pass(20);
    expect(aborted).toEqual(["at 5"]);
    expect(bench.callsOf("late")).toEqual([]);
    await expect(bench.call("SendTaskSuccess", { taskToken: token, output: "1" })).rejects.toMatchObject({
      name: "TaskTimedOut",
    });
  });

  test("Retry starts all branches again", async () => {
    const bench = new Bench({
      functions: {
        flaky: (_, { calls }) => {
          if (calls < 2) throw new TaskFailure("Flaky", "{}");
          return "ok";
        },
        steady: () => "ok",
      },
    });
    const execution = await bench.run(
      machine({
        P: {
          Type: "Parallel",
          Branches: [
            branch({ A: invoke("flaky", {}, { Output: "{% $states.result.Payload %}", End: true }) }),
            branch({ B: invoke("steady", {}, { Output: "{% $states.result.Payload %}", End: true }) }),
          ],
          Retry: [{ ErrorEquals: ["Flaky"], IntervalSeconds: 4 }],
          End: true,
        },
      }),
    );
    expect(execution).toMatchObject({ output: ["ok", "ok"], seconds: 4 });
    expect(bench.callsOf("steady").map(({ at }) => at)).toEqual([0, 4]);
  });
});

describe("Map:", () => {
  const each = (states: Record<string, object>, more: object = {}) =>
    machine({
      M: {
        Type: "Map",
        ItemProcessor: { ProcessorConfig: { Mode: "INLINE" }, ...branch(states) },
        End: true,
        ...more,
      },
    });
  const same = { I: { Type: "Pass", End: true } };
  testProbes([
    {
      title: "without Items it goes through its input",
      source: sources.map,
      machine: each(same),
      input: [1, "two", null],
      output: [1, "two", null],
    },
    {
      title: "Items from an expression",
      source: sources.map,
      machine: each(same, { Items: "{% $states.input.list %}" }),
      input: { list: [{ a: 1 }, { a: 2 }] },
      output: [{ a: 1 }, { a: 2 }],
    },
    {
      title: "Items as a literal with expressions in it",
      source: sources.map,
      machine: each(same, { Items: [1, "{% $states.input.two %}"] }),
      input: { two: 2 },
      output: [1, 2],
    },
    {
      title: "no items give an empty result",
      source: sources.recorded,
      machine: each(same),
      input: [],
      output: [],
    },
    ...[1, "text", true, null, { a: 1 }].map((items) => ({
      title: `${JSON.stringify(items)} cannot be gone through`,
      source: sources.recorded,
      machine: each(same, { Items: "{% $states.input %}" }),
      input: items,
      error: "States.QueryEvaluationError",
      cause: "Items",
    })),
    {
      title: "one match of a filter is no array, as JSONata has it",
      source: sources.jsonata,
      machine: each(same, { Items: "{% $states.input[n > 1] %}" }),
      input: [{ n: 1 }, { n: 2 }],
      error: "States.QueryEvaluationError",
    },
    {
      title: "ItemSelector makes the input of each iteration from item and state input",
      source: sources.map,
      machine: each(same, {
        Items: "{% $states.input.list %}",
        ItemSelector: {
          index: "{% $states.context.Map.Item.Index %}",
          value: "{% $states.context.Map.Item.Value %}",
          who: "{% $states.input.who %}",
        },
      }),
      input: { list: ["a", "b"], who: "me" },
      output: [
        { index: 0, value: "a", who: "me" },
        { index: 1, value: "b", who: "me" },
      ],
    },
    {
      title: "ItemSelector may be one expression",
      source: sources.map,
      machine: each(same, { ItemSelector: "{% $states.context.Map.Item.Value * 2 %}" }),
      input: [1, 2],
      output: [2, 4],
    },
    {
      title: "the item is in the context of the states inside too",
      source: sources.context,
      machine: each({ I: { Type: "Pass", Output: "{% $states.context.Map.Item.Index %}", End: true } }),
      input: ["a", "b"],
      output: [0, 1],
    },
    {
      title: "the states inside a Map inside a Map see the inner item",
      source: sources.context,
      machine: each({
        Inner: {
          Type: "Map",
          ItemProcessor: branch({
            J: { Type: "Pass", Output: "{% $states.context.Map.Item.Value %}", End: true },
          }),
          End: true,
        },
      }),
      input: [[1, 2], [3]],
      output: [[1, 2], [3]],
    },
    {
      title: "MaxConcurrency 1 goes one by one, in order",
      source: sources.map,
      machine: each({ W: { Type: "Wait", Seconds: 10, End: true } }, { MaxConcurrency: 1 }),
      input: [1, 2, 3],
      output: [1, 2, 3],
      seconds: 30,
    },
    {
      title: "MaxConcurrency from an expression",
      source: sources.map,
      machine: each(
        { W: { Type: "Wait", Seconds: 10, End: true } },
        { Items: [1, 2, 3, 4, 5], MaxConcurrency: "{% $states.input.m %}" },
      ),
      input: { m: 2 },
      output: [1, 2, 3, 4, 5],
      seconds: 30,
    },
    {
      title: "at most 40 iterations run at once",
      source: sources.map,
      machine: each(
        { W: { Type: "Wait", Seconds: 10, Output: 1, End: true } },
        { Output: "{% $sum($states.result) %}" },
      ),
      input: Array.from({ length: 41 }, (_, index) => index),
      output: 41,
      seconds: 20,
    },
    {
      title: "a negative MaxConcurrency fails",
      source: sources.map,
      machine: each(same, { MaxConcurrency: "{% -1 %}" }),
      input: [1],
      error: "States.QueryEvaluationError",
      cause: "MaxConcurrency",
    },
    {
      title: "an ItemSelector that fails, fails the state before anything is run",
      source: sources.map,
      machine: each(same, { ItemSelector: "{% $states.context.Map.Item.Value.missing %}" }),
      input: [{ missing: 1 }, {}],
      error: "States.QueryEvaluationError",
      cause: "ItemSelector",
    },
    {
      title: "one failing iteration fails the state with its error",
      source: sources.map,
      machine: each(
        {
          Odd: {
            Type: "Choice",
            Choices: [{ Condition: "{% $states.input = 2 %}", Next: "Bad" }],
            Default: "Ok",
          },
          Bad: { Type: "Fail", Error: "TwoIsBad" },
          Ok: { Type: "Wait", Seconds: 60, End: true },
        },
        { MaxConcurrency: 0 },
      ),
      input: [1, 2, 3],
      error: "TwoIsBad",
      seconds: 0,
    },
    {
      title: "Catch gets the error, Output makes the new input, Assign a variable",
      source: sources.map,
      machine: machine({
        M: {
          Type: "Map",
          ItemProcessor: branch({ F: { Type: "Fail", Error: "E", Cause: "c" } }),
          Catch: [
            {
              ErrorEquals: ["E"],
              Output: { in: "{% $states.input %}", out: "{% $states.errorOutput %}" },
              Assign: { failed: true },
              Next: "After",
            },
          ],
          End: true,
        },
        After: { Type: "Pass", Output: "{% [$states.input, $failed] %}", End: true },
      }),
      input: [1],
      output: [{ in: [1], out: { Error: "E", Cause: "c" } }, true],
    },
  ]);

  test("entered again with fewer items, it knows nothing of the former ones", async () => {
    const bench = new Bench();
    const execution = await bench.run(
      machine({
        M: {
          Type: "Map",
          ItemProcessor: branch({ I: { Type: "Pass", End: true } }),
          Output: "{% $append([], $states.result)[[1..9]] %}",
          Next: "More",
        },
        More: {
          Type: "Choice",
          Choices: [{ Condition: "{% $count($states.input) > 1 %}", Next: "M" }],
          Default: "End",
        },
        End: succeed,
      }),
      [1, 2, 3, 4],
    );
    expect(execution.output).toBe(4);
  });

  test("Retry begins with all items again", async () => {
    const bench = new Bench({
      functions: {
        f: (payload: number, { calls }) => {
          if (payload === 2 && calls === 2) throw new TaskFailure("Once", "{}");
          return payload * 10;
        },
      },
    });
    const execution = await bench.run(
      each(
        { T: invoke("f", "{% $states.input %}", { Output: "{% $states.result.Payload %}", End: true }) },
        { MaxConcurrency: 1, Retry: [{ ErrorEquals: ["Once"], IntervalSeconds: 2 }] },
      ),
      [1, 2, 3],
    );
    expect(execution).toMatchObject({ output: [10, 20, 30], seconds: 2 });
    expect(bench.calls.map((call) => "payload" in call && call.payload)).toEqual([1, 2, 1, 2, 3]);
  });
});
