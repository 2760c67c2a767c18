import { LatchkeyError } from "../errors.ts";
import type { Issue } from "../requests/issue.ts";
import { inputsFrom } from "./action-inputs.ts";
import type { ActionRule } from "./action-rules.ts";
import type { Row } from "./row.ts";
import type { Source } from "./source.ts";
import type { Lookups } from "./transform.ts";

/** A date stands on the ticket itself. */
const nobody = async () => [];
const none: Lookups = { userIds: nobody, groupIds: nobody, bundleGroups: () => [] };

/**
 * What the ticket says for a step's date, milliseconds since 1970; undefined when it says none.
 *
 * @throws FieldMissingError, FieldInvalidError when it says nothing that is a date
 */
export async function dateOn({ fields }: Issue, source: Source): Promise<unknown> {
  return (await inputsFrom({ at: source }, fields, none)).at;
}

/** The row with the dates that the ticket has now: when something is done may change after it was approved, what is done may not. */
export async function withDates(row: Row, rule: ActionRule, issue: Issue): Promise<Row> {
  const steps = await Promise.all(
    row.steps.map(async (step, index) => {
      const source = step.later || step.state !== "to do" ? undefined : rule.steps[index]?.at;
      const at = source && (await dateOn(issue, source).catch(ignored));
      return typeof at === "number" ? { ...step, notBefore: at } : step;
    }),
  );
  return steps.every(({ notBefore }, index) => notBefore === row.steps[index]?.notBefore)
    ? row
    : { ...row, steps };
}

/** What is no date changes nothing. */
function ignored(error: unknown): undefined {
  if (!(error instanceof LatchkeyError)) throw error;
}
