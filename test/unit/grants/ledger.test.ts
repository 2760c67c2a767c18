import fc from "fast-check";
import { expect, test } from "vitest";
import { BusyError } from "../../../src/errors.ts";
import { hold, type LedgerEntry, leave, left } from "../../../src/grants/ledger.ts";

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
  expect(holding(left(entry, "a"), "b", false).existedBefore).toBe(false);
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
