import { describe, expect, test } from "vitest";
import { fieldIds } from "../../../local/world/jira/fields.ts";
import { durationOptions } from "../../../local/world/jira/form.ts";
import {
  day,
  hour,
  openStory,
  option,
  personOf,
  policyWith,
  type Story,
} from "../../support/company-story.ts";

const alice = "alice.moreau";
const [nadia, oskar] = ["nadia.rahman", "oskar.weiss"];
const administrators = {
  jiraGroup: { id: "9a000000-0000-4000-8000-000000000005", name: "it-administrators" },
};
const person = (login: string) => ({ jiraUser: personOf(login).accountId });

/** The approvers of GitHub are agents, who may edit tickets. */
function askedOf(...stages: Parameters<typeof stagesOf>[0][]) {
  return openStory({
    policy: policyWith(({ policy }) => {
      policy.approvals.manager = { stages: stages.map(stagesOf) };
    }),
  });
}

function stagesOf(login: string) {
  return { ask: [person(login)] };
}

/** Changes the duration on the form; nothing has come of it yet. */
async function set(story: Story, login: string, key: string, duration: string): Promise<void> {
  const body = { fields: { [fieldIds.duration]: { id: durationOptions[duration] } } };
  expect((await story.call(login, "PUT", `/rest/api/3/issue/${key}`, body)).status).toBe(204);
}

async function lengthOf(story: Story, id: string): Promise<number | undefined> {
  const stored = await story.stored(id);
  if (stored.status !== "granted" || stored.grant.endsAt === undefined) return undefined;
  return stored.grant.endsAt - stored.grant.at;
}

describe("an approver makes the time shorter before deciding", () => {
  test("the shorter time is given, and ticket and trail say who wanted that", async () => {
    const story = await askedOf(nadia);
    const { key, id } = await story.request(alice, option.githubDeveloper, { duration: "30 days" });
    await set(story, nadia, key, "1 day");
    await story.settle();
    expect(await story.statusOf(key)).toBe("waitingForApproval");
    expect(await story.stored(id)).toMatchObject({ status: "asked", pin: { seconds: 86_400 } });
    expect((await story.comments(key)).map(({ text }) => text)).toContainEqual(
      expect.stringContaining("made this less: GitHub: Developer for 1 day."),
    );
    const narrowed = (await story.trail(id)).filter(({ action }) => action === "request.narrowed");
    expect(narrowed).toMatchObject([
      { by: [personOf(nadia).accountId], facts: { from: 30 * 86_400, to: 86_400 } },
    ]);

    expect(await story.decide(nadia, key, "approve")).toBe(200);
    expect(await lengthOf(story, id)).toBe(day);
    expect(await story.isMember(alice, "github-developers")).toBe(true);
  });

  test("twice, from access without an end", async () => {
    const story = await askedOf(nadia);
    const { key, id } = await story.request(alice, option.githubDeveloper);
    await set(story, nadia, key, "30 days");
    await story.settle();
    await set(story, nadia, key, "4 hours");
    await story.settle();
    await story.decide(nadia, key, "approve");
    expect(await lengthOf(story, id)).toBe(4 * hour);
    expect(await story.stored(id)).toMatchObject({ pin: { narrowedFrom: {} } });
  });

  test("and decides before anybody has noticed", async () => {
    const story = await askedOf(nadia);
    const { key, id } = await story.request(alice, option.githubDeveloper, { duration: "30 days" });
    await set(story, nadia, key, "1 day");
    expect(await story.decide(nadia, key, "approve")).toBe(200);
    expect(await lengthOf(story, id)).toBe(day);
    expect(await story.actions(id)).toContain("request.narrowed");
  });

  test("in a later stage: what was approved before covers the shorter time", async () => {
    const story = await askedOf(oskar, nadia);
    const { key, id } = await story.request(alice, option.githubDeveloper, { duration: "30 days" });
    await story.decide(oskar, key, "approve");
    await set(story, nadia, key, "1 day");
    await story.settle();
    await story.decide(nadia, key, "approve");
    expect(await lengthOf(story, id)).toBe(day);
  });

  test("also where policy wants somebody else to approve the shorter time", async () => {
    const story = await openStory({
      policy: policyWith(({ policy }) => {
        policy.approvals.manager = { stages: [{ ask: [administrators] }] };
        policy.rules = [
          {
            id: "a-day",
            when: { all: [{ application: ["github"] }, { durationAtMost: "1d" }] },
            decide: "ask",
            approval: "owner",
          },
        ];
      }),
    });
    const { key, id } = await story.request(alice, option.githubDeveloper, { duration: "30 days" });
    await set(story, nadia, key, "1 day");
    await story.settle();
    await story.decide(oskar, key, "approve");
    expect(await lengthOf(story, id)).toBe(day);
  });
});

