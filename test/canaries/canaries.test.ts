import { PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import * as v from "valibot";
import { expect, test } from "vitest";
import { keys } from "../../local/world/company.ts";
import { figure } from "../../proof/figure.ts";
import { defineFunction } from "../../src/lambda/define-function.ts";
import { hour, openStory, option, type Story } from "../support/company-story.ts";
import { Canaries } from "./canaries.ts";
import { everythingPrinted } from "./commands.ts";
import { hitsIn } from "./hits.ts";
import { type Answer, plantAnswers } from "./planted-world.ts";
import { playWithBadAnswers } from "./playing.ts";
import { deliver, playAccess, playActions } from "./plot.ts";
import { everythingKept } from "./sinks.ts";

// No secret, no name, no address, no word of a form and nothing of an answer is kept, logged or passed on.

test("what forms, deliveries and answers say goes nowhere, while requests take every way to an end", {
  timeout: 120_000,
}, async () => {
  const story = await openStory();
  const canaries = new Canaries();
  await plantAnswers(story, canaries);
  await playAccess(story, canaries);
  await deliver(story, canaries, { id: "10000", key: "ACC-1" });
  await playActions(story, canaries);
  story.host.idle.delete("sweep-requests");
  await story.pass(10 * 60_000);

  const { kept: printed, missing } = await everythingPrinted(story, "ACC-1");
  const kept = await everythingKept(story);
  expect(missing).toEqual([]);
  // What is searched is there, and so is what may be there.
  const text = kept.map((one) => one.text).join("\n");
  for (const expected of ["access.granted", "action.done", "CloudWatchMetrics", keys.jiraServiceAccountId])
    expect(text).toContain(expected);
  const hits = hitsIn([...kept, ...printed], canaries);
  figure("canaries planted", canaries.planted);
  figure(
    "texts searched: logs, histories, messages, answers, tables, commands",
    kept.length + printed.length,
  );
  figure("canaries, secrets, names and addresses where they should not be", `${hits.length} (at most 0)`);
  expect(hits).toEqual([]);
});

test("a canary that was let out is found, in a line of the log as in an item of a table", async () => {
  const story = await openStory();
  const canaries = new Canaries();
  const { key } = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 day" });
  expect(hitsIn(await everythingKept(story), canaries)).toEqual([]);
  story.host.lines.push(`{"message":"${canaries.at("the reason")} of ${keys.jiraApiToken}"}`);
  story.host.lines.push("Alice Moreau, alice.moreau@fernhill.example");
  const { id } = (await story.operator.requests.byKey(key)).map(({ issueId }) => ({ id: issueId }))[0] ?? {
    id: "",
  };
  const request = await story.stored(id);
  await story.operator.requests.save(request, { ...request, told: [canaries.at("the summary")] });
  expect(hitsIn(await everythingKept(story), canaries)).toEqual([
    "log or metric ← the reason",
    "log or metric ← secret",
    "log or metric ← name",
    "log or metric ← address",
    "table requests.told ← the summary",
  ]);
});

test("an answer that is an error, of another shape or half goes nowhere either", {
  timeout: 120_000,
}, async () => {
  const { hits, statuses, given, planted } = await playWithBadAnswers(4);
  figure("bad answers of different kinds, each with canaries", given);
  expect(hits).toEqual([]);
  expect(planted).toBeGreaterThan(1_000);
  expect(given).toBeGreaterThan(15);
  expect([...statuses]).toEqual(expect.arrayContaining(["failed", "ended"]));
});

test("client credentials and the tokens that they become go nowhere", async () => {
  const story = await openStory();
  const canaries = new Canaries();
  const tokens: string[] = [];
  await plantAnswers(story, canaries, (_, __, path, answer) => {
    if (path.endsWith("/token")) tokens.push(String(JSON.parse(answer.body).access_token));
    return undefined;
  });
  const jumpcloud = {
    kind: "oauth",
    clientId: keys.jumpcloudClientId,
    clientSecret: keys.jumpcloudClientSecret,
  };
  await putSecret(story, "jira-api", {
    kind: "oauth",
    clientId: keys.jiraClientId,
    clientSecret: keys.jiraClientSecret,
  });
  await putSecret(story, "jumpcloud-read", jumpcloud);
  await putSecret(story, "jumpcloud-write", jumpcloud);
  const { key } = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 day" });
  await story.decide("jonas.bergmann", key, "approve");
  expect(await story.statusOf(key)).toBe("granted");
  expect(tokens.length).toBeGreaterThan(3);
  expect(hitsIn(await everythingKept(story), canaries, tokens)).toEqual([]);
});

const wrongSecrets: [string, (canary: string) => unknown][] = [
  [
    "of another shape",
    (canary) => ({ kind: canary, token: [canary], signingSecrets: canary, key: { canary } }),
  ],
  ["that is no JSON", (canary) => `{"token":"${canary}`],
  ["that no header can hold", (canary) => ({ kind: "bearer", token: `${canary}\r\nx: 1` })],
  ["that is not accepted", (canary) => ({ kind: "bearer", token: canary })],
];
test.each(wrongSecrets)("a secret %s is not told by the error", async (_, value) => {
  const story = await openStory();
  const canaries = new Canaries();
  for (const name of ["jumpcloud-read", "jumpcloud-write", "jira-api", "jira-webhook"]) {
    story.host.forget();
    await putSecret(story, name, value(canaries.at(name)));
    await story.request("alice.moreau", option.awsDeveloper, { duration: "1 day" });
    await story.pass(hour);
  }
  expect(story.host.invocations.filter(({ error }) => error !== undefined).length).toBeGreaterThan(0);
  expect(hitsIn(await everythingKept(story), canaries)).toEqual([]);
});

test("a message that is put aside says which issue, and nothing of what happened to it", async () => {
  const story = await openStory();
  const canaries = new Canaries();
  const refuse = (): Answer => ({ status: 403, headers: {}, body: canaries.at("a refusal") });
  let isRefusing = false;
  await plantAnswers(story, canaries, (system) => (isRefusing && system === "jira" ? refuse() : undefined));
  const { key, id } = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 day" });
  isRefusing = true;
  await deliver(story, canaries, { id, key });
  await story.pass(2 * hour);
  const kept = await everythingKept(story);
  expect(kept.filter(({ where }) => where === "dead letter").length).toBeGreaterThan(0);
  expect(hitsIn(kept, canaries)).toEqual([]);
});

test("a bug says its name and its place; its message, which may say anything, goes nowhere", async () => {
  const canaries = new Canaries();
  const lines: string[] = [];
  const { on } = defineFunction({
    name: "reconcile-issue",
    event: v.object({}),
    wire: () => async () => JSON.parse(`{"${canaries.at("what was parsed")}`),
    logged: () => ({}),
  });
  const clock = { now: () => 0, sleep: async () => {} };
  const handler = on({ clock, environment: {}, write: (line) => lines.push(line) });
  const thrown = await handler({}, {} as never).catch((error: Error) => error);
  expect(thrown).toMatchObject({
    name: "SyntaxError",
    message: "A bug. Its place is in the function's log.",
  });
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    error: "SyntaxError",
    at: expect.arrayContaining([expect.stringMatching(/canaries\.test\.ts:\d+/)]),
  });
  expect(canaries.foundIn(`${lines}${thrown.stack}${JSON.stringify(thrown)}${String(thrown.cause)}`)).toEqual(
    [],
  );
});

async function putSecret(story: Story, name: string, value: unknown): Promise<void> {
  const SecretString = typeof value === "string" ? value : JSON.stringify(value);
  await story.operator.secrets.send(
    new PutSecretValueCommand({ SecretId: `latchkey-local/${name}`, SecretString }),
  );
}
