import fc from "fast-check";
import * as v from "valibot";
import { expect, test } from "vitest";
import { isOver, mayFollow, nextCheckAt, resumed } from "../../../src/requests/life.ts";
import { Request } from "../../../src/requests/request.ts";
import { request, statuses } from "../../support/requests.ts";

test("a request without an approval or a waiver can never come to be granted", () => {
  const withoutApproval = (from: string): string[] =>
    statuses.filter((to) => mayFollow(from as never, to) && to !== "approved" && to !== "failed");
  const reached = new Set<string>();
  const walk = (status: string) => {
    if (reached.has(status)) return;
    reached.add(status);
    for (const next of withoutApproval(status)) walk(next);
  };
  walk("requested");
  expect([...reached]).not.toContain("granted");
  expect([...reached]).toContain("asked");
});

test("what is over stays over, unless an operator's run goes on with what failed", () => {
  for (const status of ["ended", "declined", "refused", "expired", "withdrawn"] as const) {
    expect(isOver(request(status))).toBe(true);
    expect(statuses.filter((to) => mayFollow(status, to))).toEqual(
      expect.arrayContaining([status, "failed"]),
    );
    expect(statuses.filter((to) => mayFollow(status, to))).toHaveLength(2);
  }
});

test("access is never taken for given: only an approved request may be granted, only granted access may end", () => {
  expect(statuses.filter((from) => mayFollow(from, "granted") && from !== "granted")).toEqual([
    "approved",
    "failed",
  ]);
  expect(statuses.filter((from) => mayFollow(from, "ended") && from !== "ended")).toEqual([
    "ending",
    "failed",
  ]);
});

test("every open request is looked after again, and access with an end just after it", () => {
  for (const status of ["requested", "checked", "asked", "blocked", "approved", "ending"] as const)
    expect(nextCheckAt(request(status), 1_000)).toBeGreaterThan(1_000);
  expect(nextCheckAt(request("granted"), 1_000)).toBe(10_000 + 120_000);
  expect(nextCheckAt(request("granted", { grant: { at: 1 } }), 1_000)).toBeUndefined();
  expect(nextCheckAt(request("expired"), 1_000)).toBeUndefined();
});

test("a failed request that had access to take away is not forgotten", () => {
  const before = request("granted");
  expect(nextCheckAt(request("failed", { before }), 1_000)).toBe(10_000 + 120_000);
  expect(nextCheckAt(request("failed", { before: request("ending") }), 1_000)).toBe(1_000 + 6 * 3_600_000);
  expect(nextCheckAt(request("failed"), 1_000)).toBeUndefined();
});

test("a run that goes on finds the request as it was, except that approval is asked for again", () => {
  for (const status of statuses.filter((each) => each !== "failed")) {
    const failed = request("failed", { before: request(status), version: 9, runs: 2 });
    const expected = status === "asked" || status === "blocked" ? "checked" : status;
    expect(resumed(failed)).toMatchObject({ status: expected, version: 9, runs: 2 });
    expect(mayFollow("failed", resumed(failed).status)).toBe(true);
  }
});

test("what is stored is what the status needs, and nothing that it had before", () => {
  fc.assert(
    fc.property(fc.constantFrom(...statuses), (status) => {
      const stored = v.parse(Request, { ...request("granted"), ...request("asked"), ...request(status) });
      expect(stored.status).toBe(status);
      if (status === "expired") expect(stored).not.toHaveProperty("grant");
    }),
  );
});
