import { describe, expect, test } from "vitest";
import { fieldIds } from "../../../local/world/jira/fields.ts";
import {
  day,
  hour,
  minute,
  openStory,
  option,
  personOf,
  policyWith,
  type Story,
} from "../../support/company-story.ts";

const quiet = () => policyWith(({ policy }) => void delete policy.warnings);

/** Access of AWS developers for Alice, approved by her manager. */
async function give(story: Story, duration: string, fields: object = {}) {
  const issue = await story.request("alice.moreau", option.awsDeveloper, { duration, fields });
  await story.decide("jonas.bergmann", issue.key, "approve");
  return issue;
}
const hasAccess = (story: Story) => story.isMember("alice.moreau", "aws-developers");
const said = async (story: Story, key: string) => (await story.comments(key)).map((one) => one.text);

describe("access that begins later", () => {
  const start = (story: Story, wait: number) => ({
    [fieldIds.start]: new Date(story.clock.now() + wait).toISOString(),
  });

  test("is approved now, and given when its time has come", async () => {
    const story = await openStory({ sweeping: true });
    const { key, id } = await give(story, "1 day", start(story, 3 * day));
    expect(await story.stored(id)).toMatchObject({ status: "approved" });
    await story.pass(3 * day - hour);
    expect(await hasAccess(story)).toBe(false);
    await story.pass(hour + minute);
    expect(await hasAccess(story)).toBe(true);
    expect(await story.statusOf(key)).toBe("granted");
    await story.pass(day);
    expect(await hasAccess(story)).toBe(false);
    expect(await story.executions()).toEqual([{ name: `${key}-1`, status: "SUCCEEDED" }]);
  });

  test("waits for its start too when policy waives the approval", async () => {
    const story = await openStory();
    const { key } = await story.request("aiko.tanabe", option.figmaViewer, { fields: start(story, day) });
    expect(await story.isMember("aiko.tanabe", "figma-viewers")).toBe(false);
    await story.pass(day + minute);
    expect(await story.isMember("aiko.tanabe", "figma-viewers")).toBe(true);
    expect(await story.statusOf(key)).toBe("granted");
  });

  test("is not given to somebody who was suspended meanwhile", async () => {
    const story = await openStory();
    const { key, id } = await give(story, "1 day", start(story, 2 * day));
    await story.callJumpCloud(
      "POST",
      `/api/systemusers/${personOf("alice.moreau").jumpcloudId}/state/suspend`,
    );
    await story.pass(2 * day + minute);
    expect(await hasAccess(story)).toBe(false);
    expect(await story.stored(id)).toMatchObject({ status: "refused" });
    expect(await story.statusOf(key)).toBe("closed");
  });

  test("is withdrawn at once when its ticket is cancelled before the start, and told once", async () => {
    const story = await openStory();
    const { key, id } = await give(story, "1 day", start(story, 2 * day));
    await story.press("alice.moreau", key, "cancelRequest");
    expect(await story.stored(id)).toMatchObject({ status: "withdrawn", told: ["withdrawn"] });
    await story.pass(3 * day);
    expect(await hasAccess(story)).toBe(false);
    expect(await said(story, key)).toEqual([expect.stringContaining("The request was withdrawn.")]);
    expect((await story.executions()).map((one) => one.status)).toEqual(["SUCCEEDED", "SUCCEEDED"]);
  });
});

describe("the holder is warned", () => {
  const warnings = async (story: Story, key: string) =>
    (await story.comments(key)).filter(
      (one) => one.text.includes(" ends on ") && one.text.includes("longer"),
    );

  test("so long before the end as the policy says, each time once", async () => {
    const story = await openStory();
    const { key, id } = await give(story, "1 week");
    await story.pass(6 * day - minute);
    expect(await warnings(story, key)).toEqual([]);
    await story.pass(2 * minute);
    expect(await warnings(story, key)).toEqual([
      {
        public: true,
        text: expect.stringMatching(/ends on 27 Nov 2026, 10:00 Europe\/Berlin\. To keep it longer, ask/),
      },
    ]);
    await story.pass(23 * hour);
    expect(await warnings(story, key)).toHaveLength(2);
    await story.pass(hour + minute);
    expect(await hasAccess(story)).toBe(false);
    expect((await story.actions(id)).filter((action) => action === "holder.warned")).toHaveLength(2);
  });

  test("once, when a quarter of it is left, of access that is short", async () => {
    const story = await openStory();
    const { key } = await give(story, "1 hour");
    await story.pass(44 * minute);
    expect(await warnings(story, key)).toEqual([]);
    await story.pass(2 * minute);
    expect(await warnings(story, key)).toHaveLength(1);
    await story.pass(15 * minute);
    expect(await hasAccess(story)).toBe(false);
  });

  test("once, when the run dies after the words and before it has written that down", async () => {
    const story = await openStory();
    const { key } = await give(story, "1 hour");
    story.host.fail({ function: "hold-access", error: "Lambda.Unknown", times: 2, after: true });
    await story.pass(50 * minute);
    expect(await warnings(story, key)).toHaveLength(1);
    await story.pass(15 * minute);
    expect(await hasAccess(story)).toBe(false);
  });
});

