import type {
  ChoiceRule,
  ChoiceState,
  FailState,
  MapState,
  ParallelState,
  PassState,
  State,
  StateGraph,
  SucceedState,
  TaskState,
  WaitState,
} from "./definition.ts";
import { expressionIn, isObject } from "./expressions.ts";
import { Fields } from "./fields.ts";
import { readFailureHandling } from "./read-failure-handling.ts";
import { problemsOfArguments, type Resource, readResource } from "./resource.ts";
import { parseTimestamp } from "./timestamp.ts";

const mostSeconds = 99_999_999;

/** Reads `StartAt` and `States`. `language` is what a state without `QueryLanguage` has. */
export function readGraph(fields: Fields, language: string): StateGraph {
  const startAt = fields.requiredText("StartAt");
  const states = new Map<string, State>();
  const raw = fields.raw("States");
  if (!isObject(raw) || Object.keys(raw).length === 0)
    fields.refuse(
      "States",
      fields.has("States") ? "must be an object with at least one state" : "is required",
    );
  else
    for (const [name, state] of Object.entries(raw)) {
      const read = readState(
        name,
        new Fields(state, `${fields.location}/States/${name}`, fields.problems),
        language,
      );
      if (read) states.set(name, read);
    }
  return { startAt, states };
}

function readState(name: string, fields: Fields, inherited: string): State | undefined {
  const language = fields.oneOf("QueryLanguage", ["JSONata", "JSONPath"]) ?? inherited;
  if (language === "JSONPath")
    fields.refuse(
      "QueryLanguage",
      fields.has("QueryLanguage")
        ? "is JSONPath; this engine runs JSONata only"
        : "is not given, which means JSONPath; set it to JSONata, best once at the top of the definition",
    );
  const type = fields.requiredText("Type");
  const read = readers[type];
  if (!read) {
    if (fields.has("Type"))
      fields.refuse("Type", `must be one of ${Object.keys(readers).join(", ")}, not '${type}'`);
    return undefined;
  }
  return read(name, fields, inherited);
}

type Reader = (name: string, fields: Fields, language: string) => State;

const readers: Record<string, Reader> = {
  Pass: readPass,
  Task: readTask,
  Choice: readChoice,
  Wait: readWait,
  Parallel: readParallel,
  Map: readMap,
  Succeed: readSucceed,
  Fail: readFail,
};

const basic = ["Type", "Comment", "QueryLanguage"];
const exits = [...basic, "Output", "Assign", "Next", "End"];
const handled = [...exits, "Retry", "Catch"];
const ofResult = { result: true };

function readExit(fields: Fields, sees = {}) {
  const next = fields.text("Next");
  const end = fields.raw("End");
  if (end !== undefined && typeof end !== "boolean") fields.refuse("End", "must be true or false");
  if (next === undefined && end !== true)
    fields.refuse("Next", "or 'End' is required", "MISSING_TRANSITION_TARGET");
  if (next !== undefined && end === true) fields.refuse("End", "contradicts 'Next'");
  return { output: fields.template("Output", sees), assign: fields.assignments("Assign", sees), next };
}

function readPass(name: string, fields: Fields): PassState {
  fields.only(...exits);
  return { type: "Pass", name, ...readExit(fields) };
}

function readTask(name: string, fields: Fields): TaskState {
  fields.only(...handled, "Resource", "Arguments", "TimeoutSeconds", "HeartbeatSeconds", "Credentials");
  if (fields.has("Credentials"))
    fields.refuse(
      "Credentials",
      "is not supported: the local runtime has one account and the machine's role",
    );
  const resource = readTaskResource(fields);
  const args = fields.template("Arguments");
  if (args !== undefined && expressionIn(args) === undefined) {
    if (!isObject(args) && resource.kind !== "function")
      fields.refuse("Arguments", "must be an object or a JSONata expression");
    else if (isObject(args))
      for (const problem of problemsOfArguments(resource, args))
        fields.refuse("Arguments", `is wrong: ${problem}`);
  }
  const timeoutSeconds = readSeconds(fields, "TimeoutSeconds", 1);
  const heartbeatSeconds = readSeconds(fields, "HeartbeatSeconds", 1);
  if (
    typeof timeoutSeconds === "number" &&
    typeof heartbeatSeconds === "number" &&
    heartbeatSeconds >= timeoutSeconds
  )
    fields.refuse("HeartbeatSeconds", "must be smaller than TimeoutSeconds");
  return {
    type: "Task",
    name,
    resource,
    arguments: args,
    timeoutSeconds,
    heartbeatSeconds,
    ...readFailureHandling(fields),
    ...readExit(fields, ofResult),
  };
}

