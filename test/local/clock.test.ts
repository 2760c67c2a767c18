import { expect, test } from "vitest";
import { RunningClock, type TimeSource, VirtualClock } from "../../local/clock.ts";

test("virtual time passes in the order in which things are due, each at its own time", async () => {
  const clock = new VirtualClock(1_000);
  const seen: string[] = [];
  clock.at(3_000, () => seen.push(`second at ${clock.now()}`));
  clock.at(2_000, () => {
    seen.push(`first at ${clock.now()}`);
    clock.at(2_500, () => seen.push(`added at ${clock.now()}`));
  });
  clock.at(9_000, () => seen.push("too late"));
  await clock.advance(4_000);
  expect(seen).toEqual(["first at 2000", "added at 2500", "second at 3000"]);
  expect(clock.now()).toBe(5_000);
});

test("virtual time stands still while announced work goes on, but not while that work sleeps", async () => {
  const clock = new VirtualClock(0);
  let woken = -1;
  const done = clock.busy();
  const work = clock.sleep(60_000).then(() => {
    woken = clock.now();
    done();
  });
  await clock.advance(60_000);
  await work;
  expect(woken).toBe(60_000);
});

test("a cancelled timer and an aborted sleep do not wait", async () => {
  const clock = new VirtualClock(0);
  let ran = false;
  clock.at(10, () => (ran = true)).cancel();
  const stop = new AbortController();
  const sleep = clock.sleep(1_000_000, stop.signal);
  stop.abort();
  await sleep;
  await clock.advance(20);
  expect(ran).toBe(false);
  expect(await clock.advanceToNext(10_000_000)).toBe(false);
});

test("a scaled clock runs faster than the wall clock and keeps appointments beyond the longest timeout", async () => {
  const clock = new RunningClock({ scale: 1_000_000, startAt: 5_000 });
  const start = clock.now();
  await clock.sleep(1_000);
  expect(clock.now() - start).toBeGreaterThanOrEqual(1_000);
  let rang = false;
  const timer = new RunningClock({ scale: 1, startAt: 0 }).at(2 ** 40, () => (rang = true));
  await new Promise(setImmediate);
  timer.cancel();
  expect(rang).toBe(false);
});

test("scaled time goes at the pace of the wall clock while announced work goes on, but not while that work sleeps", async () => {
  const begun: number[] = [];
  const clock = new RunningClock({ scale: 1_000_000, startAt: 5_000, onWork: (time) => begun.push(time) });
  const day = 86_400_000;
  expect(clock.timeSource().scale).toBe(1_000_000);
  const done = clock.busy();
  clock.busy()();
  expect(begun).toHaveLength(1);
  expect(clock.now()).toBeGreaterThanOrEqual(begun[0] ?? Number.NaN);
  expect(clock.timeSource().scale).toBe(1);
  let rang = false;
  const tomorrow = new Promise<void>((resolve) => {
    clock.at(clock.now() + day, () => {
      rang = true;
      resolve();
    });
  });
  await clock.sleep(day / 2);
  expect(clock.timeSource().scale).toBe(1);
  await new Promise(setImmediate);
  expect(rang).toBe(false);
  done();
  done();
  await tomorrow;
  expect(clock.timeSource().scale).toBe(1_000_000);
  expect(clock.now()).toBeGreaterThanOrEqual(5_000 + day);
});

test("another thread can tell a clock's time from its time source", () => {
  const timeOf = ({ time, at, scale }: TimeSource) =>
    Math.floor(time + (performance.timeOrigin + performance.now() - at) * scale);
  const virtual = new VirtualClock(7_000);
  expect(timeOf(virtual.timeSource())).toBe(7_000);
  const running = new RunningClock({ scale: 10, startAt: 5_000 });
  const before = running.now();
  const there = timeOf(running.timeSource());
  // The two count from different origins, which costs some microseconds.
  expect(there).toBeGreaterThanOrEqual(before - 1);
  expect(there).toBeLessThanOrEqual(running.now() + 1);
});
