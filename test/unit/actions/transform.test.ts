import * as fc from "fast-check";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import {
  type Lookups,
  Transform,
  transformed,
  type Value,
  ValueError,
} from "../../../src/actions/transform.ts";

// Maps, which do not know `toString` and the like.
const users = new Map([
  ["alice@fernhill.example", ["u1"]],
  ["acc-1", ["u1"]],
  ["twice", ["u1", "u2"]],
]);
const groups = new Map([
  ["developers", ["g1"]],
  ["operators", ["g2"]],
  ["twice", ["g3", "g4"]],
]);
const lookups: Lookups = {
  userIds: async (who) => users.get(who) ?? [],
  bundleGroups: () => [],
  groupIds: async (name) => groups.get(name) ?? [],
};
const through = (value: Value, ...steps: Transform[]) => transformed(value, steps, lookups);

describe("a step", () => {
  test.each<[Value, Transform[], Value]>([
    ["  Alice ", ["trim", "lower"], "alice"],
    ["nl", ["upper"], "NL"],
    ["a; b;;c ", [{ split: ";" }], ["a", "b", "c"]],
    [["a", "b"], [{ join: " " }], "a b"],
    ["a", [{ join: " " }], "a"],
    [["a", "b"], ["first"], "a"],
    ["a", ["first"], "a"],
    [" 42", ["trim", "number"], 42],
    ["-3", ["number"], -3],
    ["2026-11-20", ["time"], Date.UTC(2026, 10, 20)],
    ["2026-11-20T09:00:00.000+0100", ["time"], Date.UTC(2026, 10, 20, 8)],
    ["2026-11-20T09:00:00Z", ["time"], Date.UTC(2026, 10, 20, 9)],
    ["Sales", [{ lookup: { Sales: "6a" } }], "6a"],
    [["Sales", "IT"], [{ lookup: { Sales: "6a", IT: "6b" } }], ["6a", "6b"]],
    [null, [{ default: "Berlin" }], "Berlin"],
    ["", [{ default: "Berlin" }], "Berlin"],
    ["Bonn", [{ default: "Berlin" }], "Bonn"],
    ["  ", ["trim", { default: "Berlin" }], "Berlin"],
    ["alice@fernhill.example", ["user-id"], "u1"],
    ["acc-1", ["user-id"], "u1"],
    ["developers, operators", [{ split: "," }, "group-id"], ["g1", "g2"]],
    [["a,b", "c"], [{ split: "," }], ["a", "b", "c"]],
    [true, [], true],
    [7, [{ lookup: { 7: "seven" } }], "seven"],
  ])("makes of %o by %o: %o", async (value, steps, expected) => {
    expect(await through(value, ...steps)).toEqual(expected);
  });

  test.each<[Value, Transform[], string]>([
    ["HR", [{ lookup: { Sales: "6a" } }], "says something that has no meaning here"],
    ["toString", [{ lookup: { Sales: "6a" } }], "says something that has no meaning here"],
    ["ten", ["number"], "is no whole number"],
    ["1e3", ["number"], "is no whole number"],
    ["tomorrow", ["time"], "is no date"],
    ["2026-11-20T09:00:00", ["time"], "is no date"],
    ["2026-13-45", ["time"], "is no date"],
    ["nobody", ["user-id"], "names no person that JumpCloud has"],
    ["twice", ["user-id"], "names more than one person in JumpCloud"],
    ["nothing", ["group-id"], "names no group that JumpCloud has"],
    ["twice", ["group-id"], "names more than one group in JumpCloud"],
    [[["a"]], ["trim"], "is a list of lists"],
  ])("has no answer for %o by %o", async (value, steps, message) => {
    await expect(through(value, ...steps)).rejects.toThrow(ValueError);
    await expect(through(value, ...steps)).rejects.toThrow(message);
  });
});

test("what is empty stays so by every step but one", async () => {
  const steps: Transform[] = [
    "trim",
    "lower",
    "upper",
    "first",
    "number",
    "time",
    "user-id",
    "group-id",
    { split: "," },
    { join: "," },
    { lookup: {} },
  ];
  for (const empty of [null, "", [], [""]])
    for (const step of steps) expect(await through(empty, step)).toBeNull();
});

test("whatever is in the field and whatever the steps, there is a value or a reason", async () => {
  const value = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.oneof(fc.string(), fc.constant("alice@fernhill.example"), fc.array(fc.string()))),
  );
  const step = fc.oneof(
    fc.constantFrom<Transform>("trim", "lower", "upper", "first", "number", "time", "user-id", "group-id"),
    fc.record({ split: fc.constantFrom(",", ";") }),
    fc.record({ join: fc.string() }),
    fc.record({ default: fc.string() }),
    fc.record({ lookup: fc.dictionary(fc.string(), fc.string()) }),
  );
  await fc.assert(
    fc.asyncProperty(value, fc.array(step, { maxLength: 6 }), async (given, steps) => {
      const result = await through(given, ...steps).catch((error: unknown) => error);
      if (result instanceof Error) expect(result).toBeInstanceOf(ValueError);
      expect(result).not.toBe("");
      expect(result).not.toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test("steps that nobody knows are refused", () => {
  for (const step of ["reverse", { split: "" }, { lookup: { a: 1 } }, { trim: true }])
    expect(v.is(Transform, step)).toBe(false);
});
