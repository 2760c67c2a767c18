import { describe, expect, test } from "vitest";
import { endAllGrants, resumeGrants, stopGrants } from "../../../cli/grant-commands.ts";
import { day, hour, minute, openStory, option, personOf, type Story } from "../../support/company-story.ts";

function quiet() {
  const lines: string[] = [];
  return { json: false, write: (text: string) => lines.push(text), lines };
}

async function approved(story: Story, login: string, duration = "1 day") {
  const issue = await story.request(login, option.awsDeveloper, { duration });
  await story.decide("jonas.bergmann", issue.key, "approve");
  return issue;
}

describe("when grants are stopped", () => {
  test("nobody is given anything, access still ends, and what was approved follows afterwards", async () => {
    const story = await openStory();
    const before = await approved(story, "alice.moreau", "4 hours");
    await stopGrants(story.operator, "Something is going on.", quiet());
    const during = await approved(story, "tariq.aziz");
    await story.pass(6 * hour);
    expect(await story.isMember("tariq.aziz", "aws-developers")).toBe(false);
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(false);
    expect(await story.statusOf(before.key)).toBe("ended");
    const told = (await story.comments(during.key)).filter(({ text }) => text.includes("No new access"));
    expect(told).toHaveLength(1);
    expect(told[0]?.public).toBe(true);

    await resumeGrants(story.operator, "It was nothing.", quiet());
    await story.pass(15 * minute);
    expect(await story.isMember("tariq.aziz", "aws-developers")).toBe(true);
    expect(await story.statusOf(during.key)).toBe("granted");
    expect((await story.operator.audit.entries("grants")).map(({ action }) => action)).toEqual([
      "grants.stopped",
      "grants.resumed",
    ]);
  });

  test("the very next grant finds it, also in functions that are warm", async () => {
    const story = await openStory();
    await approved(story, "alice.moreau");
    const { key } = await story.request("tariq.aziz", option.awsDeveloper, { duration: "1 day" });
    story.host.before("provision-access", () => stopGrants(story.operator, "Now.", quiet()));
    await story.decide("jonas.bergmann", key, "approve");
    await story.pass(hour);
    expect(await story.isMember("tariq.aziz", "aws-developers")).toBe(false);
  });

  test("a request that waits can be cancelled", async () => {
    const story = await openStory();
    await stopGrants(story.operator, "Now.", quiet());
    const { key } = await approved(story, "alice.moreau");
    await story.move("leila.haddad", key, "cancelRequest");
    await story.pass(15 * minute);
    expect(await story.statusOf(key)).toBe("canceled");
    expect((await story.executions())[0]?.status).toBe("SUCCEEDED");
  });

  test("doing it twice changes nothing", async () => {
    const { operator } = await openStory();
    const output = quiet();
    await stopGrants(operator, "Once.", output);
    await stopGrants(operator, "Twice.", output);
    await resumeGrants(operator, "Over.", output);
    await resumeGrants(operator, "Over.", output);
    expect(output.lines[1]).toBe("Grants are stopped already.\n");
    expect(output.lines[3]).toBe("Grants are not stopped.\n");
    expect(await operator.audit.entries("grants")).toHaveLength(2);
  });
});

describe("an operator who ends access", () => {
  test("of one person ends all of it, through the tickets, and nobody else's", async () => {
    const story = await openStory();
    const alice = await approved(story, "alice.moreau");
    const lasting = await story.request("alice.moreau", option.githubDeveloper);
    await story.decide("jonas.bergmann", lasting.key, "approve");
    const tariq = await approved(story, "tariq.aziz");

    const user = personOf("alice.moreau").jumpcloudId;
    const tried = quiet();
    await endAllGrants(story.operator, { user, why: "Laptop stolen.", dryRun: true }, tried);
    expect(tried.lines.at(-1)).toBe("2 grants would end; nothing was changed.\n");
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(true);

    const done = quiet();
    await endAllGrants(story.operator, { user, why: "Laptop stolen." }, done);
    await story.settle();
    expect(done.lines.at(-1)).toBe("2 grants being taken away.\n");
    for (const { key } of [alice, lasting]) expect(await story.statusOf(key)).toBe("ended");
    for (const group of ["aws-developers", "github-developers"])
      expect(await story.isMember("alice.moreau", group)).toBe(false);
    const ended = (await story.trail(alice.id)).find(({ action }) => action === "access.end-asked");
    expect(ended?.facts).toMatchObject({ through: "operator", note: "Laptop stolen." });
    expect(await story.isMember("tariq.aziz", "aws-developers")).toBe(true);

    await endAllGrants(story.operator, { entitlement: "aws/developer", why: "Over." }, quiet());
    await story.settle();
    expect(await story.statusOf(tariq.key)).toBe("ended");
    const nothing = quiet();
    await endAllGrants(story.operator, { all: true, why: "Over." }, nothing);
    expect(nothing.lines).toEqual(["0 grants being taken away.\n"]);
  });

  test("also ends what a run that needs an operator still holds", async () => {
    const story = await openStory();
    const { key } = await approved(story, "alice.moreau", "4 hours");
    const end = story.jumpcloud.faults.add({ method: "POST", path: /\/members$/, status: 403 });
    await story.pass(day);
    expect(await story.statusOf(key)).toBe("needsAttention");
    end();
    await endAllGrants(story.operator, { application: "aws", why: "Over." }, quiet());
    await story.pass(day);
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(false);
  });

  test("has to say whose", async () => {
    const { operator } = await openStory();
    await expect(endAllGrants(operator, { why: "Over." }, quiet())).rejects.toThrow("Say whose access");
  });
});
