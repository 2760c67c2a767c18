import type * as z from "zod/mini";
import { AwsError } from "./aws-error.ts";

/** The checked input of a call. Throws ValidationException that names the members that are wrong. */
export function checkInput<Shape extends z.ZodMiniType>(shape: Shape, input: unknown): z.infer<Shape> {
  const result = shape.safeParse(input);
  if (result.success) return result.data;
  const wrong = result.error.issues.map(({ path }) => path.map(String).join(".") || "the input");
  throw new AwsError("ValidationException", `Missing or not valid: ${[...new Set(wrong)].join(", ")}`);
}
