import * as v from "valibot";
import { InconsistentError } from "../errors.ts";

/**
 * The item, if it has the shape that its kind of item has; of what else it holds nothing is passed on.
 *
 * @throws InconsistentError with the name of what is wrong, and without its value
 */
export function readItem<Schema extends v.GenericSchema>(
  schema: Schema,
  item: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, item, { abortEarly: true });
  if (result.success) return result.output;
  throw new InconsistentError(`An item of another shape: ${v.getDotPath(result.issues[0]) ?? "(whole)"}.`);
}
