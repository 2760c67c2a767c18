import { describe, expect, test } from "vitest";
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

const github = { application: ["github"] };

function withPolicy(change: (policy: PolicyFiles["policy"]) => void): Promise<Story> {
  return openStory({ policy: policyWith(({ policy }) => change(policy)) });
}

describe("rules of the policy", () => {
  test("a waiver gives the access at once, and its rule is on the ticket and in the trail", async () => {
    const story = await withPolicy((policy) => {
      policy.rules = [
        {
          id: "short-is-fine",
          when: { all: [github, { durationAtMost: "1d" }] },
          decide: "approve",
          say: "A day is harmless.",
        },
      ];
    });
    const short = await story.request("alice.moreau", option.githubDeveloper, { duration: "1 day" });
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(true);
    expect((await story.comments(short.key))[0]?.text).toContain("A day is harmless. (rule short-is-fine)");
    expect((await story.trail(short.id))[1]?.facts).toMatchObject({ rule: "short-is-fine" });

    const long = await story.request("alice.moreau", option.githubDeveloper, { duration: "1 week" });
    expect(await story.statusOf(long.key)).toBe("waitingForApproval");
  });

  test("the owner of an application may be trusted with it", async () => {
    const story = await withPolicy((policy) => {
      const when = { all: [github, { requesterIs: "owner" as const }] };
      policy.rules = [{ id: "owner", when, decide: "approve", say: "It is theirs." }];
    });
    const own = await story.request("dana.kowalski", option.githubDeveloper);
    expect(await story.statusOf(own.key)).toBe("granted");
    const other = await story.request("alice.moreau", option.githubDeveloper);
    expect(await story.statusOf(other.key)).toBe("waitingForApproval");
  });

  test("a denial beats the waiver, asks nobody and names its rule", async () => {
    const story = await withPolicy((policy) => {
      policy.rules = [
        { id: "all-fine", when: github, decide: "approve", say: "Fine." },
        {
          id: "no-engineers",
          when: { attribute: "department", in: ["Engineering"], of: "beneficiary" },
          decide: "deny",
          say: "Engineers have it by another way.",
        },
      ];
    });
    const { key, id } = await story.request("alice.moreau", option.githubDeveloper);
    expect(await story.statusOf(key)).toBe("closed");
    expect((await story.comments(key))[0]?.text).toContain(
      "Engineers have it by another way. (rule no-engineers)",
    );
    expect(await story.actions(id)).not.toContain("approval.asked");
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(false);
  });

  test("what JumpCloud does not say of a person denies", async () => {
    const story = await withPolicy((policy) => {
      policy.rules = [
        {
          id: "berlin",
          when: { attribute: "costCenter", in: ["4711"], of: "beneficiary" },
          decide: "deny",
          say: "Not there.",
        },
      ];
    });
    const { key } = await story.request("alice.moreau", option.githubDeveloper);
    expect((await story.comments(key))[0]?.text).toContain("could not be decided");
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(false);
  });

  test("a question sends the request to others than usual", async () => {
    const story = await withPolicy((policy) => {
      policy.rules = [{ id: "owner-decides", when: github, decide: "ask", approval: "owner" }];
    });
    const { key } = await story.request("alice.moreau", option.githubDeveloper);
    expect(await story.decide("jonas.bergmann", key, "approve")).not.toBe(200);
    expect(await story.decide("dana.kowalski", key, "approve")).toBe(200);
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(true);
  });

  test("a rule that comes into force after the approval still denies, just before the grant", async () => {
    const story = await openStory();
    const { key } = await story.request("alice.moreau", option.githubDeveloper);
    story.host.before("provision-access", async () => {
      const files = policyWith(({ policy }) => {
        policy.rules = [{ id: "closed", when: github, decide: "deny", say: "Closed since today." }];
      });
      await story.apply(files);
    });
    await story.decide("jonas.bergmann", key, "approve");
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(false);
    expect((await story.comments(key)).at(-1)?.text).toContain("Closed since today. (rule closed)");
  });
});

describe("separation of duties", () => {
  const separation = [
    {
      id: "build-or-sell",
      why: "Who writes it does not announce it.",
      one: ["github/developer"],
      other: ["aws/developer"],
    },
  ];

  test("counts what people have, whoever gave it to them", async () => {
    const story = await withPolicy((policy) => {
      policy.separation = separation;
    });
    const path = `/api/v2/usergroups/${groupOf("aws-developers")}/members`;
    await story.callJumpCloud("POST", path, {
      op: "add",
      type: "user",
      id: personOf("alice.moreau").jumpcloudId,
    });
    const { key } = await story.request("alice.moreau", option.githubDeveloper);
    expect(await story.statusOf(key)).toBe("closed");
    expect((await story.comments(key))[0]?.text).toContain("build-or-sell");
  });

  test("counts what is asked for at the same moment, until that comes to nothing", async () => {
    const story = await withPolicy((policy) => {
      policy.separation = separation;
    });
    const first = await story.raise("alice.moreau", option.githubDeveloper);
    const second = await story.raise("alice.moreau", option.awsDeveloper, { duration: "1 day" });
    await story.settle();
    const statuses = [await story.statusOf(first.key), await story.statusOf(second.key)];
    expect(statuses.toSorted()).toEqual(["closed", "waitingForApproval"]);

    const open = statuses[0] === "closed" ? second : first;
    await story.decide("jonas.bergmann", open.key, "decline");
    const again = await story.request(
      "alice.moreau",
      open === first ? option.awsDeveloper : option.githubDeveloper,
      { duration: "1 day" },
    );
    expect(await story.statusOf(again.key)).toBe("waitingForApproval");
  });

  test("is over when the access is over", async () => {
    const story = await withPolicy((policy) => {
      policy.separation = separation;
    });
    const { key } = await story.request("alice.moreau", option.githubDeveloper, { duration: "1 day" });
    await story.decide("jonas.bergmann", key, "approve");
    await story.pass(2 * day);
    expect(await story.statusOf(key)).toBe("ended");
    const other = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 day" });
    expect(await story.statusOf(other.key)).toBe("waitingForApproval");
  });
});

test("over the cap people decide, and what was granted counts also when it is over", async () => {
  const story = await withPolicy((policy) => {
    policy.rules = [{ id: "fine", when: github, decide: "approve", say: "Fine." }];
    policy.caps = { tags: ["source-code"], within: "7d", perPerson: 2, approval: "owner" };
  });
  for (const expected of ["ended", "ended", "waitingForApproval"]) {
    const { key } = await story.request("alice.moreau", option.githubDeveloper, { duration: "1 hour" });
    await story.pass(day);
    expect(await story.statusOf(key)).toBe(expected);
  }
});

test("a protected person gets nothing by a request", async () => {
  const story = await withPolicy((policy) => {
    policy.protectedPeople = [personOf("alice.moreau").jumpcloudId];
  });
  const { key } = await story.request("alice.moreau", option.githubDeveloper);
  expect(await story.statusOf(key)).toBe("closed");
  expect(await story.isMember("alice.moreau", "github-developers")).toBe(false);
});
