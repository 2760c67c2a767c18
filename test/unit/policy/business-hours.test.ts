import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BusinessHours, realWaits, weeklySeconds } from "../../../src/policy/business-hours.ts";

const berlin: BusinessHours = {
  timeZone: "Europe/Berlin",
  days: ["mon", "tue", "wed", "thu", "fri"],
  from: "09:00",
  to: "17:00",
};
const hour = 3_600;
const utc = (text: string) => Date.parse(`${text}Z`);

/** When the last of the waits is over. */
function over(waits: number[], from: string, hours = berlin): string {
  const seconds = realWaits(waits, hours, utc(from)).reduce((sum, wait) => sum + wait, 0);
  return new Date(utc(from) + seconds * 1_000).toISOString().slice(0, 16);
}

describe("only the time within the hours counts", () => {
  test.each<[string, number[], string, string]>([
    ["within a day", [2 * hour], "2026-11-20T09:00", "2026-11-20T11:00"],
    ["over a night", [8 * hour], "2026-11-19T09:00", "2026-11-20T09:00"],
    ["over a weekend", [8 * hour], "2026-11-20T09:00", "2026-11-23T09:00"],
    ["from before the day begins", [hour], "2026-11-20T03:00", "2026-11-20T09:00"],
    ["from the evening", [hour], "2026-11-20T20:00", "2026-11-23T09:00"],
    ["to the very end of a day", [8 * hour], "2026-11-20T08:00", "2026-11-20T16:00"],
    ["of several waits, one after the other", [4 * hour, 8 * hour], "2026-11-20T08:00", "2026-11-23T12:00"],
    ["when clocks go forward at the weekend", [8 * hour], "2026-03-27T12:00", "2026-03-30T11:00"],
    ["when clocks go back at the weekend", [8 * hour], "2026-10-23T11:00", "2026-10-26T12:00"],
  ])("%s", (_, waits, from, end) => {
    expect(over(waits, from)).toBe(end);
  });

  test("not on holidays", () => {
    const hours = { ...berlin, holidays: ["2026-12-25", "2026-12-28"] };
    expect(over([8 * hour], "2026-12-24T12:00", hours)).toBe("2026-12-29T12:00");
  });

  test("the day on which the clocks are changed is as long as it is", () => {
    const always: BusinessHours = { ...berlin, days: ["sun"], from: "00:00", to: "24:00" };
    // 23 hours in March, so that the last of 24 is a week later.
    expect(over([24 * hour], "2026-03-28T23:00", always)).toBe("2026-04-04T23:00");
    expect(over([25 * hour], "2026-10-24T22:00", always)).toBe("2026-10-25T23:00");
  });

  test("around the clock it is the time itself", () => {
    const always: BusinessHours = {
      timeZone: "UTC",
      days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
      from: "00:00",
      to: "24:00",
    };
    expect(realWaits([86_400, 5], always, utc("2026-11-20T09:30"))).toEqual([86_400, 5]);
  });

  test("where hardly any time counts, no wait is without an end", () => {
    const holidays = Array.from({ length: 200 }, (_, index) =>
      new Date(utc("2026-11-20T00:00") + index * 86_400_000).toISOString().slice(0, 10),
    );
    expect(realWaits([hour, hour], { ...berlin, holidays }, utc("2026-11-20T09:00"))).toEqual([
      90 * 86_400,
      1,
    ]);
  });
});

test("how much of a week counts", () => {
  expect(weeklySeconds(berlin)).toBe(40 * hour);
  expect(weeklySeconds({ ...berlin, days: ["mon", "mon"], to: "09:30" })).toBe(1_800);
});

const quarter = 900_000;

/** Counts quarter by quarter what the place's own clock shows. */
function countedQuarters(
  from: number,
  to: number,
  { timeZone, days, from: opens, to: closes }: BusinessHours,
) {
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  let counted = 0;
  for (let at = from; at < to; at += quarter) {
    const [weekday = "", time = ""] = clock.format(at).toLowerCase().split(/,? /);
    if (days.some((day) => day === weekday) && time >= opens && time < closes) counted++;
  }
  return counted;
}

test("as much time within the hours passes as was to be waited, wherever and whenever", () => {
  const zones = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Australia/Lord_Howe",
  ];
  const hours = fc.record({
    timeZone: fc.constantFrom(...zones),
    days: fc.subarray(["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const, { minLength: 3 }),
    from: fc.constantFrom("05:00", "08:30", "12:15"),
    to: fc.constantFrom("13:00", "17:45", "24:00"),
  });
  fc.assert(
    fc.property(
      hours,
      fc.integer({ min: 0, max: 365 * 24 * 4 }),
      fc.integer({ min: 1, max: 24 * 4 }),
      (of, start, quarters) => {
        const from = utc("2026-01-01T00:00") + start * quarter;
        const [real = 0] = realWaits([(quarters * quarter) / 1_000], of, from);
        expect(countedQuarters(from, from + real * 1_000, of)).toBe(quarters);
        expect(countedQuarters(from, from + real * 1_000 - quarter, of)).toBe(quarters - 1);
      },
    ),
  );
});
