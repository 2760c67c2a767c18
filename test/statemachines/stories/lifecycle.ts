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

/** Stories of people who come, change and go, by the example rules of `policy/actions.yaml`. */

const account = (login: string) => ({ accountId: personOf(login).accountId });
const userId = (login: string) => personOf(login).jumpcloudId;
const inDays = (story: Story, days: number) => new Date(story.clock.now() + days * day).toISOString();
const texts = async (story: Story, key: string) =>
  (await story.comments(key)).map((one) => one.text).join("\n");

async function userNamed(story: Story, username: string) {
  const { body } = await story.callJumpCloud("GET", `/api/systemusers?filter=username:$eq:${username}`);
  return body.results[0];
}
const groupsOf = async (story: Story, id: string) => {
  const { body } = await story.callJumpCloud("GET", `/api/v2/users/${id}/memberof?limit=100`);
  return body.map((one: { id: string }) => one.id).sort();
};
const applicationsOf = async (story: Story, id: string) => {
  const path = `/api/v2/users/${id}/associations?targets=application`;
  return (await story.callJumpCloud("GET", path)).body.map((one: { to: { id: string } }) => one.to.id).sort();
};
/** What somebody has: the account, groups, applications of their own, and whose manager they are. */
async function whole(story: Story, login: string) {
  const id = userId(login);
  const { state, manager, department } = await story.user(login);
  const filter = { and: [{ manager: { $eq: id } }] };
  const reports = await story.callJumpCloud("POST", "/api/search/systemusers", { filter, fields: "manager" });
  return {
    state,
    manager,
    department,
    groups: await groupsOf(story, id),
    applications: await applicationsOf(story, id),
    reports: reports.body.results.map((one: { _id: string }) => one._id).sort(),
  };
}

describe("a new colleague", () => {
  const form = (story: Story, parts: object = {}) => ({
    [fieldIds.firstName]: " Nora ",
    [fieldIds.lastName]: "Ek",
    [fieldIds.department]: "Engineering",
    [fieldIds.manager]: account("jonas.bergmann"),
    [fieldIds.start]: inDays(story, 10),
    ...parts,
  });
  const hire = async (story: Story, parts: object = {}) => {
    const issue = await story.ask("samuel.adeyemi", "30", form(story, parts));
    await story.decide("beatrice.conti", issue.key, "approve");
    return issue;
  };

  test("has an account, with the groups of the department, that comes to life on the first day", async () => {
    const story = await openStory();
    const { key, id } = await hire(story);
    const nora = await userNamed(story, "nora.ek");
    expect(nora).toMatchObject({
      state: "STAGED",
      email: "nora.ek@fernhill.example",
      firstname: "Nora",
      department: "Engineering",
      manager: userId("jonas.bergmann"),
    });
    const { policy } = policyWith();
    const bundles =
      policy.actions?.bundles?.filter(({ id }) => ["everybody", "engineering"].includes(id)) ?? [];
    for (const group of bundles.flatMap(({ groups }) => groups))
      expect(await groupsOf(story, nora._id)).toContain(group);
    expect(await story.statusOf(key)).toBe("held");
    expect(await texts(story, key)).toMatch(/activate-user\W+on 30 Nov 2026/);
    expect(story.events.map(({ type }) => type)).not.toContain("activation mail sent");

    await story.pass(9 * day);
    expect((await userNamed(story, "nora.ek")).state).toBe("STAGED");
    await story.pass(day + hour);
    expect((await userNamed(story, "nora.ek")).state).toBe("ACTIVATED");
    expect(story.events.filter(({ type }) => type === "activation mail sent")).toHaveLength(1);
    expect(await story.statusOf(key)).toBe("done");
    expect(await story.storedActions(id)).toMatchObject({ status: "done" });
    expect(await story.executions("directory-action")).toHaveLength(1);
  });

  test("comes earlier, or later, when the date on the ticket says so", async () => {
    for (const [days, before] of [
      [3, 2],
      [20, 19],
    ] as const) {
      const story = await openStory();
      const { key, id } = await hire(story);
      await story.pass(day);
      const fields = { [fieldIds.start]: inDays(story, days) };
      await story.call("nadia.rahman", "PUT", `/rest/api/3/issue/${key}`, { fields });
      await story.pass(before * day);
      expect((await userNamed(story, "nora.ek")).state).toBe("STAGED");
      await story.pass(day + hour);
      expect((await userNamed(story, "nora.ek")).state).toBe("ACTIVATED");
      await story.pass(20 * day);
      expect(await story.storedActions(id)).toMatchObject({ status: "done" });
      expect(story.events.filter(({ type }) => type === "activation mail sent")).toHaveLength(1);
      expect((await story.executions("directory-action")).map(({ status }) => status)).not.toContain(
        "FAILED",
      );
    }
  });

  test("whose name is taken already stops, and goes on when an agent has corrected it", async () => {
    const story = await openStory();
    const { key, id } = await hire(story, { [fieldIds.firstName]: "Alice", [fieldIds.lastName]: "Moreau" });
    expect(await story.statusOf(key)).toBe("needsAttention");
    expect(await texts(story, key)).toContain("JumpCloud has an account with that address or that user name");
    const fields = { [fieldIds.firstName]: "Alice J", [fieldIds.lastName]: "Moreau" };
    await story.call("nadia.rahman", "PUT", `/rest/api/3/issue/${key}`, {
      fields: { ...fields, [fieldIds.firstName]: "Alice-J" },
    });
    await story.pass(minute);
    await story.move("nadia.rahman", key, "tryAgain");
    // What was approved was something else.
    expect(await story.storedActions(id)).toMatchObject({ status: "asked" });
    await story.decide("beatrice.conti", key, "approve");
    expect(await userNamed(story, "alice-j.moreau")).toMatchObject({ state: "STAGED" });
    expect(await story.statusOf(key)).toBe("held");
  });

  test("who does not come after all keeps a staged account that nobody can use", async () => {
    const story = await openStory();
    const { key, id } = await hire(story);
    await story.move("nadia.rahman", key, "closeWithoutAccess");
    expect(await story.storedActions(id)).toMatchObject({ status: "done" });
    expect(await texts(story, key)).toMatch(/activate-user\W+left out/);
    await story.pass(11 * day);
    expect((await userNamed(story, "nora.ek")).state).toBe("STAGED");
    expect(await story.statusOf(key)).toBe("closed");
    expect(await story.executions("directory-action")).toMatchObject([{ status: "SUCCEEDED" }]);
  });

  test("is told of on the ticket when the form does not say enough", async () => {
    const story = await openStory();
    const { key } = await story.ask(
      "samuel.adeyemi",
      "30",
      form(story, { [fieldIds.manager]: account("zoe.papadaki"), [fieldIds.lastName]: "Ö" }),
    );
    expect(await story.statusOf(key)).toBe("closed");
    expect(await texts(story, key)).toContain("“First name, Last name” cannot be used as it is");
  });
});

