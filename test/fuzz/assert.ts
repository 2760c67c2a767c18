import fc from "fast-check";

type Run = { runs: number; rejected: number };

/**
 * Checks the property. What it throws, when it does not hold, is a short text with all that repeats the run: the values themselves
 * may be nested deeper than a test runner can report.
 *
 * @param options what repeats the run, or how long to go on
 */
export async function assertAlways<Value>(
  values: fc.Arbitrary<Value>,
  check: (value: Value) => Promise<void>,
  options: { seed: number; numRuns: number; milliseconds?: number },
): Promise<Run> {
  const { seed, numRuns, milliseconds } = options;
  let failure = "";
  const property = fc.asyncProperty(values, async (value) => {
    try {
      await check(value);
    } catch (error) {
      failure =
        error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ""}` : String(error);
      return false;
    }
    return true;
  });
  const details = await fc.check(property, {
    seed,
    numRuns,
    ...(milliseconds === undefined ? {} : { interruptAfterTimeLimit: milliseconds }),
  });
  if (details.failed && details.counterexamplePath !== null)
    throw new Error(`seed ${seed}, path ${details.counterexamplePath}: ${failure.slice(0, 2_000)}`);
  return { runs: details.numRuns, rejected: details.numSkips };
}
