import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { keys } from "../../../local/world/company.ts";
import { temporaryFolder, type } from "../../cli/support.ts";
import { day, minute, openStory, option, type Story } from "../../support/company-story.ts";

/** Runs `latchkey secret …` on the story's stack and in its world. */
async function secret(story: Story, ...args: string[]) {
  const at = ["--jira", story.jira.gatewayUrl, "--jumpcloud", story.jumpcloud.url];
  return story.passUntil(type("--endpoint", story.runtime.awsUrl, "secret", ...args, ...at));
}

async function rotate(story: Story, name: string, value: object) {
  const file = join(temporaryFolder(), "key.json");
  writeFileSync(file, JSON.stringify(value));
  return secret(story, "rotate", name, file);
}

const requesters = ["alice.moreau", "erik.sandberg", "hugo.laurent", "tariq.aziz", "sofia.marino"];

/** Requests that are under way whatever happens: each step opens one, and approves that of the step before. */
class Traffic {
  readonly #story: Story;
  readonly #keys: string[] = [];

  constructor(story: Story) {
    this.#story = story;
  }

  async go(): Promise<void> {
    await this.#approveLast();
    const login = requesters[this.#keys.length];
    if (login === undefined) throw new Error("nobody is left to ask for something");
    this.#keys.push((await this.#story.request(login, option.githubDeveloper)).key);
  }

  /** Everybody got what was approved, and nothing failed on the way. */
  async expectDone(): Promise<void> {
    await this.#approveLast();
    for (const key of this.#keys) expect(await this.#story.statusOf(key), key).toBe("granted");
    expect(this.#story.steps.filter(({ state }) => state === "Call an operator")).toEqual([]);
  }

  async #approveLast(): Promise<void> {
    const key = this.#keys.at(-1);
    if (key === undefined) return;
    const { body } = await this.#story.call(
      "nadia.rahman",
      "GET",
      `/rest/servicedeskapi/request/${key}/approval`,
    );
    const approver = body.values[0].approvers[0].approver.emailAddress.split("@")[0];
    expect(await this.#story.decide(approver, key, "approve")).toBe(200);
    await this.#story.settle();
  }
}

type Kind = {
  secret: string;
  value: object;
  /** Which keys the other system takes from now on. */
  accept(story: Story, which: "old" | "both" | "new"): void;
};

const listOf = (old: string, which: "old" | "both" | "new") =>
  ({ old: [old], both: [old, "the-new-key-of-the-story"], new: ["the-new-key-of-the-story"] })[which];

const kinds: Kind[] = [
  {
    secret: "jira-api",
    value: { kind: "token", email: keys.jiraServiceAccountEmail, token: "the-new-key-of-the-story" },
    accept: ({ jira }, which) => {
      jira.settings.apiTokens = listOf(keys.jiraApiToken, which);
    },
  },
  {
    secret: "jumpcloud-read",
    value: { kind: "api-key", key: "the-new-key-of-the-story" },
    accept: ({ jumpcloud }, which) => {
      jumpcloud.moods.readKeys = listOf(keys.jumpcloudReadKey, which);
    },
  },
  {
    secret: "jumpcloud-write",
    value: { kind: "api-key", key: "the-new-key-of-the-story" },
    accept: ({ jumpcloud }, which) => {
      jumpcloud.moods.writeKeys = listOf(keys.jumpcloudApiKey, which);
    },
  },
];

const refusals = ({ jira, jumpcloud }: Story) =>
  [...jira.calls.all(), ...jumpcloud.calls.all()].filter(({ status }) => status === 401).length;

describe.each(kinds)("$secret is changed", ({ secret: name, value, accept }) => {
  test("with an overlap: no request fails at any step, and no call is refused", async () => {
    const story = await openStory();
    const traffic = new Traffic(story);
    await traffic.go();
    accept(story, "both");
    expect(await rotate(story, name, value)).toMatchObject({ code: 0, err: "" });
    await traffic.go();
    await story.pass(6 * minute);
    await traffic.go();
    expect(await secret(story, "retire", name)).toMatchObject({ code: 0, err: "" });
    accept(story, "new");
    await traffic.go();
    await traffic.expectDone();
    expect(refusals(story)).toBe(0);
  });

  test("without one, because the old key was dead at once: requests wait, and go on with the new key", async () => {
    const story = await openStory();
    const traffic = new Traffic(story);
    await traffic.go();
    accept(story, "new");
    await traffic.go();
    expect(refusals(story)).toBeGreaterThan(0);
    expect(await rotate(story, name, value)).toMatchObject({ code: 0, err: "" });
    await story.pass(10 * minute);
    await traffic.expectDone();
    // Whoever tries too often is locked out: a refused key is tried once, by each try of each task.
    expect(refusals(story)).toBeLessThan(20);
  });

  test("to one that does not work: it is not put in, and if it was, the one before is used", async () => {
    const story = await openStory();
    const traffic = new Traffic(story);
    await traffic.go();
    const { code, err } = await rotate(story, name, value);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(
        /The key for .+ was tried, and cannot be used: .*HTTP 401.* Nothing was changed\./s,
      ),
    });
    const file = join(temporaryFolder(), "key.json");
    writeFileSync(file, JSON.stringify(value));
    await story.passUntil(type("--endpoint", story.runtime.awsUrl, "secret", "set", name, file));
    story.host.forget();
    await traffic.go();
    await traffic.expectDone();
    const said = await secret(story, "retire", name);
    expect(said).toMatchObject({ code: 1, err: expect.stringContaining("Nothing was changed") });
    expect((await secret(story, "status")).out).toMatch(
      new RegExp(`${name} +current .+ NOT ACCEPTED: .*HTTP 401.*\\n${name} +previous .+ accepted: `),
    );
  });
});

