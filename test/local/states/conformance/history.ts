import { ask, branch, invoke, machine, succeed } from "../support.ts";
import type { Row } from "./row.ts";

const recorded = "AWS's answers, recorded by LocalStack";

export const history: Row[] = [
  {
    id: "history-pass",
    says: "Events are numbered from 1; a state is entered and exited; the first state follows from event 0.",
    source: recorded,
    definition: machine({ A: { Type: "Pass", Next: "S" }, S: succeed }),
    expected: {
      events: [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "SucceedStateEntered",
        "SucceedStateExited",
        "ExecutionSucceeded",
      ],
      previous: [0, 0, 2, 3, 4, 5],
    },
  },
  {
    id: "history-choice-wait-fail",
    says: "Choice and Wait are entered and exited; Fail is entered and not exited.",
    source: "HistoryEvent",
    definition: machine({
      C: { Type: "Choice", Choices: [{ Condition: true, Next: "W" }] },
      W: { Type: "Wait", Seconds: 1, Next: "F" },
      F: { Type: "Fail", Error: "E" },
    }),
    expected: {
      events: [
        "ExecutionStarted",
        "ChoiceStateEntered",
        "ChoiceStateExited",
        "WaitStateEntered",
        "WaitStateExited",
        "FailStateEntered",
        "ExecutionFailed",
      ],
      previous: [0, 0, 2, 3, 4, 5, 6],
    },
  },
  {
    id: "history-task",
    says: "A service integration is scheduled, started and succeeds.",
    source: recorded,
    definition: machine({ T: invoke("f", {}) }),
    functions: { f: [{ gives: 1 }] },
    expected: {
      events: [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
      ],
      previous: [0, 0, 2, 3, 4, 5, 6],
    },
  },
  {
    id: "history-function",
    says: "A function ARN as Resource has events of its own.",
    source: "HistoryEvent",
    definition: machine({
      T: { Type: "Task", Resource: "arn:aws:lambda:eu-west-1:111111111111:function:f", End: true },
    }),
    functions: { f: [{ fails: "E" }] },
    expected: {
      events: [
        "ExecutionStarted",
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionFailed",
        "ExecutionFailed",
      ],
    },
  },
  {
    id: "history-callback",
    says: "A callback is submitted before it succeeds.",
    source: recorded,
    definition: machine({ T: ask("f") }),
    functions: { f: [{ gives: null }] },
    calls: [{ at: 1, call: "SendTaskSuccess", with: { taskToken: "<token 1>", output: "1" } }],
    expected: {
      events: [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
      ],
      previous: [0, 0, 2, 3, 4, 5, 6, 7],
    },
  },
  {
    id: "history-timeout",
    says: "A callback that times out, heartbeats or not, has a TaskTimedOut.",
    source: "SendTaskHeartbeat",
    definition: machine({ T: ask("f", { HeartbeatSeconds: 5, End: true }) }),
    functions: { f: [{ gives: null }] },
    calls: [{ at: 1, call: "SendTaskHeartbeat", with: { taskToken: "<token 1>" } }],
    expected: {
      events: [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskTimedOut",
        "ExecutionFailed",
      ],
    },
  },
  {
    id: "history-retry",
    says: "Each try is scheduled anew; the state is entered once.",
    source: recorded,
    definition: machine({
      T: invoke(
        "f",
        {},
        { Retry: [{ ErrorEquals: ["E"] }], Catch: [{ ErrorEquals: ["E"], Next: "S" }], End: true },
      ),
      S: succeed,
    }),
    functions: { f: [{ fails: "E" }, { gives: 1 }] },
    expected: {
      events: [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskFailed",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
      ],
      previous: [0, 0, 2, 3, 4, 5, 6, 7, 8, 9],
    },
  },
  {
    id: "history-map",
    says: "A Map tells of its start, of each iteration with what is in it, and of its success.",
    source: recorded,
    definition: machine({
      M: {
        Type: "Map",
        MaxConcurrency: 1,
        ItemProcessor: branch({ A: { Type: "Pass", End: true } }),
        End: true,
      },
    }),
    input: [1],
    expected: {
      events: [
        "ExecutionStarted",
        "MapStateEntered",
        "MapStateStarted",
        "MapIterationStarted",
        "PassStateEntered",
        "PassStateExited",
        "MapIterationSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
      ],
    },
  },
  {
    id: "history-parallel",
    says: "A Parallel tells of its start and success; the first state of each branch follows from its start.",
    source: recorded,
    definition: machine({
      P: { Type: "Parallel", Branches: [branch({ A: { Type: "Pass", End: true } })], End: true },
    }),
    expected: {
      events: [
        "ExecutionStarted",
        "ParallelStateEntered",
        "ParallelStateStarted",
        "PassStateEntered",
        "PassStateExited",
        "ParallelStateSucceeded",
        "ParallelStateExited",
        "ExecutionSucceeded",
      ],
    },
  },
  {
    id: "history-timed-out",
    says: "The end by the machine's TimeoutSeconds is ExecutionTimedOut.",
    source: "HistoryEvent",
    definition: machine({ W: { Type: "Wait", Seconds: 9, End: true } }, { TimeoutSeconds: 3 }),
    expected: { status: "TIMED_OUT", events: ["ExecutionStarted", "WaitStateEntered", "ExecutionTimedOut"] },
  },
  {
    id: "history-details",
    says: "A state's events hold its name, input and output as text, and the variables it assigned, each as JSON.",
    source: "HistoryEvent",
    definition: machine({ A: { Type: "Pass", Assign: { x: [1] }, Output: { b: 2 }, End: true } }),
    input: { a: 1 },
    calls: [
      {
        call: "GetExecutionHistory",
        with: { executionArn: "<execution>" },
        gives: {
          events: [
            { id: 1, executionStartedEventDetails: { input: '{"a":1}' } },
            { id: 2, stateEnteredEventDetails: { name: "A", input: '{"a":1}' } },
            {
              id: 3,
              stateExitedEventDetails: { name: "A", output: '{"b":2}', assignedVariables: { x: "[1]" } },
            },
            { id: 4, executionSucceededEventDetails: { output: '{"b":2}' } },
          ],
        },
      },
    ],
    expected: { status: "SUCCEEDED" },
  },
  {
    id: "history-pages",
    says: "The history comes in pages, oldest event first or, with reverseOrder, newest first; without execution data when asked.",
    source: "GetExecutionHistory",
    definition: machine({ A: { Type: "Pass", End: true } }),
    calls: [
      {
        call: "GetExecutionHistory",
        with: { executionArn: "<execution>", maxResults: 2 },
        gives: { events: [{ id: 1 }, { id: 2 }], nextToken: /./ },
      },
      {
        call: "GetExecutionHistory",
        with: { executionArn: "<execution>", maxResults: 1, reverseOrder: true },
        gives: { events: [{ id: 4 }] },
      },
      {
        call: "GetExecutionHistory",
        with: { executionArn: "<execution>", includeExecutionData: false, maxResults: 1 },
        gives: { events: [{ id: 1 }] },
        lacks: ["events[0].executionStartedEventDetails.input"],
      },
      {
        call: "GetExecutionHistory",
        with: { executionArn: "<execution>", maxResults: 1_001 },
        fails: "ValidationException",
      },
      {
        call: "GetExecutionHistory",
        with: { executionArn: "<execution>", nextToken: "AAAA" },
        fails: "InvalidToken",
      },
    ],
    expected: { status: "SUCCEEDED" },
  },
];
