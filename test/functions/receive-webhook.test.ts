import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Doorbell } from "../../src/requests/doorbell.ts";
import { signatureProof, type WebhookSecret } from "../../src/webhooks/proof.ts";
import { receiveWebhook } from "../../src/webhooks/receive-webhook.ts";
import { parseWebhookSecret } from "../../src/webhooks/webhook-secret.ts";

type HttpEvent = {
  rawPath: string;
  requestContext: { requestId: string; http: { method: string } };
  headers: Record<string, string>;
  body?: string;
  isBase64Encoded?: boolean;
};

const now = Date.UTC(2026, 10, 20, 12);
const current = "the-current-signing-secret";
const previous = "the-previous-signing-secret";
const token = "an-automation-token-of-some-length";
const issue = { id: "10012", key: "ACC-12" };

function sign(body: string | Buffer, secret = current): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

function post(
  path: string,
  body: string,
  headers: Record<string, string> = {},
  parts: Partial<HttpEvent> = {},
): HttpEvent {
  return {
    rawPath: path,
    requestContext: { requestId: "request-1", http: { method: "POST" } },
    headers,
    body,
    ...parts,
  };
}

const signed = (body: string, secret?: string) =>
  post("/webhooks/jira", body, { "x-hub-signature": sign(body, secret) });
const automated = (body: string, bearer = token) =>
  post("/webhooks/automation", body, { authorization: `Bearer ${bearer}` });

const lost = new Error("no answer");

async function receive(
  event: HttpEvent,
  broken: { secret?: boolean; queue?: boolean; clock?: boolean } = {},
  kept: WebhookSecret = { signingSecrets: [current, previous], automationTokens: [token] },
) {
  const rung: { doorbell: Doorbell; deduplicationId: string }[] = [];
  const answer = await receiveWebhook(
    {
      now: () => {
        if (broken.clock) throw lost;
        return now;
      },
      secret: async () => {
        if (broken.secret) throw new Error("no");
        return kept;
      },
      secretAgain: async () => ({ signingSecrets: [current, previous], automationTokens: [token] }),
      ring: async (doorbell, deduplicationId) => {
        if (broken.queue) throw new Error("no");
        rung.push({ doorbell, deduplicationId });
      },
    },
    event,
  );
  expect(answer.headers).toEqual({ "content-type": "application/json" });
  return { status: answer.statusCode, body: answer.body, rung };
}

const updated = (parts: object = {}) => JSON.stringify({ timestamp: now - 5_000, issue, ...parts });

test("the vendor's own example of a signature is right", () => {
  const prove = signatureProof("sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9");
  const secret = { signingSecrets: ["It's a Secret to Everybody"], automationTokens: [] };
  expect(() => prove(Buffer.from("Hello World!"), secret)).not.toThrow();
  expect(() => prove(Buffer.from("Hello World?"), secret)).toThrow("The signature is wrong.");
});

test("a value that was changed since it was read counts from the first event that is proven by it", async () => {
  const old = {
    signingSecrets: ["a-secret-of-long-ago-indeed"],
    automationTokens: ["a-token-of-long-ago-indeed"],
  };
  expect((await receive(signed(updated()), {}, old)).status).toBe(202);
  expect((await receive(automated(JSON.stringify({ issueId: "10012" })), {}, old)).status).toBe(202);
  expect((await receive(signed(updated(), "another-secret-altogether"), {}, old)).status).toBe(401);
});

