import * as v from "valibot";

const seconds = { m: 60, h: 3_600, d: 86_400 };

/** A length of time as people write it: a whole number and `m`, `h` or `d`, such as `30m`, `4h`, `14d`. */
export const Duration = v.pipe(
  v.string(),
  v.regex(/^[1-9][0-9]{0,5}[mhd]$/, "a number and m, h or d, such as 4h"),
  v.description("A length of time: a number and m, h or d, such as 30m, 4h, 14d."),
);

/** @param duration as `Duration` allows it */
export function secondsOf(duration: string): number {
  const unit = duration.at(-1);
  const perUnit = unit === "m" || unit === "h" || unit === "d" ? seconds[unit] : Number.NaN;
  return Number(duration.slice(0, -1)) * perUnit;
}

/** A length of time in words, for tickets: `4 hours`, `1 day`. */
export function inWords(totalSeconds: number): string {
  const [amount, unit] =
    totalSeconds % seconds.d === 0
      ? [totalSeconds / seconds.d, "day"]
      : totalSeconds % seconds.h === 0
        ? [totalSeconds / seconds.h, "hour"]
        : [Math.round(totalSeconds / seconds.m), "minute"];
  return `${amount} ${unit}${amount === 1 ? "" : "s"}`;
}
