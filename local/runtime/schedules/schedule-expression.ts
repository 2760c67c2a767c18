import { Cron } from "croner";
import { TemplateError } from "../template/parse.ts";

/**
 * When a schedule is due next. `after` is a time in milliseconds; the result is later than it.
 * Undefined when it never is again.
 */
type NextDue = (after: number) => number | undefined;

const units: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Reads `rate(…)` and `cron(…)` as EventBridge does. A rate counts from `createdAt`.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function readExpression(expression: string, timezone: string, createdAt: number): NextDue {
  const rate = /^rate\((\d+) (minute|hour|day)(s?)\)$/.exec(expression);
  if (rate) {
    const [, count = "", unit = "", plural] = rate;
    const period = Number(count) * (units[unit] ?? 0);
    if (period === 0 || (count === "1") === (plural === "s"))
      throw new TemplateError(`${expression}: EventBridge wants rate(1 minute) or rate(2 minutes)`);
    return (after) => createdAt + (Math.floor(Math.max(0, after - createdAt) / period) + 1) * period;
  }
  const cron = /^cron\((\S+ \S+ (\S+) \S+ (\S+) \S+)\)$/.exec(expression);
  if (!cron) throw new TemplateError(`${expression}: only rate(…) and cron(…) with six fields are known`);
  const [, fields = "", dayOfMonth, dayOfWeek] = cron;
  if ((dayOfMonth === "?") === (dayOfWeek === "?"))
    throw new TemplateError(`${expression}: one of day of month and day of week is ?, and only one`);
  // EventBridge counts weekdays from 1 (Sunday) and allows "0/5"; croner needs to be told both, and knows no "?".
  const pattern = `0 ${fields.replace("?", "*")}`;
  const job = new Cron(pattern, { alternativeWeekdays: true, sloppyRanges: true, timezone, paused: true });
  return (after) => job.nextRun(new Date(after))?.getTime();
}
