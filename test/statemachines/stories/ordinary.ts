import { describe, expect, test } from "vitest";
import { day, groupOf, hour, openStory, option, personOf, policyWith } from "../../support/company-story.ts";

describe("access without an end", () => {
  test("approved: an employee asks, the manager approves, and the access is there", async () => {
    const story = await openStory();
    const { key, id } = await story.request("alice.moreau", option.githubDeveloper);
    expect(await story.statusOf(key)).toBe("waitingForApproval");
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(false);

    expect(await story.decide("jonas.bergmann", key, "approve")).toBe(200);
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(true);
    expect(await story.statusOf(key)).toBe("granted");
    expect(await story.comments(key)).toEqual([
      { public: true, text: expect.stringContaining("now has GitHub: Developer. It has no end date.") },
    ]);
    expect(await story.executions()).toEqual([{ name: `${key}-1`, status: "SUCCEEDED" }]);
    expect(await story.stored(id)).toMatchObject({ status: "granted", told: ["granted"] });
    expect(await story.actions(id)).toEqual([
      "request.opened",
      "request.checked",
      "approval.asked",
      "approval.given",
      "access.intended",
      "access.granted",
      "ticket.told",
    ]);
  });

  test("automatic: policy waives the approval, and its reason is in the trail and on the ticket", async () => {
    const story = await openStory();
    const { key, id } = await story.request("chloe.dubois", option.figmaViewer);
    const other = await story.request("aiko.tanabe", option.figmaViewer);
    expect(await story.isMember("aiko.tanabe", "figma-viewers")).toBe(true);
    expect(await story.statusOf(other.key)).toBe("granted");
    expect((await story.comments(other.key))[0]?.text).toContain(
      "Everybody who works here may use it (decision IT-12).",
    );
    const trail = await story.trail(other.id);
    expect(trail.find((entry) => entry.action === "access.intended")?.facts).toMatchObject({
      approval: "waived by policy",
    });
    expect(await story.statusOf(key)).toBe("granted");
    expect(await story.actions(id)).not.toContain("approval.asked");
  });

  test("declined: nothing is granted, and the ticket says who declined", async () => {
    const story = await openStory();
    const { key, id } = await story.request("alice.moreau", option.githubDeveloper);
    await story.decide("jonas.bergmann", key, "decline");
    expect(await story.statusOf(key)).toBe("declined");
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(false);
    const [comment] = await story.comments(key);
    expect(comment).toMatchObject({
      public: true,
      text: expect.stringContaining("GitHub: Developer was declined by"),
    });
    expect(await story.executions()).toEqual([{ name: `${key}-1`, status: "SUCCEEDED" }]);
    expect(await story.stored(id)).toMatchObject({ status: "declined" });
  });

  test("two stages: the manager first, then the owner; either alone gives nothing", async () => {
    const story = await openStory();
    const { key, id } = await story.request("alice.moreau", option.datadogAdministrator, {
      duration: "1 day",
    });
    expect(await story.decide("sofia.marino", key, "approve")).not.toBe(200);
    await story.decide("jonas.bergmann", key, "approve");
    expect(await story.isMember("alice.moreau", "datadog-administrators")).toBe(false);
    expect(await story.statusOf(key)).toBe("waitingForApproval");
    expect(await story.decide("jonas.bergmann", key, "approve")).toBe(403);
    await story.decide("sofia.marino", key, "approve");
    expect(await story.isMember("alice.moreau", "datadog-administrators")).toBe(true);
    const given = (await story.trail(id)).filter((entry) => entry.action === "approval.given");
    expect(given.map((entry) => entry.facts)).toMatchObject([
      { stage: 1, of: 2 },
      { stage: 2, of: 2 },
    ]);
  });

  test("withdrawn: the requester cancels while the approver thinks", async () => {
    const story = await openStory();
    const { key, id } = await story.request("alice.moreau", option.githubDeveloper);
    await story.press("alice.moreau", key, "cancelRequest");
    expect(await story.statusOf(key)).toBe("canceled");
    expect(await story.stored(id)).toMatchObject({ status: "withdrawn" });
    expect(await story.executions()).toEqual([{ name: `${key}-1`, status: "SUCCEEDED" }]);
    expect(await story.decide("jonas.bergmann", key, "approve")).not.toBe(200);
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(false);
  });

  test("withdrawn: the ticket is deleted", async () => {
    const story = await openStory();
    const { key, id } = await story.request("alice.moreau", option.githubDeveloper);
    expect((await story.call("nadia.rahman", "DELETE", `/rest/api/3/issue/${key}`)).status).toBe(204);
    await story.settle();
    expect(await story.stored(id)).toMatchObject({ status: "withdrawn", told: ["withdrawn"] });
    expect(await story.executions()).toEqual([{ name: `${key}-1`, status: "SUCCEEDED" }]);
  });

  test("withdrawn: the ticket is gone before it was checked", async () => {
    const story = await openStory();
    const { key, id } = await story.raise("alice.moreau", option.githubDeveloper);
    story.host.before("check-request", () => story.pressOnly("alice.moreau", key, "cancelRequest"));
    await story.settle();
    expect(await story.stored(id)).toMatchObject({ status: "withdrawn" });
  });

  test("an approval after a reminder is an approval", async () => {
    const story = await openStory();
    const { key } = await story.request("alice.moreau", option.githubDeveloper);
    await story.pass(day + hour);
    await story.decide("jonas.bergmann", key, "approve");
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(true);
  });
});

