import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Condition, factsIn, holds, type TimesOfWeek } from "../../../src/policy/condition.ts";
import { anyCondition, anyFacts, facts, monday } from "../../support/policy.ts";

const person = facts().beneficiary;

describe("single facts", () => {
  const cases: [string, Condition, Parameters<typeof facts>[0], boolean | "unknown"][] = [
    [
      "an attribute with one of the values",
      { attribute: "department", in: ["Engineering", "Data"], of: "beneficiary" },
      {},
      true,
    ],
    [
      "an attribute with another value",
      { attribute: "department", in: ["Sales"], of: "beneficiary" },
      {},
      false,
    ],
    [
      "an attribute that is not set",
      { attribute: "location", in: ["Berlin"], of: "beneficiary" },
      {},
      "unknown",
    ],
    ["a group that the person is in", { inGroup: ["6a00000000000000000b0009"], of: "beneficiary" }, {}, true],
    [
      "a group that the person is not in",
      { inGroup: ["6a00000000000000000b0001"], of: "requester" },
      {},
      false,
    ],
    [
      "groups that could not be looked up",
      { inGroup: ["6a00000000000000000b0001"], of: "beneficiary" },
      { beneficiary: { ...person, groups: undefined } },
      "unknown",
    ],
    [
      "one of several groups that the person is in",
      { inGroup: ["6a00000000000000000b0001", "6a00000000000000000b0009"], of: "beneficiary" },
      {},
      true,
    ],
    ["somebody who asks for themselves", { requesterIs: "beneficiary" }, {}, true],
    [
      "a manager who asks for a report",
      { requesterIs: "manager" },
      { requester: { ...person, userId: "user-manager" } },
      true,
    ],
    [
      "a manager who is not known",
      { requesterIs: "manager" },
      { beneficiary: { ...person, manager: undefined } },
      "unknown",
    ],
    [
      "somebody else who asks for a report",
      { requesterIs: "manager" },
      { requester: { ...person, userId: "user-2" } },
      false,
    ],
    [
      "an owner who is not known",
      { requesterIs: "owner" },
      { entitlement: { ...facts().entitlement, owner: undefined } },
      "unknown",
    ],
    ["the owner", { requesterIs: "owner" }, { requester: { ...person, userId: "user-owner" } }, true],
    ["the application", { application: ["aws", "github"] }, {}, true],
    ["the entitlement", { entitlement: ["github/administrator"] }, {}, false],
    ["the category", { category: ["Engineering"] }, {}, true],
    ["another application", { application: ["aws"] }, {}, false],
    ["another category", { category: ["Sales"] }, {}, false],
    [
      "an application without a category",
      { category: ["Engineering"] },
      { entitlement: { ...facts().entitlement, category: undefined } },
      false,
    ],
    ["another tag", { tag: ["sensitive"] }, {}, false],
    ["a tag", { tag: ["sensitive", "source-code"] }, {}, true],
    ["a time that is short enough", { durationAtMost: "1h" }, {}, true],
    ["a time that is too long", { durationAtMost: "30m" }, {}, false],
    [
      "access without an end, which is longer than any",
      { durationAtMost: "300d" },
      { seconds: undefined },
      false,
    ],
  ];
  test.each(cases)("%s", (_, condition, parts, expected) => {
    expect(holds(condition, facts(parts))).toBe(expected);
  });
});

