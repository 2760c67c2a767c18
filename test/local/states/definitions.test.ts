import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { AwsError } from "../../../local/runtime/endpoint/aws-error.ts";
import { Bench, branch, invoke, machine, succeed } from "./support.ts";

async function refusal(definition: unknown): Promise<string> {
  const text = typeof definition === "string" ? definition : JSON.stringify(definition);
  const error = await new Bench()
    .call("CreateStateMachine", { name: "m", definition: text, roleArn: "arn:aws:iam::1:role/r" })
    .then(() => undefined)
    .catch((thrown: unknown) => thrown);
  if (!(error instanceof AwsError)) return "accepted";
  expect(error.name).toBe("InvalidDefinition");
  return error.message;
}

const pass = { Type: "Pass", End: true };
const only = (state: object) => machine({ A: state, B: succeed });
const one = (state: object) => machine({ A: { ...state, End: true } });
const lambda = invoke("f", {});

type Refused = [title: string, definition: unknown, ...texts: string[]];

describe("a definition is refused when", () => {
  test.each<Refused>([
    ["it is no JSON", "nope", "INVALID_JSON_DESCRIPTION"],
    ["it is empty", "", "INVALID_JSON_DESCRIPTION"],
    ["it is no object", "[]", "must be an object"],
    ["StartAt and States are missing", { QueryLanguage: "JSONata" }, "/StartAt", "/States", "is required"],
    ["it has no states", { QueryLanguage: "JSONata", StartAt: "A", States: {} }, "/States", "at least one"],
    [
      "no query language is given, which means JSONPath",
      { StartAt: "A", States: { A: pass } },
      "JSONata",
      "/States/A",
    ],
    ["the query language is JSONPath", { ...machine({ A: pass }), QueryLanguage: "JSONPath" }, "JSONPath"],
    [
      "a state goes back to JSONPath",
      only({ Type: "Pass", QueryLanguage: "JSONPath", Next: "B" }),
      "/States/A/QueryLanguage",
    ],
    [
      "a state has a JSONPath field",
      only({ Type: "Pass", InputPath: "$", Next: "B" }),
      "/States/A/InputPath",
      "JSONPath",
    ],
    [
      "a state has a field that does not exist",
      only({ Type: "Pass", Outptu: 1, Next: "B" }),
      "/States/A/Outptu",
    ],
    ["a Pass state has Arguments", only({ Type: "Pass", Arguments: {}, Next: "B" }), "/States/A/Arguments"],
    ["a Pass state has Retry", only({ Type: "Pass", Retry: [], Next: "B" }), "/States/A/Retry"],
    ["a Succeed state has Assign", machine({ A: { Type: "Succeed", Assign: { x: 1 } } }), "/States/A/Assign"],
    ["a Fail state has Output", machine({ A: { Type: "Fail", Output: 1 } }), "/States/A/Output"],
    [
      "a Choice state has End",
      machine({ A: { Type: "Choice", Choices: [{ Condition: true, Next: "B" }], End: true }, B: succeed }),
      "/States/A/End",
    ],
    ["a machine has a field that does not exist", machine({ A: pass }, { Timeout: 5 }), "/Timeout"],
    [
      "the machine's timeout is no positive number",
      machine({ A: pass }, { TimeoutSeconds: 0 }),
      "/TimeoutSeconds",
    ],
    ["a type does not exist", machine({ A: { Type: "Loop", End: true } }), "/States/A/Type", "'Loop'"],
    ["a type is missing", machine({ A: { End: true } }), "/States/A/Type"],
    ["StartAt names no state", { ...machine({ A: pass }), StartAt: "Z" }, "/StartAt", "'Z'"],
    ["Next names no state", only({ Type: "Pass", Next: "Z" }), "/States/A/Next", "'Z'"],
    [
      "Default names no state",
      only({ Type: "Choice", Choices: [{ Condition: true, Next: "B" }], Default: "Z" }),
      "/States/A/Default",
    ],
    [
      "a rule's Next names no state",
      only({ Type: "Choice", Choices: [{ Condition: true, Next: "Z" }], Default: "B" }),
      "Choices[0]/Next",
    ],
    [
      "a catcher's Next names no state",
      one({ ...lambda, Catch: [{ ErrorEquals: ["E"], Next: "Z" }] }),
      "Catch[0]/Next",
    ],
    ["Next and End are both missing", machine({ A: { Type: "Pass" } }), "/States/A/Next"],
    ["Next and End are both there", only({ Type: "Pass", Next: "B", End: true }), "/States/A/End"],
    ["a state cannot be reached", machine({ A: pass, B: pass }), "/States/B", "no transition"],
    [
      "there is no end",
      machine({ A: { Type: "Pass", Next: "B" }, B: { Type: "Pass", Next: "A" } }),
      "/States",
      "end",
    ],
    [
      "Next leads into a branch",
      machine({
        A: { Type: "Pass", Next: "P" },
        P: { Type: "Parallel", Branches: [branch({ X: pass })], Next: "X" },
      }),
      "/States/P/Next",
      "'X'",
    ],
    [
      "Next leads out of a branch",
      machine({
        P: { Type: "Parallel", Branches: [branch({ X: { Type: "Pass", Next: "B" } })], Next: "B" },
        B: succeed,
      }),
      "Branches[0]/States/X/Next",
    ],
    [
      "a name is used twice in the machine",
      one({ Type: "Parallel", Branches: [branch({ A: pass })] }),
      "unique",
    ],
    [
      "a name stands twice in the same object",
      '{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Fail"},"A":{"Type":"Succeed"}}}',
      "twice",
    ],
    ["a name is longer than 80 characters", machine({ ["n".repeat(81)]: pass }), "80 characters"],
    [
      "an expression is no JSONata",
      only({ Type: "Pass", Output: { a: ["{% 1 + %}"] }, Next: "B" }),
      "/States/A/Output/a[0]",
      "'1 +'",
    ],
    [
      "an expression needs a newer JSONata than AWS has",
      only({ Type: "Pass", Output: "{% $states.input.a ?? 1 %}", Next: "B" }),
      "JSONata",
    ],
    [
      "an expression is not closed",
      only({ Type: "Pass", Output: "{% 1 ", Next: "B" }),
      "/States/A/Output",
      "{%",
    ],
    [
      "an expression ends with a blank",
      only({ Type: "Pass", Output: "{% 1 %} ", Next: "B" }),
      "/States/A/Output",
    ],
    [
      "$states.result is used where there is none",
      only({ Type: "Pass", Output: "{% $states.result %}", Next: "B" }),
      "$states.result",
    ],
    [
      "$states.result is used in Arguments",
      one({ ...lambda, Arguments: { FunctionName: "f", Payload: "{% $states.result.x %}" } }),
      "$states.result",
    ],
    [
      "$states.errorOutput is used outside Catch",
      one({ ...lambda, Output: "{% $string($states.errorOutput) %}" }),
      "$states.errorOutput",
    ],
    [
      "$states.result is used in Catch",
      machine({
        A: { ...lambda, Catch: [{ ErrorEquals: ["E"], Output: "{% $states.result %}", Next: "B" }] },
        B: succeed,
      }),
      "$states.result",
    ],
    [
      "$states is assigned",
      only({ Type: "Pass", Assign: { states: 1 }, Next: "B" }),
      "Assign/states",
      "reserved",
    ],
    [
      "a part of a variable is assigned",
      only({ Type: "Pass", Assign: { "x.y": 1 }, Next: "B" }),
      "Assign/x.y",
    ],
    [
      "a variable's name is longer than 80 characters",
      only({ Type: "Pass", Assign: { ["v".repeat(81)]: 1 }, Next: "B" }),
      "80 characters",
    ],
    ["Assign is no object", only({ Type: "Pass", Assign: "{% {} %}", Next: "B" }), "/States/A/Assign"],
    [
      "a branch assigns a variable of outside",
      machine({
        A: { Type: "Pass", Assign: { x: 1 }, Next: "P" },
        P: { Type: "Parallel", Branches: [branch({ X: { ...pass, Assign: { x: 2 } } })], End: true },
      }),
      "'x'",
      "outside",
    ],
    [
      "an iteration assigns a variable that the Catch of another state outside assigns",
      machine({
        A: invoke("f", {}, { Catch: [{ ErrorEquals: ["E"], Assign: { x: 1 }, Next: "M" }], Next: "M" }),
        M: { Type: "Map", ItemProcessor: branch({ X: { ...pass, Assign: { x: 2 } } }), End: true },
      }),
      "'x'",
      "outside",
    ],
    [
      "an iteration assigns a variable that the Map itself assigns",
      machine({
        M: {
          Type: "Map",
          ItemProcessor: branch({ X: { ...pass, Assign: { x: 2 } } }),
          Assign: { x: 1 },
          End: true,
        },
      }),
      "'x'",
      "outside",
    ],
    ["a Choice has no rules", machine({ A: { Type: "Choice", Choices: [] } }), "/States/A/Choices"],
    ["a rule has no Condition", only({ Type: "Choice", Choices: [{ Next: "B" }] }), "Choices[0]/Condition"],
    [
      "a Condition is plain text",
      only({ Type: "Choice", Choices: [{ Condition: "$x = 1", Next: "B" }] }),
      "Choices[0]/Condition",
    ],
    [
      "a rule is written in JSONPath",
      only({ Type: "Choice", Choices: [{ Variable: "$.a", NumericEquals: 1, Next: "B" }] }),
      "Choices[0]/Variable",
    ],
    ["a Wait says neither how long nor until when", one({ Type: "Wait" }), "/States/A/Seconds"],
    [
      "a Wait says both",
      one({ Type: "Wait", Seconds: 1, Timestamp: "2026-01-01T00:00:00Z" }),
      "/States/A/Seconds",
    ],
    ["Seconds is negative", one({ Type: "Wait", Seconds: -1 }), "/States/A/Seconds"],
    [
      "Timestamp is no timestamp",
      one({ Type: "Wait", Timestamp: "2026-02-30T00:00:00Z" }),
      "/States/A/Timestamp",
    ],
    ["a Task has no Resource", one({ Type: "Task" }), "/States/A/Resource"],
    [
      "a Resource is an activity",
      one({ Type: "Task", Resource: "arn:aws:states:eu-west-1:111111111111:activity:a" }),
      "/States/A/Resource",
    ],
    [
      "an integration is not here",
      one({ Type: "Task", Resource: "arn:aws:states:::sns:publish" }),
      "sns:publish",
    ],
    [
      "an optimised action does not exist",
      one({ Type: "Task", Resource: "arn:aws:states:::dynamodb:query" }),
      "dynamodb:query",
    ],
    [
      "an SDK service is not here",
      one({ Type: "Task", Resource: "arn:aws:states:::aws-sdk:s3:getObject" }),
      "'s3'",
    ],
    [
      "a pattern does not fit",
      one({ Type: "Task", Resource: "arn:aws:states:::lambda:invoke.sync" }),
      ".sync",
    ],
    [
      "a required argument is missing",
      one({ ...lambda, Arguments: { Payload: 1 } }),
      "/States/A/Arguments",
      "FunctionName",
    ],
    ["an argument does not exist", one({ ...lambda, Arguments: { FunctionName: "f", Paylod: 1 } }), "Paylod"],
    ["Arguments of an integration is no object", one({ ...lambda, Arguments: [1] }), "/States/A/Arguments"],
    [
      "Credentials is used",
      one({ ...lambda, Credentials: { RoleArn: "arn:aws:iam::1:role/x" } }),
      "/States/A/Credentials",
    ],
    ["a timeout is 0", one({ ...lambda, TimeoutSeconds: 0 }), "/States/A/TimeoutSeconds"],
    [
      "a heartbeat is not smaller than the timeout",
      one({ ...lambda, TimeoutSeconds: 5, HeartbeatSeconds: 5 }),
      "HeartbeatSeconds",
    ],
    ["ErrorEquals is empty", one({ ...lambda, Retry: [{ ErrorEquals: [] }] }), "Retry[0]/ErrorEquals"],
    ["ErrorEquals is missing", one({ ...lambda, Retry: [{}] }), "Retry[0]/ErrorEquals"],
    [
      "States.ALL does not stand alone",
      one({ ...lambda, Retry: [{ ErrorEquals: ["States.ALL", "E"] }] }),
      "States.ALL",
    ],
    [
      "States.ALL is not the last",
      one({ ...lambda, Retry: [{ ErrorEquals: ["States.ALL"] }, { ErrorEquals: ["E"] }] }),
      "States.ALL",
    ],
    [
      "MaxAttempts is negative",
      one({ ...lambda, Retry: [{ ErrorEquals: ["E"], MaxAttempts: -1 }] }),
      "MaxAttempts",
    ],
    [
      "BackoffRate is below 1",
      one({ ...lambda, Retry: [{ ErrorEquals: ["E"], BackoffRate: 0.5 }] }),
      "BackoffRate",
    ],
    [
      "JitterStrategy does not exist",
      one({ ...lambda, Retry: [{ ErrorEquals: ["E"], JitterStrategy: "SOME" }] }),
      "JitterStrategy",
    ],
    [
      "a retrier has a field that does not exist",
      one({ ...lambda, Retry: [{ ErrorEquals: ["E"], Delay: 1 }] }),
      "Retry[0]/Delay",
    ],
    [
      "a catcher has ResultPath",
      machine({
        A: { ...lambda, Catch: [{ ErrorEquals: ["E"], ResultPath: "$.e", Next: "B" }] },
        B: succeed,
      }),
      "Catch[0]/ResultPath",
    ],
    ["a Parallel has no branches", one({ Type: "Parallel", Branches: [] }), "/States/A/Branches"],
    ["a Map has no ItemProcessor", one({ Type: "Map" }), "/States/A/ItemProcessor"],
    [
      "a Map is distributed",
      one({
        Type: "Map",
        ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED" }, ...branch({ X: pass }) },
      }),
      "DISTRIBUTED",
    ],
    [
      "a Map tolerates failures, which only distributed ones can",
      one({ Type: "Map", ToleratedFailureCount: 1, ItemProcessor: branch({ X: pass }) }),
      "ToleratedFailureCount",
    ],
    [
      "a Map reads items from elsewhere",
      one({ Type: "Map", ItemReader: {}, ItemProcessor: branch({ X: pass }) }),
      "ItemReader",
    ],
    [
      "Items is plain text",
      one({ Type: "Map", Items: "$.items", ItemProcessor: branch({ X: pass }) }),
      "/States/A/Items",
    ],
  ])("%s", async (_, definition, ...texts) => {
    const message = await refusal(definition);
    for (const text of texts) expect(message).toContain(text);
  });
});

