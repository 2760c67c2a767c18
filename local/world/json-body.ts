import * as z from "zod/mini";
import { HttpError, type HttpRequest } from "../http.ts";

/** zod's mini build says only "Invalid input" by itself; its messages are set per call to leave the product's alone. */
const inEnglish = { error: z.locales.en().localeError };

/**
 * The request's JSON body as the schema wants it; an empty body is read as `{}`.
 * @param refusal makes the error to throw for a body that does not fit; by default 400 `{ message }`.
 */
export function jsonBody<Schema extends z.ZodMiniType>(
  schema: Schema,
  request: HttpRequest,
  refusal = (message: string): HttpError => new HttpError(400, { message }),
): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(request.body.toString() || "{}");
  } catch (error) {
    throw refusal(`The body is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const read = schema.safeParse(value, inEnglish);
  if (!read.success) throw refusal(explain(read.error.issues));
  return read.data;
}

function explain(issues: { path: PropertyKey[]; message: string }[]): string {
  return issues
    .map(({ path, message }) => [...(path.length ? [path.join(".")] : []), message].join(": "))
    .join("; ");
}
