import * as v from "valibot";
import { AwsError } from "./aws-error.ts";

/** The checked input of a call. Throws ValidationException that names the members that are wrong. */
export function checkInput<Shape extends v.GenericSchema>(
  shape: Shape,
  input: unknown,
): v.InferOutput<Shape> {
  const result = v.safeParse(shape, input);
  if (result.success) return result.output;
  const wrong = result.issues.map((issue) => v.getDotPath(issue) ?? "the input");
  throw new AwsError("ValidationException", `Missing or not valid: ${[...new Set(wrong)].join(", ")}`);
}
