import { describe, expect, test } from "vitest";
import { sources, testProbes } from "./probes.ts";
import { Bench, machine, succeed } from "./support.ts";

describe("Pass and variables:", () => {
  testProbes([
    {
      title: "a Pass state without Output passes its input on",
      source: sources.pass,
      machine: machine({ A: { Type: "Pass", End: true } }),
      input: { a: [1] },
      output: { a: [1] },
    },
    {
      title: "a variable is there in every later state",
      source: sources.variables,
      machine: machine({
        A: { Type: "Pass", Assign: { x: 1, list: "{% $states.input.list %}" }, Next: "B" },
        B: { Type: "Pass", Output: "gone", Next: "C" },
        C: { Type: "Pass", Output: { x: "{% $x %}", list: "{% $list %}" }, End: true },
      }),
      input: { list: [1, 2] },
      output: { x: 1, list: [1, 2] },
    },
    {
      title: "all expressions of a state see the variables as they were when it was entered",
      source: sources.variables,
      machine: machine({
        A: { Type: "Pass", Assign: { x: 3, y: 6 }, Next: "Swap" },
        Swap: {
          Type: "Pass",
          Assign: { x: "{% $y %}", y: "{% $x %}" },
          Output: "{% [$x, $y] %}",
          Next: "After",
        },
        After: {
          Type: "Pass",
          Output: { before: "{% $states.input %}", after: "{% [$x, $y] %}" },
          End: true,
        },
      }),
      output: { before: [3, 6], after: [6, 3] },
    },
    {
      title: "a variable cannot be used in the state that assigns it first",
      source: sources.variables,
      machine: machine({ A: { Type: "Pass", Assign: { x: 1, y: "{% $x %}" }, End: true } }),
      error: "States.QueryEvaluationError",
    },
    {
      title: "a variable may be null, and is not undefined then",
      source: sources.variables,
      machine: machine({
        A: { Type: "Pass", Assign: { x: null }, Next: "B" },
        B: { Type: "Pass", Output: "{% $x = null %}", End: true },
      }),
      output: true,
    },
    {
      title: "what one state assigns is at most 256 KiB",
      source: sources.variables,
      machine: machine({
        A: { Type: "Pass", Assign: { x: "{% $pad('', 262143, 'x') %}" }, Next: "B" },
        B: succeed,
      }),
      error: "States.DataLimitExceeded",
    },
    {
      title: "an output is at most 256 KiB of UTF-8",
      source: sources.quotas,
      machine: machine({ A: { Type: "Pass", Output: "{% $pad('', 131072, 'é') %}", End: true } }),
      error: "States.DataLimitExceeded",
    },
    {
      title: "an output of exactly 256 KiB passes",
      source: sources.quotas,
      machine: machine({
        A: { Type: "Pass", Output: "{% $pad('', 262142, 'x') %}", Next: "B" },
        B: { Type: "Pass", Output: "{% $length($states.input) %}", End: true },
      }),
      output: 262_142,
    },
  ]);
});

