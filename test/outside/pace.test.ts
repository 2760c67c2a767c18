import { describe, expect, test } from "vitest";
import { most, storm } from "./storm.ts";

/** Fifty functions at once, which make 500 calls through one pace. */
const all = { functions: 50, calls: 10 };

describe("in a storm", () => {
  test("JumpCloud is never called faster than the pace, and never refuses when it allows that", async () => {
    const { made, refused, seconds } = await storm({ ...all, limit: 4 });
    expect(made).toHaveLength(500);
    expect(refused).toEqual([]);
    expect(most(made, 1)).toBeLessThanOrEqual(3 + 6);
    expect(most(made, 60)).toBeLessThanOrEqual(180 + 6);
    expect(seconds).toBeGreaterThanOrEqual(500 / 3 - 6);
  }, 120_000);

  test("a JumpCloud that allows half of it refuses once, and nothing after that", async () => {
    const { made, refused, functions } = await storm({ ...all, limit: 1.5 });
    expect(refused).toHaveLength(1);
    expect(functions.every(({ done }) => done > 0)).toBe(true);
    const after = made.filter((time) => time > (refused[0] ?? 0));
    expect(most(after, 60)).toBeLessThanOrEqual(60 * 1.5 + 6);
  }, 120_000);

  test("a JumpCloud that allows less refuses once for each time that the pace is halved", async () => {
    const { refused, functions } = await storm({ ...all, limit: 0.8 });
    expect(refused).toHaveLength(2);
    expect(functions.every(({ done }) => done > 0)).toBe(true);
  }, 120_000);

  test("half an hour after a complaint the pace recovers, within minutes", async () => {
    const { made, refused } = await storm({ functions: 200, calls: 20, limit: 1.5, limitIsFor: 60 });
    const [complaint = Number.NaN, ...more] = refused;
    expect(more).toEqual([]);
    const minute = (start: number) => made.filter((time) => time > start && time <= start + 60).length;
    expect(minute(complaint + 28 * 60)).toBeLessThanOrEqual(60 * 1.5 + 6);
    expect(minute(complaint + 35 * 60)).toBeGreaterThan(60 * 2.5);
  }, 120_000);

  test("functions that find a place within ten seconds begin in the order in which they came", async () => {
    const { functions, sentAway } = await storm({ functions: 8, calls: 1, limit: 4 });
    expect(sentAway).toBe(0);
    const came = functions.toSorted((a, b) => a.came - b.came);
    expect(came.map(({ began }) => began)).toEqual(came.map(({ began }) => began).toSorted((a, b) => a - b));
    for (const { began, came: at } of functions) expect(began - at).toBeLessThanOrEqual(10);
  });

  test("those who are sent away come back and get their turn, ten minutes after the storm at the latest", async () => {
    const { functions, sentAway } = await storm({ ...all, limit: 4 });
    expect(sentAway).toBeGreaterThan(0);
    const longest = Math.max(...functions.map(({ began, came }) => began - came));
    expect(longest).toBeLessThanOrEqual(500 / 3 + 600);
  }, 120_000);
});