describe("access for a time", () => {
  test("ends when its time is over, counted from the grant", async () => {
    const story = await openStory();
    const { key, id } = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 day" });
    await story.pass(5 * hour);
    await story.decide("jonas.bergmann", key, "approve");
    expect((await story.comments(key))[0]?.text).toMatch(/It ends on 21 Nov 2026, 15:00 Europe\/Berlin\./);
    await story.pass(day - 2 * 60_000);
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(true);
    await story.pass(2 * 60_000);
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(false);
    expect(await story.statusOf(key)).toBe("ended");
    expect((await story.comments(key)).at(-1)?.text).toContain(
      "AWS: Developer has been taken away. Its time was over.",
    );
    expect(await story.executions()).toEqual([{ name: `${key}-1`, status: "SUCCEEDED" }]);
    expect((await story.actions(id)).slice(-4)).toEqual([
      "ticket.told",
      "holder.warned",
      "access.ended",
      "ticket.told",
    ]);
  });

  test("ends early when the holder presses the button, and the trail says who", async () => {
    const story = await openStory();
    const { key, id } = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 day" });
    await story.decide("jonas.bergmann", key, "approve");
    await story.pass(hour);
    expect(await story.press("alice.moreau", key, "endAccessNow")).toBe(204);
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(false);
    expect(await story.statusOf(key)).toBe("ended");
    const asked = (await story.trail(id)).find((entry) => entry.action === "access.end-asked");
    expect(asked?.by).toEqual([expect.stringContaining("712020:")]);
    expect((await story.comments(key)).at(-1)?.text).toContain("It was ended early by");
    await story.pass(2 * day);
    expect(await story.executions()).toEqual([{ name: `${key}-1`, status: "SUCCEEDED" }]);
  });

  test("a second request for the same access makes it longer, and the first end does not cut it short", async () => {
    const story = await openStory();
    const first = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 day" });
    await story.decide("jonas.bergmann", first.key, "approve");
    await story.pass(12 * hour);
    const second = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 week" });
    await story.decide("jonas.bergmann", second.key, "approve");
    await story.pass(13 * hour);
    expect(await story.statusOf(first.key)).toBe("ended");
    expect((await story.comments(first.key)).at(-1)?.text).toContain(
      `The person keeps the access, because request ${second.id}-1 gives it too.`,
    );
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(true);
    await story.pass(7 * day);
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(false);
  });

  test("a shorter second request does not shorten the first", async () => {
    const story = await openStory();
    const long = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 week" });
    await story.decide("jonas.bergmann", long.key, "approve");
    const short = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 hour" });
    await story.decide("jonas.bergmann", short.key, "approve");
    await story.pass(2 * hour);
    expect(await story.statusOf(short.key)).toBe("ended");
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(true);
  });

  test("what somebody had before the request stays after its end", async () => {
    const story = await openStory();
    const { key } = await story.request("jonas.bergmann", option.awsDeveloper, { duration: "1 hour" });
    await story.decide("dana.kowalski", key, "approve");
    await story.pass(2 * hour);
    expect(await story.isMember("jonas.bergmann", "aws-developers")).toBe(true);
    expect((await story.comments(key)).at(-1)?.text).toContain("because it was there before the request");
  });

  test("access of somebody who was suspended meanwhile ends all the same", async () => {
    const story = await openStory();
    const { key } = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 hour" });
    await story.decide("jonas.bergmann", key, "approve");
    const { jumpcloudId } = personOf("alice.moreau");
    await story.callJumpCloud("POST", `/api/systemusers/${jumpcloudId}/state/suspend`);
    await story.pass(2 * hour);
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(false);
    expect(await story.statusOf(key)).toBe("ended");
  });

  test("a person or a group that JumpCloud no longer has counts as gone", async () => {
    const story = await openStory();
    const { key } = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 hour" });
    await story.decide("jonas.bergmann", key, "approve");
    await story.callJumpCloud("DELETE", `/api/v2/usergroups/${groupOf("aws-developers")}`);
    await story.pass(2 * hour);
    expect(await story.statusOf(key)).toBe("ended");
  });

  test("access without an end can be ended too: another run takes it away", async () => {
    const story = await openStory();
    const { key } = await story.request("aiko.tanabe", option.figmaViewer);
    await story.press("aiko.tanabe", key, "endAccessNow");
    expect(await story.isMember("aiko.tanabe", "figma-viewers")).toBe(false);
    expect(await story.statusOf(key)).toBe("ended");
    expect(await story.executions()).toEqual([
      { name: `${key}-1`, status: "SUCCEEDED" },
      { name: `${key}-1-run2`, status: "SUCCEEDED" },
    ]);
  });

  test("several groups come and go together", async () => {
    const story = await openStory();
    const { key } = await story.request("erik.sandberg", option.pagerduty, { duration: "1 day" });
    await story.decide("mei.chen", key, "approve");
    expect(await story.isMember("erik.sandberg", "pagerduty-responders")).toBe(true);
    await story.pass(25 * hour);
    expect(await story.isMember("erik.sandberg", "pagerduty-responders")).toBe(false);
    // He could see dashboards before, and still can.
    expect(await story.isMember("erik.sandberg", "datadog-viewers")).toBe(true);
  });
});