describe("somebody who leaves", () => {
  const leave = async (story: Story, login: string, successor: string, parts: object = {}) => {
    const issue = await story.ask("samuel.adeyemi", "31", {
      [fieldIds.beneficiary]: account(login),
      [fieldIds.manager]: account(successor),
      ...parts,
    });
    await story.decide("beatrice.conti", issue.key, "approve");
    await story.decide("amara.diallo", issue.key, "approve");
    return issue;
  };
  const bringBack = async (story: Story, key: string) => {
    await story.move("nadia.rahman", key, "restore");
    await story.decide("beatrice.conti", key, "approve");
    await story.pass(minute);
  };
  const bind = (story: Story, login: string) =>
    story.callJumpCloud("POST", `/api/v2/users/${userId(login)}/associations`, {
      op: "add",
      type: "application",
      id: "7b00000000000000000c0009",
    });

  test("has nothing left, and after thirty days no account", async () => {
    const story = await openStory();
    await bind(story, "jonas.bergmann");
    const { key, id } = await leave(story, "jonas.bergmann", "mei.chen");
    expect(await whole(story, "jonas.bergmann")).toMatchObject({
      state: "SUSPENDED",
      groups: [expect.any(String)],
      applications: [],
      reports: [],
    });
    expect((await story.user("alice.moreau")).manager).toBe(userId("mei.chen"));
    expect(await story.statusOf(key)).toBe("held");
    const said = await texts(story, key);
    expect(said).toContain("take-snapshot");
    expect(said).toContain("☐ Take back the computer");
    await story.pass(30 * day + hour);
    expect((await story.callJumpCloud("GET", `/api/systemusers/${userId("jonas.bergmann")}`)).status).toBe(
      404,
    );
    expect(await story.statusOf(key)).toBe("done");
    expect(await story.storedActions(id)).toMatchObject({ status: "done" });
    const trail = await story.operator.audit.entries(`${id}-1/0`);
    expect(await texts(story, key)).toContain(`hash ${trail.at(-1)?.hash}`);
  });

  test("is named with the applications that they own, so that somebody else can", async () => {
    const story = await openStory();
    const { key } = await leave(story, "dana.kowalski", "marcus.oyelaran");
    expect(await texts(story, key)).toContain(
      `${personOf("dana.kowalski").accountId}] owns github in catalog.yaml: name somebody else there`,
    );
  });

  test("has no access by any request any more: the tickets are told", async () => {
    const story = await openStory({ sweeping: true });
    const { key, id } = await story.request("alice.moreau", option.awsDeveloper, { duration: "30 days" });
    await story.decide("jonas.bergmann", key, "approve");
    await leave(story, "alice.moreau", "mei.chen");
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(false);
    await story.pass(30 * minute);
    expect(await story.stored(id)).toMatchObject({ status: "ended", end: { why: "early" } });
    expect(await story.statusOf(key)).toBe("ended");
    expect(await texts(story, key)).toContain("has been taken away");
  });

  test("goes on the last day, not before", async () => {
    const story = await openStory();
    await leave(story, "alice.moreau", "mei.chen", { [fieldIds.start]: inDays(story, 5) });
    expect((await story.user("alice.moreau")).state).toBe("ACTIVATED");
    await story.pass(5 * day + hour);
    expect((await story.user("alice.moreau")).state).toBe("SUSPENDED");
  });

  test("comes back to exactly what was there", async () => {
    const story = await openStory();
    await bind(story, "jonas.bergmann");
    const before = await whole(story, "jonas.bergmann");
    const { key, id } = await leave(story, "jonas.bergmann", "mei.chen");
    expect(await whole(story, "jonas.bergmann")).not.toEqual(before);
    await bringBack(story, key);
    expect(await whole(story, "jonas.bergmann")).toEqual(before);
    expect(await story.statusOf(key)).toBe("done");
    expect(await story.storedActions(id)).toMatchObject({ generation: 2, status: "done" });
    // The account is not deleted any more.
    await story.pass(40 * day);
    expect(await whole(story, "jonas.bergmann")).toEqual(before);
  });

  test("comes back without access that has ended meanwhile, and with the end of what has not", async () => {
    const story = await openStory({ sweeping: true });
    for (const [wanted, duration] of [
      [option.githubDeveloper, "1 day"],
      [option.awsDeveloper, "30 days"],
    ] as const) {
      const { key } = await story.request("alice.moreau", wanted, { duration });
      await story.decide("jonas.bergmann", key, "approve");
    }
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(true);
    const { key } = await leave(story, "alice.moreau", "mei.chen");
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(false);
    await story.pass(hour);
    story.host.idle.add("sweep-requests");
    await story.pass(2 * day);
    await bringBack(story, key);
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(false);
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(true);
    await story.pass(29 * day);
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(false);
  });

  test("who is in a protected group is taken out of the others, and the ticket names it", async () => {
    const story = await openStory();
    const { key } = await leave(story, "oskar.weiss", "nadia.rahman");
    expect((await story.user("oskar.weiss")).state).toBe("SUSPENDED");
    expect(await story.isMember("oskar.weiss", "it-administrators")).toBe(true);
    expect(await story.isMember("oskar.weiss", "slack-members")).toBe(false);
    expect(await texts(story, key)).toContain("is protected by the policy");
    expect(await story.statusOf(key)).toBe("needsAttention");
  });
});

