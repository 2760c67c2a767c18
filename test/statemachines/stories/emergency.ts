import { describe, expect, test } from "vitest";
import { fieldIds } from "../../../local/world/jira/fields.ts";
import {
  day,
  groupOf,
  hour,
  openStory,
  option,
  personOf,
  policyWith,
  type Story,
} from "../../support/company-story.ts";

/** Somebody takes AWS administrator for an incident: a ticket that is open. */
async function take(story: Story, login: string, fields: object = {}) {
  const incident = await story.raise("nadia.rahman", option.somethingElse);
  const taken = await story.request(login, option.awsAdministrator, {
    duration: "4 hours",
    fields: { [fieldIds.incident]: incident.key, ...fields },
  });
  return { ...taken, incident };
}

const isAdministrator = (story: Story, login: string) => story.isMember(login, "aws-administrators");

describe("access in an emergency", () => {
  test("is there at once and for a short time; everybody who should know is told; somebody else reviews it", async () => {
    const story = await openStory();
    const { key, id, incident } = await take(story, "jonas.bergmann");
    expect(await isAdministrator(story, "jonas.bergmann")).toBe(true);
    expect(await story.statusOf(key)).toBe("granted");
    expect(await story.actions(id)).not.toContain("approval.asked");
    const [internal, told] = await story.comments(key);
    expect(internal?.public).toBe(false);
    expect(internal?.text).toContain(personOf("viktor.novak").accountId);
    expect(told?.public).toBe(true);
    expect(told?.text).toContain(`for the emergency ${incident.key}`);
    expect(told?.text).toMatch(
      new RegExp(`${personOf("dana.kowalski").accountId}.*: you would have been asked`),
    );
    expect((await story.trail(id))[1]?.facts).toMatchObject({ rule: "emergency" });

    await story.pass(2 * hour);
    expect(await isAdministrator(story, "jonas.bergmann")).toBe(false);
    expect(await story.statusOf(key)).toBe("review");

    const second = await take(story, "jonas.bergmann");
    expect(await story.statusOf(second.key)).toBe("closed");
    expect((await story.comments(second.key))[0]?.text).toContain("has to be reviewed before the next");

    await story.move("leila.haddad", key, "reviewed");
    expect(await story.statusOf(key)).toBe("ended");
    const reviewed = (await story.trail(id)).at(-1);
    expect(reviewed).toMatchObject({ action: "access.reviewed", by: [personOf("leila.haddad").accountId] });
    const third = await take(story, "jonas.bergmann");
    expect(await story.statusOf(third.key)).toBe("granted");
  });

  test("is not reviewed by the person who had it, nor by whoever stands in for them", async () => {
    const story = await openStory({
      policy: policyWith(({ policy }) => {
        const from = personOf("jonas.bergmann").accountId;
        const to = personOf("oskar.weiss").accountId;
        policy.delegations = [{ from, to, first: "2026-11-01", last: "2026-12-01" }];
      }),
    });
    const { key, id } = await take(story, "jonas.bergmann");
    await story.pass(2 * hour);
    await story.move("oskar.weiss", key, "reviewed");
    expect(await story.statusOf(key)).toBe("review");
    expect((await story.comments(key)).at(-1)).toMatchObject({
      public: false,
      text: expect.stringContaining("reviewed by somebody else"),
    });
    expect(await story.actions(id)).not.toContain("access.reviewed");
    await story.move("leila.haddad", key, "reviewed");
    expect(await story.actions(id)).toContain("access.reviewed");
  });

  test("that an agent ends early goes to its review too", async () => {
    const story = await openStory();
    const { key } = await take(story, "jonas.bergmann");
    await story.move("leila.haddad", key, "accessEnded");
    expect(await isAdministrator(story, "jonas.bergmann")).toBe(false);
    expect(await story.statusOf(key)).toBe("review");
  });

  test("whose review no webhook told of is found by the sweeper", async () => {
    const story = await openStory({ sweeping: true });
    const { key, id } = await take(story, "jonas.bergmann");
    await story.pass(2 * hour);
    story.host.idle.add("reconcile-issue");
    await story.move("leila.haddad", key, "reviewed");
    story.host.idle.delete("reconcile-issue");
    await story.pass(2 * hour);
    expect(await story.actions(id)).toContain("access.reviewed");
  });

  test("is for those only whom the catalog names", async () => {
    const story = await openStory();
    const { key } = await take(story, "alice.moreau");
    expect(await story.statusOf(key)).toBe("closed");
    expect((await story.comments(key))[0]?.text).toContain("cannot be taken by this person in an emergency");
  });

  test.each([["no ticket", { [fieldIds.incident]: "ACC-999" }, "no ticket of that key"]])(
    "needs more than %s",
    async (_, fields, why) => {
      const story = await openStory();
      const { key } = await take(story, "jonas.bergmann", fields);
      expect(await story.statusOf(key)).toBe("closed");
      expect((await story.comments(key))[0]?.text).toContain(why);
    },
  );

  test("breaks no separation of duties, not even one with an exception", async () => {
    const story = await openStory({
      policy: policyWith(({ policy }) => {
        const [one, other] = [["aws/administrator"], ["github/developer"]];
        policy.separation = [{ id: "two-eyes", why: "Never both.", one, other, exceptionBy: "owner" }];
      }),
    });
    const path = `/api/v2/usergroups/${groupOf("github-developers")}/members`;
    const { jumpcloudId: user } = personOf("jonas.bergmann");
    await story.callJumpCloud("POST", path, { op: "add", type: "user", id: user });
    const { key } = await take(story, "jonas.bergmann");
    expect((await story.comments(key))[0]?.text).toContain("two-eyes");
    expect(await isAdministrator(story, "jonas.bergmann")).toBe(false);
  });

  test("is given when nobody could have been asked", async () => {
    const story = await openStory({
      policy: policyWith(({ policy }) => {
        policy.fallbackGroup = { id: "9a000000-0000-4000-8000-0000000000ff", name: "nobody" };
        policy.approvals["manager-then-security"] = { stages: [{ ask: [{ jiraUser: "unknown" }] }] };
      }),
    });
    const { key } = await take(story, "jonas.bergmann");
    expect(await story.statusOf(key)).toBe("granted");
  });

  test("is not made longer", async () => {
    const story = await openStory();
    const { key } = await take(story, "jonas.bergmann");
    await story.press("jonas.bergmann", key, "askForMoreTime");
    expect(await story.statusOf(key)).toBe("granted");
    expect((await story.comments(key)).at(-1)?.text).toContain("is not made longer");
    await story.pass(day);
    expect(await isAdministrator(story, "jonas.bergmann")).toBe(false);
    expect(await story.statusOf(key)).toBe("review");
  });
});