describe("a signed webhook", () => {
  test("is a doorbell with hints: who, and which status", async () => {
    const items = [
      { field: "Status", fieldId: "status", from: "10100", to: "10101" },
      { field: "assignee", fieldId: "assignee", to: "x" },
    ];
    const body = updated({ user: { accountId: "acc-1" }, changelog: { items } });
    const { status, rung } = await receive(signed(body));
    expect(status).toBe(202);
    expect(rung).toEqual([
      {
        doorbell: {
          schemaVersion: 1,
          source: "jira",
          issueId: "10012",
          actor: "acc-1",
          status: "10101",
          at: now - 5_000,
        },
        deduplicationId: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
  });

  test("says whether the issue was made: what Latchkey makes itself is no echo", async () => {
    const isNew = async (webhookEvent: string) =>
      (await receive(signed(updated({ webhookEvent })))).rung[0]?.doorbell.isNew;
    expect(await isNew("jira:issue_created")).toBe(true);
    expect(await isNew("jira:issue_updated")).toBeUndefined();
  });

  test("is taken with the previous secret too, while secrets are being changed", async () => {
    expect((await receive(signed(updated(), previous))).status).toBe(202);
  });

  test("is proven on the raw bytes, also when they come in base64", async () => {
    const body = updated({ text: "Größe 🚪" });
    const event = post(
      "/webhooks/jira",
      Buffer.from(body).toString("base64"),
      { "x-hub-signature": sign(body) },
      { isBase64Encoded: true },
    );
    expect((await receive(event)).status).toBe(202);
  });

  test("that comes twice rings twice with the same id, which the queue drops", async () => {
    const [first, second] = [await receive(signed(updated())), await receive(signed(updated()))];
    expect(first.status).toBe(202);
    expect(second.status).toBe(202);
    expect(first.rung[0]?.deduplicationId).toBe(second.rung[0]?.deduplicationId);
  });
});

describe("what is not proven is answered 401, and nothing is kept", () => {
  const body = updated();
  const right = sign(body);
  const headers: [string, Record<string, string>][] = [
    ["no signature", {}],
    ["a wrong one", { "x-hub-signature": sign(body, "somebody-else's-secret") }],
    ["part of one", { "x-hub-signature": right.slice(0, -1) }],
    ["one in capital letters", { "x-hub-signature": right.toUpperCase() }],
    ["an unknown method", { "x-hub-signature": right.replace("sha256", "sha1") }],
    ["two that were joined", { "x-hub-signature": `${right},${right}` }],
    ["an empty one", { "x-hub-signature": "" }],
  ];
  test.each(headers)("%s", async (_, sent) => {
    const { status, rung } = await receive(post("/webhooks/jira", body, sent));
    expect([status, rung]).toEqual([401, []]);
  });

  test("a signature of other bytes", async () => {
    const event = post("/webhooks/jira", `${body} `, { "x-hub-signature": right });
    expect(await receive(event)).toMatchObject({ status: 401, rung: [] });
  });

  test("a recorded delivery that is played again hours later, or from the future", async () => {
    const old = updated({ timestamp: now - 2 * 3_600_000 - 1 });
    const future = updated({ timestamp: now + 300_001 });
    expect(await receive(signed(old))).toMatchObject({ status: 401, rung: [] });
    expect(await receive(signed(future))).toMatchObject({ status: 401, rung: [] });
    const retried = updated({ timestamp: now - 3_000_000 });
    expect((await receive(signed(retried))).status).toBe(202);
  });

  test("an automation rule with a wrong, short or missing token", async () => {
    const ours = JSON.stringify({ issueId: "10012" });
    expect(await receive(automated(ours, "another-token-of-that-length-1234"))).toMatchObject({
      status: 401,
      rung: [],
    });
    expect(await receive(automated(ours, "short"))).toMatchObject({ status: 401, rung: [] });
    expect(await receive(post("/webhooks/automation", ours))).toMatchObject({ status: 401, rung: [] });
  });
});

describe("what is proven but useless is answered 400, for good", () => {
  const bodies: [string, string][] = [
    ["no JSON", "issue=10012"],
    ["nothing", ""],
    ["null", "null"],
    ["a list", "[]"],
    ["no issue", JSON.stringify({ timestamp: now })],
    ["no time", JSON.stringify({ issue })],
    ["an issue without an id", updated({ issue: { key: "ACC-12" } })],
    ["an id that is none", updated({ issue: { id: "../10012" } })],
    ["ids from a prototype", '{"timestamp":1,"__proto__":{"issue":{"id":"1"}}}'],
  ];
  test.each(bodies)("%s", async (_, body) => {
    expect(await receive(signed(body))).toMatchObject({ status: 400, rung: [] });
  });

  test("ten thousand levels of nesting", async () => {
    expect((await receive(signed("[".repeat(10_000) + "]".repeat(10_000)))).status).toBe(400);
  });

  test("an automation rule that names no issue", async () => {
    expect((await receive(automated("{}"))).status).toBe(400);
    expect((await receive(automated("{{issue.key}}"))).status).toBe(400);
  });
});

test("an account id that is none is no hint, for a long one would not fit into the queue", async () => {
  for (const accountId of ["a".repeat(200_000), "\u0000", "\ud800", ["acc-1"]]) {
    const { status, rung } = await receive(signed(updated({ user: { accountId } })));
    expect([status, rung[0]?.doorbell]).toEqual([202, expect.not.objectContaining({ actor: accountId })]);
  }
});

test.each([
  null,
  {},
  { requestContext: null, headers: [] },
  { headers: { authorization: [token] }, body: {} },
])("an event that is none is answered: %j", async (event) => {
  const { status, rung } = await receive(event as never);
  expect([status, rung]).toEqual([404, []]);
});

test("an automation rule's call without an id of its own is answered 400: the queue could not tell it from others", async () => {
  const event = automated(JSON.stringify({ issueId: "10012" }));
  const requestContext = { ...event.requestContext, requestId: "" };
  expect(await receive({ ...event, requestContext })).toMatchObject({ status: 400, rung: [] });
  const withId = (requestId: string) =>
    receive({ ...event, requestContext: { ...event.requestContext, requestId } });
  for (const id of ["JKJaXmPLvHcESHA=", "i".repeat(128)])
    expect((await withId(id)).rung).toMatchObject([{ deduplicationId: id }]);
  for (const id of ["i".repeat(129), "an id", " id", "id\n"])
    expect(await withId(id)).toMatchObject({ status: 400, body: '{"message":"The event has no id."}' });
});

describe("an automation rule", () => {
  const bodies: [string, object, object][] = [
    [
      "with its own body",
      { v: 1, issueKey: "ACC-12", issueId: "10012" },
      { issueId: "10012", issueKey: "ACC-12" },
    ],
    [
      "in Jira's format, wrapped and with numbers",
      { issue: { id: 10012, key: "ACC-12" } },
      { issueId: "10012" },
    ],
    ["in Automation's format, without the wrapper", { id: 10012, key: "ACC-12" }, { issueId: "10012" }],
    ["with a key only", { issueKey: "ACC-12" }, { issueKey: "ACC-12" }],
  ];
  test.each(bodies)("%s, is a doorbell", async (_, body, expected) => {
    const { status, rung } = await receive(automated(JSON.stringify(body)));
    expect(status).toBe(202);
    expect(rung[0]?.doorbell).toMatchObject({ source: "automation", ...expected });
  });

  test("rings again for the next event of the same issue, whose body is the same", async () => {
    const body = JSON.stringify({ issueId: "10012" });
    const other = { requestContext: { requestId: "request-2", http: { method: "POST" } } };
    const first = await receive(automated(body));
    const second = await receive({ ...automated(body), ...other });
    expect(first.rung[0]?.deduplicationId).not.toBe(second.rung[0]?.deduplicationId);
  });
});

test("a body of more than 1 MiB is turned away before anything else, and none that is smaller", async () => {
  const largest = updated({ text: "x".repeat(1024 * 1024 - updated({ text: "" }).length) });
  expect(await receive(signed(largest))).toMatchObject({ status: 202 });
  expect(await receive(post("/webhooks/jira", `${largest} `))).toEqual({
    status: 413,
    body: '{"message":"The body is larger than 1 MiB."}',
    rung: [],
  });
});

test("what was taken, and what is wrong, is said in a few words", async () => {
  const words = async (event: HttpEvent, broken = {}) => (await receive(event, broken)).body;
  expect(await words(signed(updated()))).toBe('{"message":"accepted"}');
  expect(await words(signed("{"))).toBe('{"message":"The body is not JSON."}');
  expect(await words(post("/", "{}"))).toBe('{"message":"There is nothing here."}');
  expect(await words(signed(updated()), { queue: true })).toBe('{"message":"Not ready; try again later."}');
  const { body: _, ...empty } = post("/webhooks/jira", "", { "x-hub-signature": sign("") });
  expect(await words(empty as never)).toBe('{"message":"The body is not JSON."}');
});

test("a bug is not taken for the sender's mistake", async () => {
  await expect(receive(signed(updated()), { clock: true })).rejects.toBe(lost);
});

test("our own trouble is 503, so that Jira delivers again", async () => {
  expect((await receive(signed(updated()), { secret: true })).status).toBe(503);
  expect((await receive(signed(updated()), { queue: true })).status).toBe(503);
});

test("a wrong signature is 401 only when it was compared with a secret", async () => {
  const wrong = post("/webhooks/jira", updated(), { "x-hub-signature": sign("something else") });
  expect((await receive(wrong, { secret: true })).status).toBe(503);
  expect((await receive(wrong)).status).toBe(401);
});

test("the health check says that it answers; everything else is not there", async () => {
  const get = (rawPath: string) =>
    post(rawPath, "", {}, { requestContext: { requestId: "r", http: { method: "GET" } } });
  expect(await receive(get("/healthz"))).toMatchObject({ status: 200, body: '{"message":"ok"}' });
  expect((await receive(get("/webhooks/jira"))).status).toBe(404);
  expect((await receive(post("/", "{}"))).status).toBe(404);
});

test("a secret that would let anybody in is none", () => {
  const tokens = ["0123456789abcdef"];
  expect(parseWebhookSecret({ signingSecrets: tokens, automationTokens: [] })).toEqual({
    signingSecrets: tokens,
    automationTokens: [],
  });
  for (const value of [
    null,
    {},
    { signingSecrets: [""], automationTokens: [] },
    { signingSecrets: "x", automationTokens: [] },
  ])
    expect(() => parseWebhookSecret(value)).toThrow();
});
