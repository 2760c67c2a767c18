import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BusyError } from "../../../src/errors.ts";
import { dropping, hold, type LedgerEntry, leave, left, requestsIn } from "../../../src/grants/ledger.ts";

const key = { userId: "u", groupId: "g" };
const holding = (entry: LedgerEntry | undefined, requestId: string, isMember: boolean) =>
  hold(entry, { ...key, requestId, isMember });

test("membership from before the first request is never taken away", () => {
  const entry = holding(undefined, "a", true);
  expect(leave(entry, "a")).toMatchObject({ remove: false, kept: "it was there before the request" });
});

test("a second request for the same access keeps it when the first one ends", () => {
  const both = holding(holding(undefined, "a", false), "b", true);
  const first = leave(both, "a");
  expect(first).toMatchObject({ remove: false, kept: "request b gives it too" });
  expect(leave(first.entry, "b")).toMatchObject({ remove: true });
});

test("while a membership is being taken away nobody can count on it", () => {
  const { entry } = leave(holding(undefined, "a", false), "a");
  expect(() => holding(entry, "b", true)).toThrow(BusyError);
  expect(() => holding(entry, "b", true)).toThrow("request a is taking the same membership away");
  expect(holding(left(entry, "a"), "b", false).existedBefore).toBe(false);
});

test("the same request may take hold of it again while it is being taken away", () => {
  const { entry } = leave(holding(undefined, "a", false), "a");
  expect(holding(entry, "a", true)).toMatchObject({ existedBefore: false, reasons: { a: "held" } });
});

test("what was there before the first of earlier requests does not matter once none of them is left", () => {
  const { entry } = leave(holding(undefined, "a", true), "a");
  expect(holding(entry, "b", false).existedBefore).toBe(false);
  expect(holding(leave(holding(undefined, "a", true), "a").entry, "b", true).existedBefore).toBe(true);
  expect(holding(holding(undefined, "a", true), "b", false).existedBefore).toBe(true);
});

test("why somebody keeps a membership names every request that gives it", () => {
  const three = ["a", "b", "c"].reduce<LedgerEntry | undefined>(
    (entry, id) => holding(entry, id, true),
    undefined,
  );
  expect(leave(three as LedgerEntry, "b")).toMatchObject({ kept: "request a, c gives it too" });
});

describe("an action that takes a membership away", () => {
  test("marks it, so that no request relies on it, and it is nobody's own afterwards", () => {
    const marked = dropping(undefined, { ...key, actionId: "action-7" });
    expect(marked).toEqual({
      schemaVersion: 1,
      ...key,
      existedBefore: false,
      reasons: { "action-7": "leaving" },
      version: 0,
    });
    expect(() => holding(marked, "a", true)).toThrow(BusyError);
    expect(left(marked, "action-7").reasons).toEqual({});
    const known = { ...holding(undefined, "a", true), reasons: {}, version: 4 };
    expect(dropping(known, { ...key, actionId: "action-7" })).toMatchObject({
      existedBefore: false,
      version: 4,
    });
  });

  test("is none of the requests that give it", () => {
    expect(requestsIn(undefined)).toEqual([]);
    const held = { ...holding(undefined, "10012-1", false), reasons: { "10012-1": "held" as const } };
    expect(requestsIn(held)).toEqual(["10012-1"]);
    const both = {
      ...held,
      reasons: { "action-7": "leaving" as const, ...held.reasons, "x-action-": "held" as const },
    };
    expect(requestsIn(both)).toEqual(["10012-1", "x-action-"]);
  });
});

test("doing it again changes nothing", () => {
  const once = holding(undefined, "a", false);
  expect(holding(once, "a", true)).toEqual(once);
  const { entry } = leave(once, "a");
  expect(leave(entry, "a")).toEqual({ entry, remove: true });
  const gone = left(entry, "a");
  expect(leave(gone, "a")).toEqual({ entry: gone, remove: false });
});

test("over random histories, access with a reason or from before is never taken away, and the rest always is", () => {
  const step = fc.record({ request: fc.constantFrom("a", "b", "c", "d"), starts: fc.boolean() });
  fc.assert(
    fc.property(fc.boolean(), fc.array(step, { maxLength: 24 }), (before, steps) => {
      let member = before;
      let entry: LedgerEntry | undefined;
      const live = new Set<string>();
      for (const { request, starts } of steps) {
        if (starts) {
          entry = holding(entry, request, member);
          member = true;
          live.add(request);
        } else if (entry) {
          const leaving = leave(entry, request);
          entry = leaving.entry;
          if (leaving.remove) {
            member = false;
            entry = left(entry, request);
          }
          live.delete(request);
        }
        expect(member).toBe(before || live.size > 0);
      }
    }),
    { numRuns: 10_000 },
  );
});
