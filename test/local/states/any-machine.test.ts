import fc from "fast-check";
import { expect, test } from "vitest";
import { MortalStore } from "./mortal-store.ts";
import { Bench, invoke, machine, payloadOnly } from "./support.ts";

/** A step from a number to a number, in a form that both a plain calculation and a state machine can follow. */
type Part =
  | { kind: "add"; n: number }
  | { kind: "invoke"; n: number }
  | { kind: "wait"; seconds: number }
  | { kind: "parallel"; branches: Part[][] }
  | { kind: "map"; items: number[]; concurrency: number; each: Part[] };

function calculate(parts: Part[], input: number): number {
  return parts.reduce((value, part) => calculatePart(part, value), input);
}

function calculatePart(part: Part, value: number): number {
  switch (part.kind) {
    case "add":
    case "invoke":
      return value + part.n;
    case "wait":
      return value;
    case "parallel":
      return sum(part.branches.map((branch) => calculate(branch, value)));
    case "map":
      return sum(part.items.map((item) => calculate(part.each, value + item)));
  }
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

/** The same as states; names are numbered through the whole machine. */
function graph(
  parts: Part[],
  counter: { next: number },
): { StartAt: string; States: Record<string, object> } {
  const names = parts.map(() => `S${counter.next++}`);
  const states = parts.map((part, index) => {
    const next = names[index + 1];
    return [
      names[index] ?? "",
      stateOf(part, next === undefined ? { End: true } : { Next: next }, counter),
    ] as const;
  });
  return { StartAt: names[0] ?? "", States: Object.fromEntries(states) };
}

function stateOf(part: Part, exit: object, counter: { next: number }): object {
  switch (part.kind) {
    case "add":
      return { Type: "Pass", Output: `{% $states.input + ${part.n} %}`, ...exit };
    case "invoke":
      return invoke("add", { value: "{% $states.input %}", n: part.n }, { ...payloadOnly, ...exit });
    case "wait":
      return { Type: "Wait", Seconds: part.seconds, ...exit };
    case "parallel":
      return {
        Type: "Parallel",
        Branches: part.branches.map((branch) => graph(branch, counter)),
        Output: "{% $sum($states.result) %}",
        ...exit,
      };
    case "map":
      return {
        Type: "Map",
        Items: part.items,
        ItemSelector: "{% $states.input + $states.context.Map.Item.Value %}",
        MaxConcurrency: part.concurrency,
        ItemProcessor: graph(part.each, counter),
        Output: "{% $sum($states.result) %}",
        ...exit,
      };
  }
}

const number = fc.integer({ min: -100, max: 100 });
const { parts } = fc.letrec<{ parts: Part[]; part: Part }>((tie) => ({
  parts: fc.array(tie("part"), { minLength: 1, maxLength: 3 }),
  part: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({ kind: fc.constant("add" as const), n: number }),
    fc.record({ kind: fc.constant("invoke" as const), n: number }),
    fc.record({ kind: fc.constant("wait" as const), seconds: fc.nat(600) }),
    fc.record({
      kind: fc.constant("parallel" as const),
      branches: fc.array(tie("parts"), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constant("map" as const),
      items: fc.array(number, { maxLength: 3 }),
      concurrency: fc.nat(3),
      each: tie("parts"),
    }),
  ),
}));

test("any machine gives what a plain calculation gives, however often its process is killed", async () => {
  await fc.assert(
    fc.asyncProperty(parts, number, fc.array(fc.nat(60), { maxLength: 3 }), async (steps, input, deaths) => {
      const store = new MortalStore();
      const bench = new Bench({
        store,
        functions: { add: ({ value, n }: { value: number; n: number }) => value + n },
      });
      const arn = await bench.start(machine({}, graph(steps, { next: 1 })), input);
      let isDead = false;
      store.onDeath = () => {
        isDead = true;
        bench.service.stop();
      };
      for (const death of deaths) {
        store.diesAt = store.writes + death;
        await bench.pass(300);
        store.diesAt = Number.POSITIVE_INFINITY;
        if (isDead) bench.restart();
        isDead = false;
      }
      await bench.pass(1_000_000);

      expect(await bench.execution(arn)).toMatchObject({
        status: "SUCCEEDED",
        output: calculate(steps, input),
      });
      const events = await bench.history(arn);
      expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
      for (const { id, previousEventId } of events) expect(previousEventId).toBeLessThan(id);
      const count = (ending: string) => events.filter(({ type }) => type.endsWith(ending)).length;
      expect(count("StateExited")).toBe(count("StateEntered"));
      expect(bench.service.billedTransitions(arn)).toBe(1 + count("StateEntered"));
      expect(store.collection("states.thread").size).toBe(0);
    }),
    { numRuns: 100 },
  );
});
