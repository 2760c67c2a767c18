import { request as httpRequest } from "node:http";
import { describe, expect, test } from "vitest";
import { keys } from "../../local/world/company.ts";
import { signature } from "../../local/world/jira/deliveries.ts";
import { fieldIds } from "../../local/world/jira/fields.ts";
import { hour, minute, openStory, option, personOf, type Story } from "../support/company-story.ts";
import { fault } from "./list.ts";
import { callsOfLatchkey } from "./once.ts";
import { watch } from "./watch.ts";

type Issue = { key: string; id: string };

/** The body that Jira sends when an issue is created. */
function created(story: Story, { id, key }: Issue, parts: object = {}): string {
  const event = { webhookEvent: "jira:issue_created", issue_event_type_name: "issue_created" };
  return JSON.stringify({ timestamp: story.clock.now(), ...event, issue: { id, key }, ...parts });
}

/** Delivers a body to Jira's route, signed unless its headers are given; the status of the answer. */
async function deliver(story: Story, body: string, headers: Record<string, string> = {}): Promise<number> {
  const signed = { "x-hub-signature": signature(keys.webhookSecret, body) };
  const answer = await fetch(`${story.runtime.url}/webhooks/jira`, {
    method: "POST",
    headers: { "content-type": "application/json", ...signed, ...headers },
    body,
  });
  return answer.status;
}

const looks = (story: Story) => story.host.invocations.filter(({ name }) => name === "reconcile-issue");
const rings = (story: Story) =>
  story.awsCalls.filter(
    (call) => call.operation === "SendMessage" && call.caller.includes("receive-webhook"),
  );

// docs/decisions/0009: no table of deliveries. FIFO drops the same body for five minutes; later it rings again, in vain.
test(fault(1), async () => {
  const story = await openStory();
  const watched = await watch(story);
  story.jira.deliveryFaults.add({ effect: "drop", event: "jira:issue_created" });
  const issue = await story.raise("alice.moreau", option.githubDeveloper);
  const body = created(story, issue);
  const answers = [await deliver(story, body), await deliver(story, body)];
  answers.push(...(await Promise.all([1, 2, 3].map(() => deliver(story, body)))));
  expect(answers).toEqual([202, 202, 202, 202, 202]);
  expect(rings(story)).toHaveLength(5);
  await story.clock.advance(0);
  expect(looks(story)).toHaveLength(1);
  await story.settle();
  story.jira.deliveryFaults.add({ effect: "duplicate" });
  await story.decide("jonas.bergmann", issue.key, "approve");
  await watched.expectOnce(issue, { status: "granted" });
});

test(fault(2), async () => {
  const story = await openStory();
  const watched = await watch(story);
  story.jira.deliveryFaults.add({ effect: "drop", event: "jira:issue_created" });
  const issue = await story.raise("alice.moreau", option.githubDeveloper);
  const captured = created(story, issue);
  expect(await deliver(story, captured)).toBe(202);
  await story.settle();
  await story.decide("jonas.bergmann", issue.key, "approve");
  const before = await watched.expectOnce(issue, { status: "granted" });

  await story.pass(hour);
  const seen = looks(story).length;
  const fresh = { "x-atlassian-webhook-identifier": "0d3f5d1c-9d3b-4d6e-8a51-6d1f0c1f2a3b" };
  expect(await deliver(story, captured, fresh)).toBe(202);
  await story.settle();
  expect(looks(story)).toHaveLength(seen + 1);
  const after = await watched.expectOnce(issue, { status: "granted" });
  expect(after.request).toEqual(before.request);
  expect(callsOfLatchkey(after.jira).filter(({ method }) => method !== "GET")).toEqual(
    callsOfLatchkey(before.jira).filter(({ method }) => method !== "GET"),
  );
  // The clean-up of no table decides how long that holds: after two hours the body's own signed time is too old.
  await story.pass(hour);
  expect(await deliver(story, captured, fresh)).toBe(401);
});

test(fault(3), async () => {
  const story = await openStory();
  const watched = await watch(story);
  const early = story.jira.deliveryFaults.add({ effect: "delay", delayMs: hour });
  const issue = await story.raise("alice.moreau", option.githubDeveloper);
  const approvers = [{ accountId: personOf("jonas.bergmann").accountId }];
  await story.call("nadia.rahman", "PUT", `/rest/api/3/issue/${issue.key}`, {
    fields: { [fieldIds.approvers]: approvers },
  });
  await story.move("nadia.rahman", issue.key, "askForApproval");
  early();
  // This webhook is not late.
  expect(await story.decide("jonas.bergmann", issue.key, "approve")).toBe(200);
  await watched.expectOnce(issue, { status: "granted" });
  await story.pass(2 * hour);
  const { trail } = await watched.expectOnce(issue, { status: "granted" });
  expect(trail.filter(({ action }) => action === "approval.given")).toHaveLength(1);
});

