import { branch, invoke, machine, succeed } from "../support.ts";
import type { Row } from "./row.ts";

const shown = (expression: string, more: object = { End: true }) => ({
  Type: "Pass",
  Output: `{% ${expression} %}`,
  ...more,
});
const large = "x".repeat(200_000);
const choose = (value: unknown, rules: object[], more: object = {}) => ({
  definition: machine({
    C: { Type: "Choice", Choices: rules, ...more },
    A: shown("{ 'to': 'A', 'got': $states.input, 'v': $v }"),
    B: shown("{ 'to': 'B', 'got': $states.input, 'v': $v }"),
  }),
  input: value,
});
const went = (to: string, got: unknown, more: object = {}) => ({
  status: "SUCCEEDED" as const,
  output: { to, got, ...more },
});

export const flow: Row[] = [
  {
    id: "pass-through",
    says: "A Pass state without Output passes its input on.",
    source: "Pass",
    definition: machine({ A: { Type: "Pass", Next: "B" }, B: { Type: "Pass", End: true } }),
    input: { a: [1, null] },
    expected: { status: "SUCCEEDED", output: { a: [1, null] } },
  },
  {
    id: "input-default",
    says: "An execution that is started without input gets {}.",
    source: "Language: states",
    definition: machine({ A: { Type: "Pass", End: true } }),
    calls: [
      { call: "StartExecution", with: { stateMachineArn: "<machine>", name: "two" } },
      {
        call: "DescribeExecution",
        with: { executionArn: "<execution two>" },
        gives: { input: "{}", output: "{}" },
      },
    ],
    expected: {},
  },
  {
    id: "output-literal",
    says: "Output may be any JSON, null too.",
    source: "JSONata",
    definition: machine({ A: { Type: "Pass", Output: null, End: true } }),
    expected: { status: "SUCCEEDED", output: null },
  },
  {
    id: "variable-later",
    says: "A variable is there in every later state.",
    source: "variables",
    definition: machine({
      A: { Type: "Pass", Assign: { x: "{% $states.input.a %}" }, Output: 0, Next: "B" },
      B: { Type: "Wait", Seconds: 1, Next: "C" },
      C: shown("$x"),
    }),
    input: { a: "kept" },
    expected: { status: "SUCCEEDED", output: "kept" },
  },
  {
    id: "variable-swap",
    says: "All expressions of a state see the variables as they were when it was entered.",
    source: "variables",
    definition: machine({
      A: { Type: "Pass", Assign: { x: 3, y: 6 }, Next: "B" },
      B: { Type: "Pass", Assign: { x: "{% $y %}", y: "{% $x %}" }, Output: "{% $x %}", Next: "C" },
      C: shown("[$states.input, $x, $y]"),
    }),
    expected: { status: "SUCCEEDED", output: [3, 6, 3] },
  },
  {
    id: "variable-not-yet",
    says: "A state cannot use the variable that it assigns first.",
    source: "variables",
    definition: machine({ A: { Type: "Pass", Assign: { x: 1, y: "{% $x %}" }, End: true } }),
    expected: { status: "FAILED", error: "States.QueryEvaluationError" },
  },
  {
    id: "variable-null",
    says: "A variable may be null.",
    source: "variables",
    definition: machine({ A: { Type: "Pass", Assign: { x: null }, Next: "B" }, B: shown("$x = null") }),
    expected: { status: "SUCCEEDED", output: true },
  },
  {
    id: "variable-size",
    says: "One Assign holds at most 256 KiB, however many variables share them.",
    source: "variables",
    definition: machine({
      A: { Type: "Pass", Assign: { x: "{% $states.input %}", y: "{% $states.input %}" }, End: true },
    }),
    input: large,
    expected: { status: "FAILED", error: "States.DataLimitExceeded" },
  },
  {
    id: "output-size",
    says: "The output of a state has at most 256 KiB of UTF-8.",
    source: "quotas",
    definition: machine({ A: shown("$states.input & $states.input") }),
    input: large,
    expected: { status: "FAILED", error: "States.DataLimitExceeded" },
  },
  {
    id: "output-size-exact",
    says: "262,144 bytes are not too many.",
    source: "quotas",
    definition: machine({
      A: shown("$length($pad('', 262142, 'x'))", { Output: "{% $pad('', 262142, 'x') %}", Next: "B" }),
      B: shown("$length($states.input)"),
    }),
    expected: { status: "SUCCEEDED", output: 262_142 },
  },
  {
    id: "history-limit",
    says: "An execution fails when its history reaches 25,000 events.",
    source: "quotas",
    definition: machine({
      A: { Type: "Pass", Next: "B" },
      B: { Type: "Choice", Choices: [{ Condition: false, Next: "C" }], Default: "A" },
      C: succeed,
    }),
    expected: { status: "FAILED" },
  },

  {
    id: "choice-first",
    says: "The first rule that is true decides.",
    source: "Choice",
    ...choose(5, [
      { Condition: "{% $states.input > 9 %}", Next: "B" },
      { Condition: "{% $states.input > 1 %}", Next: "A" },
      { Condition: "{% true %}", Next: "B" },
    ]),
    expected: went("A", 5),
  },
  {
    id: "choice-default",
    says: "Default is taken when no rule is true.",
    source: "Choice",
    ...choose(5, [{ Condition: "{% false %}", Next: "A" }], { Default: "B" }),
    expected: went("B", 5),
  },
  {
    id: "choice-none",
    says: "No rule and no Default is States.NoChoiceMatched.",
    source: "Choice",
    ...choose(5, [
      { Condition: "{% $states.input = 1 %}", Next: "A" },
      { Condition: "{% $states.input = 2 %}", Next: "B" },
    ]),
    expected: { status: "FAILED", error: "States.NoChoiceMatched" },
  },
  {
    id: "choice-rule-assign",
    says: "A rule has its own Assign and Output; those of the state do not count then.",
    source: "Choice",
    ...choose(5, [{ Condition: "{% true %}", Next: "A", Assign: { v: "rule" }, Output: "out" }], {
      Default: "B",
      Assign: { v: "state" },
      Output: "state",
    }),
    expected: went("A", "out", { v: "rule" }),
  },
  {
    id: "choice-default-assign",
    says: "Assign and Output of the state belong to Default.",
    source: "Choice",
    ...choose(5, [{ Condition: "{% false %}", Next: "A", Assign: { v: "rule" } }], {
      Default: "B",
      Assign: { v: "state" },
      Output: "out",
    }),
    expected: went("B", "out", { v: "state" }),
  },
  {
    id: "choice-boolean",
    says: "A Condition must give a boolean, not something that looks true.",
    source: "Choice",
    ...choose(5, [{ Condition: "{% $states.input %}", Next: "A" }], { Default: "B" }),
    expected: { status: "FAILED", error: "States.QueryEvaluationError" },
  },
  {
    id: "choice-missing",
    says: "A comparison with what is not there is false, not an error.",
    source: "JSONata itself",
    ...choose({}, [{ Condition: "{% $states.input.grade = 'high' %}", Next: "A" }], { Default: "B" }),
    expected: went("B", {}),
  },

  {
    id: "wait-seconds",
    says: "Seconds waits so long.",
    source: "Wait",
    definition: machine({ W: { Type: "Wait", Seconds: 90, End: true } }),
    input: { a: 1 },
    expected: { status: "SUCCEEDED", output: { a: 1 }, seconds: 90 },
  },
  {
    id: "wait-zero",
    says: "Seconds may be 0.",
    source: "Wait",
    definition: machine({ W: { Type: "Wait", Seconds: 0, End: true } }),
    expected: { status: "SUCCEEDED", seconds: 0 },
  },
  {
    id: "wait-expression",
    says: "Seconds may come from an expression.",
    source: "Wait",
    definition: machine({ W: { Type: "Wait", Seconds: "{% $states.input.s %}", End: true } }),
    input: { s: 45 },
    expected: { status: "SUCCEEDED", seconds: 45 },
  },
  {
    id: "wait-timestamp",
    says: "Timestamp waits until a moment.",
    source: "Wait",
    definition: machine({ W: { Type: "Wait", Timestamp: "2026-11-20T09:01:00Z", End: true } }),
    expected: { status: "SUCCEEDED", seconds: 60 },
  },
  {
    id: "wait-offset",
    says: "A Timestamp may have a numeric offset and come from an expression.",
    source: "Language: timestamps",
    definition: machine({ W: { Type: "Wait", Timestamp: "{% $states.input %}", End: true } }),
    input: "2026-11-20T10:00:30+01:00",
    expected: { status: "SUCCEEDED", seconds: 30 },
  },
  {
    id: "wait-past",
    says: "A Timestamp that has passed does not wait.",
    source: "Wait",
    definition: machine({ W: { Type: "Wait", Timestamp: "2020-01-01T00:00:00Z", End: true } }),
    expected: { status: "SUCCEEDED", seconds: 0 },
  },
  ...["2026-11-20t09:01:00Z", "2026-11-20 09:01:00Z", "2026-11-20T09:01:00", "2026-11-20T09:01:00z"].map(
    (at, index): Row => ({
      id: `wait-bad-timestamp-${index + 1}`,
      says: `'${at}' is no timestamp: it has an uppercase T, and an uppercase Z or an offset.`,
      source: "Language: timestamps",
      definition: machine({ W: { Type: "Wait", Timestamp: "{% $states.input %}", End: true } }),
      input: at,
      expected: { status: "FAILED", error: "States.QueryEvaluationError" },
    }),
  ),

  {
    id: "succeed-input",
    says: "Succeed gives its input as the output of the execution.",
    source: "Succeed",
    definition: machine({ S: succeed }),
    input: [1],
    expected: { status: "SUCCEEDED", output: [1] },
  },
  {
    id: "succeed-output",
    says: "Succeed may have an Output.",
    source: "Succeed",
    definition: machine({ S: { Type: "Succeed", Output: { n: "{% $states.input[0] %}" } } }),
    input: [1],
    expected: { status: "SUCCEEDED", output: { n: 1 } },
  },
  {
    id: "fail",
    says: "Fail ends the execution with its Error and Cause.",
    source: "Fail",
    definition: machine({ F: { Type: "Fail", Error: "ErrorA", Cause: "Kaiju attack" } }),
    expected: { status: "FAILED", error: "ErrorA", cause: "Kaiju attack" },
  },
  {
    id: "fail-expression",
    says: "Error and Cause may come from expressions.",
    source: "Fail",
    definition: machine({
      F: { Type: "Fail", Error: "{% $states.input.e %}", Cause: "{% 'because ' & $states.input.c %}" },
    }),
    input: { e: "Late", c: "of snow" },
    expected: { status: "FAILED", error: "Late", cause: "because of snow" },
  },
  {
    id: "machine-timeout",
    says: "A machine that runs longer than its TimeoutSeconds is ended, as TIMED_OUT.",
    source: "Language: structure",
    definition: machine({ W: { Type: "Wait", Seconds: 100, End: true } }, { TimeoutSeconds: 30 }),
    expected: { status: "TIMED_OUT", seconds: 30 },
  },
  {
    id: "one-year",
    says: "No execution lasts longer than a year.",
    source: "quotas",
    definition: machine({ W: { Type: "Wait", Seconds: 40_000_000, End: true } }),
    expected: { status: "TIMED_OUT", seconds: 31_536_000 },
  },
  {
    id: "context-execution",
    says: "The context object names execution, machine and state, with times in ISO 8601.",
    source: "context object",
    definition: machine({
      A: shown(
        "[$states.context.Execution.Name, $states.context.Execution.Input, $states.context.Execution.StartTime, $states.context.StateMachine.Name, $states.context.State.Name]",
      ),
    }),
    input: 7,
    expected: { status: "SUCCEEDED", output: ["one", 7, "2026-11-20T09:00:00.000Z", "machine", "A"] },
  },
  {
    id: "context-retries",
    says: "State.RetryCount counts the retries; Arguments are evaluated anew for each.",
    source: "context object",
    definition: machine({
      T: invoke("f", "{% $states.context.State.RetryCount %}", {
        Retry: [{ ErrorEquals: ["E"] }],
        End: true,
      }),
    }),
    functions: { f: [{ fails: "E" }, { fails: "E" }, { gives: 1 }] },
    expected: { status: "SUCCEEDED", payloads: [0, 1, 2] },
  },
  {
    id: "task-result",
    says: "Without Output, the output of a Task is its result.",
    source: "JSONata",
    definition: machine({
      T: {
        Type: "Task",
        Resource: "arn:aws:lambda:eu-west-1:111111111111:function:f",
        Arguments: { a: 1 },
        End: true,
      },
    }),
    functions: { f: [{ gives: { b: 2 } }] },
    expected: { status: "SUCCEEDED", output: { b: 2 }, payloads: [{ a: 1 }] },
  },
  {
    id: "task-payload",
    says: "lambda:invoke gives the function's answer as Payload, with its StatusCode.",
    source: "Lambda",
    definition: machine({
      T: invoke(
        "f",
        { a: 1 },
        { Output: "{% [$states.result.Payload, $states.result.StatusCode] %}", End: true },
      ),
    }),
    functions: { f: [{ gives: "done" }] },
    expected: { status: "SUCCEEDED", output: ["done", 200] },
  },
  {
    id: "machine-of-branches",
    says: "A machine may end in several states.",
    source: "Language: structure",
    definition: machine({
      C: { Type: "Choice", Choices: [{ Condition: "{% $states.input %}", Next: "A" }], Default: "B" },
      A: { Type: "Pass", Output: "a", End: true },
      B: { Type: "Fail", Error: "B" },
    }),
    input: true,
    expected: { status: "SUCCEEDED", output: "a" },
  },
  {
    id: "branch-of-machine",
    says: "Succeed in a branch ends only the branch.",
    source: "Succeed",
    definition: machine({
      P: { Type: "Parallel", Branches: [branch({ S: succeed })], Next: "A" },
      A: { Type: "Pass", Output: "after", End: true },
    }),
    expected: { status: "SUCCEEDED", output: "after" },
  },
];
