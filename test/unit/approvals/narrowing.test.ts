import { describe, expect, test } from "vitest";
import { narrowingOf } from "../../../src/approvals/narrowing.ts";
import type { FieldChange } from "../../../src/requests/issue.ts";
import { entry } from "../../support/policy.ts";
import { asked, decision, people, pin, request } from "../../support/requests.ts";
import { formHash, issue, requestType } from "../../support/use-cases.ts";

const durationField = requestType.fields.duration?.id ?? "";
const withDuration = (option: string, parts = {}) => issue(parts, { [durationField]: { id: option } });
const [fourHours, week, month] = ["10302", "10304", "10305"];
const day = 86_400;

const pinned = pin({ form: formHash(withDuration(month)), seconds: 30 * day });
const waiting = request("asked", { pin: pinned, asked: asked({ at: 1_000 }) });

function change(parts: Partial<FieldChange> = {}, by: string = people.manager): FieldChange {
  return {
    id: "1",
    at: 2_000,
    author: { accountId: by, active: true, kind: "atlassian", displayName: "" },
    fieldId: durationField,
    from: month,
    to: week,
    ...parts,
  };
}

test("the shorter time takes the place of the longer one, which is remembered", () => {
  expect(narrowingOf(waiting, withDuration(week), requestType, [change()])).toEqual({
    pin: {
      ...pinned,
      form: formHash(withDuration(week)),
      seconds: 7 * day,
      narrowedFrom: { seconds: 30 * day, entitlementId: pinned.entitlementId },
    },
    by: [people.manager],
    evidence: ["changelog:1"],
  });
});

test("changes from before the request was pinned do not matter, whoever made them", () => {
  const before = change({ id: "0", at: 500, from: fourHours, to: month }, people.requester);
  expect(narrowingOf(waiting, withDuration(week), requestType, [before, change()])).toBeDefined();
});

test("each of several changes has to be by somebody who was asked", () => {
  const [first, second] = [
    change({ to: week }),
    change({ id: "2", at: 3_000, from: week, to: fourHours }, people.outsider),
  ];
  expect(narrowingOf(waiting, withDuration(fourHours), requestType, [first, second])).toBeUndefined();
  const own = { ...second, author: first.author };
  expect(narrowingOf(waiting, withDuration(fourHours), requestType, [first, own])).toMatchObject({
    pin: { seconds: 4 * 3_600 },
    evidence: ["changelog:2", "changelog:1"],
  });
});

test("until the decision, and no longer, one may make it shorter who has decided", () => {
  const approved = request("approved", { pin: pinned, decisions: [decision({ at: 2_000 })] });
  expect(narrowingOf(approved, withDuration(week), requestType, [change({ at: 2_000 })])).toBeDefined();
  expect(narrowingOf(approved, withDuration(week), requestType, [change({ at: 2_001 })])).toBeUndefined();
});

test.each([
  ["before anybody was asked", waiting, withDuration(week), change({ at: 999 })],
  ["by nobody that Jira names", waiting, withDuration(week), change({ author: undefined })],
  ["of another field too", waiting, withDuration(week, { reporter: undefined }), change()],
  [
    "by the requester, even one who was asked",
    { ...waiting, asked: asked({ approvers: [people.requester], at: 1_000 }) },
    withDuration(week),
    change({}, people.requester),
  ],
  ["to longer", waiting, withDuration("10306"), change({ to: "10306" })],
  ["to no end", waiting, withDuration("10307"), change({ to: "10307" })],
  [
    "of a request for more time",
    { ...waiting, pin: { ...pinned, extension: { since: 0, endsAt: 1 } } },
    withDuration(week),
    change(),
  ],
])("a change %s does not count", (_, of, after, how) => {
  expect(narrowingOf(of, after, requestType, [how])).toBeUndefined();
});

/** The form's options of two levels, and the pin of a request for the higher one. */
const levels = ["github/developer", "github/administrator"];
const lower = entry({
  entitlementId: "github/developer",
  title: "GitHub: Developer",
  option: "10201",
  levels,
  durations: { default: "90d", permanent: true },
});
const withLevel = (option: string, parts: object = {}) =>
  issue({}, { [requestType.fields.entitlement.id]: { id: "10101", child: { id: option } }, ...parts });
