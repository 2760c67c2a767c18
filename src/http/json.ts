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
  const json = parse(answer.text, what);
  expectFlat(json, what);
  return shaped(json, what, schema);
}

/** A part of an answer, in the same way. */
export function shaped<Schema extends v.GenericSchema>(
  json: unknown,
  what: string,
  schema: Schema,
): v.InferOutput<Schema> {
  // The first issue is enough: an answer of millions of wrong items would be a message of millions.
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (result.success) return result.output;
  throw new UnexpectedAnswerError(`${what}: ${v.getDotPath(result.issues[0]) ?? "(whole)"}`);
}

/** Rich text is nested, by some dozens of levels. */
const deepest = 200;

/** Whoever walks through the answer, or makes text of it, goes as deep as it is: thousands of levels are more than the stack holds. */
function expectFlat(json: unknown, what: string): void {
  let level: unknown[] = [json];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) throw new UnexpectedAnswerError(`${what}: nested too deeply`);
    level = level.flatMap((value): unknown[] =>
      value !== null && typeof value === "object" ? Object.values(value) : [],
    );
  }
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UnexpectedAnswerError(`${what}: not JSON`);
  }
}
