import { describe, expect, test } from "vitest";
import { people } from "../../../local/world/company.ts";
import { fieldIds } from "../../../local/world/jira/fields.ts";
import { hour, minute, openStory, option, personOf, policyWith } from "../../support/company-story.ts";

describe("a ticket that was moved on without an approval that counts", () => {
  test("by an agent: nothing is granted, agents are told why, and the request still waits", async () => {
    const story = await openStory();
    const { key, id } = await story.request("alice.moreau", option.githubDeveloper);
    expect(await story.move("oskar.weiss", key, "skipApproval")).toBe(204);
    await story.pass(10_000);
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(false);
    expect(await story.stored(id)).toMatchObject({
      status: "blocked",
      why: "the status was changed by hand",
    });
    const [comment] = await story.comments(key);
    expect(comment).toMatchObject({ public: false, text: expect.stringContaining("BLOCKED_UNAPPROVED") });
    const blocked = (await story.trail(id)).find((entry) => entry.action === "approval.blocked");
    expect(blocked?.facts).toMatchObject({ code: "BLOCKED_UNAPPROVED" });
    expect(await story.executions()).toEqual([{ name: `${key}-1`, status: "RUNNING" }]);

    await story.call("oskar.weiss", "PUT", `/rest/api/3/issue/${key}`, { fields: { summary: "Again" } });
    await story.pass(10_000);
    expect(await story.comments(key)).toHaveLength(1);

    await story.move("oskar.weiss", key, "askForAnotherApproval");
    expect(await story.stored(id)).toMatchObject({ status: "asked" });
    await story.decide("jonas.bergmann", key, "approve");
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(true);
  });

  test("by an agent who is the approver: moving the ticket is no approval", async () => {
    const story = await openStory();
    const { key, id } = await story.request("oskar.weiss", option.notionMember);
    await story.move("nadia.rahman", key, "skipApproval");
    await story.pass(10_000);
    expect(await story.stored(id)).toMatchObject({ status: "blocked" });
    expect(await story.isMember("oskar.weiss", "notion-members")).toBe(false);
  });
});

describe("an approval that does not count", () => {
  test("a manager's for a report who is asked for: the person who asks cannot approve either", async () => {
    const story = await openStory();
    const { key, id } = await story.request("jonas.bergmann", option.githubDeveloper, {
      beneficiary: "alice.moreau",
    });
    expect(await story.stored(id)).toMatchObject({
      asked: { source: "group it-administrators" },
      pin: { beneficiary: { accountId: personOf("alice.moreau").accountId } },
    });
    await story.decide("oskar.weiss", key, "approve");
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(true);
  });
});

