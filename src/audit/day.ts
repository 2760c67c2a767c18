const dayLength = 86_400_000;

/** The day, in UTC, of a moment in milliseconds since 1970: such as `2026-11-20`. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** When the day is over, in milliseconds since 1970. */
export function endOf(day: string): number {
  return Date.parse(day) + dayLength;
}
