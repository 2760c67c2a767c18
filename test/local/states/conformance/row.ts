/** One sentence of the documents, and what the engine must do for it to be true of it. All of it is JSON. */
export type Row = {
  id: string;
  says: string;
  source: keyof typeof sources;
  definition: object;
  /** Input of the execution `one`, which is started at second 0; the calls start others. */
  input?: unknown;
  /** What a function does, call by call; the last entry goes on. */
  functions?: Record<string, Act[]>;
  /** API calls, in their order. */
  calls?: Call[];
  expected: Expected;
};

/** `takes` in virtual seconds. */
export type Act = { gives: unknown; takes?: number } | { fails: string; cause?: string; takes?: number };

/**
 * `at` in virtual seconds after the start. `<machine>`, `<execution>`, `<execution two>` and `<token 1>` stand for the ARNs and for the
 * token that the first call of a function got. A call without `fails` succeeds, with at least what it `gives`, and without what it `lacks`.
 */
export type Call = {
  at?: number;
  call: string;
  with: object;
  gives?: object;
  lacks?: string[];
  fails?: string;
};

export type Expected = {
  /** The only places at which CreateStateMachine finds fault. */
  refusedAt?: string[];
  status?: "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";
  output?: unknown;
  error?: string;
  /** A part of the cause. */
  cause?: string;
  /** From start to end. */
  seconds?: number;
  /** When a function was called, in seconds after the start. */
  called?: Record<string, number[]>;
  /** What the functions got, in the order of the calls. */
  payloads?: unknown[];
  events?: string[];
  /** `previousEventId` of each event. */
  previous?: number[];
};

const guide = "https://docs.aws.amazon.com/step-functions/latest/dg";
const api = "https://docs.aws.amazon.com/step-functions/latest/apireference";
const language = "https://states-language.net/spec.html";

/** Where the sentences are written. */
export const sources = {
  "Language: structure": `${language}#structure-of-a-state-machine`,
  "Language: states": language,
  "Language: timestamps": language,
  "Language: error names": `${language}#error-names`,
  "Language: retrying": `${language}#retrying-after-error`,
  "Language: fallback states": language,
  "Language: state types": language,
  "Language: predefined errors": `${language}#appendix-a`,
  JSONata: `${guide}/transforming-data.html`,
  "JSONata itself": "https://docs.jsonata.org/overview.html",
  variables: `${guide}/workflow-variables.html`,
  "context object": `${guide}/input-output-contextobject.html`,
  "error handling": `${guide}/concepts-error-handling.html`,
  structure: `${guide}/statemachine-structure.html`,
  Pass: `${guide}/state-pass.html`,
  Task: `${guide}/state-task.html`,
  Choice: `${guide}/state-choice.html`,
  Wait: `${guide}/state-wait.html`,
  Succeed: `${guide}/state-succeed.html`,
  Fail: `${guide}/state-fail.html`,
  Parallel: `${guide}/state-parallel.html`,
  "inline Map": `${guide}/state-map-inline.html`,
  callbacks: `${guide}/connect-to-resource.html#connect-wait-token`,
  Lambda: `${guide}/connect-lambda.html`,
  quotas: `${guide}/service-quotas.html`,
  StartExecution: `${api}/API_StartExecution.html`,
  DescribeExecution: `${api}/API_DescribeExecution.html`,
  ListExecutions: `${api}/API_ListExecutions.html`,
  StopExecution: `${api}/API_StopExecution.html`,
  GetExecutionHistory: `${api}/API_GetExecutionHistory.html`,
  HistoryEvent: `${api}/API_HistoryEvent.html`,
  SendTaskSuccess: `${api}/API_SendTaskSuccess.html`,
  SendTaskFailure: `${api}/API_SendTaskFailure.html`,
  SendTaskHeartbeat: `${api}/API_SendTaskHeartbeat.html`,
  CreateStateMachine: `${api}/API_CreateStateMachine.html`,
  "AWS's answers, recorded by LocalStack":
    "https://github.com/localstack/localstack/tree/main/tests/aws/services/stepfunctions/v2",
  "README: what is refused": "../local/runtime/states/README.md",
};
