import { describe, expect, test } from "vitest";
import { fieldIds } from "../../local/world/jira/fields.ts";
import { statusIds, transitionIds } from "../../local/world/jira/workflow.ts";
import { accessTypes } from "../../src/policy/site.ts";
import { day, minute, openStory, option, personOf, policyWith } from "../support/company-story.ts";
import { fault } from "./list.ts";
import { callsOfLatchkey } from "./once.ts";
import { watch } from "./watch.ts";
import { isMove } from "./wires.ts";

describe(fault(16), () => {
  test.each([400, 409])("the ticket is where it shall be, and Jira answers %s", async (status) => {
    const story = await openStory();
    const wire = await story.wireTo("Jira");
    const watched = await watch(story);
    const issue = await story.request("alice.moreau", option.githubDeveloper);
    // Between Latchkey's look at the ticket and its move.
    story.host.before("close-request", async () => {
      const effect = { status, body: {} };
      wire.faults.add({
        fits: isMove,
        times: 1,
        delayMs: 1_000,
        effect,
      });
      story.clock.at(story.clock.now() + 500, () => {
        const done = story.clock.busy();
        const transition = { id: transitionIds.accessGranted };
        const path = `/rest/api/3/issue/${issue.key}/transitions`;
        void story.call("nadia.rahman", "POST", path, { transition }).finally(done);
      });
    });
    await story.decide("jonas.bergmann", issue.key, "approve");
    await story.pass(minute);
    const { moves, comments } = await watched.expectOnce(issue, { status: "granted" });
    expect(moves.at(-1)?.by).toBe("Nadia Rahman");
    expect(comments).toHaveLength(1);
  });

  test("the ticket is where no way leads on", async () => {
    const policy = policyWith(({ site }) => {
      for (const { statuses } of accessTypes(site)) {
        // Nothing leads from Approved to there.
        statuses.granted = statusIds.extending;
        delete statuses.extending;
      }
    });
    const story = await openStory({ policy });
    const watched = await watch(story);
    const issue = await story.request("alice.moreau", option.githubDeveloper);
    await story.decide("jonas.bergmann", issue.key, "approve");
    await story.pass(minute);
    const { request, comments } = await watched.record(issue);
    expect(request).toMatchObject({ status: "failed", failure: { error: "TransitionMissingError" } });
    expect(comments.map(({ text }) => text).join()).toContain("now has GitHub: Developer");
  });
});

test(fault(17), async () => {
  const story = await openStory();
  const watched = await watch(story);
  const limited = await story.request("alice.moreau", option.githubDeveloper);
  const other = await story.request("tariq.aziz", option.zoom);
  const headers = { "retry-after": "7", "ratelimit-reason": "jira-per-issue-on-write" };
  const path = new RegExp(`${limited.id}/(transitions|comment)$`);
  story.jira.faults.add({ method: "POST", path, status: 429, headers, times: 2 });
  await story.decideOnly("jonas.bergmann", limited.key, "approve");
  await story.decideOnly("jonas.bergmann", other.key, "approve");
  await story.pass(5 * minute);
  const [{ jira } = { jira: [] }] = await watched.expectAllOnce([
    [limited, { status: "granted" }],
    [other, { status: "granted" }],
  ]);
  const writes = callsOfLatchkey(jira).filter((call) => call.method === "POST");
  const tries = writes.filter((call) => call.path.search(path) >= 0);
  const refused = tries.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(2);
  for (const { at } of refused) {
    const next = tries.find((call) => call.at > at);
    expect((next?.at ?? 0) - at).toBeGreaterThanOrEqual(7_000);
  }
  const granted = story.events.find(
    (event) => event.type === "status changed" && event.issueKey === other.key && event.to === "Granted",
  );
  expect(granted?.at).toBeLessThan((refused[0]?.at ?? 0) + 7_000);
});

test(fault(18), async () => {
  const story = await openStory();
  const watched = await watch(story);
  const issue = await story.request("alice.moreau", option.githubDeveloper);
  story.jira.settings.readsLagMs = 20_000;
  const began = story.clock.now();
  await story.decideOnly("jonas.bergmann", issue.key, "approve");
  await story.pass(2 * minute);
  const { trail, jira } = await watched.expectOnce(issue, { status: "granted" });
  expect(trail.map(({ action }) => action)).not.toContain("approval.blocked");
  // Latchkey looks again after 1, 2, 4, 8 and 8 s, not every 5 s for a minute: what comes soon is seen soon, and no function stands
  // still for long. What comes later still is found by the sweeper.
  const looks = callsOfLatchkey(jira).filter(({ at, method }) => at >= began && method === "GET");
  expect(new Set(looks.map(({ at }) => at)).size).toBeGreaterThanOrEqual(4);
});