const newSecret = "the-new-value-of-the-story";

/** What Jira signs with from now on. */
async function sign(story: Story, value: string): Promise<void> {
  const [webhook] = (await story.call("nadia.rahman", "GET", "/rest/webhooks/1.0/webhook")).body;
  const path = `/rest/webhooks/1.0/webhook/${webhook.self.split("/").at(-1)}`;
  const {
    self: _,
    isSigned: __,
    lastUpdatedUser: ___,
    lastUpdatedDisplayName: ____,
    lastUpdated: _____,
    ...given
  } = webhook;
  expect((await story.call("nadia.rahman", "PUT", path, { ...given, secret: value })).status).toBe(200);
}

test("the webhook's secret is changed without an event lost, however soon Jira has the new one", async () => {
  const story = await openStory();
  const traffic = new Traffic(story);
  await traffic.go();
  const value = { signingSecrets: [newSecret], automationTokens: [] };
  expect(await rotate(story, "jira-webhook", value)).toMatchObject({ code: 0, err: "" });
  await traffic.go();
  await story.pass(5_001);
  await sign(story, newSecret);
  await traffic.go();
  expect(await secret(story, "retire", "jira-webhook")).toMatchObject({ code: 0, err: "" });
  await traffic.go();
  await story.pass(6 * minute);
  await traffic.expectDone();
  await sign(story, keys.webhookSecret);
  const { key } = await story.request("leila.haddad", option.githubDeveloper);
  expect(await story.statusOf(key)).toBe("open");
});

test("the token of the automation rule is changed without a call lost, and the other secret stays", async () => {
  const story = await openStory();
  story.jira.settings.automation = "custom";
  await sign(story, "something-nobody-knows");
  const asked = async (login: string) =>
    story.statusOf((await story.request(login, option.githubDeveloper)).key);
  expect(await asked("alice.moreau")).toBe("waitingForApproval");
  const value = { signingSecrets: [], automationTokens: [newSecret] };
  expect(await rotate(story, "jira-webhook", value)).toMatchObject({ code: 0, err: "" });
  expect(await asked("erik.sandberg")).toBe("waitingForApproval");
  await story.pass(5_001);
  story.jira.settings.automationToken = newSecret;
  expect(await asked("hugo.laurent")).toBe("waitingForApproval");
  expect(await secret(story, "retire", "jira-webhook")).toMatchObject({ code: 0, err: "" });
  expect(await asked("tariq.aziz")).toBe("waitingForApproval");
  await sign(story, keys.webhookSecret);
  story.jira.settings.automation = "off";
  expect(await asked("sofia.marino")).toBe("waitingForApproval");
});

test("the age of the oldest key is seen every few hours, from the day on which it was put in", async () => {
  const story = await openStory({ checkingKeys: true });
  const ages = () => story.host.lines.flatMap((line) => JSON.parse(line).KeyAgeDays ?? []);
  await story.pass(10 * day);
  expect(Math.max(...ages())).toBeCloseTo(10, 0);
  for (const { secret: name, value, accept } of kinds) {
    accept(story, "both");
    story.jumpcloud.moods.readKeys.push("another");
    await rotate(story, name, name === "jumpcloud-read" ? { kind: "api-key", key: "another" } : value);
    await secret(story, "retire", name);
  }
  await rotate(story, "jira-webhook", { signingSecrets: [newSecret], automationTokens: [] });
  await story.pass(day);
  expect(ages().at(-1)).toBeLessThan(2);
});
