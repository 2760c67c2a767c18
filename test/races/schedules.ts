import fc from "fast-check";
import { vi } from "vitest";
import { Engine } from "./engine.ts";
import { type Flaws, Race, type Schedule } from "./race.ts";

const seldom = fc.nat({ max: 3 }).map((number) => number === 3);

/** Any order of any of it. Most are about a yes, as that is what may get lost. */
const anySchedule: fc.Arbitrary<Schedule> = fc.record({
  stages: fc.constantFrom(1, 2),
  decision: fc.constantFrom("approved", "approved", "approved", "declined", "nothing"),
  cancelled: seldom,
  endedEarly: fc.boolean(),
  runStopped: seldom,
  webhooks: fc.array(fc.nat({ max: 3 }), { minLength: 5, maxLength: 5 }),
  isRedelivered: fc.boolean(),
  crashes: fc.array(fc.record({ call: fc.nat({ max: 90 }), when: fc.constantFrom("before", "after") }), {
    maxLength: 3,
  }),
  choices: fc.array(fc.nat({ max: 1_000 }), { minLength: 150, maxLength: 150, size: "max" }),
});

/** Reading the definition again from time to time keeps the engine's memory small. */
const racesOfAnEngine = 500;

/**
 * Plays that many schedules, or as many as it takes to find something that must never be.
 *
 * @param options.only what is looked for, when the product has flaws; everything when left out
 * @returns what was found, with all that happened before; none when all is well
 */
export async function search(
  runs: number,
  seed: number,
  { flaws = {}, only = "" }: { flaws?: Flaws; only?: string } = {},
): Promise<string | undefined> {
  let engine = new Engine();
  let count = 0;
  const allIsWell = fc.asyncProperty(anySchedule, async (schedule) => {
    if (++count % racesOfAnEngine === 0) {
      engine.close();
      engine = new Engine();
    }
    const race = new Race(engine, schedule, flaws);
    const findings = (await race.run()).filter((finding) => finding.startsWith(only));
    if (findings.length > 0) throw new Error([...findings, ...race.turns.story].join("\n"));
  });
  // What the engine waits between two tries has to be the same when a schedule is played again.
  const jitter = vi.spyOn(Math, "random").mockReturnValue(0.5);
  const { failed, errorInstance } = await fc.check(allIsWell, { numRuns: runs, seed, endOnFailure: true });
  jitter.mockRestore();
  engine.close();
  return failed ? `after ${count} schedules: ${errorInstance}` : undefined;
}
