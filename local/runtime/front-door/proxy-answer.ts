import * as z from "zod/mini";
import type { HttpAnswer } from "../../http.ts";

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const answerShape = z.object({
  statusCode: z.union([z.int(), z.string().check(z.regex(/^\d{3}$/))]),
  headers: z.nullish(z.record(z.string(), scalar)),
  body: z.nullish(z.string()),
  cookies: z.nullish(z.array(z.string())),
  isBase64Encoded: z.nullish(z.boolean()),
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
  const { success, data } = answerShape.safeParse(answer);
  const status = Number(data?.statusCode);
  if (!success || status < 200 || status > 599) return undefined;
  const headers = Object.entries(data.headers ?? {})
    .map(([name, value]): [string, string] => [name.toLowerCase(), String(value)])
    .filter(([name]) => name !== "content-length" && name !== "transfer-encoding" && name !== "connection");
  return {
    status,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      ...Object.fromEntries(headers),
      ...(data.cookies && data.cookies.length > 0 ? { "set-cookie": data.cookies } : {}),
    },
    body: Buffer.from(data.body ?? "", data.isBase64Encoded ? "base64" : "utf8"),
  };
}
