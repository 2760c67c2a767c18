import { describe, expect, test } from "vitest";
import { type Probe, sources, testProbes } from "./probes.ts";
import { Bench, machine, startOfTime } from "./support.ts";

const input = {
  n: 3,
  text: "hello",
  none: null,
  flag: true,
  items: [
    { id: "a", n: 1, tags: ["x", "y"] },
    { id: "b", n: 2, tags: [] },
    { id: "c", n: 3, tags: ["z"] },
  ],
  one: [{ id: "only" }],
  empty: [],
};

function gives(title: string, expression: string, output: unknown, source = sources.jsonata): Probe {
  return {
    title,
    source,
    machine: machine({ A: { Type: "Pass", Output: `{% ${expression} %}`, End: true } }),
    input,
    output,
  };
}

function fails(title: string, expression: string, cause: string, source = sources.jsonata): Probe {
  const states = { A: { Type: "Pass", Output: { field: `{% ${expression} %}` }, End: true } };
  return { title, source, machine: machine(states), input, error: "States.QueryEvaluationError", cause };
}

describe("an expression gives", () => {
  testProbes([
    gives("a field of the input", "$states.input.text", "hello"),
    gives("null", "$states.input.none", null),
    gives("the values of a field in all elements", "$states.input.items.n", [1, 2, 3]),
    gives("one value bare when one element matches", "$states.input.items[n = 2].id", "b"),
    gives("an array of one when asked with []", "$states.input.items[n = 2].id[]", ["b"]),
    gives("the last element by a negative index", "$states.input.items[-1].id", "c"),
    gives("an empty array as it is", "$states.input.empty", []),
    gives("arithmetic", "$states.input.n * 2 + 1", 7),
    gives("joined text", "$states.input.text & ' ' & $states.input.n", "hello 3"),
    gives("a comparison", "$states.input.n >= 3 and $states.input.flag", true),
    gives("membership", "$states.input.text in ['bye', 'hello']", true),
    gives("a conditional", "$states.input.n > 5 ? 'many' : 'few'", "few"),
    gives("an object that is built", "{ 'id': $states.input.items[0].id }", { id: "a" }),
    gives("a block with local variables", "( $a := 2; $b := $a + 1; $a * $b )", 6),
    gives("an own function", "( $double := function($x) { $x * 2 }; $double($states.input.n) )", 6),
    gives("a chain", "$states.input.text ~> $uppercase()", "HELLO"),
    gives("a mapped array", "$map($states.input.items, function($i) { $i.n * 10 })", [10, 20, 30]),
    gives("a filtered array", "$filter($states.input.items, function($i) { $i.n > 1 }).id", ["b", "c"]),
    gives("a reduced array", "$reduce($states.input.items.n, function($a, $b) { $a + $b })", 6),
    gives("a sorted array", "$states.input.items^(>n).id", ["c", "b", "a"]),
    gives("groups", "$states.input.items{ id: n }", { a: 1, b: 2, c: 3 }),
    gives("a range", "[1..4]", [1, 2, 3, 4]),
    gives("a merged object", "$merge([{ 'a': 1 }, { 'b': 2 }])", { a: 1, b: 2 }),
    gives("whether something exists", "$exists($states.input.nothing)", false),
    gives("a match of a regular expression", "$contains($states.input.text, /^h.*o$/)", true),
    gives("text of an object, without blanks", "$string({ 'a': [1, 2] })", '{"a":[1,2]}'),
    gives("an object without the members that are undefined", "{ 'a': 1, 'b': $states.input.nothing }", {
      a: 1,
    }),
    gives("a looked-up member", "$lookup({ 'x y': 5 }, 'x y')", 5),
  ]);
});

describe("AWS's own functions:", () => {
  testProbes([
    gives("$partition cuts an array", "$partition([1, 2, 3, 4, 5], 2)", [[1, 2], [3, 4], [5]]),
    gives("$partition keeps a single part an array", "$partition([0], 3)", [[0]], sources.recorded),
    gives("$range counts both ends in", "$range(0, 10, 5)", [0, 5, 10]),
    gives("$range counts down", "$range(3, 0, -2)", [3, 1]),
    gives("$range with one number gives it bare", "$range(1, 9, 9)", 1, sources.recorded),
    gives(
      "$hash with SHA-256",
      "$hash('abc', 'SHA-256')",
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    ),
    gives("$hash with MD5", "$hash('abc', 'MD5')", "900150983cd24fb0d6963f7d28e17f72"),
    gives("$parse reads JSON", "$parse('{\"a\": [1, null]}').a", [1, null]),
    gives("$parse of -0 is 0", "$parse('-0')", 0, sources.recorded),
    gives("$random with a seed repeats itself", "$random(7) = $random(7)", true),
    gives("$random is from 0 to below 1", "( $r := $random(); $r >= 0 and $r < 1 )", true),
    gives(
      "$uuid is a version 4 UUID",
      "$contains($uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)",
      true,
    ),
    gives("$now is the runtime's time", "$now()", new Date(startOfTime).toISOString(), sources.language),
    gives("$now takes a picture", "$now('[Y0001]/[M01]')", "2026/11", sources.language),
    gives("$millis is the runtime's time", "$millis()", startOfTime, sources.language),
    fails("$hash does not know other algorithms", "$hash('abc', 'CRC32')", "SHA-512"),
    fails("$range needs a step", "$range(1, 3, 0)", "step"),
    fails("$parse refuses what is not JSON", "$parse('{')", "JSON"),
    fails("$eval does not exist", "$eval('1 + 1')", "T1006"),
  ]);
});