test("a ticket that is opened again is a new request, with a new approval", async () => {
  const story = await openStory();
  const { key, id } = await story.request("alice.moreau", option.githubDeveloper);
  await story.decide("jonas.bergmann", key, "decline");
  await story.move("nadia.rahman", key, "needsAttention");
  await story.move("nadia.rahman", key, "tryAgain");
  expect(await story.statusOf(key)).toBe("waitingForApproval");
  await story.decide("jonas.bergmann", key, "approve");
  expect(await story.isMember("alice.moreau", "github-developers")).toBe(true);
  expect((await story.executions()).map((one) => one.name)).toEqual([`${key}-1`, `${key}-2`]);
  expect(await story.actions(id, 2)).toContain("access.granted");
});

test("an approval shown by the ticket's history counts, where the request type says so", async () => {
  const policy = policyWith(({ site }) => {
    for (const requestType of site.requestTypes) requestType.proof = "transition";
  });
  const story = await openStory({ policy });
  const { key } = await story.request("oskar.weiss", option.notionMember);
  // An agent moves the ticket, and is the requester's manager: that is an approval here.
  await story.move("nadia.rahman", key, "skipApproval");
  expect(await story.isMember("oskar.weiss", "notion-members")).toBe(true);
  const other = await story.request("aiko.tanabe", option.notionMember);
  await story.move("nadia.rahman", other.key, "skipApproval");
  expect(await story.isMember("aiko.tanabe", "notion-members")).toBe(false);
  expect(await story.stored(other.id)).toMatchObject({ status: "blocked" });
});
