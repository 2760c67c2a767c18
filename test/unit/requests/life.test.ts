import fc from "fast-check";
import * as v from "valibot";
import { expect, test } from "vitest";
import { isOver, isUntold, mayFollow, nextCheckAt, resumed } from "../../../src/requests/life.ts";
import { Request, type Status } from "../../../src/requests/request.ts";
import { actionRequest, pin, request, statuses } from "../../support/requests.ts";

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

/** A life, step by step: each number chooses one of the statuses that may come next. */
function live(choices: number[]): Request[] {
  const life: Request[] = [request("requested")];
  for (const choice of choices) {
    const now = life.at(-1) as Request;
    if (now.status === "failed") {
      life.push(resumed(now));
      continue;
    }
    const next = statuses.filter((to) => to !== now.status && mayFollow(now.status, to));
    const to = next[choice % next.length] as Status;
    life.push(to === "failed" ? request("failed", { before: now }) : request(to));
  }
  return life;
}

test("in whatever order things happen, access comes by an approval, goes by an end, and does not come back", () => {
  const mayPrecede: Partial<Record<Status, Status[]>> = {
    approved: ["requested", "asked", "blocked"],
    granted: ["approved"],
    ending: ["granted"],
    ended: ["ending"],
  };
  const seen = new Set<Status>();
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 30 }), (choices) => {
      const life = live(choices);
      // An operator's new run goes on from where the last one failed.
      const path = life.flatMap(({ status }) => (status === "failed" ? [] : [status]));
      for (const [index, status] of path.entries()) {
        seen.add(status);
        const before = path[index - 1];
        if (before === undefined || before === status) continue;
        expect(mayPrecede[status] ?? [before]).toContain(before);
        expect(["ended", "declined", "refused", "expired", "withdrawn"]).not.toContain(before);
      }
      for (const one of life) {
        const held = one.status === "failed" ? one.before : one;
        const mustBeLookedAt =
          held === one ? !isOver(one) || isUntold(one) : ["granted", "ending"].includes(held.status);
        expect(nextCheckAt(one, 1_000) !== undefined).toBe(mustBeLookedAt);
      }
    }),
    { numRuns: 2_000 },
  );
  expect(seen).toEqual(new Set(statuses.filter((status) => status !== "failed")));
});

test("every open request is looked after again, and access with an end just after it", () => {
  for (const status of ["requested", "checked", "asked", "blocked", "approved", "ending"] as const)
    expect(nextCheckAt(request(status), 1_000)).toBeGreaterThan(1_000);
  const told = { told: ["granted"] };
  expect(nextCheckAt(request("granted", told), 1_000)).toBe(10_000 + 120_000);
  expect(nextCheckAt(request("granted", { ...told, grant: { at: 1 } }), 1_000)).toBeUndefined();
});

test("whatever becomes of a request, it is looked after until its ticket knows", () => {
  const access = ["granted", "ended", "declined", "refused", "expired", "withdrawn"] as const;
  const actions = ["done", "declined", "refused", "expired", "withdrawn"] as const;
  const all = [
    ...access.map((status) => request(status, { grant: { at: 1 } })),
    ...actions.map((status) => actionRequest(status)),
  ];
  for (const one of all) {
    expect(nextCheckAt(one, 1_000)).toBe(1_000 + 600_000);
    expect(nextCheckAt({ ...one, told: [one.status] }, 1_000)).toBeUndefined();
  }
});

test("a request that waits for its start is looked at after that", () => {
  expect(nextCheckAt(request("approved", { pin: pin({ startsAt: 50_000 }) }), 1_000)).toBe(50_000 + 600_000);
  expect(nextCheckAt(request("approved", { pin: pin({ startsAt: 500 }) }), 1_000)).toBe(1_000 + 600_000);
});

test("access that is bound to another ticket is looked at by every sweep, until that ticket is done", () => {
  const bound = { pin: pin({ until: "INC-7" }), told: ["granted"] };
  const soon = 1_000 + 4 * 60_000;
  expect(nextCheckAt(request("granted", { ...bound, grant: { at: 1 } }), 1_000)).toBe(soon);
  expect(nextCheckAt(request("granted", { ...bound, grant: { at: 1, endsAt: 864e5 } }), 1_000)).toBe(soon);
  const done = { at: 1, endsAt: 864e5, ticketDoneAt: 9 };
  expect(nextCheckAt(request("granted", { ...bound, grant: done }), 1_000)).toBe(864e5 + 120_000);
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
