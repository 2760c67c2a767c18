import * as v from "valibot";
import { expect, test } from "vitest";
import { inputsFrom } from "../../../src/actions/action-inputs.ts";
import { Source } from "../../../src/actions/source.ts";
import { FieldInvalidError, FieldMissingError } from "../../../src/errors.ts";

const lookups = {
  bundleGroups: () => [],
  userIds: async (who: string) => (who === "acc-1" ? ["u1"] : []),
  groupIds: async (name: string) => (name === "developers" ? ["g1"] : []),
};

const fields = {
  text: " Alice ",
  last: "Moreau",
  number: 3,
  empty: null,
  option: { id: "10201", value: "developers" },
  cascading: { id: "10101", value: "GitHub", child: { id: "10201", value: "Developer" } },
  person: { accountId: "acc-1", displayName: "Alice" },
  people: [{ accountId: "acc-1" }],
  several: [{ value: "developers" }, { value: "others" }],
  group: { name: "it-administrators", groupId: "x" },
  rich: {
    type: "doc",
    content: [
      {
        type: "paragraph",
        content: [
          { type: "text", text: "Because" },
          { type: "text", text: " so" },
        ],
      },
    ],
  },
  odd: { self: "https://example.com" },
};

const from = (sources: Record<string, Source>) => inputsFrom(sources, fields, lookups);
const field = (
  id: keyof typeof fields | "none",
  parts: Partial<Extract<Source, { field: string }>> = {},
) => ({
  field: id,
  name: `Field ${id}`,
  ...parts,
});

test("inputs come from fields of every kind, and from constants", async () => {
  expect(
    await from({
      text: field("text", { as: ["trim"] }),
      number: field("number"),
      option: field("option", { as: ["group-id"] }),
      cascading: field("cascading"),
      person: field("person", { as: ["user-id"] }),
      people: field("people", { as: ["first", "user-id"] }),
      several: field("several", { as: [{ lookup: { developers: "1", others: "2" } }] }),
      group: field("group"),
      rich: field("rich"),
      left: field("empty", { optional: true }),
      odd: field("odd", { optional: true }),
      none: field("none", { as: [{ default: "x" }] }),
      flag: { value: true },
      list: { value: ["a", "b"] },
    }),
  ).toEqual({
    text: "Alice",
    number: 3,
    option: "g1",
    cascading: "Developer",
    person: "u1",
    people: "u1",
    several: ["1", "2"],
    group: "it-administrators",
    rich: "Because so",
    none: "x",
    flag: true,
    list: ["a", "b"],
  });
});

test("several fields make one text", async () => {
  const email: Source = {
    template: "{first}.{last}@fernhill.example",
    of: { first: field("text", { as: ["trim"] }), last: field("last") },
    as: ["lower"],
  };
  expect(await from({ email })).toEqual({ email: "alice.moreau@fernhill.example" });
  expect(v.is(Source, email)).toBe(true);
});

test.each<[string, Source, typeof FieldMissingError | typeof FieldInvalidError, string]>([
  ["an empty field", field("empty"), FieldMissingError, "“Field empty”"],
  ["a field that the ticket does not have", field("none"), FieldMissingError, "“Field none”"],
  [
    "a person whom JumpCloud does not have",
    field("last", { as: ["user-id"] }),
    FieldInvalidError,
    "“Field last” cannot be used as it is: it names no person that JumpCloud has",
  ],
  [
    "an empty field in a text",
    { template: "{a}", of: { a: field("empty") } },
    FieldMissingError,
    "“Field empty”",
  ],
  [
    "a list in a text",
    { template: "{a}", of: { a: field("several") } },
    FieldInvalidError,
    "“Field several” cannot be used as it is: it is not one text",
  ],
  [
    "a text that means nothing",
    { template: "{a}", of: { a: field("last") }, as: [{ lookup: {} }] },
    FieldInvalidError,
    "“Field last” cannot be used as it is: it says something that has no meaning here",
  ],
])("%s is told by its name on the form", async (_, source, kind, message) => {
  await expect(from({ input: source })).rejects.toThrow(kind);
  await expect(from({ input: source })).rejects.toThrow(message);
});