const everything = machine(
  {
    Start: {
      Type: "Pass",
      Comment: "Begins",
      Assign: { x: 1, größe: 2 },
      Output: { a: "{% $states.input %}" },
      Next: "Call",
    },
    Call: {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
      Arguments: { FunctionName: "f", Payload: { token: "{% $states.context.Task.Token %}" } },
      TimeoutSeconds: "{% $x * 60 %}",
      HeartbeatSeconds: 10,
      Retry: [
        {
          ErrorEquals: ["E", "States.Timeout"],
          IntervalSeconds: 2,
          MaxAttempts: 0,
          BackoffRate: 1.5,
          MaxDelaySeconds: 9,
          JitterStrategy: "FULL",
        },
        { Comment: "the rest", ErrorEquals: ["States.ALL"] },
      ],
      Catch: [
        { ErrorEquals: ["States.ALL"], Assign: { e: "{% $states.errorOutput %}" }, Output: {}, Next: "Stop" },
      ],
      Assign: { r: "{% $states.result %}" },
      Next: "Both",
    },
    Both: {
      Type: "Parallel",
      Arguments: { n: "{% $x %}" },
      Branches: [branch({ Left: pass }), { Comment: "right", ...branch({ Right: succeed }) }],
      Next: "Each",
    },
    Each: {
      Type: "Map",
      Items: "{% $states.input %}",
      ItemSelector: { item: "{% $states.context.Map.Item.Value %}" },
      MaxConcurrency: 2,
      ItemProcessor: { ProcessorConfig: { Mode: "INLINE" }, ...branch({ Item: pass }) },
      Next: "Later",
    },
    Later: { Type: "Wait", Timestamp: "2027-01-01T00:00:00+01:00", Next: "Which" },
    Which: {
      Type: "Choice",
      Choices: [{ Comment: "one", Condition: "{% $x = 1 %}", Assign: { y: 1 }, Output: 1, Next: "Done" }],
      Default: "Stop",
    },
    Done: { Type: "Succeed", Output: "{% $r %}" },
    Stop: { Type: "Fail", Error: "{% $e.Error %}", Cause: "it did not work" },
  },
  { Comment: "Uses every field", TimeoutSeconds: 3600, Version: "1.0" },
);

describe("a definition with every field", () => {
  test("is accepted", async () => {
    expect(await refusal(everything)).toBe("accepted");
  });

  test("is valid for asl-validator too", () => {
    // The package has no types.
    const validate = createRequire(import.meta.url)("asl-validator") as (definition: object) => {
      errorsText(separator: string): string;
    };
    expect(validate(everything).errorsText("\n")).toBe("");
    expect(validate(machine({ A: { Type: "Pass", Next: "Z" } })).errorsText("\n")).toContain("Z");
  });

  test("ValidateStateMachineDefinition finds nothing in it, and says where a broken one is broken", async () => {
    const bench = new Bench();
    const validate = (definition: object) =>
      bench.call("ValidateStateMachineDefinition", { definition: JSON.stringify(definition) });
    expect(await validate(everything)).toEqual({ result: "OK", diagnostics: [], truncated: false });
    expect(await validate(machine({ A: { Type: "Pass", Next: "Z" } }))).toMatchObject({
      result: "FAIL",
      diagnostics: [{ severity: "ERROR", code: "MISSING_TRANSITION_TARGET", location: "/States/A/Next" }],
      truncated: false,
    });
  });
});