describe("an expression fails with States.QueryEvaluationError when it", () => {
  testProbes([
    fails("gives nothing", "$states.input.nothing", "undefined"),
    fails("names a variable that was never assigned", "$nobody", "undefined", sources.recorded),
    fails("uses $, which is not there", "$.text", "undefined"),
    fails("uses a bare name", "text", "undefined"),
    fails("adds what is no number", "$states.input.text + 1", "T2001"),
    fails("calls a function that does not exist", "$shout('x')", "T1006", sources.recorded),
    fails("gives a function", "function($x) { $x }", "function", sources.recorded),
    fails("hides a function in an object", "{ 'f': $sum }", "function", sources.recorded),
    fails("divides by zero", "1 / 0", "not JSON"),
    fails("raises an error itself", "$error('no good')", "no good"),
    fails("would never end", "( $f := function($n) { $f($n + 1) }; $f(0) )", "too long"),
    fails("recurses without end", "( $f := function($n) { 1 + $f($n) }; $f(0) )", "too long"),
  ]);
});

describe("a template", () => {
  const template = {
    literal: "plain",
    half: " {% $states.input.n %} ",
    "path.$": "$.n",
    number: 1.5,
    list: [null, "{% $states.input.n %}", { deep: "{% $states.input.text %}" }],
    emptyObject: {},
  };
  testProbes([
    {
      title: "is evaluated at any depth; everything but whole {% %} strings stays as it is",
      source: sources.recorded,
      machine: machine({ A: { Type: "Pass", Output: template, End: true } }),
      input,
      output: { ...template, list: [null, 3, { deep: "hello" }] },
    },
    {
      title: "may be a bare literal, null too",
      source: sources.recorded,
      machine: machine({ A: { Type: "Pass", Output: null, End: true } }),
      input,
      output: null,
    },
    {
      title: "may be an empty array",
      source: sources.recorded,
      machine: machine({ A: { Type: "Pass", Output: [], End: true } }),
      input,
      output: [],
    },
  ]);

  test("says in which state and field its expression failed", async () => {
    const bench = new Bench();
    const states = {
      First: { Type: "Pass", Next: "Second" },
      Second: { Type: "Pass", Assign: { a: ["{% $x %}"] }, End: true },
    };
    const execution = await bench.run(machine(states));
    expect(execution.cause).toContain("'Second' (entered at event 4), field 'Assign/a[0]'");
    const failed = (await bench.history(execution.arn)).find(({ type }) => type === "EvaluationFailed");
    expect(failed?.evaluationFailedEventDetails).toMatchObject({
      error: "States.QueryEvaluationError",
      location: "Assign/a[0]",
      state: "Second",
    });
  });
});

describe("the context object", () => {
  test("tells execution, machine and state", async () => {
    const bench = new Bench();
    const states = {
      Wait: { Type: "Wait", Seconds: 5, Next: "Show" },
      Show: { Type: "Pass", Output: "{% $states.context %}", End: true },
    };
    const execution = await bench.run(machine(states), { a: 1 });
    expect(execution.output).toEqual({
      Execution: {
        Id: execution.arn,
        Input: { a: 1 },
        Name: "one",
        RoleArn: "arn:aws:iam::111111111111:role/machine",
        StartTime: "2026-11-20T09:00:00.000Z",
        RedriveCount: 0,
      },
      StateMachine: { Id: "arn:aws:states:eu-west-1:111111111111:stateMachine:machine", Name: "machine" },
      State: { Name: "Show", EnteredTime: "2026-11-20T09:00:05.000Z" },
    });
  });

  test("counts the retries of a task, which evaluates its arguments anew each time", async () => {
    const seen: unknown[] = [];
    const bench = new Bench({
      functions: {
        f: (payload) => {
          seen.push(payload);
          if (seen.length < 3) throw new Error("not yet");
          return "done";
        },
      },
    });
    const task = {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke",
      Arguments: { FunctionName: "f", Payload: "{% $states.context.State.RetryCount %}" },
      Retry: [{ ErrorEquals: ["States.ALL"] }],
      End: true,
    };
    await bench.run(machine({ Task: task }));
    expect(seen).toEqual([0, 1, 2]);
  });
});
