import { ask, machine, succeed } from "../support.ts";
import type { Row } from "./row.ts";

const asking = machine({ T: ask("f") });
const f = [{ gives: null }];
const answer = (output: unknown) => ({ taskToken: "<token 1>", output: JSON.stringify(output) });
const beating = (more: object) => machine({ T: ask("f", { ...more, End: true }) });

export const callbacks: Row[] = [
  {
    id: "token-success",
    says: "SendTaskSuccess gives the task its result; until then the execution waits.",
    source: "callbacks",
    definition: asking,
    functions: { f },
    calls: [
      {
        at: 3_600,
        call: "DescribeExecution",
        with: { executionArn: "<execution>" },
        gives: { status: "RUNNING" },
      },
      { at: 86_400, call: "SendTaskSuccess", with: answer({ yes: true }), gives: {} },
    ],
    expected: { status: "SUCCEEDED", output: { yes: true }, seconds: 86_400 },
  },
  {
    id: "token-failure",
    says: "SendTaskFailure fails the task with its error and cause.",
    source: "SendTaskFailure",
    definition: asking,
    functions: { f },
    calls: [
      { at: 5, call: "SendTaskFailure", with: { taskToken: "<token 1>", error: "Refused", cause: "no" } },
    ],
    expected: { status: "FAILED", error: "Refused", cause: "no", seconds: 5 },
  },
  {
    id: "token-failure-caught",
    says: "Retry and Catch treat such a failure as any other.",
    source: "callbacks",
    definition: machine({
      T: ask("f", {
        Catch: [{ ErrorEquals: ["Refused"], Output: "{% $states.errorOutput %}", Next: "C" }],
        End: true,
      }),
      C: succeed,
    }),
    functions: { f },
    calls: [{ call: "SendTaskFailure", with: { taskToken: "<token 1>", error: "Refused", cause: "no" } }],
    expected: { status: "SUCCEEDED", output: { Error: "Refused", Cause: "no" } },
  },
  {
    id: "token-timeout",
    says: "A task that nobody answers fails with States.Timeout after its TimeoutSeconds.",
    source: "callbacks",
    definition: beating({ TimeoutSeconds: 600 }),
    functions: { f },
    expected: { status: "FAILED", error: "States.Timeout", seconds: 600 },
  },
  {
    id: "token-late",
    says: "An answer after the timeout is TaskTimedOut.",
    source: "SendTaskSuccess",
    definition: machine({
      T: ask("f", { TimeoutSeconds: 60, Catch: [{ ErrorEquals: ["States.Timeout"], Next: "W" }], End: true }),
      W: { Type: "Wait", Seconds: 1_000, End: true },
    }),
    functions: { f },
    calls: [{ at: 61, call: "SendTaskSuccess", with: answer(1), fails: "TaskTimedOut" }],
    expected: { status: "SUCCEEDED", output: { Error: "States.Timeout", Cause: "" } },
  },
  {
    id: "token-twice",
    says: "A second answer is TaskTimedOut: the task has been closed.",
    source: "SendTaskSuccess",
    definition: asking,
    functions: { f },
    calls: [
      { call: "SendTaskSuccess", with: answer(1) },
      { call: "SendTaskSuccess", with: answer(2), fails: "TaskTimedOut" },
      { at: 10, call: "SendTaskFailure", with: { taskToken: "<token 1>" }, fails: "TaskTimedOut" },
      { at: 10, call: "SendTaskHeartbeat", with: { taskToken: "<token 1>" }, fails: "TaskTimedOut" },
    ],
    expected: { status: "SUCCEEDED", output: 1 },
  },
  {
    id: "token-unknown",
    says: "A token that was never given is InvalidToken.",
    source: "SendTaskSuccess",
    definition: asking,
    functions: { f },
    calls: [
      { call: "SendTaskSuccess", with: { taskToken: "AAAA", output: "1" }, fails: "InvalidToken" },
      { call: "SendTaskFailure", with: { taskToken: "AAAA" }, fails: "InvalidToken" },
      { call: "SendTaskHeartbeat", with: { taskToken: "AAAA" }, fails: "InvalidToken" },
      { call: "SendTaskSuccess", with: answer(1) },
    ],
    expected: { status: "SUCCEEDED", output: 1 },
  },
  {
    id: "token-aborted",
    says: "An answer to a stopped execution is TaskTimedOut.",
    source: "SendTaskSuccess",
    definition: asking,
    functions: { f },
    calls: [
      {
        at: 10,
        call: "StopExecution",
        with: { executionArn: "<execution>", error: "Enough", cause: "by hand" },
      },
      { call: "SendTaskSuccess", with: answer(1), fails: "TaskTimedOut" },
    ],
    expected: { status: "ABORTED", error: "Enough", cause: "by hand", seconds: 10 },
  },
  {
    id: "token-not-json",
    says: "An output that is no JSON is InvalidOutput, and the token is still good.",
    source: "SendTaskSuccess",
    definition: asking,
    functions: { f },
    calls: [
      { call: "SendTaskSuccess", with: { taskToken: "<token 1>", output: "{" }, fails: "InvalidOutput" },
      { call: "SendTaskSuccess", with: answer("good") },
    ],
    expected: { status: "SUCCEEDED", output: "good" },
  },
  {
    id: "token-long-error",
    says: "error has at most 256 characters, cause 32,768.",
    source: "SendTaskFailure",
    definition: asking,
    functions: { f },
    calls: [
      {
        call: "SendTaskFailure",
        with: { taskToken: "<token 1>", error: "e".repeat(257) },
        fails: "ValidationException",
      },
      {
        call: "SendTaskFailure",
        with: { taskToken: "<token 1>", cause: "c".repeat(32_769) },
        fails: "ValidationException",
      },
      { call: "SendTaskFailure", with: { taskToken: "<token 1>", error: "e".repeat(256) } },
    ],
    expected: { status: "FAILED", error: "e".repeat(256) },
  },
  {
    id: "token-retry",
    says: "Every retry has a token of its own, and the one before is closed.",
    source: "AWS's answers, recorded by LocalStack",
    definition: machine({
      T: ask("f", {
        TimeoutSeconds: 10,
        Retry: [{ ErrorEquals: ["States.Timeout"], MaxAttempts: 1 }],
        End: true,
      }),
    }),
    functions: { f },
    calls: [
      { at: 12, call: "SendTaskSuccess", with: answer("old"), fails: "TaskTimedOut" },
      { at: 12, call: "SendTaskSuccess", with: { taskToken: "<token 2>", output: '"new"' } },
    ],
    expected: { status: "SUCCEEDED", output: "new", called: { f: [0, 11] } },
  },
  {
    id: "token-call-fails",
    says: "A call that fails, fails the task at once.",
    source: "callbacks",
    definition: asking,
    functions: { f: [{ fails: "Broken", cause: "why" }] },
    calls: [{ at: 1, call: "SendTaskSuccess", with: answer(1), fails: "TaskTimedOut" }],
    expected: { status: "FAILED", error: "Broken", seconds: 0 },
  },
  {
    id: "heartbeat",
    says: "A token that is silent for longer than HeartbeatSeconds fails the task.",
    source: "error handling",
    definition: beating({ HeartbeatSeconds: 30, TimeoutSeconds: 600 }),
    functions: { f },
    expected: { status: "FAILED", error: "States.HeartbeatTimeout", seconds: 30 },
  },
  {
    id: "heartbeat-resets",
    says: "SendTaskHeartbeat starts that clock again.",
    source: "SendTaskHeartbeat",
    definition: beating({ HeartbeatSeconds: 30 }),
    functions: { f },
    calls: [
      { at: 25, call: "SendTaskHeartbeat", with: { taskToken: "<token 1>" }, gives: {} },
      { at: 50, call: "SendTaskHeartbeat", with: { taskToken: "<token 1>" } },
    ],
    expected: { status: "FAILED", error: "States.HeartbeatTimeout", seconds: 80 },
  },
  {
    id: "heartbeat-and-timeout",
    says: "Heartbeats do not lengthen the timeout.",
    source: "SendTaskHeartbeat",
    definition: beating({ HeartbeatSeconds: 30, TimeoutSeconds: 40 }),
    functions: { f },
    calls: [
      { at: 20, call: "SendTaskHeartbeat", with: { taskToken: "<token 1>" } },
      { at: 39, call: "SendTaskHeartbeat", with: { taskToken: "<token 1>" } },
    ],
    expected: { status: "FAILED", error: "States.Timeout", seconds: 40 },
  },
  {
    id: "heartbeat-caught",
    says: "A missing heartbeat can be caught as States.Timeout.",
    source: "error handling",
    definition: machine({
      T: ask("f", {
        HeartbeatSeconds: 5,
        Catch: [{ ErrorEquals: ["States.Timeout"], Next: "C" }],
        End: true,
      }),
      C: { Type: "Pass", Output: "caught", End: true },
    }),
    functions: { f },
    expected: { status: "SUCCEEDED", output: "caught", seconds: 5 },
  },
];
