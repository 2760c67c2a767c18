import * as v from "valibot";

/** What Stryker writes down of every mutant: https://github.com/stryker-mutator/mutation-testing-elements. */
export const Report = v.object({
  files: v.record(
    v.string(),
    v.object({
      mutants: v.array(
        v.object({
          status: v.picklist([
            "Killed",
            "Timeout",
            "Survived",
            "NoCoverage",
            "CompileError",
            "RuntimeError",
            "Ignored",
            "Pending",
          ]),
        }),
      ),
    }),
  ),
});
type Mutant = v.InferOutput<typeof Report>["files"][string]["mutants"][number];

export type Score = { killed: number; timeout: number; survived: number; uncovered: number; ignored: number };

export function scoreOf(mutants: Mutant[]): Score {
  const count = (...statuses: Mutant["status"][]) =>
    mutants.filter(({ status }) => statuses.includes(status)).length;
  return {
    killed: count("Killed"),
    timeout: count("Timeout"),
    survived: count("Survived"),
    uncovered: count("NoCoverage"),
    ignored: count("Ignored"),
  };
}

/** How many of a hundred mutants a test noticed. Those that no test runs count as survivors. */
export function percent({ killed, timeout, survived, uncovered }: Score): number {
  return (100 * (killed + timeout)) / (killed + timeout + survived + uncovered);
}

/** As in the table of a run. */
export function describeScore(score: Score): string {
  const { killed, timeout, survived, uncovered, ignored } = score;
  const of = killed + timeout + survived + uncovered;
  const parts = [
    `${killed} killed`,
    ...(timeout ? [`${timeout} timed out`] : []),
    `${survived} survived`,
    ...(uncovered ? [`${uncovered} run by no test`] : []),
    ...(ignored ? [`${ignored} left out`] : []),
  ];
  return `${percent(score).toFixed(1)} % of ${of} (${parts.join(", ")})`;
}
