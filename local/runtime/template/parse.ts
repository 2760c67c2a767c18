import type * as z from "zod/mini";

/** The template has something that the local runtime does not know, or that is wrong. The message says where. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}

/** Checks a shape. Throws `TemplateError` that names every place that is wrong. */
export function parse<Shape extends z.ZodMiniType>(
  shape: Shape,
  value: unknown,
  where: string,
): z.infer<Shape> {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const at = [where, ...issue.path.map(String)].join(".");
    if (issue.code === "unrecognized_keys")
      return `${at}: the local runtime does not know ${issue.keys.join(", ")}`;
    if (issue.code === "invalid_type") return `${at}: should be ${issue.expected}`;
    if (issue.code === "invalid_value")
      return `${at}: only ${issue.values.map(String).join(" or ")} is known`;
    return `${at}: ${issue.code}`;
  });
  throw new TemplateError(problems.join("; "));
}