describe("somebody who changes departments", () => {
  test("has the groups of the new one at once, and loses those of the old one after the time for a look", async () => {
    const story = await openStory();
    const { key, id } = await story.ask("samuel.adeyemi", "32", {
      [fieldIds.beneficiary]: account("alice.moreau"),
      [fieldIds.department]: "Design",
      [fieldIds.manager]: account("lucia.romano"),
    });
    await story.decide("beatrice.conti", key, "approve");
    expect(await story.user("alice.moreau")).toMatchObject({
      department: "Design",
      manager: userId("lucia.romano"),
    });
    expect(await story.isMember("alice.moreau", "figma-editors")).toBe(true);
    expect(await story.isMember("alice.moreau", "engineering")).toBe(true);
    expect(await story.statusOf(key)).toBe("held");
    await story.pass(14 * day + hour);
    expect(await story.isMember("alice.moreau", "engineering")).toBe(false);
    expect(await story.isMember("alice.moreau", "figma-editors")).toBe(true);
    expect(await story.isMember("alice.moreau", "slack-members")).toBe(true);
    expect(await story.statusOf(key)).toBe("done");
    expect(await story.storedActions(id)).toMatchObject({ status: "done" });
  });

  test("keeps what they had when somebody closes the ticket before", async () => {
    const story = await openStory();
    const { key } = await story.ask("samuel.adeyemi", "32", {
      [fieldIds.beneficiary]: account("alice.moreau"),
      [fieldIds.department]: "Design",
      [fieldIds.manager]: account("lucia.romano"),
    });
    await story.decide("beatrice.conti", key, "approve");
    await story.move("nadia.rahman", key, "done");
    await story.pass(15 * day);
    expect(await story.isMember("alice.moreau", "engineering")).toBe(true);
  });
});
