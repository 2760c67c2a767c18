import { expect, test } from "vitest";
import { narrowingOf } from "../../../src/approvals/narrowing.ts";
import type { FieldChange } from "../../../src/requests/issue.ts";
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
      narrowedFrom: { seconds: 30 * day },
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
