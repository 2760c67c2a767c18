import * as v from "valibot";
import { AwsError } from "./aws-error.ts";

/** The checked input of a call. Throws ValidationException that names the members that are wrong, and why. */
export function checkInput<Shape extends v.GenericSchema>(
  shape: Shape,
  input: unknown,
): v.InferOutput<Shape> {
  const result = v.safeParse(shape, input);
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => `'${v.getDotPath(issue) ?? ""}': ${issue.message}`);
  throw new AwsError(
    "ValidationException",
    `${problems.length} validation error(s) detected: ${problems.join("; ")}`,
  );
}
