import { describe, expect, test } from "vitest";
import { retryRequest } from "../../../cli/request-commands.ts";
import { accessTypes } from "../../../src/policy/site.ts";
import { standingOfPerson } from "../../../src/policy/standing.ts";
import type { PolicyFiles } from "../../../src/policy-files/read-policy-files.ts";
import {
  day,
  groupOf,
  openStory,
  option,
  personOf,
  policyWith,
  type Story,
} from "../../support/company-story.ts";

const output = { json: false, write: () => {} };
const github = { application: ["github"] };

function withPolicy(change: (policy: PolicyFiles["policy"]) => void): PolicyFiles {
  return policyWith(({ policy }) => change(policy));
}

/** Brings a policy into force just before the access would be given. */
function changeBeforeGrant(story: Story, change: (policy: PolicyFiles["policy"]) => void): void {
  story.host.before("provision-access", () => story.apply(withPolicy(change)));
}

/** Somebody does it by hand in JumpCloud's console. */
function changeMember(story: Story, op: "add" | "remove", login: string, group: string) {
  return story.callJumpCloud("POST", `/api/v2/usergroups/${groupOf(group)}/members`, {
    op,
    type: "user",
    id: personOf(login).jumpcloudId,
  });
}

describe("just before the grant", () => {
  test("an approval is not enough when the policy wants another one by then", async () => {
    const story = await openStory();
    const { key } = await story.request("alice.moreau", option.githubDeveloper);
    changeBeforeGrant(story, (policy) => {
      policy.rules = [{ id: "owner-decides", when: github, decide: "ask", approval: "owner" }];
    });
    await story.decide("jonas.bergmann", key, "approve");
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(false);
    expect((await story.comments(key)).at(-1)?.text).toContain("needs the approval “owner” now");
  });

  test("who is no longer eligible gets nothing", async () => {
    const story = await openStory({
      policy: policyWith(({ catalog }) => {
        for (const application of catalog.applications)
          for (const entitlement of application.entitlements)
            entitlement.eligibility = { attribute: "department", in: ["Engineering"], of: "beneficiary" };
      }),
    });
    const { key } = await story.request("alice.moreau", option.githubDeveloper);
    const { jumpcloudId } = personOf("alice.moreau");
    await story.callJumpCloud("PUT", `/api/systemusers/${jumpcloudId}`, { department: "Sales" });
    await story.decide("jonas.bergmann", key, "approve");
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(false);
    expect((await story.comments(key)).at(-1)?.text).toContain("is not open to this person");
  });

  test("what the limits began to count meanwhile is counted from then on", async () => {
    const story = await openStory();
    const { key, id } = await story.request("alice.moreau", option.githubDeveloper, { duration: "1 day" });
    changeBeforeGrant(story, (policy) => {
      policy.separation = [{ id: "two-eyes", why: "…", one: ["github/developer"], other: ["aws/developer"] }];
    });
    await story.decide("jonas.bergmann", key, "approve");
    const about = standingOfPerson(personOf("alice.moreau").jumpcloudId);
    const standing = await story.standings.get(about);
    expect(standing.requests[`${id}-1`]).toMatchObject({ state: "granted" });
    await story.pass(2 * day);
    expect((await story.standings.get(about)).requests[`${id}-1`]).toMatchObject({ state: "over" });
  });
});

describe("what is protected", () => {
  test.each([
    ["group", { protectedGroups: [groupOf("github-developers")] }],
    ["person", { protectedPeople: [personOf("alice.moreau").jumpcloudId] }],
  ])("a %s keeps the access that had been given before: it is ended by hand", async (_, protects) => {
    const story = await openStory();
    const { key } = await story.request("alice.moreau", option.githubDeveloper, { duration: "1 day" });
    await story.decide("jonas.bergmann", key, "approve");
    await story.apply(withPolicy((policy) => Object.assign(policy, protects)));
    await story.pass(2 * day);
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(true);
    expect(await story.statusOf(key)).toBe("needsAttention");
    const comments = await story.comments(key);
    expect(comments.some(({ text }) => text.includes("the membership is to be changed by hand"))).toBe(true);

    await changeMember(story, "remove", "alice.moreau", "github-developers");
    await retryRequest(story.operator, key, output);
    await story.settle();
    expect(await story.statusOf(key)).toBe("ended");
  });
});

