import { expect, test } from "vitest";
import { isDone, nextStep, type RowStep, toTryAgain, withStep } from "../../../src/actions/row.ts";
import { row } from "../../support/requests.ts";

const step = (state: RowStep["state"], parts: Partial<RowStep> = {}): RowStep => ({
  action: "suspend-user",
  inputs: {},
  ifItFails: "stop",
  state,
  ...parts,
});
const withSteps = (...steps: RowStep[]) => row({ steps });

test("the steps are done in order, and those that are behind are left alone", () => {
  expect(nextStep(withSteps(step("to do"), step("to do")), 0)).toBe(0);
  for (const state of ["done", "already so", "by hand"] as const)
    expect(nextStep(withSteps(step(state), step("to do")), 0)).toBe(1);
  expect(nextStep(withSteps(step("done")), 0)).toBeUndefined();
});

test("of a step on a later day and the next in order, the one that is due first is next", () => {
  const later = step("to do", { later: true, notBefore: 5 });
  expect(nextStep(withSteps(step("to do"), later), 0)).toBe(0);
  expect(nextStep(withSteps(step("to do", { notBefore: 4 }), later), 6)).toBe(0);
  expect(nextStep(withSteps(step("to do", { notBefore: 9 }), later), 6)).toBe(1);
});

test("one that failed or is unclear keeps back the rest, unless the rule says otherwise", () => {
  for (const state of ["failed", "unclear"] as const) {
    expect(nextStep(withSteps(step(state), step("to do")), 0)).toBeUndefined();
    expect(nextStep(withSteps(step(state, { ifItFails: "continue" }), step("to do")), 0)).toBe(1);
  }
});

test("everything is done when nothing is left, and nothing has failed", () => {
  expect(isDone(withSteps(step("done"), step("already so"), step("by hand")))).toBe(true);
  for (const state of ["to do", "failed", "unclear"] as const)
    expect(isDone(withSteps(step("done"), step(state)))).toBe(false);
});

test("another run does again what failed, knows of its tries, and leaves to people what nobody knows of", () => {
  const failed = step("failed", { tried: true, error: "E", message: "m", needsOperator: true });
  const { steps } = toTryAgain(
    withSteps(step("done"), failed, step("unclear", { error: "E" }), step("to do")),
  );
  expect(steps).toEqual([step("done"), step("to do", { tried: true }), step("by hand"), step("to do")]);
});

test("a step is changed alone", () => {
  const changed = withStep(withSteps(step("to do"), step("to do")), 1, { state: "done" });
  expect(changed.steps.map(({ state }) => state)).toEqual(["to do", "done"]);
});
