import { machine } from "../support.ts";
import type { Row } from "./row.ts";

const input = {
  n: 3,
  text: "hello",
  none: null,
  json: '{"a":[1,null]}',
  items: [
    { id: "a", price: 5 },
    { id: "b", price: 20 },
  ],
  when: "2026-11-20T09:00:00Z",
};

type About = [id: string, says: string, source: Row["source"], expression: string];

function row([id, says, source, expression]: About, expected: Row["expected"]): Row {
  const definition = machine({ A: { Type: "Pass", Output: `{% ${expression} %}`, End: true } });
  return { id: `expression-${id}`, says, source, definition, input, expected };
}

const gives = (...[id, says, source, expression, output]: [...About, unknown]) =>
  row([id, says, source, expression], { status: "SUCCEEDED", output });

const fails = (...about: About) => row(about, { status: "FAILED", error: "States.QueryEvaluationError" });

export const expressions: Row[] = [
  gives("input", "$states.input is the input of the state.", "JSONata", "$states.input.text", "hello"),
  gives("null", "null is a value, and is not undefined.", "JSONata", "$states.input.none", null),
  gives("sum", "Expressions compute.", "JSONata itself", "$states.input.n * 2 + 1", 7),
  gives("join", "& joins text.", "JSONata itself", "$states.input.text & '!' & $states.input.n", "hello!3"),
  gives("condition", "A condition chooses.", "JSONata itself", "$states.input.n > 5 ? 'many' : 'few'", "few"),
  gives("block", "A block has local variables.", "JSONata itself", "( $a := 2; $b := $a + 1; $a * $b )", 6),
  gives(
    "function",
    "A block may define functions.",
    "JSONata itself",
    "( $twice := function($x) { $x * 2 }; $twice($states.input.n) )",
    6,
  ),
  gives(
    "map",
    "A path goes through the elements of an array.",
    "JSONata itself",
    "$states.input.items.price",
    [5, 20],
  ),
  gives(
    "filter-one",
    "A filter that matches one element gives it bare: a sequence of one is its element.",
    "JSONata itself",
    "$states.input.items[price > 10].id",
    "b",
  ),
  gives(
    "keep-array",
    "[] keeps a sequence of one an array.",
    "JSONata itself",
    "$states.input.items[price > 10].id[]",
    ["b"],
  ),
  gives("last", "A negative index counts from the end.", "JSONata itself", "$states.input.items[-1].id", "b"),
  gives("order", "^() sorts.", "JSONata itself", "$states.input.items^(>price).id", ["b", "a"]),
  gives("group", "{} groups.", "JSONata itself", "$states.input.items{ id: price }", { a: 5, b: 20 }),
  gives("chain", "~> chains functions.", "JSONata itself", "$states.input.text ~> $uppercase()", "HELLO"),
  gives("in", "in tests membership.", "JSONata itself", "$states.input.text in ['bye', 'hello']", true),
  gives(
    "reduce",
    "$reduce with $merge builds an object to look up in.",
    "JSONata itself",
    "$lookup($reduce($states.input.items, function($all, $one) { $merge([$all, { $one.id: $one.price }]) }, {}), 'b')",
    20,
  ),
  gives(
    "exists",
    "$exists tells whether something is there.",
    "JSONata itself",
    "$exists($states.input.x)",
    false,
  ),
  gives(
    "millis",
    "$toMillis makes timestamps comparable.",
    "JSONata itself",
    "$toMillis($states.input.when) > $toMillis('2026-11-20T08:59:59Z')",
    true,
  ),
  gives(
    "format",
    "$formatNumber writes a number by a picture.",
    "JSONata itself",
    "$formatNumber(12345.6, '#,###.00')",
    "12,345.60",
  ),
  gives(
    "partition",
    "$partition cuts an array into parts of a size.",
    "JSONata",
    "$partition([1, 2, 3, 4, 5, 6, 7, 8, 9], 4)",
    [[1, 2, 3, 4], [5, 6, 7, 8], [9]],
  ),
  gives(
    "range",
    "$range counts from a first to a last number by a step.",
    "JSONata",
    "$range(1, 9, 2)",
    [1, 3, 5, 7, 9],
  ),
  gives(
    "hash",
    "$hash knows MD5, SHA-1, SHA-256, SHA-384 and SHA-512.",
    "JSONata",
    "['MD5', 'SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'].$length($hash('input data', $))",
    [32, 40, 64, 96, 128],
  ),
  gives(
    "hash-value",
    "$hash gives the digest as hexadecimal text.",
    "JSONata",
    "$hash('input data', 'SHA-1')",
    "aaff4a450a104cd177d28d18d74485e8cae074b7",
  ),
  gives("random", "$random gives 0 ≤ n < 1.", "JSONata", "( $r := $random(); $r >= 0 and $r < 1 )", true),
  gives("random-seed", "$random with a seed repeats itself.", "JSONata", "$random(11) = $random(11)", true),
  gives(
    "uuid",
    "$uuid gives a UUID of version 4.",
    "JSONata",
    "$contains($uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)",
    true,
  ),
  gives("parse", "$parse reads JSON text.", "JSONata", "$parse($states.input.json)", { a: [1, null] }),
  fails("eval", "$eval is not there; $parse takes its place.", "JSONata", "$eval('1 + 1')"),
  fails("undefined", "An expression that gives undefined fails.", "JSONata", "$states.input.nothing"),
  fails("type", "Adding what is no number fails.", "JSONata", "$states.input.text + 1"),
  fails("unassigned", "A variable that was never assigned is undefined.", "JSONata", "$nobody"),
  fails("dollar", "$ is not the input.", "JSONata", "$.text"),
  fails("double-dollar", "$$ is not the input.", "JSONata", "$$.text"),
  fails("bare-name", "A bare name is not a field of the input.", "JSONata", "text"),
  fails("unknown", "A function that does not exist fails.", "JSONata", "$shout('x')"),
  fails("error", "$error fails the expression.", "JSONata itself", "$error('no good')"),
  fails("function-value", "A function is no JSON.", "JSONata", "function($x) { $x }"),
  {
    id: "expression-literal",
    says: "Text without {% %} is what it is; expressions are evaluated at any depth.",
    source: "JSONata",
    definition: machine({
      A: {
        Type: "Pass",
        Output: { plain: "$n", list: [1, "{% $states.input.n %}", { deep: "{% 'x' %}" }] },
        End: true,
      },
    }),
    input,
    expected: { status: "SUCCEEDED", output: { plain: "$n", list: [1, 3, { deep: "x" }] } },
  },
  {
    id: "expression-error-place",
    says: "The history says in which state and field an expression failed.",
    source: "HistoryEvent",
    definition: machine({ A: { Type: "Pass", Output: "{% $x %}", End: true } }),
    calls: [
      {
        call: "GetExecutionHistory",
        with: { executionArn: "<execution>", reverseOrder: true, maxResults: 2 },
        gives: {
          events: [
            {
              type: "ExecutionFailed",
              executionFailedEventDetails: { error: "States.QueryEvaluationError" },
            },
            {
              type: "EvaluationFailed",
              evaluationFailedEventDetails: {
                state: "A",
                location: "Output",
                error: "States.QueryEvaluationError",
              },
            },
          ],
        },
      },
    ],
    expected: { status: "FAILED", error: "States.QueryEvaluationError" },
  },
  ...[
    ["not a number", "soon"],
    ["negative", -1],
    ["0", 0],
    ["not whole", 1.5],
    ["too large", 100_000_000],
  ].map(
    ([what, value]): Row => ({
      id: `expression-seconds-${what}`.replaceAll(" ", "-"),
      says: `A TimeoutSeconds from an expression that is ${what} fails.`,
      source: "JSONata",
      definition: machine({
        T: {
          Type: "Task",
          Resource: "arn:aws:states:::lambda:invoke",
          Arguments: { FunctionName: "f" },
          TimeoutSeconds: "{% $states.input %}",
          End: true,
        },
      }),
      input: value,
      functions: { f: [{ gives: 1 }] },
      expected: { status: "FAILED", error: "States.QueryEvaluationError", called: { f: [] } },
    }),
  ),
];
