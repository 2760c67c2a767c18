import * as v from "valibot";
import { HttpError, type HttpRequest } from "../http.ts";

/**
 * The request's JSON body as the schema wants it; an empty body is read as `{}`.
 * @param refusal makes the error to throw for a body that does not fit; by default 400 `{ message }`.
 */
export function jsonBody<Schema extends v.GenericSchema>(
  schema: Schema,
  request: HttpRequest,
  refusal = (message: string): HttpError => new HttpError(400, { message }),
): v.InferOutput<Schema> {
  const body = v.pipe(v.string(), v.parseJson(), schema);
  const read = v.safeParse(body, request.body.toString() || "{}");
  if (!read.success) throw refusal(read.issues.map(explain).join("; "));
  return read.output;
}

function explain(issue: v.BaseIssue<unknown>): string {
  const message = issue.expected === "never" ? "unknown field" : issue.message;
  return [v.getDotPath(issue) ?? [], message].flat().join(": ");
}