describe("times", () => {
  const moment = (day: number, hour: number, minute = 0) =>
    monday + ((day * 24 + hour - 10) * 60 + minute) * 60_000;
  const hours: TimesOfWeek = {
    days: ["mon", "fri"],
    from: "09:00",
    until: "17:00",
    timeZone: "Europe/Berlin",
  };
  const cases: [string, TimesOfWeek, number, boolean | "unknown"][] = [
    ["the first minute", hours, moment(0, 8, 0), true],
    ["the minute before it", hours, moment(0, 7, 59), false],
    ["the last minute", hours, moment(0, 15, 59), true],
    ["the minute after it", hours, moment(0, 16, 0), false],
    ["another day", hours, moment(1, 10), false],
    [
      "the day of the place, not of Greenwich",
      { days: ["tue"], timeZone: "Pacific/Auckland" },
      moment(0, 12),
      true,
    ],
    ["over midnight, late", { from: "22:00", until: "06:00", timeZone: "UTC" }, moment(0, 23), true],
    ["over midnight, early", { from: "22:00", until: "06:00", timeZone: "UTC" }, moment(1, 5), true],
    ["over midnight, by day", { from: "22:00", until: "06:00", timeZone: "UTC" }, moment(1, 12), false],
    ["from a time of the day on, at that time", { from: "12:00", timeZone: "UTC" }, moment(0, 12), true],
    ["from a time of the day on, before it", { from: "12:00", timeZone: "UTC" }, moment(0, 11, 59), false],
    ["until a time of the day, after midnight", { until: "12:00", timeZone: "UTC" }, moment(1, 0), true],
    ["until a time of the day, at that time", { until: "12:00", timeZone: "UTC" }, moment(0, 12), false],
    [
      "over midnight, at the first minute",
      { from: "22:00", until: "06:00", timeZone: "UTC" },
      moment(0, 22),
      true,
    ],
    [
      "over midnight, after the last minute",
      { from: "22:00", until: "06:00", timeZone: "UTC" },
      moment(1, 6),
      false,
    ],
    [
      "hours that end when they begin",
      { from: "09:00", until: "09:00", timeZone: "UTC" },
      moment(0, 9),
      false,
    ],
    ["a whole day", { days: ["mon"], timeZone: "UTC" }, moment(0, 23, 59), true],
    ["a place that does not exist", { from: "09:00", timeZone: "Nowhere/AtAll" }, moment(0, 12), "unknown"],
  ];
  test.each(cases)("%s", (_, at, time, expected) => {
    expect(holds({ at }, facts({ at: time }))).toBe(expected);
  });
});

describe("what is unknown", () => {
  const unknown: Condition = { attribute: "location", in: ["Berlin"], of: "beneficiary" };
  const yes: Condition = { requesterIs: "beneficiary" };
  const no: Condition = { not: yes };
  test.each<[string, Condition, boolean | "unknown"]>([
    ["does not matter where something else is false anyway", { all: [unknown, no] }, false],
    ["matters where the rest is true", { all: [unknown, yes] }, "unknown"],
    ["does not matter where something else is enough", { any: [unknown, yes] }, true],
    ["matters where nothing else holds", { any: [unknown, no] }, "unknown"],
    ["is no question where all is true", { all: [yes, yes] }, true],
    ["is no question where nothing is true", { any: [no, no] }, false],
    ["stays unknown when it is turned round", { not: unknown }, "unknown"],
  ])("%s", (_, condition, expected) => {
    expect(holds(condition, facts())).toBe(expected);
  });

  test("may be true or false: whatever it turns out to be, what was certain stays so", () => {
    fc.assert(
      fc.property(
        anyCondition,
        anyFacts,
        fc.constantFrom("Engineering", "Sales"),
        (condition, given, value) => {
          const before = holds(condition, given);
          const { beneficiary, requester } = given;
          const known = (one: typeof beneficiary) => ({
            ...one,
            attributes: { department: value, location: value, ...one.attributes },
            groups: one.groups ?? [],
            manager: one.manager ?? "somebody",
          });
          const after = holds(condition, {
            ...given,
            beneficiary: known(beneficiary),
            requester: known(requester),
          });
          if (before !== "unknown") expect(after).toBe(before);
        },
      ),
    );
  });
});

test("a condition is made of single facts, however deep they are", () => {
  const tag: Condition = { tag: ["sensitive"] };
  const group: Condition = { inGroup: ["6a00000000000000000b0009"], of: "requester" };
  const owner: Condition = { requesterIs: "owner" };
  expect(factsIn(tag)).toEqual([tag]);
  expect(factsIn({ all: [tag, { any: [group, { not: owner }] }] })).toEqual([tag, group, owner]);
});
