import { ask, invoke, machine, succeed } from "../support.ts";
import type { Expected, Row } from "./row.ts";

const taken = { Type: "Pass", Output: "{% { 'caught': $states.input } %}", End: true };

/** A task that fails like this, call by call, and what is done about it. */
function failing(
  id: string,
  says: string,
  source: Row["source"],
  errors: string[],
  handling: object,
  expected: Expected,
): Row {
  return {
    id,
    says,
    source,
    definition: machine({
      T: invoke("f", {}, { ...handling, Output: "done", ...("Next" in handling ? {} : { End: true }) }),
      ...("Catch" in handling ? { C: taken } : {}),
    }),
    functions: { f: [...errors.map((fails) => ({ fails, cause: "why" })), { gives: 1 }] },
    expected,
  };
}

const many = (error: string) => Array.from({ length: 9 }, () => error);
const retry = (...retriers: object[]) => ({ Retry: retriers });
const caught = (...names: string[]) => ({ Catch: [{ ErrorEquals: names, Next: "C" }] });
const wasCaught = (name: string): Expected => ({
  status: "SUCCEEDED",
  output: { caught: { Error: name, Cause: "why" } },
});

export const failures: Row[] = [
  failing(
    "retry-defaults",
    "By default a retrier tries three more times, after 1, 2 and 4 seconds.",
    "Language: retrying",
    many("E"),
    retry({ ErrorEquals: ["E"] }),
    { status: "FAILED", error: "E", called: { f: [0, 1, 3, 7] } },
  ),
  failing(
    "retry-example",
    "IntervalSeconds 3, MaxAttempts 2 and BackoffRate 2 wait 3 and 6 seconds.",
    "Language: retrying",
    many("E"),
    retry({ ErrorEquals: ["E"], IntervalSeconds: 3, MaxAttempts: 2, BackoffRate: 2 }),
    { status: "FAILED", called: { f: [0, 3, 9] } },
  ),
  failing(
    "retry-max-delay",
    "With MaxDelaySeconds 4 the second wait is 4 seconds instead of 6.",
    "Language: retrying",
    many("E"),
    retry({ ErrorEquals: ["E"], IntervalSeconds: 3, MaxAttempts: 2, BackoffRate: 2, MaxDelaySeconds: 4 }),
    { status: "FAILED", called: { f: [0, 3, 7] } },
  ),
  failing(
    "retry-fraction",
    "BackoffRate may be a fraction.",
    "error handling",
    many("E"),
    retry({ ErrorEquals: ["E"], IntervalSeconds: 2, MaxAttempts: 2, BackoffRate: 1.5 }),
    { status: "FAILED", called: { f: [0, 2, 5] } },
  ),
  failing(
    "retry-jitter-none",
    "JitterStrategy NONE keeps the intervals.",
    "error handling",
    many("E"),
    retry({ ErrorEquals: ["E"], IntervalSeconds: 5, MaxAttempts: 1, JitterStrategy: "NONE" }),
    { status: "FAILED", called: { f: [0, 5] } },
  ),
  failing(
    "retry-recovers",
    "A try that succeeds goes on as if nothing had been.",
    "Language: retrying",
    ["E", "E"],
    retry({ ErrorEquals: ["E"] }),
    { status: "SUCCEEDED", output: "done", called: { f: [0, 1, 3] } },
  ),
  failing(
    "retry-never",
    "MaxAttempts 0 means never, also when a later retrier would.",
    "Language: retrying",
    many("E"),
    retry({ ErrorEquals: ["E"], MaxAttempts: 0 }, { ErrorEquals: ["States.ALL"] }),
    { status: "FAILED", error: "E", called: { f: [0] } },
  ),
  failing(
    "retry-complex",
    "Each retrier counts for itself; one that is used up leaves the error to Catch.",
    "Language: retrying",
    ["ErrorA", "ErrorB", "ErrorC", "ErrorB"],
    {
      ...retry(
        { ErrorEquals: ["ErrorA", "ErrorB"], IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 2 },
        { ErrorEquals: ["ErrorC"], IntervalSeconds: 5 },
      ),
      ...caught("States.ALL"),
    },
    { ...wasCaught("ErrorB"), called: { f: [0, 1, 3, 8] } },
  ),
  failing(
    "retry-first-match",
    "The first retrier that names the error decides.",
    "Language: retrying",
    many("E"),
    retry(
      { ErrorEquals: ["E"], IntervalSeconds: 7, MaxAttempts: 1 },
      { ErrorEquals: ["States.ALL"], IntervalSeconds: 1 },
    ),
    { status: "FAILED", called: { f: [0, 7] } },
  ),
  {
    id: "retry-anew",
    says: "Once another state is entered, all retriers begin anew.",
    source: "Language: retrying",
    definition: machine({
      T: invoke(
        "f",
        {},
        {
          Retry: [{ ErrorEquals: ["E"], MaxAttempts: 1 }],
          Catch: [{ ErrorEquals: ["E"], Next: "Again?" }],
          End: true,
        },
      ),
      "Again?": {
        Type: "Choice",
        Choices: [{ Condition: "{% $exists($second) %}", Next: "Enough" }],
        Default: "T",
        Assign: { second: true },
      },
      Enough: succeed,
    }),
    functions: { f: [{ fails: "E" }] },
    expected: { status: "SUCCEEDED", called: { f: [0, 1, 1, 2] } },
  },
  {
    id: "retry-timeout",
    says: "A retry begins the timeout anew.",
    source: "error handling",
    definition: machine({
      T: invoke(
        "f",
        {},
        {
          TimeoutSeconds: 10,
          Retry: [{ ErrorEquals: ["States.Timeout"], IntervalSeconds: 3, MaxAttempts: 2, BackoffRate: 2 }],
          End: true,
        },
      ),
    }),
    functions: { f: [{ gives: 1, takes: 60 }] },
    expected: { status: "FAILED", error: "States.Timeout", called: { f: [0, 13, 29] }, seconds: 39 },
  },

  failing(
    "catch-output",
    "Without Output, the next state gets the error output: Error and Cause.",
    "Language: fallback states",
    many("E"),
    caught("E"),
    wasCaught("E"),
  ),
  failing(
    "catch-order",
    "The first catcher that names the error decides.",
    "Language: fallback states",
    many("E"),
    {
      Catch: [
        { ErrorEquals: ["Other"], Next: "C", Output: "other" },
        { ErrorEquals: ["Another", "E"], Next: "C", Output: "named" },
        { ErrorEquals: ["States.ALL"], Next: "C", Output: "all" },
      ],
    },
    { status: "SUCCEEDED", output: { caught: "named" } },
  ),
  failing(
    "catch-all",
    "States.ALL matches any error name.",
    "Language: predefined errors",
    many("Whatever.Exception"),
    caught("States.ALL"),
    wasCaught("Whatever.Exception"),
  ),
  failing(
    "catch-task-failed",
    "States.TaskFailed matches any error but a timeout.",
    "error handling",
    many("E"),
    caught("States.TaskFailed"),
    wasCaught("E"),
  ),
  failing(
    "catch-case",
    "Error names are case-sensitive.",
    "Language: error names",
    many("CustomError"),
    caught("customerror"),
    { status: "FAILED", error: "CustomError" },
  ),
  failing(
    "catch-after-retry",
    "Retry comes before Catch.",
    "Language: fallback states",
    many("E"),
    { ...retry({ ErrorEquals: ["E"], MaxAttempts: 1 }), ...caught("E") },
    { ...wasCaught("E"), called: { f: [0, 1] } },
  ),
  failing(
    "catch-none",
    "An error that nobody names fails the execution with its name and cause.",
    "Language: error names",
    many("E"),
    caught("Other"),
    { status: "FAILED", error: "E", cause: "why" },
  ),
  {
    id: "catch-assign",
    says: "Output and Assign of a catcher see the input and the error output; the Assign of the state does not count.",
    source: "variables",
    definition: machine({
      T: invoke(
        "f",
        {},
        {
          Assign: { v: "state" },
          Catch: [
            {
              ErrorEquals: ["E"],
              Assign: { v: "{% $states.errorOutput.Error %}" },
              Output: "{% $states.input.kept & $states.errorOutput.Cause %}",
              Next: "C",
            },
          ],
          End: true,
        },
      ),
      C: { Type: "Pass", Output: "{% [$states.input, $v] %}", End: true },
    }),
    input: { kept: "as it was, " },
    functions: { f: [{ fails: "E", cause: "why" }] },
    expected: { status: "SUCCEEDED", output: ["as it was, why", "E"] },
  },
  {
    id: "catch-expression",
    says: "A failing expression in Arguments can be caught as States.QueryEvaluationError.",
    source: "JSONata",
    definition: machine({
      T: invoke("f", "{% $nobody %}", {
        Catch: [{ ErrorEquals: ["States.QueryEvaluationError"], Output: "caught", Next: "C" }],
        End: true,
      }),
      C: succeed,
    }),
    expected: { status: "SUCCEEDED", output: "caught" },
  },
  {
    id: "catch-expression-output",
    says: "A failing expression in Output can be caught too.",
    source: "JSONata",
    definition: machine({
      T: invoke(
        "f",
        {},
        {
          Output: "{% $nobody %}",
          Catch: [{ ErrorEquals: ["States.ALL"], Output: "caught", Next: "C" }],
          End: true,
        },
      ),
      C: succeed,
    }),
    functions: { f: [{ gives: 1 }] },
    expected: { status: "SUCCEEDED", output: "caught" },
  },
  {
    id: "catch-data-limit",
    says: "States.ALL does not catch States.DataLimitExceeded.",
    source: "error handling",
    definition: machine({
      T: invoke(
        "f",
        {},
        {
          Output: "{% $pad('', 262200, 'x') %}",
          Catch: [{ ErrorEquals: ["States.ALL"], Next: "C" }],
          End: true,
        },
      ),
      C: succeed,
    }),
    functions: { f: [{ gives: 1 }] },
    expected: { status: "FAILED", error: "States.DataLimitExceeded" },
  },
  {
    id: "catch-runtime",
    says: "States.Runtime is not retried, and States.ALL does not catch it.",
    source: "error handling",
    definition: machine({
      T: {
        Type: "Task",
        Resource: "arn:aws:states:::lambda:invoke",
        Arguments: "{% { 'Payload': 1 } %}",
        Retry: [{ ErrorEquals: ["States.ALL"] }],
        Catch: [{ ErrorEquals: ["States.ALL"], Next: "C" }],
        End: true,
      },
      C: succeed,
    }),
    expected: { status: "FAILED", error: "States.Runtime", seconds: 0 },
  },

  {
    id: "timeout",
    says: "A task that runs longer than TimeoutSeconds fails with States.Timeout.",
    source: "Task",
    definition: machine({ T: invoke("f", {}, { TimeoutSeconds: 10, End: true }) }),
    functions: { f: [{ gives: 1, takes: 60 }] },
    expected: { status: "FAILED", error: "States.Timeout", seconds: 10 },
  },
  {
    id: "timeout-expression",
    says: "TimeoutSeconds may come from an expression.",
    source: "Task",
    definition: machine({ T: invoke("f", {}, { TimeoutSeconds: "{% $states.input.t %}", End: true }) }),
    input: { t: 25 },
    functions: { f: [{ gives: 1, takes: 60 }] },
    expected: { status: "FAILED", error: "States.Timeout", seconds: 25 },
  },
  {
    id: "timeout-none",
    says: "Without TimeoutSeconds a task may take 99,999,999 seconds: as long as the execution lasts.",
    source: "Task",
    definition: machine({ T: ask("f") }),
    functions: { f: [{ gives: null }] },
    expected: { status: "TIMED_OUT", seconds: 31_536_000 },
  },
  {
    id: "timeout-all",
    says: "States.ALL catches a timeout.",
    source: "Language: predefined errors",
    definition: machine({
      T: invoke(
        "f",
        {},
        {
          TimeoutSeconds: 5,
          Catch: [{ ErrorEquals: ["States.ALL"], Output: "{% $states.errorOutput.Error %}", Next: "C" }],
          End: true,
        },
      ),
      C: succeed,
    }),
    functions: { f: [{ gives: 1, takes: 60 }] },
    expected: { status: "SUCCEEDED", output: "States.Timeout", seconds: 5 },
  },
  {
    id: "timeout-task-failed",
    says: "States.TaskFailed does not catch a timeout.",
    source: "error handling",
    definition: machine({
      T: invoke(
        "f",
        {},
        { TimeoutSeconds: 5, Catch: [{ ErrorEquals: ["States.TaskFailed"], Next: "C" }], End: true },
      ),
      C: succeed,
    }),
    functions: { f: [{ gives: 1, takes: 60 }] },
    expected: { status: "FAILED", error: "States.Timeout" },
  },
  {
    id: "lambda-error",
    says: "A function's own error is known by its name.",
    source: "error handling",
    definition: machine({
      T: {
        Type: "Task",
        Resource: "arn:aws:lambda:eu-west-1:111111111111:function:f",
        Catch: [{ ErrorEquals: ["TypeError"], Output: "{% $states.errorOutput %}", Next: "C" }],
        End: true,
      },
      C: succeed,
    }),
    functions: { f: [{ fails: "TypeError", cause: '{"errorMessage":"no"}' }] },
    expected: { status: "SUCCEEDED", output: { Error: "TypeError", Cause: '{"errorMessage":"no"}' } },
  },
];