describe("who is asked", () => {
  test("nobody's request hangs: a suspended manager is passed over for the group of last resort", async () => {
    const story = await openStory();
    const { id, key } = await story.request("elena.petrova", option.notionMember);
    const asked = (await story.trail(id)).find((entry) => entry.action === "approval.asked");
    expect(asked?.facts).toMatchObject({
      source: "group it-administrators",
      skipped: [{ source: "manager", why: "is suspended in JumpCloud" }],
    });
    await story.decide("nadia.rahman", key, "approve");
    expect(await story.isMember("elena.petrova", "notion-members")).toBe(true);
  });

  test("somebody without a manager is decided on by the group of last resort", async () => {
    const story = await openStory();
    const { id } = await story.request("helena.brandt", option.notionMember);
    expect(await story.stored(id)).toMatchObject({ asked: { source: "group it-administrators" } });
  });

  test("a named person is asked, after the manager", async () => {
    const story = await openStory();
    const { key, id } = await story.request("alice.moreau", option.awsAdministrator, { duration: "1 hour" });
    await story.decide("jonas.bergmann", key, "approve");
    expect(await story.stored(id)).toMatchObject({
      asked: { stage: 1, approvers: [personOf("viktor.novak").accountId] },
    });
    await story.decide("viktor.novak", key, "approve");
    expect(await story.isMember("alice.moreau", "aws-administrators")).toBe(true);
  });

  test("when not even the last resort has anybody, an operator is called at once", async () => {
    const policy = policyWith(({ policy }) => {
      policy.fallbackGroup.id = "no-such-group";
    });
    const story = await openStory({ policy });
    const { key, id } = await story.request("helena.brandt", option.notionMember);
    expect(await story.stored(id)).toMatchObject({ status: "failed", failure: { error: "NoApproverError" } });
    expect(await story.executions()).toEqual([{ name: `${key}-1`, status: "FAILED" }]);
    expect(await story.statusOf(key)).toBe("needsAttention");
  });

  test("a person who hides the address in Jira is found, as requester and as approver", async () => {
    const story = await openStory();
    const { key } = await story.request("priya.nair", option.notionMember);
    await story.decide("mei.chen", key, "approve");
    expect(await story.isMember("priya.nair", "notion-members")).toBe(true);
    const { jumpcloudId } = personOf("erik.sandberg");
    await story.callJumpCloud("PUT", `/api/systemusers/${jumpcloudId}`, {
      manager: personOf("priya.nair").jumpcloudId,
    });
    const other = await story.request("erik.sandberg", option.zoom);
    await story.decide("priya.nair", other.key, "approve");
    expect(await story.isMember("erik.sandberg", "zoom-pro")).toBe(true);
    expect(people.find((one) => one.emailHidden)?.email).toContain("priya.nair");
  });
});

describe("a form that is changed after the request was checked", () => {
  const edit = {
    fields: { [fieldIds.application]: { id: "10102", child: { id: option.awsAdministrator } } },
  };

  test("before the decision: the request is refused, and neither the old nor the new access is given", async () => {
    const story = await openStory();
    const { key, id } = await story.request("alice.moreau", option.githubDeveloper);
    await story.call("nadia.rahman", "PUT", `/rest/api/3/issue/${key}`, edit);
    await story.settle();
    expect(await story.stored(id)).toMatchObject({ status: "refused" });
    expect(await story.statusOf(key)).toBe("closed");
    expect((await story.comments(key))[0]).toMatchObject({
      public: true,
      text: expect.stringContaining("was changed after it had been checked"),
    });
    expect(await story.executions()).toMatchObject([{ status: "SUCCEEDED" }]);
  });

  test("between the approval and the grant: what was approved is no longer asked for, so nothing is granted", async () => {
    const story = await openStory();
    const { key, id } = await story.request("alice.moreau", option.githubDeveloper);
    story.host.before("provision-access", () =>
      story.call("nadia.rahman", "PUT", `/rest/api/3/issue/${key}`, edit),
    );
    await story.decide("jonas.bergmann", key, "approve");
    expect(await story.stored(id)).toMatchObject({ status: "refused" });
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(false);
    expect(await story.isMember("alice.moreau", "aws-administrators")).toBe(false);
  });

  test("in a field that decides nothing: the request goes on", async () => {
    const story = await openStory();
    const { key } = await story.request("alice.moreau", option.githubDeveloper);
    await story.call("nadia.rahman", "PUT", `/rest/api/3/issue/${key}`, {
      fields: { summary: "GitHub for Alice" },
    });
    await story.decide("jonas.bergmann", key, "approve");
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(true);
  });
});