describe("more time", () => {
  test("is asked for in one step, approved as the access was, and leaves no gap", async () => {
    const story = await openStory({ policy: quiet() });
    const { key, id } = await give(story, "1 day");
    await story.pass(20 * hour);
    expect(await story.press("alice.moreau", key, "askForMoreTime")).toBe(204);
    expect(await story.statusOf(key)).toBe("waitingForApproval");
    expect(await hasAccess(story)).toBe(true);
    await story.decide("jonas.bergmann", key, "approve");
    expect(await story.statusOf(key)).toBe("granted");
    expect((await said(story, key)).at(-1)).toContain("It ends on 22 Nov 2026, 10:00 Europe/Berlin.");
    expect(await story.operator.requests.get(`${id}-1`)).toMatchObject({
      status: "ended",
      end: { why: "extended" },
    });
    await story.pass(5 * hour);
    expect(await hasAccess(story)).toBe(true);
    expect(await story.statusOf(key)).toBe("granted");
    await story.pass(23 * hour + minute);
    expect(await hasAccess(story)).toBe(false);
    expect(await story.statusOf(key)).toBe("ended");
    expect((await said(story, key)).filter((text) => text.includes("taken away"))).toHaveLength(1);
    expect((await story.executions()).map((one) => one.status)).toEqual(["SUCCEEDED", "SUCCEEDED"]);
  });

  test("is given once, when the run dies between its grant and the end of the earlier one", async () => {
    const story = await openStory({ policy: quiet() });
    const { key, id } = await give(story, "1 day");
    await story.press("alice.moreau", key, "askForMoreTime");
    story.host.fail({
      function: "provision-access",
      error: "StorageUnavailableError",
      times: 2,
      after: true,
    });
    await story.decide("jonas.bergmann", key, "approve");
    await story.pass(5 * minute);
    expect(await story.operator.requests.get(`${id}-1`)).toMatchObject({ status: "ended" });
    expect(await story.stored(id)).toMatchObject({ status: "granted", generation: 2 });
    await story.press("alice.moreau", key, "endAccessNow");
    expect(await hasAccess(story)).toBe(false);
    expect(await story.statusOf(key)).toBe("ended");
  });

  test("is never more than the entitlement allows, counted from the first grant", async () => {
    const story = await openStory({ policy: quiet() });
    const { key } = await story.request("alice.moreau", option.awsAdministrator, { duration: "4 hours" });
    for (const who of ["jonas.bergmann", "viktor.novak"]) await story.decide(who, key, "approve");
    await story.press("alice.moreau", key, "askForMoreTime");
    expect((await said(story, key)).at(-1)).toMatch(
      /4 hours at most, all extensions together[\s\S]*goes on until/,
    );
    expect(await story.statusOf(key)).toBe("granted");
    await story.pass(4 * hour + minute);
    expect(await story.isMember("alice.moreau", "aws-administrators")).toBe(false);
    expect(await story.statusOf(key)).toBe("ended");
  });

  test("that is declined leaves the access as it was: it can be ended early, asked for again, and ends at its time", async () => {
    const story = await openStory({ policy: quiet() });
    const { key, id } = await give(story, "1 day");
    await story.press("alice.moreau", key, "askForMoreTime");
    await story.decide("jonas.bergmann", key, "decline");
    expect(await story.statusOf(key)).toBe("granted");
    expect((await said(story, key)).at(-1)).toContain("goes on until 21 Nov 2026, 10:00 Europe/Berlin.");
    expect(await hasAccess(story)).toBe(true);
    await story.press("alice.moreau", key, "askForMoreTime");
    expect(await story.stored(id)).toMatchObject({ generation: 3, extends: { requestId: `${id}-1` } });
    await story.press("alice.moreau", key, "cancelRequest");
    expect(await story.statusOf(key)).toBe("granted");
    await story.press("alice.moreau", key, "endAccessNow");
    expect(await hasAccess(story)).toBe(false);
    expect(await story.statusOf(key)).toBe("ended");
  });

  test("that nobody decides on in time does not keep the access alive, and the ticket says so", async () => {
    const story = await openStory({ policy: quiet(), sweeping: true });
    const { key } = await give(story, "1 day");
    await story.press("alice.moreau", key, "askForMoreTime");
    await story.pass(day + minute);
    expect(await hasAccess(story)).toBe(false);
    expect(await story.statusOf(key)).toBe("waitingForApproval");
    expect(await said(story, key)).toContainEqual(
      expect.stringContaining("request for more time is still open"),
    );
    story.host.idle.add("sweep-requests");
    await story.pass(6 * day);
    expect(await story.statusOf(key)).toBe("closed");
  });

  test("that is approved when its time is over already gives nothing", async () => {
    const story = await openStory({ policy: quiet() });
    const { key } = await give(story, "1 hour");
    await story.press("alice.moreau", key, "askForMoreTime");
    await story.pass(3 * hour);
    await story.decide("jonas.bergmann", key, "approve");
    expect(await hasAccess(story)).toBe(false);
    expect((await said(story, key)).at(-1)).toContain("The time that was asked for is over");
  });

  test("is not for others to ask: the ticket goes back, and nothing changes", async () => {
    const story = await openStory({ policy: quiet() });
    const { key, id } = await give(story, "1 day");
    await story.move("nadia.rahman", key, "askForMoreTime");
    expect(await story.statusOf(key)).toBe("granted");
    expect((await said(story, key)).at(-1)).toContain("may ask for more time. Nothing has changed.");
    expect(await story.stored(id)).toMatchObject({ generation: 1, status: "granted" });
  });

  test("is still asked for while somebody ends the access that is there", async () => {
    const story = await openStory({ policy: quiet(), sweeping: true });
    const { key, id } = await give(story, "1 day");
    await story.press("alice.moreau", key, "askForMoreTime");
    await story.pass(day - 2 * hour);
    story.host.fail({ function: "revoke-access", error: "TypeError", times: 1 });
    await story.pass(3 * hour);
    // The earlier run stopped; the sweeper has another one take the access away.
    await story.pass(7 * hour);
    expect(await hasAccess(story)).toBe(false);
    expect(await story.operator.requests.get(`${id}-1`)).toMatchObject({ status: "ended" });
  });

  test("by a rule for short access is decided on the whole of it", async () => {
    const policy = policyWith((files) => {
      delete files.policy.warnings;
      files.policy.rules = [
        { id: "short", when: { durationAtMost: "1d" }, decide: "approve", say: "A day is nothing." },
      ] as never;
    });
    const story = await openStory({ policy });
    const { key } = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 day" });
    expect(await story.statusOf(key)).toBe("granted");
    await story.press("alice.moreau", key, "askForMoreTime");
    expect(await story.statusOf(key)).toBe("waitingForApproval");
  });
});

