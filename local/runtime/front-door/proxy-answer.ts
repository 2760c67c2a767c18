import * as v from "valibot";
import type { HttpAnswer } from "../../http.ts";
import { object, record, wholeNumber } from "../../json-schemas.ts";

const scalar = v.union([v.string(), v.number(), v.boolean()]);
const answerShape = object({
  statusCode: v.union([wholeNumber, v.pipe(v.string(), v.regex(/^\d{3}$/))]),
  headers: v.nullish(record(scalar)),
  body: v.nullish(v.string()),
  cookies: v.nullish(v.array(v.string())),
  isBase64Encoded: v.nullish(v.boolean()),
});

/**
 * A function's answer as API Gateway gives it to the client. An object with `statusCode` says everything itself; any other
 * value is a body of JSON. Undefined when API Gateway does not understand the answer.
 */
export function proxyAnswer(answer: unknown): HttpAnswer | undefined {
  if (typeof answer !== "object" || answer === null || !("statusCode" in answer))
    return {
      status: 200,
      headers: { "content-type": "application/json" },
      body: typeof answer === "string" ? answer : JSON.stringify(answer),
    };
  const { success, output } = v.safeParse(answerShape, answer);
  if (!success) return undefined;
  const status = Number(output.statusCode);
  if (status < 200 || status > 599) return undefined;
  const headers = Object.entries(output.headers ?? {})
    .map(([name, value]): [string, string] => [name.toLowerCase(), String(value)])
    .filter(([name]) => name !== "content-length" && name !== "transfer-encoding" && name !== "connection");
  return {
    status,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      ...Object.fromEntries(headers),
      ...(output.cookies && output.cookies.length > 0 ? { "set-cookie": output.cookies } : {}),
    },
    body: Buffer.from(output.body ?? "", output.isBase64Encoded ? "base64" : "utf8"),
  };
}
