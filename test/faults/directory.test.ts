import { describe, expect, test } from "vitest";
import { retryRequest } from "../../cli/request-commands.ts";
import { groupOf, minute, openStory, option, policyWith } from "../support/company-story.ts";
import { fault } from "./list.ts";
import { membershipWrites } from "./once.ts";
import { countTimeLimitsOn } from "./time-limits.ts";
import { watch } from "./watch.ts";
import { isMembershipWrite } from "./wires.ts";

// src/storage/pace.ts: three calls a second to begin with, half as many with each 429, in batches of a function's usual calls.
test(fault(11), async () => {
  const story = await openStory();
  const watched = await watch(story);
  const issue = await story.request("alice.moreau", option.githubDeveloper);
  await story.pass(minute);
  const began = story.clock.now();
  const end = story.jumpcloud.faults.add({ status: 429 });
  await story.decideOnly("jonas.bergmann", issue.key, "approve");
  await story.clock.advance(2 * minute);
  const storm = story.jumpcloud.calls.all().filter(({ at, status }) => at >= began && status === 429);
  end();
  expect(storm.length).toBeGreaterThan(3);
  expect(storm.length).toBeLessThan(0.5 * 120);
  for (const { at } of storm)
    expect(storm.filter((call) => call.at >= at && call.at < at + 1_000).length).toBeLessThanOrEqual(3);
  await story.pass(15 * minute);
  await watched.expectOnce(issue, { status: "granted" });
});

describe(fault(12), () => {
  test.each(["reset after", "cut", "silence"] as const)("%s", async (effect) => {
    const story = await openStory();
    countTimeLimitsOn(story.clock);
    const jumpcloudWire = await story.wireTo("JumpCloud");
    const watched = await watch(story, { jumpcloudWire });
    const issue = await story.request("alice.moreau", option.githubDeveloper);
    jumpcloudWire.faults.add({ fits: isMembershipWrite, times: 1, effect });
    await story.decide("jonas.bergmann", issue.key, "approve");
    await story.pass(minute);
    const recording = await watched.expectOnce(issue, { status: "granted" });
    expect(jumpcloudWire.unanswered).toHaveLength(1);
    expect(membershipWrites(recording)).toHaveLength(1);
  });

  test("reset, and it was not applied: written when nothing was found", async () => {
    const story = await openStory();
    const jumpcloudWire = await story.wireTo("JumpCloud");
    const watched = await watch(story, { jumpcloudWire });
    const issue = await story.request("alice.moreau", option.githubDeveloper);
    jumpcloudWire.faults.add({ fits: isMembershipWrite, times: 1, effect: "reset" });
    await story.decide("jonas.bergmann", issue.key, "approve");
    await story.pass(minute);
    expect(membershipWrites(await watched.expectOnce(issue, { status: "granted" }))).toHaveLength(1);
  });
});

test(fault(13), async () => {
  const story = await openStory();
  const watched = await watch(story);
  const issue = await story.request("alice.moreau", option.githubDeveloper);
  const end = story.jumpcloud.faults.add({ status: 503 });
  await story.decide("jonas.bergmann", issue.key, "approve");
  await story.pass(40 * minute);
  // A failed execution is what the alarm “A run needs an operator” counts.
  const failed = await watched.expectOnce(issue, { status: "failed" });
  expect(failed.request).toMatchObject({ failure: { error: "JumpCloudUnavailableError" } });
  expect(failed.comments.map((comment) => comment.public)).toEqual([false, true]);
  end();
  await story.move("nadia.rahman", issue.key, "tryAgain");
  await story.pass(minute);
  await watched.expectOnce(issue, { status: "granted", runs: ["FAILED", "SUCCEEDED"] });
});

test(fault(14), async () => {
  const names = ["aws-billing", "notion-members", "zoom-pro", "salesforce-sales", "snowflake-analysts"];
  const [added = "", , refused = ""] = names.map(groupOf);
  const policy = policyWith(({ catalog }) => {
    const [developer] = catalog.applications[0]?.entitlements ?? [];
    if (!developer) throw new Error("no example");
    developer.groups = names.map(groupOf);
  });
  const story = await openStory({ policy });
  const watched = await watch(story);
  const issue = await story.request("alice.moreau", option.githubDeveloper);
  const end = story.jumpcloud.faults.add({
    method: "POST",
    path: new RegExp(`${refused}/members$`),
    status: 403,
  });
  await story.decide("jonas.bergmann", issue.key, "approve");
  await story.pass(minute);
  const { ledger } = await watched.expectOnce(issue, {
    status: "failed",
    changes: { [added]: ["add", "remove"] },
  });
  expect(Object.fromEntries(ledger.map((entry) => [entry.groupId, entry.existedBefore]))).toEqual({
    [added]: false,
    [groupOf("notion-members")]: true,
    [refused]: false,
  });

  end();
  await retryRequest(story.operator, issue.key, { json: false, write: () => {} });
  await story.pass(minute);
  const changes = Object.fromEntries(names.map((name) => [groupOf(name), ["add"]]));
  await watched.expectOnce(issue, {
    status: "granted",
    runs: ["FAILED", "SUCCEEDED"],
    changes: { ...changes, [added]: ["add", "remove", "add"], [groupOf("notion-members")]: [] },
  });
});

test(fault(15), async () => {
  const story = await openStory();
  const watched = await watch(story);
  const issue = await story.request("chloe.dubois", option.slackAllStaff);
  const { trail, comments, jumpcloud } = await watched.expectOnce(issue, { status: "refused" });
  expect(comments).toEqual([
    { public: true, text: expect.stringContaining("its members are chosen by a rule in JumpCloud") },
  ]);
  expect(trail.find(({ action }) => action === "request.refused")?.facts).toMatchObject({
    error: "DynamicGroupError",
  });
  expect(jumpcloud.filter(({ method, path }) => method !== "GET" && !path.startsWith("/api/search"))).toEqual(
    [],
  );
});
