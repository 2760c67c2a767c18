import fc from "fast-check";
import { expect, test } from "vitest";
import { holding, warningsDue, warningTimes } from "../../../src/grants/access-times.ts";

const hour = 3_600;
const at = 1_000_000;

test("a warning that would come in the first half of the access is left out", () => {
  const endsAt = at + 4 * hour * 1_000;
  expect(warningTimes({ at, endsAt }, [24 * hour, hour])).toEqual([endsAt - hour * 1_000]);
});

test("when that leaves none there is one, when a quarter of the time is left", () => {
  const endsAt = at + hour * 1_000;
  expect(warningTimes({ at, endsAt }, [24 * hour, hour])).toEqual([endsAt - (hour / 4) * 1_000]);
});

test("nobody is warned of the end of very short access, of no end, or where the policy asks for no warnings", () => {
  expect(warningTimes({ at, endsAt: at + 600_000 }, [hour])).toEqual([]);
  expect(warningTimes({ at }, [hour])).toEqual([]);
  expect(warningTimes({ at, endsAt: at + 864e5 }, [])).toEqual([]);
});

test("a warning that the policy names twice is one warning", () => {
  expect(warningTimes({ at, endsAt: at + 864e5 }, [hour, hour])).toEqual([at + 864e5 - hour * 1_000]);
});

const grants = fc.record({
  length: fc.integer({ min: 1, max: 300 * 24 * hour }),
  warnings: fc.array(fc.integer({ min: 60, max: 14 * 24 * hour }), { maxLength: 4 }),
  passed: fc.double({ min: 0, max: 1.2, noNaN: true }),
});

test("whenever a run comes to hold access, its pieces lead over every warning that is left to the end, and not past it", () => {
  fc.assert(
    fc.property(grants, ({ length, warnings, passed }) => {
      const endsAt = at + length * 1_000;
      const grant = { at, endsAt, warnAt: warningTimes({ at, endsAt }, warnings) };
      const now = Math.round(at + passed * length * 1_000);
      const { holds, holdSeconds } = holding(grant, now);
      expect(holds.every((piece) => piece >= 1)).toBe(true);
      let moment = now;
      for (const piece of holds.slice(0, -1)) {
        const before = warningsDue(grant, moment);
        moment += piece * 1_000;
        expect(warningsDue(grant, moment)).toBeGreaterThan(before);
      }
      moment += (holds.at(-1) ?? 0) * 1_000;
      expect(moment).toBeGreaterThanOrEqual(endsAt);
      expect(moment - Math.max(now, endsAt)).toBeLessThanOrEqual(1_000 * (holds.length + 1));
      expect(holdSeconds).toBeGreaterThanOrEqual(1);
    }),
  );
});

test("access without an end is not held", () => {
  expect(holding({}, at)).toEqual({ holdSeconds: 0, holds: [0] });
});
