import { describe, expect, test } from "vitest";
import { day, openStory, option, personOf, policyWith } from "../../support/company-story.ts";

const administrators = {
  jiraGroup: { id: "9a000000-0000-4000-8000-000000000005", name: "it-administrators" },
};
const alice = "alice.moreau";
const [nadia, oskar] = ["nadia.rahman", "oskar.weiss"];

const named = (login: string) => `[~accountid:${personOf(login).accountId}]`;

function needing(need: number | "all", proof: "jsm-approval" | "transition" = "jsm-approval") {
  return openStory({
    policy: policyWith(({ policy, site }) => {
      policy.approvals.manager = { stages: [{ ask: [administrators], need }] };
      for (const requestType of site.requestTypes) requestType.proof = proof;
    }),
  });
}

describe("an approval that needs several people", () => {
  test.each([2, "all"] as const)("%s: one yes is not enough, whatever Jira makes of it", async (need) => {
    const story = await needing(need);
    const { key, id } = await story.request(alice, option.githubDeveloper);
    expect(await story.decide(nadia, key, "approve")).toBe(200);
    expect(await story.isMember(alice, "github-developers")).toBe(false);
    expect(await story.statusOf(key)).toBe("waitingForApproval");
    expect(await story.decide(nadia, key, "approve")).toBe(403);

    expect(await story.decide(oskar, key, "approve")).toBe(200);
    expect(await story.isMember(alice, "github-developers")).toBe(true);
    expect((await story.comments(key)).at(-1)?.text).toContain(
      `Approved by ${named(nadia)}, ${named(oskar)}.`,
    );
    const given = (await story.trail(id)).filter((entry) => entry.action === "approval.given");
    expect(given.map((entry) => entry.by)).toEqual([
      [personOf(nadia).accountId],
      [personOf(oskar).accountId],
    ]);
  });

  test("one no declines, also after a yes", async () => {
    const story = await needing(2);
    const { key } = await story.request(alice, option.githubDeveloper);
    await story.decide(nadia, key, "approve");
    await story.decide(oskar, key, "decline");
    expect(await story.statusOf(key)).toBe("declined");
    expect(await story.isMember(alice, "github-developers")).toBe(false);
  });

  test("by moving the ticket: the same person twice is one person", async () => {
    const story = await needing(2, "transition");
    const { key } = await story.request(alice, option.githubDeveloper);
    await story.move(nadia, key, "skipApproval");
    expect(await story.statusOf(key)).toBe("waitingForApproval");
    await story.move(nadia, key, "skipApproval");
    expect(await story.isMember(alice, "github-developers")).toBe(false);
    expect((await story.comments(key)).at(-1)?.text).toContain("somebody who was not asked");
  });
});

describe("while an approver is away", () => {
  const away = (to: string) =>
    openStory({
      policy: policyWith(({ policy }) => {
        const from = personOf("jonas.bergmann").accountId;
        policy.delegations = [{ from, to: personOf(to).accountId, first: "2026-11-16", last: "2026-11-27" }];
      }),
    });

  test("somebody else decides, and ticket and trail name both", async () => {
    const story = await away(oskar);
    const { key, id } = await story.request(alice, option.githubDeveloper);
    expect(await story.decide("jonas.bergmann", key, "approve")).not.toBe(200);
    expect(await story.decide(oskar, key, "approve")).toBe(200);
    expect((await story.comments(key)).at(-1)?.text).toContain(
      `Approved by ${named(oskar)} for ${named("jonas.bergmann")}.`,
    );
    const given = (await story.trail(id)).find((entry) => entry.action === "approval.given");
    expect(given?.facts).toMatchObject({
      delegated: [{ from: personOf("jonas.bergmann").accountId, to: personOf(oskar).accountId }],
    });
  });

  test("nobody decides on their own request that way", async () => {
    const story = await away(alice);
    const { key } = await story.request(alice, option.githubDeveloper);
    expect(await story.decide(alice, key, "approve")).not.toBe(200);
    expect(await story.decide(nadia, key, "approve")).toBe(200);
    expect(await story.isMember(alice, "github-developers")).toBe(true);
  });
});

test("when nobody answers, others are asked too, once", async () => {
  const story = await openStory({
    policy: policyWith(({ policy }) => {
      policy.escalation = { afterReminder: 2, ask: administrators };
    }),
  });
  const { key, id } = await story.request(alice, option.githubDeveloper);
  await story.pass(2 * day);
  expect(await story.actions(id)).not.toContain("approval.escalated");
  await story.pass(2 * day);
  const told = (await story.comments(key)).filter(({ text }) => text.includes(named(oskar)));
  expect(told).toHaveLength(1);
  expect(await story.stored(id)).toMatchObject({
    asked: {
      approvers: [personOf("jonas.bergmann").accountId, personOf(nadia).accountId, personOf(oskar).accountId],
    },
  });
  expect(await story.decide(oskar, key, "approve")).toBe(200);
  expect(await story.isMember(alice, "github-developers")).toBe(true);
});
