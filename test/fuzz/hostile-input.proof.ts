import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { figure } from "../../proof/figure.ts";
import { receiveWebhook } from "../../src/webhooks/receive-webhook.ts";
import { assertAlways } from "./assert.ts";
import { deliver, delivery } from "./receive-webhook.ts";
import { call, visit } from "./reconcile-issue.ts";
import { recordScenes } from "./recording.ts";

// Other input each time. What fails prints its seed, which goes into SEED to repeat it.

const minute = 60_000;
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const limits = { seed, numRuns: 10_000_000, milliseconds: minute };

test("a minute of hostile deliveries", async () => {
  const statuses = new Map<number, number>();
  const { runs } = await assertAlways(
    delivery,
    async (sent) => {
      const status = await deliver(sent);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    },
    limits,
  );
  figure("fuzz seed", seed);
  figure("deliveries to receive-webhook", runs);
  figure("thrown to the caller, or kept without proof", 0);
  figure("answers", told(statuses));
  expect(runs).toBeGreaterThan(1_000);
});

test("a minute of hostile messages and answers of Jira", async () => {
  const scenes = await recordScenes();
  const outcomes = new Map<string, number>();
  const { runs } = await assertAlways(
    visit,
    async (sent) => {
      const came = await call(scenes, sent);
      outcomes.set(came, (outcomes.get(came) ?? 0) + 1);
    },
    limits,
  );
  figure("calls of reconcile-issue", runs);
  figure("errors without a name of ours", 0);
  figure("outcomes", told(outcomes));
  expect(runs).toBeGreaterThan(500);
});

/** Bodies of the same length, all signed, so that every step of the function is taken. */
const size = 512 * 1024;
const now = Date.UTC(2026, 10, 20, 12);
const secret = "the-current-signing-secret";

const filled = (head: string, piece: string, tail: string) =>
  head + piece.repeat(Math.floor((size - head.length - tail.length) / piece.length)) + tail;
const start = `{"timestamp":${now},"issue":{"id":"10012"},"more":`;
const plain = filled(
  `${start}[`,
  '{"fieldId":"status","from":"10100","to":"10101","field":"Status"},',
  "0]}",
);
const hostileBodies: Record<string, string> = {
  "levels of lists": `${start}${"[".repeat(size / 2 - 40)}${"]".repeat(size / 2 - 40)}}`,
  "levels of objects": `${start}${'{"a":'.repeat(size / 6 - 20)}0${"}".repeat(size / 6 - 20)}}`,
  "keys of one letter": filled(`${start}{`, '"a":0,', '"a":0}}'),
  "different keys": `${start}{${Array.from({ length: size / 12 }, (_, index) => `"k${String(index).padStart(6, "0")}":0`).join(",")}}}`,
  __proto__: filled(`${start}[`, '{"__proto__":{"x":1}},', "0]}"),
  "escaped characters": filled(`${start}"`, "\\ud83d", '"}'),
  "one long number": filled(start, "9", "}"),
  "many numbers": filled(`${start}[`, "1e308,", "0]}"),
  "changes of the status": filled(
    `{"timestamp":${now},"issue":{"id":"1"},"changelog":{"items":[`,
    "{},",
    "{}]}}",
  ),
  "no JSON at the very end": filled(`${start}"`, "x", ""),
};

test("hostile bodies cost little more time than plain ones of the same size", async () => {
  const known = async () => ({ signingSecrets: [secret], automationTokens: [] });
  const deps = {
    now: () => now,
    secret: known,
    secretAgain: known,
    ring: async () => {},
  };
  const eventOf = (body: string) => ({
    rawPath: "/webhooks/jira",
    requestContext: { requestId: "1", http: { method: "POST" } },
    headers: { "x-hub-signature": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}` },
    body,
  });
  const costOf = async (body: string) => {
    const event = eventOf(body);
    const times = [];
    for (let round = 0; round < 15; round++) {
      const before = process.cpuUsage();
      await receiveWebhook(deps, event);
      const { user, system } = process.cpuUsage(before);
      times.push(user + system);
    }
    return (times.toSorted((a, b) => a - b)[7] ?? 0) / body.length;
  };
  const usual = await costOf(plain);
  const costs = [];
  for (const [name, body] of Object.entries(hostileBodies)) {
    expect(body.length / size, name).toBeGreaterThan(0.7);
    costs.push({ name, ratio: (await costOf(body)) / usual });
  }
  const worst = costs.toSorted((a, b) => b.ratio - a.ratio)[0];
  figure(
    "worst CPU per hostile byte",
    `${worst?.ratio.toFixed(1)} × a plain byte (${worst?.name}; at most 10 ×)`,
  );
  for (const { name, ratio } of costs) expect(ratio, name).toBeLessThan(10);
});

function told(counts: Map<string | number, number>): string {
  return [...counts]
    .toSorted((a, b) => b[1] - a[1])
    .map(([name, count]) => `${name}: ${count}`)
    .join(", ");
}
