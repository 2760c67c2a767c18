import { expect, test } from "vitest";
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
