import * as v from "valibot";

const minute = 60_000;
const day = 24 * 60 * minute;

const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const time = (text: string) =>
  v.pipe(
    v.string(),
    v.regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, "a time of the day, such as 08:30"),
    v.description(text),
  );

/** When approvers are expected to answer. */
export const BusinessHours = v.strictObject({
  timeZone: v.pipe(
    v.string(),
    v.minLength(1),
    v.description("The place whose clock counts, such as Europe/Berlin."),
  ),
  days: v.pipe(v.array(v.picklist(days)), v.minLength(1), v.description("On these days of the week.")),
  from: time("From this time of the day on."),
  to: time("To this time of the day, which is later."),
  holidays: v.optional(
    v.pipe(
      v.array(
        v.pipe(
          v.string(),
          v.regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, "a day, such as 2026-12-31"),
        ),
      ),
      v.description("Not on these days."),
    ),
  ),
});
export type BusinessHours = v.InferOutput<typeof BusinessHours>;

/** Longer than this no wait becomes, whatever the hours are: an execution lives a year. */
const longest = 90 * day;

/** How much of a week the hours are, in seconds. */
export function weeklySeconds({ days: on, from, to }: BusinessHours): number {
  return (new Set(on).size * (timeOfDay(to) - timeOfDay(from))) / 1_000;
}

/**
 * How long waits last, one after the other, of which only the time within the hours counts. Days on which the clocks are
 * changed are as long as they are.
 *
 * @param waits in seconds, of counted time
 * @param from when the first begins, milliseconds since 1970
 * @returns in seconds, of all the time that passes; each at least one
 */
export function realWaits(waits: number[], hours: BusinessHours, from: number): number[] {
  let moment = from;
  return waits.map((wait) => {
    const end = Math.min(afterCounted(moment, wait * 1_000, hours, from + longest), from + longest);
    const real = Math.max(1, Math.ceil((end - moment) / 1_000));
    moment += real * 1_000;
    return real;
  });
}

function afterCounted(moment: number, counted: number, hours: BusinessHours, latest: number): number {
  let left = counted;
  let date = Math.floor(localTime(moment, hours.timeZone) / day) * day;
  for (; momentOf(date, hours.timeZone) <= latest; date += day) {
    if (!isOpen(date, hours)) continue;
    const opens = Math.max(moment, momentOf(date + timeOfDay(hours.from), hours.timeZone));
    const available = Math.max(0, momentOf(date + timeOfDay(hours.to), hours.timeZone) - opens);
    if (left <= available) return opens + left;
    left -= available;
  }
  return latest;
}

/** @param date its midnight, as if the place were at UTC */
function isOpen(date: number, { days: on, holidays = [] }: BusinessHours): boolean {
  // 1 January 1970 was a Thursday.
  const weekday = days[(date / day + 3) % 7];
  return (
    weekday !== undefined &&
    on.includes(weekday) &&
    !holidays.includes(new Date(date).toISOString().slice(0, 10))
  );
}

function timeOfDay(text: string): number {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  return (hours * 60 + minutes) * minute;
}

/** The moment at which the place's clock shows the time; one that it jumps over is an hour later. */
function momentOf(local: number, timeZone: string): number {
  const guess = local - offsetAt(local, timeZone);
  return local - offsetAt(guess, timeZone);
}

/** What the place's clock shows, as if it were at UTC. */
function localTime(moment: number, timeZone: string): number {
  return moment + offsetAt(moment, timeZone);
}

function offsetAt(moment: number, timeZone: string): number {
  const parts = clockOf(timeZone).formatToParts(moment);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  const shown = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"));
  return shown - Math.floor(moment / minute) * minute;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Making a formatter takes much longer than using it. */
function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known) return known;
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  clocks.set(timeZone, clock);
  return clock;
}
