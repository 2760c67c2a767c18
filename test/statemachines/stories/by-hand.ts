import { describe, expect, test } from "vitest";
import { endAllGrants } from "../../../cli/grant-commands.ts";
import { transitionIds } from "../../../local/world/jira/workflow.ts";
import {
  day,
  hour,
  openStory,
  option,
  personOf,
  policyWith,
  type Story,
} from "../../support/company-story.ts";

/** The server room's key card: no group gives it. Tickets are worked on by Leila and Nadia. */
async function approved(story: Story, login = "alice.moreau", duration = "1 day") {
  const issue = await story.request(login, option.keyCard, { duration });
  await story.decide("jonas.bergmann", issue.key, "approve");
  return issue;
}

async function given(story: Story, duration = "1 day") {
  const issue = await approved(story, "alice.moreau", duration);
  await story.move("leila.haddad", issue.key, "accessGranted");
  return issue;
}

describe("access that no group gives", () => {
  test("is given by a person after the approval, and taken away by one at its end", async () => {
    const story = await openStory();
    const { key, id } = await approved(story);
    expect(await story.statusOf(key)).toBe("manual");
    expect((await story.comments(key)).at(-1)).toMatchObject({
      public: false,
      text: expect.stringContaining("Server room: Key card by hand, for 1 day."),
    });
    await story.pass(10 * hour);
    expect((await story.stored(id)).status).toBe("approved");

    await story.move("leila.haddad", key, "accessGranted");
    expect(await story.stored(id)).toMatchObject({ status: "granted" });
    expect((await story.comments(key)).at(-1)).toMatchObject({
      public: true,
      text: expect.stringContaining("now has Server room: Key card."),
    });
    await story.pass(day - hour);
    expect((await story.stored(id)).status).toBe("granted");
    await story.pass(2 * hour);
    expect(await story.statusOf(key)).toBe("manual");
    expect((await story.comments(key)).at(-1)).toMatchObject({
      public: false,
      text: expect.stringContaining("’s Server room: Key card away by hand"),
    });
    await story.pass(5 * hour);
    expect((await story.stored(id)).status).toBe("ending");

    await story.move("nadia.rahman", key, "accessEnded");
    expect(await story.statusOf(key)).toBe("ended");
    expect(await story.actions(id)).toEqual([
      "request.opened",
      "request.checked",
      "approval.asked",
      "approval.given",
      "access.given-by-hand",
      "access.intended",
      "access.granted",
      "ticket.told",
      "holder.warned",
      "access.taken-by-hand",
      "access.ended",
      "ticket.told",
    ]);
    const by = (await story.trail(id)).flatMap((entry) => (/by-hand/.test(entry.action) ? entry.by : []));
    expect(by).toEqual([personOf("leila.haddad").accountId, personOf("nadia.rahman").accountId]);
    expect((await story.executions())[0]?.status).toBe("SUCCEEDED");
  });

  test("is not given by saying so for oneself", async () => {
    const story = await openStory();
    const { key, id } = await approved(story, "leila.haddad");
    const manager = await story.stored(id);
    if (manager.status === "asked")
      for (const login of ["nadia.rahman", "samuel.adeyemi", "helena.brandt"])
        await story.decide(login, key, "approve");
    expect(await story.statusOf(key)).toBe("manual");
    await story.move("leila.haddad", key, "accessGranted");
    expect((await story.stored(id)).status).toBe("approved");
    expect((await story.comments(key)).at(-1)).toMatchObject({
      public: false,
      text: expect.stringContaining("Somebody else than the people whose access it is"),
    });
    await story.move("nadia.rahman", key, "passOnToDo");
    await story.move("nadia.rahman", key, "accessGranted");
    expect((await story.stored(id)).status).toBe("granted");
  });

  test("can be cancelled until it is given", async () => {
    const story = await openStory();
    const { key, id } = await approved(story);
    await story.press("alice.moreau", key, "cancelRequest");
    expect(await story.stored(id)).toMatchObject({ status: "withdrawn" });
    expect((await story.executions())[0]?.status).toBe("SUCCEEDED");
  });

  test("is asked for again and again until somebody does it", async () => {
    const story = await openStory();
    const { key, id } = await approved(story);
    await story.pass(10 * day);
    const asked = (await story.comments(key)).filter(({ text }) => text.includes("by hand, for"));
    expect(asked.length).toBeGreaterThan(2);
    await story.move("leila.haddad", key, "accessGranted");
    expect((await story.stored(id)).status).toBe("granted");
  });

  test("is given while nobody listens, and found by the sweeper", async () => {
    const story = await openStory({ sweeping: true });
    const { key, id } = await approved(story);
    story.host.idle.add("reconcile-issue");
    await story.move("leila.haddad", key, "accessGranted");
    story.host.idle.delete("reconcile-issue");
    await story.pass(2 * hour);
    expect((await story.stored(id)).status).toBe("granted");
  });

  test("ended early by its holder waits for somebody who takes it away", async () => {
    const story = await openStory();
    const { key, id } = await given(story);
    await story.press("alice.moreau", key, "endAccessNow");
    expect(await story.statusOf(key)).toBe("manual");
    expect((await story.stored(id)).status).toBe("ending");
    await story.move("nadia.rahman", key, "accessEnded");
    expect((await story.stored(id)).status).toBe("ended");
  });

  test("is over when an agent moves the ticket to its end, which says that it is done", async () => {
    const story = await openStory();
    const { key, id } = await given(story);
    await story.move("nadia.rahman", key, "accessEnded");
    expect((await story.stored(id)).status).toBe("ended");
    expect(await story.statusOf(key)).toBe("ended");
    expect((await story.comments(key)).filter(({ text }) => text.includes("away by hand"))).toEqual([]);
  });

  test("ended by an operator waits for a person too", async () => {
    const story = await openStory();
    const { key, id } = await given(story);
    const user = personOf("alice.moreau").jumpcloudId;
    await endAllGrants(story.operator, { user, why: "Laptop stolen." }, { json: false, write: () => {} });
    await story.settle();
    expect((await story.stored(id)).status).toBe("ending");
    expect(await story.statusOf(key)).toBe("manual");
  });

  test("is made longer without anybody doing anything by hand", async () => {
    const story = await openStory();
    const { key, id } = await given(story);
    await story.press("alice.moreau", key, "askForMoreTime");
    await story.decide("jonas.bergmann", key, "approve");
    expect(await story.statusOf(key)).toBe("granted");
    expect((await story.operator.requests.get(`${id}-1`)).status).toBe("ended");
    expect((await story.operator.requests.get(`${id}-2`)).status).toBe("granted");
    await story.pass(3 * day);
    expect(await story.statusOf(key)).toBe("manual");
  });

  test("counts for what requires it from when it is given until it is taken away", async () => {
    const story = await openStory({
      policy: policyWith(({ catalog }) => {
        const zoom = catalog.applications.find(({ id }) => id === "zoom");
        for (const entitlement of zoom?.entitlements ?? []) entitlement.requires = ["server-room/key-card"];
      }),
    });
    const early = await story.request("alice.moreau", option.zoom);
    expect(await story.statusOf(early.key)).toBe("closed");
    const { key } = await given(story);
    const later = await story.request("alice.moreau", option.zoom);
    expect(await story.statusOf(later.key)).not.toBe("closed");
    await story.move("nadia.rahman", key, "accessEnded");
    await story.settle();
    const late = await story.request("alice.moreau", option.zoom);
    expect(await story.statusOf(late.key)).toBe("closed");
  });

  test.each([
    ["given", "accessGranted", "granted"],
    ["taken away", "accessEnded", "ended"],
  ] as const)("%s before the run came to wait for that is found", async (_, transition, status) => {
    const story = await openStory();
    const moved = () =>
      story.call("leila.haddad", "POST", `/rest/api/3/issue/${key}/transitions`, {
        transition: { id: transitionIds[transition] },
      });
    const { key, id } = await story.request("alice.moreau", option.keyCard, { duration: "1 day" });
    if (status === "granted") story.whenMovedTo("To be done by hand", moved);
    await story.decide("jonas.bergmann", key, "approve");
    if (status === "ended") {
      await story.move("leila.haddad", key, "accessGranted");
      story.whenMovedTo("To be done by hand", moved);
      await story.pass(day);
    }
    await story.pass(2 * hour);
    expect((await story.stored(id)).status).toBe(status);
    expect((await story.executions())[0]?.status).toBe(status === "granted" ? "RUNNING" : "SUCCEEDED");
  });

  test("is not called late while people still have time to take it away, and is when they let that pass", async () => {
    const story = await openStory({
      sweeping: true,
      policy: policyWith(({ policy }) => {
        policy.reminders = ["2h"];
        policy.expiresAfter = "6h";
      }),
    });
    const { id } = await given(story, "1 hour");
    await story.pass(5 * hour);
    const lateness = () =>
      story.host.lines.flatMap((line) => Number(/"LatenessSeconds":(\d+)/.exec(line)?.[1] ?? 0));
    expect(Math.max(...lateness())).toBe(0);
    await story.pass(4 * hour);
    expect(Math.max(...lateness())).toBeGreaterThan(0);
    expect((await story.stored(id)).status).toBe("ending");
  });
});