const high = pin({
  form: formHash(withLevel("10202")),
  option: "10202",
  entitlementId: "github/administrator",
  title: "GitHub: Administrator",
  groups: ["group-2"],
  seconds: 14_400,
});
const asksForHigh = request("asked", { pin: high, asked: asked({ at: 1_000 }) });
const toLower = (parts: Partial<FieldChange> = {}, by: string = people.manager) =>
  change({ fieldId: requestType.fields.entitlement.id, from: "10202", to: undefined, ...parts }, by);

test("a lower level takes the place of the higher one, which is remembered", () => {
  expect(narrowingOf(asksForHigh, withLevel("10201"), requestType, [toLower()], lower)?.pin).toEqual({
    ...high,
    form: formHash(withLevel("10201")),
    option: "10201",
    entitlementId: "github/developer",
    title: "GitHub: Developer",
    groups: lower.groups,
    seconds: 14_400,
    narrowedFrom: { seconds: 14_400, entitlementId: "github/administrator" },
  });
});

test("level and time may be made less together, in any order, and more than once", () => {
  const form = withLevel("10201", { [durationField]: { id: "10301" } });
  const shorter = change({ id: "2", at: 3_000, from: "10302", to: "10301" });
  for (const changes of [
    [toLower(), shorter],
    [{ ...shorter, at: 1_500 }, toLower()],
  ])
    expect(narrowingOf(asksForHigh, form, requestType, changes, lower)?.pin).toMatchObject({
      seconds: 3_600,
      entitlementId: "github/developer",
    });
});

test.each<[string, Parameters<typeof entry>[0] | undefined, FieldChange[]]>([
  ["a higher level", { ...lower, levels: levels.toReversed() }, [toLower()]],
  [
    "an entitlement that is no level of it",
    { ...lower, levels: ["github/developer", "github/owner"] },
    [toLower()],
  ],
  ["an entitlement without levels", { ...lower, levels: [] }, [toLower()]],
  ["what the catalog does not have", undefined, [toLower()]],
  ["what is closed", { ...lower, status: "disabled" }, [toLower()]],
  ["what the form does not offer", { ...lower, requestTypes: ["99"] }, [toLower()]],
  ["what is not given for so long", { ...lower, durations: { max: "1h", permanent: false } }, [toLower()]],
  ["a change by somebody else", lower, [toLower({}, people.outsider)]],
  ["a change by the requester", lower, [toLower({}, people.requester)]],
  ["a history that does not say what it was before", lower, [toLower({ from: undefined })]],
  ["no change in the history", lower, []],
])("a change to %s is no narrowing", (_, chosen, changes) => {
  const other = chosen && entry(chosen);
  expect(narrowingOf(asksForHigh, withLevel("10201"), requestType, changes, other)).toBeUndefined();
});