describe("every other change of the time is refused", () => {
  test.each([
    ["by an approver, to longer", nadia, "90 days"],
    ["by an approver, to no end", nadia, "Permanent"],
    ["by an agent who was not asked, to shorter", oskar, "1 day"],
  ])("%s", async (_, login, duration) => {
    const story = await askedOf(nadia);
    const { key, id } = await story.request(alice, option.githubDeveloper, { duration: "30 days" });
    await set(story, login, key, duration);
    await story.settle();
    expect(await story.stored(id)).toMatchObject({ status: "refused" });
    expect(await story.statusOf(key)).toBe("closed");
    expect(await story.isMember(alice, "github-developers")).toBe(false);
  });

  test("by an approver who shortened what somebody else had lengthened", async () => {
    const story = await askedOf(nadia);
    const { key, id } = await story.request(alice, option.githubDeveloper, { duration: "30 days" });
    await set(story, oskar, key, "90 days");
    await set(story, nadia, key, "1 week");
    await story.settle();
    expect(await story.stored(id)).toMatchObject({ status: "refused" });
  });

  test("by an approver who has decided, while the access waits for its start", async () => {
    const story = await askedOf(nadia);
    const fields = { [fieldIds.start]: new Date(story.clock.now() + 2 * day).toISOString() };
    const { key, id } = await story.request(alice, option.githubDeveloper, { duration: "30 days", fields });
    await story.decide(nadia, key, "approve");
    await story.pass(hour);
    await set(story, nadia, key, "1 day");
    await story.pass(2 * day);
    expect(await story.stored(id)).toMatchObject({ status: "refused" });
    expect(await story.isMember(alice, "github-developers")).toBe(false);
  });
});

describe("an approver chooses a lower level before deciding", () => {
  const withLevels = () =>
    openStory({
      policy: policyWith(({ policy, catalog }) => {
        policy.approvals.manager = { stages: [stagesOf(nadia)] };
        policy.approvals["manager-then-owner"] = { stages: [stagesOf(nadia), stagesOf(oskar)] };
        for (const application of catalog.applications)
          if (application.id === "github") application.levels = ["developer", "administrator"];
      }),
    });
  const choose = async (story: Story, login: string, key: string, level: string) => {
    const body = { fields: { [fieldIds.application]: { id: "10101", child: { id: level } } } };
    expect((await story.call(login, "PUT", `/rest/api/3/issue/${key}`, body)).status).toBe(204);
    await story.settle();
  };

  test("and the lower one is given to whoever asked for more, by the approvals that more needs", async () => {
    const story = await withLevels();
    const { key, id } = await story.request(alice, option.githubAdministrator, { duration: "4 hours" });
    await choose(story, nadia, key, option.githubDeveloper);
    expect(await story.stored(id)).toMatchObject({
      status: "asked",
      pin: { entitlementId: "github/developer", narrowedFrom: { entitlementId: "github/administrator" } },
    });
    expect((await story.comments(key)).at(-1)?.text).toContain(
      "made this less: GitHub: Developer for 4 hours.",
    );
    await story.decide(nadia, key, "approve");
    await story.decide(oskar, key, "approve");
    expect(await story.isMember(alice, "github-developers")).toBe(true);
    expect(await story.isMember(alice, "github-administrators")).toBe(false);
    expect(await lengthOf(story, id)).toBe(4 * hour);
    const narrowed = (await story.trail(id)).filter(({ action }) => action === "request.narrowed");
    expect(narrowed).toMatchObject([{ facts: { entitlement: "github/developer" } }]);
  });

  test("and a higher one, or another by somebody else, ends the request", async () => {
    const story = await withLevels();
    const low = await story.request(alice, option.githubDeveloper, { duration: "4 hours" });
    await choose(story, nadia, low.key, option.githubAdministrator);
    expect(await story.statusOf(low.key)).toBe("closed");
    const high = await story.request(alice, option.githubAdministrator, { duration: "4 hours" });
    await choose(story, oskar, high.key, option.githubDeveloper);
    expect(await story.statusOf(high.key)).toBe("closed");
  });
});