describe("limits", () => {
  const capped = (perPerson: number, perGroup: number) =>
    withPolicy((policy) => {
      policy.rules = [{ id: "fine", when: github, decide: "approve", say: "Fine." }];
      policy.caps = { tags: ["source-code"], within: "7d", perPerson, perGroup, approval: "owner" };
    });

  test("over the cap of a group people decide on everybody who comes then", async () => {
    const story = await openStory({ policy: capped(9, 2) });
    const statuses: string[] = [];
    for (const login of ["alice.moreau", "tariq.aziz", "hugo.laurent"]) {
      const { key } = await story.request(login, option.githubDeveloper);
      statuses.push(await story.statusOf(key));
    }
    expect(statuses).toEqual(["granted", "granted", "waitingForApproval"]);
  });

  test("two requests at the same moment do not both pass below a cap", async () => {
    const story = await openStory({ policy: capped(1, 9) });
    const raised = [
      await story.raise("alice.moreau", option.githubDeveloper),
      await story.raise("alice.moreau", option.githubAdministrator, { duration: "1 hour" }),
    ];
    await story.settle();
    const statuses = await Promise.all(raised.map(({ key }) => story.statusOf(key)));
    expect(statuses.toSorted()).toEqual(["granted", "waitingForApproval"]);
  });

  const separation = [
    {
      id: "build-or-sell",
      why: "Who writes it does not announce it.",
      one: ["github/developer"],
      other: ["aws/developer"],
    },
  ];
  const separated = withPolicy((policy) => {
    policy.separation = separation;
  });

  test("a request that stopped half-way counts until its ticket is closed", async () => {
    const story = await openStory({ policy: separated });
    const end = story.jira.faults.add({ method: "PUT", path: /\/issue\//, status: 403 });
    const { key } = await story.request("alice.moreau", option.githubDeveloper);
    expect(await story.statusOf(key)).toBe("needsAttention");
    end();
    const second = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 day" });
    expect(await story.statusOf(second.key)).toBe("closed");

    await story.move("leila.haddad", key, "closeWithoutAccess");
    const third = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 day" });
    expect(await story.statusOf(third.key)).toBe("waitingForApproval");
  });

  test("a check that died after it counted its request, and refused it afterwards, leaves nothing behind", async () => {
    const story = await openStory({ policy: separated });
    const { jumpcloudId } = personOf("alice.moreau");
    const { key, id } = await story.raise("alice.moreau", option.githubDeveloper);
    const standing = await story.standings.get(standingOfPerson(jumpcloudId));
    const stand = { entitlementId: "github/developer", state: "pending" as const, at: story.clock.now() };
    await story.standings.save({ ...standing, requests: { [`${id}-1`]: stand } });
    await story.callJumpCloud("PUT", `/api/systemusers/${jumpcloudId}`, { suspended: true });
    await story.settle();
    expect(await story.statusOf(key)).toBe("closed");
    await story.callJumpCloud("PUT", `/api/systemusers/${jumpcloudId}`, { suspended: false });
    const other = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 day" });
    expect(await story.statusOf(other.key)).toBe("waitingForApproval");
  });

  test("an exception has its own approval", async () => {
    const story = await openStory({
      policy: withPolicy((policy) => {
        policy.separation = separation.map((one) => ({ ...one, exceptionBy: "owner" }));
      }),
    });
    await changeMember(story, "add", "alice.moreau", "aws-developers");
    const { key } = await story.request("alice.moreau", option.githubDeveloper);
    expect(await story.decide("jonas.bergmann", key, "approve")).not.toBe(200);
    expect(await story.decide("dana.kowalski", key, "approve")).toBe(200);
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(true);
  });

  test("a dated exception is over after its last day, also for what was approved before", async () => {
    const user = personOf("alice.moreau").jumpcloudId;
    const story = await openStory({
      policy: withPolicy((policy) => {
        const exceptions = [{ user, until: "2026-11-20", why: "Launch week." }];
        policy.separation = separation.map((one) => ({ ...one, exceptions }));
      }),
    });
    await changeMember(story, "add", "alice.moreau", "aws-developers");
    const { key } = await story.request("alice.moreau", option.githubDeveloper);
    expect(await story.statusOf(key)).toBe("waitingForApproval");
    await story.pass(day);
    await story.decide("jonas.bergmann", key, "approve");
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(false);
    expect((await story.comments(key)).at(-1)?.text).toContain("build-or-sell");
  });
});

describe("on behalf of somebody else", () => {
  const forms = (onBehalf: "nobody" | "managers" | "owners" | "anyone") =>
    policyWith(({ site }) => {
      for (const requestType of accessTypes(site)) requestType.onBehalf = onBehalf;
    });
  test.each([
    ["nobody", "jonas.bergmann", "closed"],
    ["managers", "jonas.bergmann", "waitingForApproval"],
    ["managers", "dana.kowalski", "closed"],
    ["owners", "dana.kowalski", "waitingForApproval"],
    ["owners", "tariq.aziz", "closed"],
    ["anyone", "tariq.aziz", "waitingForApproval"],
  ] as const)("where the form lets %s ask, %s asks for alice.moreau: %s", async (whom, login, status) => {
    const story = await openStory({ policy: forms(whom) });
    const { key } = await story.request(login, option.githubDeveloper, { beneficiary: "alice.moreau" });
    expect(await story.statusOf(key)).toBe(status);
  });
});
