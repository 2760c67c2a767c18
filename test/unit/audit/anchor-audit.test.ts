import { describe, expect, test } from "vitest";
import { type Anchor, type AnchoredHead, anchorHash } from "../../../src/audit/anchor.ts";
import { anchorAudit } from "../../../src/audit/anchor-audit.ts";

const midnight = Date.parse("2026-11-21");
const minute = 60_000;

function place(entries: Record<string, AnchoredHead[]> = {}) {
  const kept: Anchor[] = [];
  const asked: string[] = [];
  const run = (now: number) =>
    anchorAudit({
      clock: { now: () => now, sleep: async () => {} },
      audit: {
        entriesOf: async (day) => {
          asked.push(day);
          return entries[day] ?? [];
        },
      },
      anchors: {
        last: async (before) => kept.findLast(({ day }) => day < before),
        add: async (anchor) => {
          if (kept.some(({ day }) => day === anchor.day)) return false;
          kept.push(anchor);
          return true;
        },
      },
    });
  return { kept, asked, run };
}

const entry = (requestId: string, sequence: number) => ({
  requestId,
  sequence,
  hash: `${requestId}/${sequence}`,
});

describe("anchoring", () => {
  test("takes the last entry that each trail got on the day, by trail, and the anchor before", async () => {
    const { kept, run } = place({
      "2026-11-20": [entry("b", 2), entry("a", 11), entry("a", 9), entry("b", 1), entry("a", 10)],
      "2026-11-21": [entry("b", 3)],
    });
    await run(midnight + 60 * minute);
    await run(midnight + 26 * 60 * minute);
    const [first, second] = kept;
    expect(first).toMatchObject({
      day: "2026-11-20",
      previousHash: "",
      heads: [entry("a", 11), entry("b", 2)],
    });
    expect(second).toMatchObject({ day: "2026-11-21", heads: [entry("b", 3)] });
    expect(second?.previousHash).toBe(first && anchorHash(first));
  });

  test("waits until nothing can come any more that was written on the day, and then does it once", async () => {
    const { kept, run } = place();
    await run(midnight + 59 * minute);
    expect(kept.map(({ day }) => day)).toEqual(["2026-11-19"]);
    expect(await run(midnight + 60 * minute)).toMatchObject({ anchored: 1 });
    expect(await run(midnight + 61 * minute)).toMatchObject({ anchored: 0 });
    expect(kept.map(({ day }) => day)).toEqual(["2026-11-19", "2026-11-20"]);
  });

  test("reads the days that have no anchor, however many there were before", async () => {
    const { asked, run } = place();
    await run(midnight);
    await run(midnight + 2.5 * 24 * 60 * minute);
    expect(asked).toEqual(["2026-11-19", "2026-11-20", "2026-11-21", "2026-11-22"]);
  });

  test("makes up for a month at a time, and says how far behind it is", async () => {
    const { run } = place();
    await run(midnight + 60 * minute);
    const later = midnight + (50 * 24 + 1) * 60 * minute;
    expect(await run(later)).toEqual({ anchored: 31, hoursSinceAnchor: 19 * 24 + 1 });
    expect(await run(later)).toEqual({ anchored: 19, hoursSinceAnchor: 1 });
  });

  test("goes on, whatever somebody has put there for a day to come", async () => {
    const { kept, run } = place();
    await run(midnight + 60 * minute);
    kept.push({ schemaVersion: 1, day: "2027-01-01", previousHash: "", heads: [] });
    expect(await run(midnight + 25 * 60 * minute)).toEqual({ anchored: 1, hoursSinceAnchor: 1 });
  });

  test("leaves a day alone that another run has anchored meanwhile", async () => {
    const { kept, run } = place();
    await run(midnight + 60 * minute);
    const both = await Promise.all([run(midnight + 49 * 60 * minute), run(midnight + 49 * 60 * minute)]);
    expect(both.map(({ anchored }) => anchored).sort()).toEqual([0, 2]);
    expect(kept.map(({ day }) => day)).toEqual(["2026-11-20", "2026-11-21", "2026-11-22"]);
  });
});