describe("an approval at an odd time", () => {
  test("before the request is known, on a form that was changed since: it is asked for anew", async () => {
    const story = await openStory();
    story.jira.deliveryFaults.add({ effect: "delay", delayMs: hour });
    const { key, id } = await story.raise("alice.moreau", option.figmaEditor);
    const owner = personOf("lucia.romano");
    await story.call("nadia.rahman", "PUT", `/rest/api/3/issue/${key}`, {
      fields: { [fieldIds.approvers]: [{ accountId: owner.accountId }] },
    });
    await story.move("nadia.rahman", key, "askForApproval");
    await story.decide("lucia.romano", key, "approve");
    await story.pass(60_000);
    await story.call("nadia.rahman", "PUT", `/rest/api/3/issue/${key}`, {
      fields: {
        [fieldIds.application]: { id: "10112", child: { id: "10220" } },
        customfield_10051: { id: "10305" },
      },
    });
    await story.pass(hour);
    expect(await story.isMember("alice.moreau", "adobe-designers")).toBe(false);
    expect(await story.stored(id)).toMatchObject({ status: "asked" });
    story.jira.deliveryFaults.clear();
    await story.decide("lucia.romano", key, "approve");
    expect(await story.isMember("alice.moreau", "adobe-designers")).toBe(true);
  });

  test("begun before the request is known, and given after: it counts", async () => {
    const story = await openStory();
    story.jira.deliveryFaults.add({ effect: "delay", delayMs: hour, times: 3 });
    const { key } = await story.raise("alice.moreau", option.githubDeveloper);
    const { accountId } = personOf("jonas.bergmann");
    await story.call("nadia.rahman", "PUT", `/rest/api/3/issue/${key}`, {
      fields: { [fieldIds.approvers]: [{ accountId }] },
    });
    await story.move("nadia.rahman", key, "askForApproval");
    await story.pass(hour);
    await story.decide("jonas.bergmann", key, "approve");
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(true);
  });

  const outcomes = [
    ["approve", "granted", "AlreadyApprovedError"],
    ["decline", "declined", "AlreadyDeclinedError"],
  ] as const;
  test.each(outcomes)(
    "between the move and the token (%s): the run finds the decision instead of waiting",
    async (decision, status, error) => {
      const story = await openStory();
      const { key, id } = await story.raise("alice.moreau", option.githubDeveloper);
      await story.duringAsk(() => story.decideOnly("jonas.bergmann", key, decision));
      expect(await story.stored(id)).toMatchObject({ status });
      expect(story.host.invocations.map((one) => one.error)).toContain(error);
      expect(await story.executions()).toEqual([{ name: `${key}-1`, status: "SUCCEEDED" }]);
    },
  );

  test("between the move and the token, of the first of two stages", async () => {
    const story = await openStory();
    const { key, id } = await story.raise("alice.moreau", option.datadogAdministrator, { duration: "1 day" });
    await story.duringAsk(() => story.decideOnly("jonas.bergmann", key, "approve"));
    expect(story.host.invocations.map((one) => one.error)).toContain("AlreadyStageApprovedError");
    expect(await story.stored(id)).toMatchObject({ status: "asked", asked: { stage: 1 } });
  });

  test("after the move, while the function that asked has died and no webhook comes: nobody is asked again", async () => {
    const story = await openStory();
    const { key, id } = await story.raise("alice.moreau", option.githubDeveloper);
    story.host.fail({ function: "ask-for-approval", error: "Lambda.Unknown", times: 1, after: true });
    story.whenMovedTo("Waiting for approval", async () => {
      story.jira.deliveryFaults.add({ effect: "drop" });
      await story.decideOnly("jonas.bergmann", key, "approve");
    });
    await story.settle();
    await story.pass(minute);
    expect(await story.stored(id)).toMatchObject({ status: "granted" });
    const { body } = await story.call(
      "jonas.bergmann",
      "GET",
      `/rest/servicedeskapi/request/${key}/approval`,
    );
    expect(body).toMatchObject({ values: [{ finalDecision: "approved" }] });
  });

  test("a withdrawal or an edit between the move and the token is found too", async () => {
    for (const [change, status] of [
      ["cancel", "withdrawn"],
      ["edit", "refused"],
    ] as const) {
      const story = await openStory();
      const { key, id } = await story.raise("alice.moreau", option.githubDeveloper);
      await story.duringAsk(async () => {
        if (change === "cancel") await story.pressOnly("alice.moreau", key, "cancelRequest");
        else
          await story.call("nadia.rahman", "PUT", `/rest/api/3/issue/${key}`, {
            fields: { [fieldIds.duration]: { id: "10301" } },
          });
      });
      expect(await story.stored(id)).toMatchObject({ status });
    }
  });
});