describe("Choice:", () => {
  const choose = (rules: object[], more: object = {}) =>
    machine({
      Pick: { Type: "Choice", Choices: rules, ...more },
      One: {
        Type: "Pass",
        Output: { state: "One", got: "{% $states.input %}", tier: "{% $exists($tier) ? $tier : null %}" },
        End: true,
      },
      Two: {
        Type: "Pass",
        Output: { state: "Two", got: "{% $states.input %}", tier: "{% $exists($tier) ? $tier : null %}" },
        End: true,
      },
    });
  const rule = (condition: unknown, next: string, more: object = {}) => ({
    Condition: condition,
    Next: next,
    ...more,
  });

  testProbes([
    {
      title: "the first rule that is true decides",
      source: sources.choice,
      machine: choose([rule("{% $states.input.n > 1 %}", "One"), rule("{% $states.input.n > 0 %}", "Two")]),
      input: { n: 5 },
      output: { state: "One", got: { n: 5 }, tier: null },
    },
    {
      title: "Default is taken when no rule is true",
      source: sources.choice,
      machine: choose([rule("{% false %}", "One")], { Default: "Two" }),
      input: 7,
      output: { state: "Two", got: 7, tier: null },
    },
    {
      title: "a condition may be a literal boolean",
      source: sources.recorded,
      machine: choose([rule(true, "One")], { Default: "Two" }),
      input: 7,
      output: { state: "One", got: 7, tier: null },
    },
    {
      title: "no rule and no Default is States.NoChoiceMatched",
      source: sources.choice,
      machine: choose([rule("{% false %}", "One"), rule("{% false %}", "Two")]),
      error: "States.NoChoiceMatched",
    },
    {
      title: "a condition that is not boolean fails, however true it looks",
      source: sources.choice,
      machine: choose([rule("{% 'yes' %}", "One")], { Default: "Two" }),
      error: "States.QueryEvaluationError",
      cause: "Choices[0]/Condition",
    },
    {
      title: "a condition that gives nothing fails",
      source: sources.jsonata,
      machine: choose([rule("{% $states.input.missing %}", "One")], { Default: "Two" }),
      error: "States.QueryEvaluationError",
    },
    {
      title: "a comparison with what is missing is false",
      source: sources.jsonata,
      machine: choose([rule("{% $states.input.missing = 1 %}", "One")], { Default: "Two" }),
      input: 1,
      output: { state: "Two", got: 1, tier: null },
    },
    {
      title: "a rule has its own Assign and Output, and those of the state do not count then",
      source: sources.recorded,
      machine: choose([rule("{% true %}", "One", { Assign: { tier: "gold" }, Output: "of the rule" })], {
        Default: "Two",
        Assign: { tier: "none" },
        Output: "of the state",
      }),
      output: { state: "One", got: "of the rule", tier: "gold" },
    },
    {
      title: "Assign and Output of the state belong to Default",
      source: sources.recorded,
      machine: choose([rule("{% false %}", "One", { Assign: { tier: "gold" }, Output: "of the rule" })], {
        Default: "Two",
        Assign: { tier: "none" },
        Output: "of the state",
      }),
      output: { state: "Two", got: "of the state", tier: "none" },
    },
  ]);
});

describe("Wait:", () => {
  const wait = (fields: object) => machine({ W: { Type: "Wait", ...fields, Next: "End" }, End: succeed });
  testProbes([
    { title: "Seconds", source: sources.wait, machine: wait({ Seconds: 90 }), output: {}, seconds: 90 },
    {
      title: "Seconds may be 0",
      source: sources.recorded,
      machine: wait({ Seconds: 0 }),
      output: {},
      seconds: 0,
    },
    {
      title: "Seconds from an expression",
      source: sources.wait,
      machine: wait({ Seconds: "{% $states.input.s * 60 %}" }),
      input: { s: 2 },
      output: { s: 2 },
      seconds: 120,
    },
    {
      title: "Timestamp",
      source: sources.wait,
      machine: wait({ Timestamp: "2026-11-21T09:00:00Z" }),
      output: {},
      seconds: 86_400,
    },
    {
      title: "Timestamp with an offset, from an expression",
      source: sources.wait,
      machine: wait({ Timestamp: "{% $states.input.at %}", Output: "{% $states.input.at %}" }),
      input: { at: "2026-11-20T11:00:30.5+01:00" },
      output: "2026-11-20T11:00:30.5+01:00",
      seconds: 3_630.5,
    },
    {
      title: "a Timestamp that has passed does not wait",
      source: sources.wait,
      machine: wait({ Timestamp: "2020-01-01T00:00:00Z" }),
      output: {},
      seconds: 0,
    },
    ...["2026-11-21 09:00:00Z", "2026-11-21T09:00:00", "2026-13-05T21:29:29Z", "2026-12-05T25:29:29Z"].map(
      (at) => ({
        title: `the Timestamp ${at} is none`,
        source: sources.recorded,
        machine: wait({ Timestamp: "{% $states.input %}" }),
        input: at,
        error: "States.QueryEvaluationError",
        cause: "Timestamp",
      }),
    ),
    ...[-1, 1.5, "10", 100_000_000].map((seconds) => ({
      title: `${JSON.stringify(seconds)} Seconds from an expression fail`,
      source: sources.wait,
      machine: wait({ Seconds: "{% $states.input %}" }),
      input: seconds,
      error: "States.QueryEvaluationError",
    })),
    {
      title: "Assign is evaluated after the wait",
      source: sources.variables,
      machine: machine({
        W: { Type: "Wait", Seconds: 60, Assign: { at: "{% $millis() %}" }, Next: "E" },
        E: { Type: "Pass", Output: "{% $at - $toMillis($states.context.Execution.StartTime) %}", End: true },
      }),
      output: 60_000,
    },
  ]);
});