test(fault(4), async () => {
  const story = await openStory();
  const watched = await watch(story);
  const issue = await story.raise("alice.moreau", option.githubDeveloper);
  await story.duringAsk(() => story.decideOnly("jonas.bergmann", issue.key, "approve"));
  await watched.expectOnce(issue, { status: "granted" });
  expect(story.host.invocations.map((one) => one.error)).toContain("AlreadyApprovedError");
});

test(fault(5), async () => {
  const story = await openStory();
  const watched = await watch(story);
  const issue = await story.raise("alice.moreau", option.githubDeveloper);
  const body = created(story, issue);
  await story.settle();
  await story.decide("jonas.bergmann", issue.key, "approve");
  const { executions } = await watched.expectOnce(issue, { status: "granted" });
  for (const wait of [0, 20 * minute, hour]) {
    await story.pass(wait);
    expect(await deliver(story, body)).toBe(202);
    await story.settle();
  }
  const after = await watched.expectOnce(issue, { status: "granted" });
  expect(after.executions).toEqual(executions);
  expect(after.aws.filter(({ operation }) => operation === "StartExecution")).toHaveLength(1);
});

// The alarm “Webhooks are missing” wants this in three rounds one after the other: a single loss is healed, and wakes nobody.
test(fault(10), async () => {
  const story = await openStory({ sweeping: true });
  const watched = await watch(story);
  const issue = await story.request("alice.moreau", option.githubDeveloper);
  story.jira.deliveryFaults.add({ effect: "drop" });
  await story.decide("jonas.bergmann", issue.key, "approve");
  expect(await story.isMember("alice.moreau", "github-developers")).toBe(false);
  await story.pass(10 * minute);
  await watched.expectOnce(issue, { status: "granted" });
  const metrics = story.host.lines.flatMap((line) => /"MissedWebhooks":(\d+)/.exec(line)?.[1] ?? []);
  expect(metrics.map(Number).reduce((sum, one) => sum + one)).toBe(1);
});

describe(fault(21), () => {
  /** With headers that `fetch` does not let through. */
  function sendRaw(story: Story, headers: Record<string, string | string[]>, body: string | Buffer) {
    return new Promise<number>((resolve, reject) => {
      const sending = httpRequest(
        `${story.runtime.url}/webhooks/jira`,
        { method: "POST", headers },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        },
      );
      sending.on("error", reject).end(body);
    });
  }
  const signed = (body: string | Buffer, parts: Record<string, string | string[]> = {}) => ({
    "content-type": "application/json",
    "x-hub-signature": signature(keys.webhookSecret, String(body)),
    ...parts,
  });
  const good = JSON.stringify({ timestamp: Date.UTC(2026, 10, 20, 9), issue: { id: "10000", key: "ACC-1" } });
  const right = signature(keys.webhookSecret, good);

  test.each<[string, number, string | Buffer, Record<string, string | string[]>?]>([
    ["not JSON", 400, "issue=10000"],
    ["2 MB", 413, " ".repeat(2 * 1024 * 1024)],
    ["ten thousand levels", 400, "[".repeat(10_000) + "]".repeat(10_000)],
    ["ids from a prototype", 400, '{"timestamp":1,"__proto__":{"issue":{"id":"10000"}}}'],
    ["lone surrogates", 400, '{"timestamp":1,"issue":{"id":"\\ud800","key":"\\udfff"}}'],
    [
      "bytes that come in base64",
      400,
      Buffer.from([0, 1, 2]),
      { "content-type": "application/octet-stream" },
    ],
    ["two signatures", 401, good, { "x-hub-signature": [right, right] }],
    ["an unknown method", 401, good, { "x-hub-signature": right.replace("sha256", "sha512") }],
    ["no signature", 401, good, { "x-hub-signature": "" }],
  ])("%s", async (_, status, body, headers) => {
    const story = await openStory();
    expect(await sendRaw(story, signed(body, headers), body)).toBe(status);
    await story.pass(hour);
    expect(rings(story)).toEqual([]);
    expect(looks(story)).toEqual([]);
  });
});
