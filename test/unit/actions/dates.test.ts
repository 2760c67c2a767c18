import { expect, test } from "vitest";
import type { ActionRule } from "../../../src/actions/action-rules.ts";
import { withDates } from "../../../src/actions/dates.ts";
import type { RowStep } from "../../../src/actions/row.ts";
import { row } from "../../support/requests.ts";
import { issue } from "../../support/use-cases.ts";

const date = "customfield_10070";
const rule: ActionRule = {
  id: "leave",
  title: "Leave",
  requestType: "31",
  when: "created",
  about: { field: "reporter", name: "Who" },
  steps: [
    { action: "suspend-user", inputs: {}, at: { field: date, name: "Last day", as: ["time"] } },
    { action: "delete-user", inputs: {}, after: "30d" },
  ],
};
const approved = Date.parse("2026-12-01");
const step = (parts: Partial<RowStep>): RowStep => ({
  action: "suspend-user",
  inputs: {},
  ifItFails: "stop",
  state: "to do",
  notBefore: approved,
  ...parts,
});
const leaving = (first: Partial<RowStep> = {}) =>
  row({ steps: [step(first), step({ action: "delete-user", notBefore: 7 })] });
const withDate = (value: unknown) => issue({}, { [date]: value });

test("the date that the ticket has now counts for what is still to do, and for nothing else", async () => {
  const earlier = await withDates(leaving(), rule, withDate("2026-11-25"));
  expect(earlier.steps.map(({ notBefore }) => notBefore)).toEqual([Date.parse("2026-11-25"), 7]);
  for (const first of [{ state: "done" as const }, { later: true }]) {
    const settled = leaving(first);
    expect(await withDates(settled, rule, withDate("2026-11-25"))).toBe(settled);
  }
});

test("the same date, none, and what is no date change nothing", async () => {
  const same = leaving();
  for (const value of ["2026-12-01", null, undefined, "soon", { id: "1" }])
    expect(await withDates(same, rule, withDate(value))).toBe(same);
});

test("what goes wrong otherwise is not taken for a date that cannot be read", async () => {
  const broken = {
    ...issue(),
    get fields(): Record<string, unknown> {
      throw new TypeError("broken");
    },
  };
  await expect(withDates(leaving(), rule, broken)).rejects.toThrow("broken");
});
