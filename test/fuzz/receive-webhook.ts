import { createHmac } from "node:crypto";
import fc from "fast-check";
import * as v from "valibot";
import { Doorbell } from "../../src/requests/doorbell.ts";
import { receiveWebhook } from "../../src/webhooks/receive-webhook.ts";
import { asJson, type Edit, edits, hostile, isPolluted, mutated } from "./mutation.ts";

/** Everything that can be sent to the two routes, from a right delivery to nothing that anybody would send. */

const now = Date.UTC(2026, 10, 20, 12);
const secrets = ["the-current-signing-secret", "the-previous-signing-secret"];
const token = "an-automation-token-of-some-length";

const bodies = [
  {
    timestamp: now - 5_000,
    webhookEvent: "jira:issue_updated",
    user: { accountId: "5f00000000000000000a0001", displayName: "Alice", active: true },
    issue: { id: "10012", key: "ACC-12", fields: { summary: "Access", status: { id: "10101" } } },
    changelog: { id: "1", items: [{ field: "Status", fieldId: "status", from: "10100", to: "10101" }] },
  },
  { timestamp: now, issue: { id: "1" } },
  { v: 1, issueKey: "ACC-12", issueId: "10012" },
  { issue: { id: 10012, key: "ACC-12" } },
];

const ways = [
  "right",
  "right",
  "right",
  "previous",
  "wrong",
  "other bytes",
  "twice",
  "none",
  "hostile",
] as const;

export const delivery = fc.record({
  path: fc.constantFrom(
    ...new Array<string>(6).fill("/webhooks/jira"),
    ...new Array<string>(3).fill("/webhooks/automation"),
    "/",
    "/webhooks/jira/",
  ),
  method: fc.constantFrom(...new Array<string>(12).fill("POST"), "GET", "PUT"),
  body: fc.oneof(
    {
      weight: 6,
      arbitrary: fc.tuple(fc.constantFrom(...bodies), edits).map(([one, changes]) => mutated(one, changes)),
    },
    { weight: 2, arbitrary: hostile.map(asJson) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 200 }) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(...bodies), fc.nat(150))
        .map(([one, end]) => JSON.stringify(one).slice(0, end)),
    },
  ),
  proof: fc.constantFrom(...ways),
  odd: hostile.map(asJson),
  base64: fc.constantFrom("no", "no", "right", "not encoded"),
  trouble: fc.constantFrom("none", "none", "none", "none", "secret", "queue"),
  event: fc.oneof({ weight: 6, arbitrary: fc.constant<Edit[]>([]) }, { weight: 1, arbitrary: edits }),
});
export type Delivery = typeof delivery extends fc.Arbitrary<infer Value> ? Value : never;

function hmac(bytes: Buffer, secret: string | undefined = secrets[0]): string {
  return `sha256=${createHmac("sha256", secret ?? "")
    .update(bytes)
    .digest("hex")}`;
}

function headersFor({ proof, odd }: Delivery, bytes: Buffer): Record<string, string> {
  const right = hmac(bytes);
  const signature = {
    right,
    previous: hmac(bytes, secrets[1]),
    wrong: hmac(bytes, "somebody else's secret"),
    "other bytes": hmac(Buffer.concat([bytes, Buffer.from(" ")])),
    twice: `${right},${right}`,
    hostile: odd,
  };
  const bearer = {
    right: `Bearer ${token}`,
    previous: `Bearer ${token}`,
    hostile: odd,
    twice: `Bearer ${token},Bearer ${token}`,
  };
  if (proof === "none") return { host: "x" };
  return {
    "x-hub-signature": signature[proof],
    authorization:
      proof in bearer ? bearer[proof as keyof typeof bearer] : "Bearer another-token-of-that-length",
    "x-atlassian-webhook-identifier": odd,
  };
}

type Sent = { rawPath: string; headers: Record<string, string>; body?: unknown; isBase64Encoded?: unknown };

const statuses = [202, 400, 401, 404, 413, 503];

/** Delivers, and throws an error that says what should not have been. */
export async function deliver(sent: Delivery): Promise<number> {
  const text = Buffer.from(sent.body);
  const isEncoded = sent.base64 !== "no";
  const body = sent.base64 === "right" ? text.toString("base64") : sent.body;
  const bytes = Buffer.from(body, isEncoded ? "base64" : "utf8");
  const headers = headersFor(sent, bytes);
  const plain = {
    version: "2.0",
    rawPath: sent.path,
    rawQueryString: "",
    headers,
    requestContext: { requestId: "request-1", http: { method: sent.method, path: sent.path } },
    body,
    isBase64Encoded: isEncoded,
  };
  const event = sent.event.length === 0 ? plain : JSON.parse(mutated(plain, sent.event));
  const rung: { doorbell: unknown; deduplicationId: string }[] = [];
  const answer = await receiveWebhook(
    {
      now: () => now,
      secret: async () => {
        if (sent.trouble === "secret") throw new Error("not now");
        return { signingSecrets: secrets, automationTokens: [token] };
      },
      secretAgain: async () => ({ signingSecrets: secrets, automationTokens: [token] }),
      ring: async (doorbell, deduplicationId) => {
        if (sent.trouble === "queue") throw new Error("not now");
        rung.push({ doorbell, deduplicationId });
      },
    },
    event,
  );
  const isHealth = answer.statusCode === 200 && sent.method === "GET";
  if (!statuses.includes(answer.statusCode) && !isHealth) throw new Error(`answered ${answer.statusCode}`);
  if (Buffer.byteLength(JSON.stringify(answer)) > 300) throw new Error("a long answer");
  if (isPolluted()) throw new Error("a prototype was changed");
  if (rung.length !== (answer.statusCode === 202 ? 1 : 0)) throw new Error(`rang ${rung.length} times`);
  for (const { doorbell, deduplicationId } of rung) {
    if (!isProven(event)) throw new Error("kept without proof");
    v.parse(v.strictObject(Doorbell.entries), doorbell);
    if (!/^[\x21-\x7e]{1,128}$/.test(deduplicationId)) throw new Error(`the id ${deduplicationId}`);
    if (!/^[\x20-\x7e]{0,1000}$/.test(JSON.stringify(doorbell))) throw new Error("a long or odd doorbell");
  }
  return answer.statusCode;
}

/** By the rules of Jira's documents, written once more and differently. */
function isProven({ rawPath, headers, body, isBase64Encoded }: Sent): boolean {
  const bytes = Buffer.from(
    typeof body === "string" ? body : "",
    isBase64Encoded === true ? "base64" : "utf8",
  );
  if (rawPath === "/webhooks/automation") return headers.authorization === `Bearer ${token}`;
  return (
    rawPath === "/webhooks/jira" &&
    secrets.some((secret) => headers["x-hub-signature"] === hmac(bytes, secret))
  );
}