describe("Succeed and Fail:", () => {
  testProbes([
    {
      title: "Succeed gives its input as output",
      source: sources.succeed,
      machine: machine({ S: succeed }),
      input: [1],
      output: [1],
    },
    {
      title: "Succeed may have an Output",
      source: sources.succeed,
      machine: machine({ S: { Type: "Succeed", Output: { n: "{% $states.input + 1 %}" } } }),
      input: 1,
      output: { n: 2 },
    },
    {
      title: "Fail gives error and cause",
      source: sources.fail,
      machine: machine({ F: { Type: "Fail", Error: "Refused", Cause: "no reason" } }),
      error: "Refused",
      cause: "no reason",
    },
    {
      title: "Fail evaluates error and cause",
      source: sources.fail,
      machine: machine({
        F: { Type: "Fail", Error: "{% 'Refused' & $states.input.n %}", Cause: "{% $states.input.why %}" },
      }),
      input: { n: 2, why: "because" },
      error: "Refused2",
      cause: "because",
    },
    {
      title: "an Error that is not a string fails as States.QueryEvaluationError",
      source: sources.fail,
      machine: machine({ F: { Type: "Fail", Error: "{% 42 %}" } }),
      error: "States.QueryEvaluationError",
    },
  ]);

  test("a Fail state without Error fails the execution without a name", async () => {
    const execution = await new Bench().run(machine({ F: { Type: "Fail" } }));
    expect(execution).toMatchObject({ status: "FAILED", seconds: 0 });
    expect(execution).not.toHaveProperty("error");
    expect(execution).not.toHaveProperty("output");
  });
});

describe("the execution as a whole:", () => {
  test("TimeoutSeconds ends it as TIMED_OUT, in the middle of a state", async () => {
    const bench = new Bench();
    const execution = await bench.run(
      machine({ W: { Type: "Wait", Seconds: 100, End: true } }, { TimeoutSeconds: 30 }),
    );
    expect(execution).toEqual({ arn: execution.arn, status: "TIMED_OUT", seconds: 30 });
    expect(await bench.types(execution.arn)).toEqual([
      "ExecutionStarted",
      "WaitStateEntered",
      "ExecutionTimedOut",
    ]);
  });

  test("no execution lasts longer than a year", async () => {
    const bench = new Bench();
    const wait = { Type: "Wait", Seconds: 99_999_999, End: true };
    expect(await bench.run(machine({ W: wait }))).toMatchObject({
      status: "TIMED_OUT",
      seconds: 365 * 86_400,
    });
  });

  test("a loop without end fails at 25,000 events", async () => {
    const bench = new Bench();
    const loop = machine({
      A: { Type: "Pass", Next: "B" },
      B: { Type: "Choice", Choices: [{ Condition: true, Next: "A" }], Default: "C" },
      C: succeed,
    });
    const execution = await bench.run(loop);
    expect(execution).toMatchObject({ status: "FAILED", error: "States.Runtime" });
    expect(execution.cause).toContain("25000");
  });

  test("JSONata may be set on each state instead of the machine", async () => {
    const pass = { Type: "Pass", QueryLanguage: "JSONata", Output: "{% 1 + 1 %}", End: true };
    expect((await new Bench().run({ StartAt: "A", States: { A: pass } })).output).toBe(2);
  });
});