describe(fault(19), () => {
  type Case = [who: string, approver: string, why: string, change?: object];
  test.each<Case>([
    ["the requester", "alice.moreau", "nobody may approve access for themselves"],
    ["somebody who was not asked", "mei.chen", "it was given by somebody who was not asked"],
    ["deactivated", "jonas.bergmann", "the approver's account is not active", { active: false }],
  ])("%s", async (_, approver, why, change) => {
    const story = await openStory();
    const watched = await watch(story);
    const issue = await story.request("alice.moreau", option.githubDeveloper);
    const { accountId } = personOf(approver);
    await story.call("nadia.rahman", "PUT", `/rest/api/3/issue/${issue.key}`, {
      fields: { [fieldIds.approvers]: [{ accountId }] },
    });
    await story.settle();
    const late = story.jira.deliveryFaults.add({ effect: "delay", delayMs: minute });
    await story.decideOnly(approver, issue.key, "approve");
    if (change) story.jira.accounts.change(accountId, change);
    await story.pass(2 * minute);
    late();
    const { request, comments, trail } = await watched.expectOnce(issue, { status: "blocked" });
    expect(request).toMatchObject({ why });
    expect(comments).toEqual([{ public: false, text: expect.stringContaining("BLOCKED_UNAPPROVED") }]);
    expect(trail.at(-1)).toMatchObject({ action: "approval.blocked", facts: { why } });

    await story.move("oskar.weiss", issue.key, "askForAnotherApproval");
    expect((await story.stored(issue.id)).status).toBe("asked");
  });

  // JSM does not say whether an approver is a bot, so none is ever asked; a ticket's history does say who moved it.
  test("a bot, where the ticket's history is the proof", async () => {
    const policy = policyWith(({ site }) => {
      for (const requestType of site.requestTypes) requestType.proof = "transition";
    });
    const story = await openStory({ policy });
    const watched = await watch(story);
    const issue = await story.request("oskar.weiss", option.zoom);
    story.jira.accounts.change(personOf("nadia.rahman").accountId, { accountType: "app" });
    await story.move("nadia.rahman", issue.key, "skipApproval");
    await story.pass(minute);
    const { request } = await watched.expectOnce(issue, { status: "blocked" });
    expect(request).toMatchObject({ why: "it was given by a bot" });
  });
});

describe(fault(20), () => {
  test("the approver's account is gone: others are asked, and nothing is granted before they say yes", async () => {
    const story = await openStory();
    const watched = await watch(story);
    const issue = await story.request("alice.moreau", option.githubDeveloper);
    const { accountId } = personOf("jonas.bergmann");
    story.host.before("provision-access", async () => {
      story.jira.accounts.change(accountId, { active: false });
    });
    await story.decide("jonas.bergmann", issue.key, "approve");
    const { trail, request } = await watched.expectOnce(issue, { status: "asked" });
    expect(trail.map(({ action }) => action)).toContain("approval.missing");
    // The manager's account is gone, so the group of last resort is asked.
    expect(request).toMatchObject({ asked: { source: "group it-administrators" } });
    await story.decide("nadia.rahman", issue.key, "approve");
    await watched.expectOnce(issue, { status: "granted" });
  });

  test("the ticket is cancelled: the request is withdrawn", async () => {
    const story = await openStory();
    const watched = await watch(story);
    const issue = await story.request("alice.moreau", option.githubDeveloper);
    story.host.before("provision-access", () => story.pressOnly("alice.moreau", issue.key, "cancelRequest"));
    await story.decide("jonas.bergmann", issue.key, "approve");
    await watched.expectOnce(issue, { status: "withdrawn" });
  });
});

test(fault(24), async () => {
  const story = await openStory();
  const watched = await watch(story);
  const asked = story.clock.now();
  const issue = await story.request("alice.moreau", option.githubDeveloper);
  await story.clock.advance(asked + 7 * day - story.clock.now() - 1);
  await watched.expectOnce(issue, { status: "asked" });
  await story.clock.advance(1);
  await story.clock.advance(1_000);
  expect(await story.decide("jonas.bergmann", issue.key, "approve")).toBe(409);
  await story.pass(day);
  const { comments, trail } = await watched.expectOnce(issue, { status: "expired" });
  // The times are the example policy's: reminders after one day and after three, the second to others too, and the end after seven.
  const after = (action: string) =>
    trail.filter((entry) => entry.action === action).map(({ at }) => Math.round((at - asked) / minute));
  expect(after("approval.reminded")).toEqual([1, 3].map((days) => (days * day) / minute));
  expect(after("approval.escalated")).toEqual([(3 * day) / minute]);
  expect(after("request.expired")).toEqual([(7 * day) / minute]);
  expect(comments.at(-1)?.text).toContain("Nobody decided on GitHub: Developer in time");
});
