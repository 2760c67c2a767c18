import * as v from "valibot";
import { UnexpectedAnswerError } from "../errors.ts";
import type { Incoming } from "./send.ts";

/**
 * The answer's JSON, with only the fields that the schema names: whatever else the other system sends goes no further.
 *
 * @throws UnexpectedAnswerError without any of the answer's content
 */
export function read<Schema extends v.GenericSchema>(
  answer: Incoming,
  what: string,
  schema: Schema,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, parse(answer.text, what));
  if (result.success) return result.output;
  const where = result.issues.map((issue) => v.getDotPath(issue) ?? "(whole)").join(", ");
  throw new UnexpectedAnswerError(`${what}: ${where}`);
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UnexpectedAnswerError(`${what}: not JSON`);
  }
}