describe("what was asked for in the end", () => {
  const narrowed = (of: Parameters<typeof narrowingOf>[0], changes: FieldChange[], type = requestType) =>
    narrowingOf(of, withDuration(week), type, changes)?.pin;

  test("is remembered as it was first, also when it was made less before, or had no end", () => {
    const narrowedFrom = { seconds: 90 * day, entitlementId: "github/owner" };
    const again = { ...waiting, pin: { ...pinned, narrowedFrom } };
    expect(narrowed(again, [change()])).toMatchObject({ narrowedFrom, seconds: 7 * day });
    const { seconds: _, ...endless } = pinned;
    expect(narrowed({ ...waiting, pin: endless }, [change()])?.narrowedFrom).toStrictEqual({
      entitlementId: pinned.entitlementId,
    });
  });

  test("is not less when it is as long, or nobody can tell how long it is", () => {
    expect(narrowed({ ...waiting, pin: { ...pinned, seconds: 7 * day } }, [change()])).toBeUndefined();
    expect(narrowed({ ...waiting, pin: { ...pinned, seconds: 7 * day + 1 } }, [change()])).toBeDefined();
    const unknown = { ...requestType, durations: {} };
    expect(narrowed(waiting, [change()], unknown)).toBeUndefined();
    const { durations: _, ...without } = requestType;
    expect(narrowed(waiting, [change()], without)).toBeUndefined();
    const { pin: endless } = { pin: { ...pinned, seconds: undefined } };
    const emptied = issue({}, { [durationField]: null });
    expect(narrowingOf({ ...waiting, pin: endless }, emptied, requestType, [change()])).toBeUndefined();
    const noChoice = issue({}, { [requestType.fields.entitlement.id]: null });
    expect(narrowingOf(waiting, noChoice, requestType, [change()])).toBeUndefined();
  });

  test("does not depend on what else was changed on the ticket, by whomever", () => {
    const summary = change({ id: "5", at: 2_500, fieldId: "summary" }, people.requester);
    expect(narrowed(waiting, [change(), summary])).toBeDefined();
  });

  test("names each of those who made it less once, the last first", () => {
    const both = { ...waiting, asked: asked({ approvers: [people.manager, "acc-second"], at: 1_000 }) };
    const changes = [
      change({ id: "1", to: "10306" }),
      change({ id: "2", at: 3_000, from: "10306", to: "10303" }, "acc-second"),
      change({ id: "3", at: 4_000, from: "10303", to: week }),
    ];
    expect(narrowingOf(both, withDuration(week), requestType, changes)).toMatchObject({
      by: [people.manager, "acc-second"],
      evidence: ["changelog:3", "changelog:2", "changelog:1"],
    });
    const sameMoment = changes.map((one) => ({ ...one, at: 2_000 }));
    expect(narrowingOf(both, withDuration(week), requestType, sameMoment)?.evidence).toEqual([
      "changelog:3",
      "changelog:2",
      "changelog:1",
    ]);
  });
});

describe("of several stages", () => {
  const second = "acc-second";
  const stages = [
    decision({ at: 2_000 }),
    decision({ stage: 1, at: 4_000, approvers: [second], by: [second] }),
  ];
  const done = request("approved", { pin: pinned, decisions: stages });
  const madeBy = (by: string, at: number, of: Parameters<typeof narrowingOf>[0] = done) =>
    narrowingOf(of, withDuration(week), requestType, [change({ at }, by)]) !== undefined;

  test("each may make it less from the decision before until its own", () => {
    expect([1, 2_000, 2_001].map((at) => madeBy(people.manager, at))).toEqual([true, true, false]);
    expect([1_999, 2_000, 4_000, 4_001].map((at) => madeBy(second, at))).toEqual([false, true, true, false]);
  });

  test("the one that is asked now may, from then on, and the one before no more", () => {
    const asking = request("asked", {
      pin: pinned,
      decisions: [stages[0]],
      asked: asked({ stage: 1, approvers: [second], at: 3_000 }),
    });
    expect([2_999, 3_000, 9_000].map((at) => madeBy(second, at, asking))).toEqual([false, true, true]);
    expect([2_000, 3_500].map((at) => madeBy(people.manager, at, asking))).toEqual([true, false]);
  });

  test("nobody may whose access it is, though others asked for it", () => {
    const forManager = { ...pinned, beneficiary: { accountId: people.manager, userId: "user-manager" } };
    expect(madeBy(people.manager, 1, { ...done, pin: forManager })).toBe(false);
  });
});

describe("a lower level", () => {
  test("without an end is not less than one with an end, nor the same level or one that is not in the list", () => {
    const endless = entry({ ...lower, durations: { permanent: true } });
    const form = withLevel("10201", { [durationField]: { id: "10307" } });
    const toEndless = [toLower(), change({ id: "2", at: 3_000, from: "10302", to: "10307" })];
    expect(narrowingOf(asksForHigh, form, requestType, toEndless, endless)).toBeUndefined();
    const forever = { ...high, seconds: undefined };
    const ofForever = { ...asksForHigh, pin: forever as never };
    expect(narrowingOf(ofForever, form, requestType, toEndless, endless)?.pin).toMatchObject({
      entitlementId: "github/developer",
      seconds: undefined,
    });
    for (const levelsOf of [["github/administrator"], ["github/administrator", "github/developer"]]) {
      const other = entry({ ...lower, levels: levelsOf });
      expect(narrowingOf(asksForHigh, withLevel("10201"), requestType, [toLower()], other)).toBeUndefined();
    }
    const { levels: _, ...none } = lower;
    expect(narrowingOf(asksForHigh, withLevel("10201"), requestType, [toLower()], none)).toBeUndefined();
  });
});
