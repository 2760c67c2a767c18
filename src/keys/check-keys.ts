import type { Clock } from "../clock.ts";

type Deps = {
  clock: Clock;
  /** When the current value of a secret was put there; undefined when there is none. */
  madeAt(secret: string): Promise<number | undefined>;
  report(keyAgeDays: number): void;
};

const day = 86_400_000;

/** Reports how many days old the oldest key is. A secret without a value has no age. */
export async function checkKeys({ clock, madeAt, report }: Deps, secrets: string[]): Promise<number> {
  const made = await Promise.all(secrets.map(madeAt));
  const ages = made.flatMap((at) => (at === undefined ? [] : [(clock.now() - at) / day]));
  const oldest = Math.max(0, ...ages);
  report(oldest);
  return oldest;
}
