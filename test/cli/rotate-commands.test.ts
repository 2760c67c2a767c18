import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { expect, test } from "vitest";
import { keys } from "../../local/world/company.ts";
import { day, openStory } from "../support/company-story.ts";
import { temporaryFolder, type } from "./support.ts";

async function opened() {
  const story = await openStory();
  const at = ["--jira", story.jira.gatewayUrl, "--jumpcloud", story.jumpcloud.url];
  const secret = (...args: string[]) => type("--endpoint", story.runtime.awsUrl, "secret", ...args, ...at);
  const file = (value: object) => {
    const path = join(temporaryFolder(), "key.json");
    writeFileSync(path, JSON.stringify(value));
    return path;
  };
  const kept = async (name: string) => {
    const command = new GetSecretValueCommand({ SecretId: `latchkey-local/${name}` });
    return JSON.parse((await story.operator.secrets.send(command)).SecretString ?? "");
  };
  return { story, secret, file, kept };
}

const apiKey = (key: string) => ({ kind: "api-key", key });

test("the keys are shown with their age and whether they are accepted, and never themselves", async () => {
  const { story, secret, file } = await opened();
  story.jumpcloud.moods.writeKeys.push("jca_new");
  await secret("rotate", "jumpcloud-write", file(apiKey("jca_new")));
  story.jumpcloud.moods.writeKeys = ["jca_new"];
  const { code, out, err } = await secret("status");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const line = (name: string, slot: string, probe: string) =>
    expect(out).toMatch(new RegExp(`^${name} +${slot} +20\\d\\d-\\S+Z +-?\\d+ +${probe}`, "m"));
  line("jira-webhook", "current", "not tried");
  line("jira-api", "current", `accepted: account ${keys.jiraServiceAccountId}$`);
  line("jumpcloud-read", "current", `accepted: organisation ${keys.jumpcloudOrganization}$`);
  line("jumpcloud-write", "current", "accepted: organisation");
  line("jumpcloud-write", "previous", "NOT ACCEPTED: .*HTTP 401");
  for (const value of [
    keys.jiraApiToken,
    keys.jumpcloudReadKey,
    keys.jumpcloudApiKey,
    "jca_new",
    keys.webhookSecret,
  ])
    expect(out).not.toContain(value);
  const machines = JSON.parse(
    (await type("--json", "--endpoint", story.runtime.awsUrl, "secret", "status")).out,
  );
  expect(machines).toHaveLength(5);
});

test("a key goes in when it was tried, and out when the next one was", async () => {
  const { story, secret, file, kept } = await opened();
  expect((await secret("retire", "jira-api")).err).toContain("jira-api has no key before the current one.");
  story.jumpcloud.moods.readKeys.push("jca_next");
  const { out } = await secret("rotate", "jumpcloud-read", file(apiKey("jca_next")));
  expect(out).toContain("jumpcloud-read has the new key (organisation");
  expect(await kept("jumpcloud-read")).toEqual(apiKey("jca_next"));
  expect((await secret("retire", "jumpcloud-read")).out).toContain("has its current key only (organisation");
  expect((await secret("retire", "jumpcloud-read")).err).toContain("has no key before the current one.");
});

test.each([
  ["the one that is there", "jumpcloud-read", apiKey(keys.jumpcloudReadKey), "has this value already"],
  [
    "the key for writing",
    "jumpcloud-read",
    apiKey(keys.jumpcloudApiKey),
    "This is the key in jumpcloud-write",
  ],
  [
    "the key for reading",
    "jumpcloud-write",
    apiKey(keys.jumpcloudReadKey),
    "This is the key in jumpcloud-read",
  ],
  [
    "one of another shape",
    "jumpcloud-read",
    { kind: "api-key" },
    "This value cannot be used for jumpcloud-read",
  ],
  ["nobody's", "jumpcloud-read", apiKey("jca_nobody"), "HTTP 401, no key is accepted. Nothing was changed."],
  [
    "somebody's account in Jira",
    "jira-api",
    { kind: "token", email: "alice.moreau@fernhill.example", token: "any" },
    `and jira.serviceAccount is ${keys.jiraServiceAccountId}. Nothing was changed.`,
  ],
])("%s is not put in", async (_, name, value, problem) => {
  const { secret, file, kept } = await opened();
  const before = await kept(name);
  const { code, err } = await secret("rotate", name, file(value));
  expect(err).toContain(problem);
  expect(code).toBe(1);
  expect(await kept(name)).toEqual(before);
});

test("of the webhook's values old and new are good together until the old are retired, list by list", async () => {
  const { secret, file, kept } = await opened();
  const fresh = "a-new-signing-secret";
  await secret("rotate", "jira-webhook", file({ signingSecrets: [fresh], automationTokens: [] }));
  expect(await kept("jira-webhook")).toEqual({
    signingSecrets: [fresh, keys.webhookSecret],
    automationTokens: [keys.automationToken],
  });
  await secret("retire", "jira-webhook");
  expect(await kept("jira-webhook")).toEqual({
    signingSecrets: [fresh],
    automationTokens: [keys.automationToken],
  });
  expect((await secret("retire", "jira-webhook")).err).toContain("has no key before the current one.");
});

test("a key has the age of the value, not of what was done beside it", async () => {
  const { story, secret } = await opened();
  const since = (out: string) => /^jumpcloud-read +current +(\S+)/m.exec(out)?.[1];
  const before = since((await secret("status")).out);
  await story.pass(3 * day);
  expect(since((await secret("status")).out)).toBe(before);
  expect(before).toBe("2026-11-20T09:00:00Z");
});
