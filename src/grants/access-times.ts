import type { Grant } from "../requests/request.ts";

/** How long access is to be held, in seconds: as a whole, and in the pieces after which its holder is warned. 0: no end. */
export type Holding = { holdSeconds: number; holds: number[] };

/** What is left of the access: until each warning that is still to come, and from the last one until the end. */
export function holding({ endsAt, warnAt = [] }: Pick<Grant, "endsAt" | "warnAt">, now: number): Holding {
  if (endsAt === undefined) return { holdSeconds: 0, holds: [0] };
  const moments = [...warnAt.filter((at) => at > now && at < endsAt), Math.max(endsAt, now + 1)];
  const holds = moments.map((at, index) =>
    Math.ceil((at - Math.max(now, moments[index - 1] ?? now)) / 1_000),
  );
  return { holdSeconds: Math.ceil((Math.max(endsAt, now + 1) - now) / 1_000), holds };
}

/** Access that is shorter than this needs no warning. */
const shortest = 20 * 60;

/**
 * When the holder is to be warned, earliest first. A warning that would come in the first half of the access says
 * nothing; when that leaves none, there is one when a quarter of the time is left.
 *
 * @param warnings how long before the end, in seconds
 */
export function warningTimes({ at, endsAt }: Pick<Grant, "at" | "endsAt">, warnings: number[]): number[] {
  if (endsAt === undefined || warnings.length === 0) return [];
  const length = (endsAt - at) / 1_000;
  if (length < shortest) return [];
  // The same one twice would leave a piece of no length between them.
  const fitting = [...new Set(warnings)].filter((before) => before <= length / 2);
  const used = fitting.length > 0 ? fitting : [length / 4];
  return used.map((before) => endsAt - before * 1_000).toSorted((a, b) => a - b);
}

/** The latest warning for which the time has come, counted from 1; 0 when there is none. */
export function warningsDue({ warnAt = [] }: Pick<Grant, "warnAt">, now: number): number {
  return warnAt.filter((at) => at <= now).length;
}
