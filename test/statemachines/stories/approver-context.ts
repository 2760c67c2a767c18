import { describe, expect, test } from "vitest";
import { groupOf, openStory, option, personOf, policyWith, type Story } from "../../support/company-story.ts";

const alice = "alice.moreau";
const named = (login: string) => `[~accountid:${personOf(login).accountId}]`;

/** Whoever decides on administrators of GitHub, and of AWS, is told what that means. */
function telling(context: "internal" | "public" = "internal") {
  return openStory({
    policy: policyWith(({ policy }) => {
      policy.approvals["manager-then-owner"] = {
        stages: [{ ask: ["manager"] }, { ask: ["owner"] }],
        context,
      };
    }),
  });
}

async function told(story: Story, key: string) {
  return (await story.comments(key)).filter(({ text }) => text.startsWith("Before you decide"));
}

describe("what approvers are told before they decide", () => {
  test("what it gives, what the person has, conflicts, colleagues who have it, and who is asked", async () => {
    const story = await telling();
    await story.callJumpCloud("POST", `/api/v2/usergroups/${groupOf("github-developers")}/members`, {
      op: "add",
      type: "user",
      id: personOf(alice).jumpcloudId,
    });
    const { key } = await story.request(alice, option.githubAdministrator, { duration: "4 hours" });
    const [first, ...more] = await told(story, key);
    expect(more).toEqual([]);
    expect(first?.public).toBe(false);
    expect(first?.text.split("\n\n").slice(0, 6)).toEqual([
      `Before you decide: ${named(alice)} would have GitHub: Administrator for 4 hours.`,
      "The group github-administrators gives: the application GitHub.",
      "Of this application the person has: GitHub: Developer.",
      "Nothing that the person has, or has asked for, conflicts with it.",
      "Of 9 others in Engineering, 1 has it.",
      `Asked in stage 1 of 2: ${named("jonas.bergmann")}.`,
    ]);

    await story.decide("jonas.bergmann", key, "approve");
    expect((await told(story, key)).at(-1)?.text).toContain(
      `Asked in stage 2 of 2: ${named("dana.kowalski")}`,
    );
    await story.decide("dana.kowalski", key, "approve");
    expect(await story.isMember(alice, "github-administrators")).toBe(true);
  });

  test("it is there before anybody is asked", async () => {
    const story = await telling("public");
    let atThatTime: { public: boolean }[] = [];
    story.whenMovedTo("Waiting for approval", async () => {
      atThatTime = await told(story, "ACC-1");
    });
    const { key } = await story.request(alice, option.githubAdministrator, { duration: "4 hours" });
    expect(key).toBe("ACC-1");
    expect(atThatTime).toMatchObject([{ public: true }]);
  });

  test("a run that died after it told them does not tell them again", async () => {
    const story = await telling();
    story.jira.faults.add({ method: "POST", path: /transitions$/, status: 503, times: 5 });
    const { key } = await story.request(alice, option.githubAdministrator, { duration: "4 hours" });
    await story.pass(60_000);
    expect(await story.statusOf(key)).toBe("waitingForApproval");
    expect(await told(story, key)).toHaveLength(1);
  });

  test("what it conflicts with, when an exception is asked for", async () => {
    const story = await openStory({
      policy: policyWith(({ policy }) => {
        policy.approvals["manager-then-security"] = {
          stages: [{ ask: ["manager"] }],
          context: "internal",
        };
      }),
    });
    await story.callJumpCloud("POST", `/api/v2/usergroups/${groupOf("aws-billing")}/members`, {
      op: "add",
      type: "user",
      id: personOf(alice).jumpcloudId,
    });
    const { key } = await story.request(alice, option.awsAdministrator, { duration: "1 hour" });
    expect((await told(story, key))[0]?.text).toContain(
      "It conflicts with AWS: Billing (read only), which the person has or has asked for (spend-and-see): Whoever can start machines",
    );
  });
});

describe("what cannot be looked up is said, and stops nobody", () => {
  test("one look that is refused", async () => {
    const story = await telling();
    story.jumpcloud.faults.add({ path: /usergroups\/[^/]+\/systems$/, status: 403 });
    const { key } = await story.request(alice, option.githubAdministrator, { duration: "4 hours" });
    const text = (await told(story, key))[0]?.text;
    expect(text).toContain("gives: the application GitHub; devices could not be looked up.");
    expect(text).toContain("Of 9 others in Engineering");
    expect(await story.decide("jonas.bergmann", key, "approve")).toBe(200);
  });

  test("all of JumpCloud's graph", async () => {
    const story = await telling();
    story.jumpcloud.faults.add({ path: /usergroups/, status: 503 });
    const { key } = await story.request(alice, option.githubAdministrator, { duration: "4 hours" });
    await story.pass(60_000);
    const [comment] = await told(story, key);
    expect(comment?.text).toContain("What the group 6a00000000000000000b0002 gives could not be looked up.");
    expect(comment?.text).toContain("What the person has could not be looked up.");
    expect(comment?.text).toContain("Who else of the department has it could not be looked up.");
    expect(await story.decide("jonas.bergmann", key, "approve")).toBe(200);
  });
});
