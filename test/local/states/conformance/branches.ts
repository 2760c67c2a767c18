import { branch, invoke, machine, payloadOnly, succeed } from "../support.ts";
import type { Row } from "./row.ts";

const each = (states: Record<string, object>, more: object = {}) =>
  machine({ M: { Type: "Map", ItemProcessor: branch(states), ...more, End: true } });
const shown = (expression: string) => ({ Type: "Pass", Output: `{% ${expression} %}`, End: true });
const slow = (name: string, more: object = { End: true }) => invoke(name, {}, { ...payloadOnly, ...more });

export const branches: Row[] = [
  {
    id: "parallel-order",
    says: "The result is an array in the order of the branches, after the slowest of them.",
    source: "Parallel",
    definition: machine({
      P: { Type: "Parallel", Branches: [branch({ A: slow("a") }), branch({ B: slow("b") })], End: true },
    }),
    functions: { a: [{ gives: "a", takes: 20 }], b: [{ gives: "b", takes: 5 }] },
    expected: { status: "SUCCEEDED", output: ["a", "b"], seconds: 20, called: { a: [0], b: [0] } },
  },
  {
    id: "parallel-input",
    says: "Each branch gets the input of the state.",
    source: "Parallel",
    definition: machine({
      P: {
        Type: "Parallel",
        Branches: [branch({ A: shown("$states.input[0]") }), branch({ B: shown("$states.input[1]") })],
        End: true,
      },
    }),
    input: [3, 2],
    expected: { status: "SUCCEEDED", output: [3, 2] },
  },
  {
    id: "parallel-arguments",
    says: "Arguments replaces the input of the branches.",
    source: "Parallel",
    definition: machine({
      P: {
        Type: "Parallel",
        Arguments: { n: "{% $states.input[0] %}" },
        Branches: [branch({ S: succeed })],
        End: true,
      },
    }),
    input: [3],
    expected: { status: "SUCCEEDED", output: [{ n: 3 }] },
  },
  {
    id: "parallel-output",
    says: "Output and Assign see the result of the branches.",
    source: "Parallel",
    definition: machine({
      P: {
        Type: "Parallel",
        Branches: [branch({ One: shown("1") }), branch({ Two: shown("'two'") })],
        Assign: { second: "{% $states.result[1] %}" },
        Output: "{% $states.result[0] %}",
        Next: "A",
      },
      A: shown("[$states.input, $second]"),
    }),
    expected: { status: "SUCCEEDED", output: [1, "two"] },
  },
  {
    id: "parallel-fails",
    says: "One failing branch fails the state, with the error of the branch, and stops the others.",
    source: "Parallel",
    definition: machine({
      P: {
        Type: "Parallel",
        Branches: [
          branch({ A: slow("a", { Next: "After" }), After: slow("b") }),
          branch({ F: { Type: "Fail", Error: "E", Cause: "why" } }),
        ],
        End: true,
      },
    }),
    functions: { a: [{ gives: 1, takes: 5 }], b: [{ gives: 1 }] },
    expected: { status: "FAILED", error: "E", cause: "why", seconds: 0, called: { b: [] } },
  },
  {
    id: "parallel-branch-failed",
    says: "States.BranchFailed names the failure of any branch.",
    source: "error handling",
    definition: machine({
      P: {
        Type: "Parallel",
        Branches: [branch({ F: { Type: "Fail", Error: "E" } })],
        Catch: [{ ErrorEquals: ["States.BranchFailed"], Output: "caught", Next: "C" }],
        End: true,
      },
      C: succeed,
    }),
    expected: { status: "SUCCEEDED", output: "caught" },
  },
  {
    id: "parallel-retry",
    says: "Retry begins all branches again.",
    source: "error handling",
    definition: machine({
      P: {
        Type: "Parallel",
        Branches: [branch({ A: slow("a") }), branch({ B: slow("b") })],
        Retry: [{ ErrorEquals: ["E"], IntervalSeconds: 2, MaxAttempts: 1 }],
        End: true,
      },
    }),
    functions: { a: [{ gives: "a" }], b: [{ fails: "E" }, { gives: "b" }] },
    expected: { status: "SUCCEEDED", output: ["a", "b"], called: { a: [0, 2], b: [0, 2] } },
  },
  {
    id: "parallel-scope",
    says: "A branch reads the variables outside; its own end with it and are not those of another branch.",
    source: "variables",
    definition: machine({
      A: { Type: "Pass", Assign: { outer: 1 }, Next: "P" },
      P: {
        Type: "Parallel",
        Branches: [
          branch({ B: { Type: "Pass", Assign: { inner: "b" }, Next: "B2" }, B2: shown("[$outer, $inner]") }),
          branch({ C: { Type: "Pass", Assign: { inner: "c" }, Next: "C2" }, C2: shown("[$outer, $inner]") }),
        ],
        Next: "Z",
      },
      Z: shown("{ 'result': $states.input, 'inner': $exists($inner) }"),
    }),
    expected: {
      status: "SUCCEEDED",
      output: {
        result: [
          [1, "b"],
          [1, "c"],
        ],
        inner: false,
      },
    },
  },

  {
    id: "map-input",
    says: "Without Items, a Map goes through its input.",
    source: "inline Map",
    definition: each({ A: shown("$states.input * 2") }),
    input: [1, 2, 3],
    expected: { status: "SUCCEEDED", output: [2, 4, 6] },
  },
  {
    id: "map-items",
    says: "Items is an array from an expression.",
    source: "inline Map",
    definition: each({ S: succeed }, { Items: "{% $states.input.list %}" }),
    input: { list: ["a", "b"] },
    expected: { status: "SUCCEEDED", output: ["a", "b"] },
  },
  {
    id: "map-items-literal",
    says: "Items may be an array with expressions in it.",
    source: "JSONata",
    definition: machine({
      A: { Type: "Pass", Assign: { two: 2 }, Next: "M" },
      M: { Type: "Map", Items: [1, "{% $two %}", 3], ItemProcessor: branch({ S: succeed }), End: true },
    }),
    expected: { status: "SUCCEEDED", output: [1, 2, 3] },
  },
  {
    id: "map-empty",
    says: "No items give an empty array.",
    source: "inline Map",
    definition: each({ A: slow("a") }),
    input: [],
    functions: { a: [{ gives: 1 }] },
    expected: { status: "SUCCEEDED", output: [], called: { a: [] } },
  },
  {
    id: "map-object",
    says: "In inline mode, Map accepts only an array.",
    source: "inline Map",
    definition: each({ S: succeed }),
    input: { a: 1 },
    expected: { status: "FAILED", error: "States.QueryEvaluationError" },
  },
  {
    id: "map-selector",
    says: "ItemSelector makes the input of each iteration from the item, its index and the input of the state.",
    source: "inline Map",
    definition: each(
      { S: succeed },
      {
        Items: "{% $states.input.list %}",
        ItemSelector: {
          item: "{% $states.context.Map.Item.Value %}",
          at: "{% $states.context.Map.Item.Index %}",
          by: "{% $states.input.who %}",
        },
      },
    ),
    input: { list: ["a", "b"], who: "me" },
    expected: {
      status: "SUCCEEDED",
      output: [
        { item: "a", at: 0, by: "me" },
        { item: "b", at: 1, by: "me" },
      ],
    },
  },
  {
    id: "map-context",
    says: "The states inside see item and index in the context object.",
    source: "context object",
    definition: each({ A: shown("[$states.context.Map.Item.Index, $states.context.Map.Item.Value]") }),
    input: ["x"],
    expected: { status: "SUCCEEDED", output: [[0, "x"]] },
  },
  {
    id: "map-concurrency-one",
    says: "MaxConcurrency 1 goes through the items one by one, in order.",
    source: "inline Map",
    definition: each({ A: slow("a") }, { MaxConcurrency: 1 }),
    input: [1, 2, 3],
    functions: { a: [{ gives: 1, takes: 10 }] },
    expected: { status: "SUCCEEDED", seconds: 30, called: { a: [0, 10, 20] } },
  },
  {
    id: "map-concurrency-two",
    says: "MaxConcurrency is the most iterations at once; it may come from an expression.",
    source: "inline Map",
    definition: each({ A: slow("a") }, { MaxConcurrency: "{% $count($states.input) - 1 %}" }),
    input: [1, 2, 3],
    functions: { a: [{ gives: 1, takes: 10 }] },
    expected: { status: "SUCCEEDED", seconds: 20, called: { a: [0, 0, 10] } },
  },
  {
    id: "map-concurrency-forty",
    says: "An inline Map runs at most 40 iterations at once, and MaxConcurrency 0 sets no other limit.",
    source: "inline Map",
    definition: each({ A: slow("a") }, { MaxConcurrency: 0 }),
    input: Array.from({ length: 41 }, (_, index) => index),
    functions: { a: [{ gives: 1, takes: 10 }] },
    expected: {
      status: "SUCCEEDED",
      seconds: 20,
      called: { a: [...Array.from({ length: 40 }, () => 0), 10] },
    },
  },
  {
    id: "map-fails",
    says: "One failing iteration fails the state with its error.",
    source: "inline Map",
    definition: each({ A: slow("a") }, { MaxConcurrency: 1 }),
    input: [1, 2, 3],
    functions: { a: [{ gives: 1 }, { fails: "E", cause: "why" }] },
    expected: { status: "FAILED", error: "E", cause: "why", called: { a: [0, 0] } },
  },
  {
    id: "map-catch",
    says: "Catch of a Map may assign variables outside it.",
    source: "variables",
    definition: machine({
      M: {
        Type: "Map",
        ItemProcessor: branch({ F: { Type: "Fail", Error: "E" } }),
        Catch: [
          { ErrorEquals: ["States.ALL"], Assign: { failed: "{% $states.errorOutput.Error %}" }, Next: "C" },
        ],
        End: true,
      },
      C: shown("$failed"),
    }),
    input: [1],
    expected: { status: "SUCCEEDED", output: "E" },
  },
  {
    id: "map-retry",
    says: "Retry begins with all items again.",
    source: "inline Map",
    definition: each(
      { A: slow("a") },
      { MaxConcurrency: 1, Retry: [{ ErrorEquals: ["E"], MaxAttempts: 1 }] },
    ),
    input: [1, 2],
    functions: { a: [{ gives: "old" }, { fails: "E" }, { gives: "new" }] },
    expected: { status: "SUCCEEDED", output: ["new", "new"], called: { a: [0, 0, 1, 1] } },
  },
  {
    id: "map-result",
    says: "Output and Assign see the outputs of all iterations.",
    source: "inline Map",
    definition: each({ S: succeed }, { Output: "{% $sum($states.result) %}" }),
    input: [1, 2, 3],
    expected: { status: "SUCCEEDED", output: 6 },
  },
];
