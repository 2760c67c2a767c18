import * as v from "valibot";
import { object } from "../../json-schemas.ts";

/** The template has something that the local runtime does not know, or that is wrong. The message says where. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}

/** An object with these entries and no other. All unknown keys are named; valibot's own names the first. */
export const strictObject = <Entries extends v.ObjectEntries>(entries: Entries) =>
  v.intersect([object(entries), noneBeside(entries)]);

const noneBeside = (entries: v.ObjectEntries) =>
  v.pipe(
    v.unknown(),
    v.rawCheck(({ dataset: { value }, addIssue }) => {
      const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
      const unknown = Object.keys(isObject ? value : {}).filter((key) => !Object.hasOwn(entries, key));
      if (unknown.length > 0) addIssue({ message: `the local runtime does not know ${unknown.join(", ")}` });
    }),
    v.transform(() => ({})),
  );

/** Checks a shape. Throws `TemplateError` that names every place that is wrong. */
export function parse<Shape extends v.GenericSchema>(
  shape: Shape,
  value: unknown,
  where: string,
): v.InferOutput<Shape> {
  const result = v.safeParse(shape, value);
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => {
    const path = v.getDotPath(issue);
    return `${where}${path === null ? "" : `.${path}`}: ${problemOf(issue)}`;
  });
  throw new TemplateError(problems.join("; "));
}

function problemOf({ type, expected, received, message }: v.BaseIssue<unknown>): string {
  if (received === "undefined") return "is missing";
  if (expected === null) return message;
  const words = expected.replace(/[()"]/g, "").replaceAll(" | ", " or ");
  return type === "literal" || type === "picklist" ? `only ${words} is known` : `should be ${words}`;
}