test("the sweeper finds a cancellation, a wish for more time and an early end whose webhooks were all lost", async () => {
  const story = await openStory({ policy: quiet(), sweeping: true });
  const fields = { [fieldIds.start]: new Date(story.clock.now() + 2 * day).toISOString() };
  const later = await give(story, "1 day", fields);
  const { key, id } = await give(story, "1 day");
  story.jira.deliveryFaults.add({ effect: "drop" });
  await story.press("alice.moreau", later.key, "cancelRequest");
  await story.press("alice.moreau", key, "askForMoreTime");
  await story.pass(6 * minute);
  expect(await story.stored(later.id)).toMatchObject({ status: "withdrawn", told: ["withdrawn"] });
  expect(await story.statusOf(key)).toBe("waitingForApproval");
  await story.decide("jonas.bergmann", key, "decline");
  await story.pass(6 * minute);
  expect(await story.statusOf(key)).toBe("granted");
  await story.press("alice.moreau", key, "endAccessNow");
  await story.pass(6 * minute);
  expect(await hasAccess(story)).toBe(false);
  expect(await story.operator.requests.get(`${id}-1`)).toMatchObject({ status: "ended" });
});

describe("access that is bound to another ticket", () => {
  /** An incident that Jira knows, with a key that the form can name. */
  async function incident(story: Story) {
    const { body } = await story.call("nadia.rahman", "POST", "/rest/servicedeskapi/request", {
      serviceDeskId: "1",
      requestTypeId: "26",
      requestFieldValues: { [fieldIds.summary]: "The robots stand still" },
    });
    return String(body.issueKey);
  }
  const close = (story: Story, key: string) => story.move("nadia.rahman", key, "closeWithoutAccess");
  const bound = (key: string) => ({ [fieldIds.until]: key });

  test("ends when that ticket is done, after the time of grace; opening it again brings nothing back", async () => {
    const story = await openStory({ policy: quiet(), sweeping: true });
    const other = await incident(story);
    const { key, id } = await give(story, "1 week", bound(other));
    await story.pass(5 * hour);
    expect(await hasAccess(story)).toBe(true);
    await close(story, other);
    await story.pass(10 * minute);
    expect((await said(story, key)).at(-1)).toContain(`${other} is done, so AWS: Developer ends on`);
    await story.move("nadia.rahman", other, "needsAttention");
    expect(await hasAccess(story)).toBe(true);
    await story.pass(hour + 5 * minute);
    expect(await hasAccess(story)).toBe(false);
    expect(await story.statusOf(key)).toBe("ended");
    expect((await said(story, key)).at(-1)).toContain(`${other}, to which it was bound, is done.`);
    expect(await story.stored(id)).toMatchObject({ end: { why: "ticket" } });
    await story.pass(8 * day);
    expect((await story.executions()).map((one) => one.status)).toEqual(["SUCCEEDED"]);
  });

  test("ends at once without a time of grace, also when it has no other end", async () => {
    const policy = policyWith((files) => void delete files.policy.graceAfterTicket);
    const story = await openStory({ policy, sweeping: true });
    const other = await incident(story);
    const { key } = await story.request("aiko.tanabe", option.figmaViewer, { fields: bound(other) });
    expect(await story.statusOf(key)).toBe("granted");
    await close(story, other);
    await story.pass(10 * minute);
    expect(await story.isMember("aiko.tanabe", "figma-viewers")).toBe(false);
    expect(await story.statusOf(key)).toBe("ended");
  });

  test("is refused when there is no such ticket, or it is done", async () => {
    const story = await openStory();
    const other = await incident(story);
    await close(story, other);
    for (const [name, why] of [
      [other, "that ticket is done already"],
      ["ACC-999", "no ticket of that key can be seen"],
      ["../../myself", "no ticket of that key can be seen"],
    ] as const) {
      const { key, id } = await story.request("alice.moreau", option.awsDeveloper, {
        duration: "1 day",
        fields: bound(name),
      });
      expect(await story.stored(id)).toMatchObject({ status: "refused" });
      expect((await said(story, key)).at(-1)).toContain(why);
    }
  });

  test("is not given when that ticket is done before the approval", async () => {
    const story = await openStory();
    const other = await incident(story);
    const { key, id } = await story.request("alice.moreau", option.awsDeveloper, {
      duration: "1 day",
      fields: bound(other),
    });
    await close(story, other);
    await story.decide("jonas.bergmann", key, "approve");
    expect(await hasAccess(story)).toBe(false);
    expect(await story.stored(id)).toMatchObject({ status: "refused" });
  });
});

describe("whoever may move the ticket may end the access", () => {
  test("and the trail says who did", async () => {
    const story = await openStory({ policy: quiet() });
    const { key, id } = await give(story, "1 day");
    await story.move("oskar.weiss", key, "endAccessNow");
    expect(await hasAccess(story)).toBe(false);
    const asked = (await story.trail(id)).find((entry) => entry.action === "access.end-asked");
    expect(asked?.by).toEqual([personOf("oskar.weiss").accountId]);
  });
});

test("somebody who comes back from a suspension does not get back what ended meanwhile", async () => {
  const story = await openStory({ policy: quiet(), sweeping: true });
  const { id } = await give(story, "1 hour");
  const state = `/api/systemusers/${personOf("alice.moreau").jumpcloudId}/state`;
  await story.callJumpCloud("POST", `${state}/suspend`);
  await story.pass(2 * hour);
  await story.callJumpCloud("POST", `${state}/activate`);
  await story.pass(2 * hour);
  expect(await hasAccess(story)).toBe(false);
  expect(await story.stored(id)).toMatchObject({ status: "ended" });
});
