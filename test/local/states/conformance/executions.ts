import { ask, machine } from "../support.ts";
import type { Call, Row } from "./row.ts";

const pass = machine({ A: { Type: "Pass", End: true } });
const waiting = machine({ W: { Type: "Wait", Seconds: 100, End: true } });
const start = (name: string, input?: string) => ({
  stateMachineArn: "<machine>",
  name,
  ...(input === undefined ? {} : { input }),
});
const refused = (name: string): Call => ({ call: "StartExecution", with: start(name), fails: "InvalidName" });
const day = 86_400;

export const executions: Row[] = [
  {
    id: "name-idempotent",
    says: "The name and input of a running execution give that execution again.",
    source: "StartExecution",
    definition: waiting,
    input: { a: 1 },
    calls: [
      {
        at: 50,
        call: "StartExecution",
        with: start("one", '{"a":1}'),
        gives: { executionArn: "<execution>", startDate: 1_795_165_200 },
      },
      {
        call: "ListExecutions",
        with: { stateMachineArn: "<machine>" },
        gives: { executions: [{ name: "one" }] },
      },
    ],
    expected: { status: "SUCCEEDED", seconds: 100 },
  },
  {
    id: "name-other-input",
    says: "The name of a running execution with another input is ExecutionAlreadyExists.",
    source: "StartExecution",
    definition: waiting,
    input: { a: 1 },
    calls: [{ call: "StartExecution", with: start("one", '{"a":2}'), fails: "ExecutionAlreadyExists" }],
    expected: { status: "SUCCEEDED" },
  },
  {
    id: "name-ended",
    says: "The name of an execution that has ended is ExecutionAlreadyExists, with the same input too.",
    source: "StartExecution",
    definition: pass,
    calls: [{ at: 1, call: "StartExecution", with: start("one", "{}"), fails: "ExecutionAlreadyExists" }],
    expected: { status: "SUCCEEDED" },
  },
  {
    id: "name-90-days",
    says: "The name can be used again 90 days after the end.",
    source: "StartExecution",
    definition: pass,
    calls: [
      { at: 89 * day, call: "StartExecution", with: start("one"), fails: "ExecutionAlreadyExists" },
      { at: 91 * day, call: "StartExecution", with: start("one", '"again"') },
    ],
    expected: { status: "SUCCEEDED", output: "again" },
  },
  {
    id: "name-none",
    says: "An execution without a name gets a UUID.",
    source: "StartExecution",
    definition: pass,
    calls: [
      { call: "StartExecution", with: { stateMachineArn: "<machine>" } },
      {
        call: "ListExecutions",
        with: { stateMachineArn: "<machine>", maxResults: 1 },
        gives: { executions: [{ name: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/ }] },
      },
    ],
    expected: { status: "SUCCEEDED" },
  },
  {
    id: "name-characters",
    says: "A name has no blanks, brackets, wildcards or special characters.",
    source: "StartExecution",
    definition: pass,
    calls: [...' \t<>{}[]?*"#%\\^|~`$&,;:/'].map((character) => refused(`a${character}b`)),
    expected: { status: "SUCCEEDED" },
  },
  {
    id: "name-control",
    says: "A name has no control characters: U+0000 to 001F, U+007F to 009F, U+FFFE and U+FFFF.",
    source: "StartExecution",
    definition: pass,
    calls: ["\u0000", "\u001f", "\u007f", "\u009f", "\ufffe", "\uffff"].map((character) =>
      refused(`a${character}`),
    ),
    expected: { status: "SUCCEEDED" },
  },
  {
    id: "name-surrogates",
    says: "A name has no single surrogates, and not U+10FFFF.",
    source: "StartExecution",
    definition: pass,
    calls: ["\ud800", "\udfff", "\u{10ffff}"].map((character) => refused(`a${character}`)),
    expected: { status: "SUCCEEDED" },
  },
  {
    id: "name-other-characters",
    says: "Other characters are allowed, letters beyond ASCII among them.",
    source: "quotas",
    definition: pass,
    calls: ["A-b_9", "å.ü!'()+=@", "日本"].map((name) => ({ call: "StartExecution", with: start(name) })),
    expected: { status: "SUCCEEDED" },
  },
  {
    id: "name-length",
    says: "A name has 1 to 80 characters.",
    source: "quotas",
    definition: pass,
    calls: [refused(""), refused("n".repeat(81)), { call: "StartExecution", with: start("n".repeat(80)) }],
    expected: { status: "SUCCEEDED" },
  },
  {
    id: "input-not-json",
    says: "An input that is no JSON is InvalidExecutionInput.",
    source: "StartExecution",
    definition: pass,
    calls: ["{", "", "undefined"].map((input) => ({
      call: "StartExecution",
      with: start("two", input),
      fails: "InvalidExecutionInput",
    })),
    expected: { status: "SUCCEEDED" },
  },
  {
    id: "input-size",
    says: "An input has at most 262,144 bytes of UTF-8.",
    source: "quotas",
    definition: pass,
    calls: [
      {
        call: "StartExecution",
        with: start("ascii", `"${"x".repeat(262_143)}"`),
        fails: "InvalidExecutionInput",
      },
      {
        call: "StartExecution",
        with: start("utf-8", `"${"é".repeat(131_072)}"`),
        fails: "InvalidExecutionInput",
      },
      { call: "StartExecution", with: start("fits", `"${"é".repeat(131_071)}"`) },
    ],
    expected: { status: "SUCCEEDED" },
  },
  {
    id: "machine-unknown",
    says: "A machine that is not there is StateMachineDoesNotExist; what is no ARN is InvalidArn.",
    source: "StartExecution",
    definition: pass,
    calls: [
      { call: "StartExecution", with: { stateMachineArn: "<machine>2" }, fails: "StateMachineDoesNotExist" },
      { call: "StartExecution", with: { stateMachineArn: "machine" }, fails: "InvalidArn" },
      { call: "StartExecution", with: { stateMachineArn: "<execution>" }, fails: "InvalidArn" },
    ],
    expected: { status: "SUCCEEDED" },
  },

  {
    id: "describe-running",
    says: "A running execution has neither stopDate nor output.",
    source: "DescribeExecution",
    definition: waiting,
    input: { a: 1 },
    calls: [
      {
        at: 10,
        call: "DescribeExecution",
        with: { executionArn: "<execution>" },
        gives: {
          executionArn: "<execution>",
          stateMachineArn: "<machine>",
          name: "one",
          status: "RUNNING",
          startDate: 1_795_165_200,
          input: '{"a":1}',
          redriveCount: 0,
          redriveStatus: "NOT_REDRIVABLE",
          redriveStatusReason: "Execution is RUNNING and cannot be redriven",
        },
        lacks: ["stopDate", "output", "error"],
      },
    ],
    expected: { status: "SUCCEEDED" },
  },
  {
    id: "describe-succeeded",
    says: "One that has succeeded has stopDate and output, and cannot be redriven.",
    source: "DescribeExecution",
    definition: waiting,
    calls: [
      {
        at: 101,
        call: "DescribeExecution",
        with: { executionArn: "<execution>" },
        gives: {
          status: "SUCCEEDED",
          stopDate: 1_795_165_300,
          output: "{}",
          redriveStatusReason: "Execution is SUCCEEDED and cannot be redriven",
        },
      },
    ],
    expected: { status: "SUCCEEDED" },
  },
  {
    id: "describe-failed",
    says: "One that has failed has error and cause, and no output.",
    source: "DescribeExecution",
    definition: machine({ F: { Type: "Fail", Error: "E", Cause: "why" } }),
    calls: [
      {
        at: 1,
        call: "DescribeExecution",
        with: { executionArn: "<execution>" },
        gives: { status: "FAILED", error: "E", cause: "why" },
        lacks: ["output"],
      },
    ],
    expected: { status: "FAILED" },
  },
  {
    id: "describe-unknown",
    says: "An execution that is not there is ExecutionDoesNotExist; what is no ARN is InvalidArn.",
    source: "DescribeExecution",
    definition: pass,
    calls: ["DescribeExecution", "StopExecution", "GetExecutionHistory"].flatMap((call) => [
      { call, with: { executionArn: "<execution>2" }, fails: "ExecutionDoesNotExist" },
      { call, with: { executionArn: "one" }, fails: "InvalidArn" },
    ]),
    expected: { status: "SUCCEEDED" },
  },
  {
    id: "stop-ended",
    says: "Stopping an execution that has ended changes nothing.",
    source: "StopExecution",
    definition: pass,
    calls: [{ at: 5, call: "StopExecution", with: { executionArn: "<execution>", error: "Late" } }],
    expected: { status: "SUCCEEDED", output: {} },
  },
  {
    id: "stop-waiting",
    says: "Stopping ends a running execution as ABORTED, with error and cause.",
    source: "StopExecution",
    definition: waiting,
    calls: [
      {
        at: 5,
        call: "StopExecution",
        with: { executionArn: "<execution>", error: "E", cause: "why" },
        gives: { stopDate: 1_795_165_205 },
      },
    ],
    expected: {
      status: "ABORTED",
      error: "E",
      cause: "why",
      seconds: 5,
      events: ["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"],
    },
  },
  {
    id: "list-order",
    says: "Executions are listed by time, the most recent first: running ones by their start, others by their end.",
    source: "ListExecutions",
    definition: machine({ W: { Type: "Wait", Seconds: "{% $states.input %}", End: true } }),
    input: 50,
    calls: [
      { at: 10, call: "StartExecution", with: start("two", "5") },
      { at: 20, call: "StartExecution", with: start("three", "500") },
      {
        at: 60,
        call: "ListExecutions",
        with: { stateMachineArn: "<machine>" },
        gives: { executions: [{ name: "one" }, { name: "three" }, { name: "two" }] },
      },
    ],
    expected: { status: "SUCCEEDED" },
  },
  {
    id: "list-filter",
    says: "statusFilter lists the executions with that status only.",
    source: "ListExecutions",
    definition: waiting,
    calls: [
      { call: "StartExecution", with: start("two") },
      { at: 50, call: "StopExecution", with: { executionArn: "<execution two>" } },
      {
        call: "ListExecutions",
        with: { stateMachineArn: "<machine>", statusFilter: "RUNNING" },
        gives: { executions: [{ name: "one", status: "RUNNING" }] },
      },
      {
        call: "ListExecutions",
        with: { stateMachineArn: "<machine>", statusFilter: "ABORTED" },
        gives: { executions: [{ name: "two", status: "ABORTED" }] },
      },
    ],
    expected: { status: "SUCCEEDED" },
  },
  {
    id: "list-pages",
    says: "maxResults is from 0, which means 100, to 1,000; a page token that was not given is InvalidToken.",
    source: "ListExecutions",
    definition: pass,
    calls: [
      {
        call: "ListExecutions",
        with: { stateMachineArn: "<machine>", maxResults: 0 },
        gives: { executions: [{ name: "one" }] },
      },
      {
        call: "ListExecutions",
        with: { stateMachineArn: "<machine>", maxResults: 1_001 },
        fails: "ValidationException",
      },
      {
        call: "ListExecutions",
        with: { stateMachineArn: "<machine>", nextToken: "AAAA" },
        fails: "InvalidToken",
      },
    ],
    expected: { status: "SUCCEEDED" },
  },
  {
    id: "create-again",
    says: "Creating the same machine again gives the one that is there, whatever the role; another definition is StateMachineAlreadyExists.",
    source: "CreateStateMachine",
    definition: pass,
    calls: [
      {
        call: "CreateStateMachine",
        with: { name: "twin", definition: JSON.stringify(pass), roleArn: "arn:aws:iam::111111111111:role/a" },
      },
      {
        call: "CreateStateMachine",
        with: { name: "twin", definition: JSON.stringify(pass), roleArn: "arn:aws:iam::111111111111:role/b" },
      },
      {
        call: "CreateStateMachine",
        with: {
          name: "twin",
          definition: JSON.stringify(waiting),
          roleArn: "arn:aws:iam::111111111111:role/a",
        },
        fails: "StateMachineAlreadyExists",
      },
      {
        call: "CreateStateMachine",
        with: { name: "a b", definition: JSON.stringify(pass), roleArn: "arn:aws:iam::111111111111:role/a" },
        fails: "InvalidName",
      },
    ],
    expected: { status: "SUCCEEDED" },
  },
  {
    id: "update-running",
    says: "A running execution keeps the definition that it was started with.",
    source: "StartExecution",
    definition: machine({ T: ask("f") }),
    functions: { f: [{ gives: null }] },
    calls: [
      {
        call: "UpdateStateMachine",
        with: { stateMachineArn: "<machine>", definition: JSON.stringify(pass) },
      },
      { at: 5, call: "SendTaskSuccess", with: { taskToken: "<token 1>", output: '"old"' } },
      { call: "StartExecution", with: start("two", '"new"') },
      { call: "DescribeExecution", with: { executionArn: "<execution two>" }, gives: { output: '"new"' } },
    ],
    expected: { status: "SUCCEEDED", output: "old" },
  },
];
