import * as v from "valibot";
import { HttpError, type HttpRequest } from "../http.ts";

/** Makes the error to throw for what does not fit. */
type Refusal = (message: string) => Error;

const badRequest: Refusal = (message) => new HttpError(400, { message });

/**
 * The request's JSON body as the schema wants it; an empty body is read as `{}`.
 * @param refusal by default 400 `{ message }`
 */
export function jsonBody<Schema extends v.GenericSchema>(
  schema: Schema,
  request: HttpRequest,
  refusal = badRequest,
): v.InferOutput<Schema> {
  const body = v.pipe(v.string(), v.parseJson(), schema);
  return fitting(body, request.body.toString() || "{}", refusal);
}

/** The value as the schema wants it; the refusal's message names every part that does not fit. */
export function fitting<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  refusal: Refusal,
): v.InferOutput<Schema> {
  const read = v.safeParse(schema, value);
  if (!read.success) throw refusal(read.issues.map(explain).join("; "));
  return read.output;
}

function explain(issue: v.BaseIssue<unknown>): string {
  const message = issue.expected === "never" ? "unknown field" : issue.message;
  return [v.getDotPath(issue) ?? [], message].flat().join(": ");
}