function readTaskResource(fields: Fields): Resource {
  const arn = fields.requiredText("Resource");
  try {
    if (arn) return readResource(arn);
  } catch (error) {
    fields.refuse("Resource", `cannot be run: ${error instanceof Error ? error.message : String(error)}`);
  }
  return { kind: "function", functionArn: arn };
}

function readSeconds(fields: Fields, name: string, from: number): unknown {
  const isSeconds = (value: unknown) =>
    typeof value === "number" && Number.isInteger(value) && value >= from && value <= mostSeconds;
  return fields.literalOrExpression(name, isSeconds, `a whole number from ${from} to ${mostSeconds}`);
}

function readChoice(name: string, fields: Fields): ChoiceState {
  fields.only(...basic, "Choices", "Default", "Output", "Assign");
  const rules = fields.list("Choices").map((raw, index): ChoiceRule => {
    const rule = new Fields(raw, `${fields.location}/Choices[${index}]`, fields.problems);
    rule.only("Condition", "Next", "Output", "Assign", "Comment");
    const condition = rule.literalOrExpression(
      "Condition",
      (value) => typeof value === "boolean",
      "true, false",
    );
    if (!rule.has("Condition")) rule.refuse("Condition", "is required");
    return {
      condition,
      next: rule.requiredText("Next"),
      output: rule.template("Output"),
      assign: rule.assignments("Assign"),
    };
  });
  if (fields.has("Choices") && rules.length === 0) fields.refuse("Choices", "must have at least one rule");
  return {
    type: "Choice",
    name,
    rules,
    otherwise: fields.text("Default"),
    output: fields.template("Output"),
    assign: fields.assignments("Assign"),
  };
}

function readWait(name: string, fields: Fields): WaitState {
  fields.only(...exits, "Seconds", "Timestamp");
  if (fields.has("Seconds") === fields.has("Timestamp"))
    fields.refuse("Seconds", "or 'Timestamp' is required, and not both");
  const isTimestamp = (value: unknown) => typeof value === "string" && parseTimestamp(value) !== undefined;
  return {
    type: "Wait",
    name,
    seconds: readSeconds(fields, "Seconds", 0),
    timestamp: fields.literalOrExpression("Timestamp", isTimestamp, "an RFC 3339 timestamp with an offset"),
    ...readExit(fields),
  };
}

function readParallel(name: string, fields: Fields, language: string): ParallelState {
  fields.only(...handled, "Branches", "Arguments");
  const branches = fields.list("Branches").map((raw, index) => {
    const branch = new Fields(raw, `${fields.location}/Branches[${index}]`, fields.problems);
    branch.only("Comment", "StartAt", "States");
    return readGraph(branch, language);
  });
  if (fields.has("Branches") && branches.length === 0)
    fields.refuse("Branches", "must have at least one branch");
  return {
    type: "Parallel",
    name,
    branches,
    arguments: fields.template("Arguments"),
    ...readFailureHandling(fields),
    ...readExit(fields, ofResult),
  };
}

function readMap(name: string, fields: Fields, language: string): MapState {
  fields.only(...handled, "Items", "ItemSelector", "ItemProcessor", "MaxConcurrency");
  if (!fields.has("ItemProcessor")) fields.refuse("ItemProcessor", "is required");
  const processor = fields.inner("ItemProcessor");
  processor.only("Comment", "ProcessorConfig", "StartAt", "States");
  const config = processor.inner("ProcessorConfig");
  config.only("Mode");
  if (config.oneOf("Mode", ["INLINE", "DISTRIBUTED"]) === "DISTRIBUTED")
    config.refuse("Mode", "is DISTRIBUTED; this engine runs INLINE only");
  const isCount = (value: unknown) => typeof value === "number" && Number.isInteger(value) && value >= 0;
  return {
    type: "Map",
    name,
    items: fields.literalOrExpression("Items", Array.isArray, "an array"),
    itemSelector: fields.template("ItemSelector"),
    maxConcurrency: fields.literalOrExpression("MaxConcurrency", isCount, "a whole number, 0 or more,"),
    processor: readGraph(processor, language),
    ...readFailureHandling(fields),
    ...readExit(fields, ofResult),
  };
}

function readSucceed(name: string, fields: Fields): SucceedState {
  fields.only(...basic, "Output");
  return { type: "Succeed", name, output: fields.template("Output") };
}

function readFail(name: string, fields: Fields): FailState {
  fields.only(...basic, "Error", "Cause");
  const isText = (value: unknown) => typeof value === "string";
  return {
    type: "Fail",
    name,
    error: fields.literalOrExpression("Error", isText, "a string"),
    cause: fields.literalOrExpression("Cause", isText, "a string"),
  };
}
