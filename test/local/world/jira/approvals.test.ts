import { expect, test } from "vitest";
import { fieldIds } from "../../../../local/world/jira/fields.ts";
import { transitionIds } from "../../../../local/world/jira/workflow.ts";
import {
  accountId,
  askForApproval,
  type Caller,
  decide,
  jiraSite,
  raise,
  read,
  statusOf,
  textAt,
} from "./jira-site.ts";

const approvalsOf = async (caller: Caller, key: string) =>
  read((await caller.get(`/rest/servicedeskapi/request/${key}/approval`)).body, "values");

const outcome = async (...decision: Parameters<typeof decide>) =>
  read((await decide(...decision)).body, "finalDecision");

async function waiting(approvers: string[]) {
  const site = await jiraSite();
  const key = await raise(site.as("alice.moreau"));
  const approval = await askForApproval(site.latchkey, key, approvers);
  return { ...site, key, approval };
}

test("an approver approves: the record is complete and the request moves, by the approver's hand", async () => {
  const { as, latchkey, clock, key, approval } = await waiting(["jonas.bergmann"]);
  expect(await approvalsOf(latchkey, key)).toMatchObject([
    { finalDecision: "pending", canAnswerApproval: false },
  ]);
  await clock.advance(3_600_000);
  const answer = await decide(as("jonas.bergmann"), key, approval, "approve");
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    finalDecision: "approved",
    canAnswerApproval: false,
    approvers: [{ approver: { accountId: accountId("jonas.bergmann") }, approverDecision: "approved" }],
    createdDate: { iso8601: "2026-01-05T09:00:00+0000" },
    completedDate: { iso8601: "2026-01-05T10:00:00+0000", epochMillis: Date.UTC(2026, 0, 5, 10) },
  });
  expect(await statusOf(latchkey, key)).toBe("Approved");
  const history = await latchkey.get(`/rest/api/3/issue/${key}/changelog`);
  expect(read(history.body, "values.-1")).toMatchObject({
    author: { accountId: accountId("jonas.bergmann") },
    items: [{ fieldId: "status", from: "10101", to: "10102" }],
  });
});

test("a decline declines at once and sets the resolution", async () => {
  const { as, latchkey, key, approval } = await waiting(["jonas.bergmann", "mei.chen"]);
  expect(await outcome(as("mei.chen"), key, approval, "decline")).toBe("declined");
  const { body } = await latchkey.get(`/rest/api/3/issue/${key}`);
  expect(read(body, "fields")).toMatchObject({
    status: { name: "Declined" },
    resolution: { name: "Declined" },
  });
});

test("whoever is not asked cannot answer, and nobody answers for somebody else", async () => {
  const { as, latchkey, key, approval } = await waiting(["jonas.bergmann"]);
  expect((await decide(latchkey, key, approval, "approve")).status).toBe(403);
  expect((await decide(as("nadia.rahman"), key, approval, "approve")).status).toBe(403);
  expect((await decide(as("hugo.laurent"), key, approval, "approve")).status).toBe(404);
  expect((await decide(as("jonas.bergmann"), key, "777", "approve")).status).toBe(404);
  const wrong = await as("jonas.bergmann").post(`/rest/servicedeskapi/request/${key}/approval/${approval}`, {
    decision: "maybe",
  });
  expect(wrong.status).toBe(400);
  expect(await statusOf(latchkey, key)).toBe("Waiting for approval");
});

test("an answer is final, and a completed approval takes no more", async () => {
  const { as, key, approval, jira, latchkey } = await waiting(["jonas.bergmann", "mei.chen"]);
  expect((await decide(as("jonas.bergmann"), key, approval, "approve")).status).toBe(200);
  expect((await decide(as("jonas.bergmann"), key, approval, "decline")).status).toBe(409);
  expect((await decide(as("mei.chen"), key, approval, "decline")).status).toBe(409);
  expect(jira.calls.all().filter((call) => call.status === 409)).toHaveLength(2);
  expect(await statusOf(latchkey, key)).toBe("Approved");
});

test("with two approvals wanted the first one leaves the request waiting", async () => {
  const site = await jiraSite();
  site.jira.settings.approval.conditionValue = 2;
  const key = await raise(site.as("alice.moreau"));
  const approval = await askForApproval(site.latchkey, key, ["jonas.bergmann", "mei.chen", "dana.kowalski"]);
  const first = await decide(site.as("jonas.bergmann"), key, approval, "approve");
  expect(first.body).toMatchObject({ finalDecision: "pending" });
  expect(first.body).not.toHaveProperty("completedDate");
  expect(await statusOf(site.latchkey, key)).toBe("Waiting for approval");
  expect((await decide(site.as("jonas.bergmann"), key, approval, "approve")).status).toBe(409);
  await decide(site.as("dana.kowalski"), key, approval, "approve");
  expect(await statusOf(site.latchkey, key)).toBe("Approved");
});

test("when fewer people are asked than have to approve, all of them have to", async () => {
  const site = await jiraSite();
  site.jira.settings.approval.conditionValue = 3;
  const key = await raise(site.as("alice.moreau"));
  const approval = await askForApproval(site.latchkey, key, ["jonas.bergmann", "mei.chen"]);
  expect(await outcome(site.as("mei.chen"), key, approval, "approve")).toBe("pending");
  expect(await outcome(site.as("jonas.bergmann"), key, approval, "approve")).toBe("approved");
});

test("a share of the approvers can be enough", async () => {
  const site = await jiraSite();
  Object.assign(site.jira.settings.approval, { conditionType: "percent", conditionValue: 60 });
  const key = await raise(site.as("alice.moreau"));
  const approval = await askForApproval(site.latchkey, key, ["jonas.bergmann", "mei.chen", "dana.kowalski"]);
  expect(await outcome(site.as("mei.chen"), key, approval, "approve")).toBe("pending");
  expect(await outcome(site.as("jonas.bergmann"), key, approval, "approve")).toBe("approved");
});

test("approver groups ask their active members, and each group has to approve", async () => {
  const site = await jiraSite();
  Object.assign(site.jira.settings.approval, {
    field: fieldIds.approverGroups,
    conditionType: "numberPerPrincipal",
  });
  site.jira.accounts.change(accountId("amara.diallo"), { active: false });
  const key = await raise(site.as("alice.moreau"));
  await site.latchkey.post(`/rest/api/3/issue/${key}/transitions`, {
    transition: { id: transitionIds.askForApproval },
    fields: { [fieldIds.approverGroups]: [{ name: "security-team" }, { name: "it-administrators" }] },
  });
  const approvals = await approvalsOf(site.latchkey, key);
  expect(read(approvals, "0.approvers.*.approver.displayName")).toEqual([
    "Viktor Novak",
    "Nadia Rahman",
    "Oskar Weiss",
  ]);
  expect(await outcome(site.as("nadia.rahman"), key, textAt(approvals, "0.id"), "approve")).toBe("pending");
  expect(await outcome(site.as("viktor.novak"), key, textAt(approvals, "0.id"), "approve")).toBe("approved");
});

test("Jira lets people approve their own request, unless the step excludes the reporter", async () => {
  const own = await waiting(["alice.moreau"]);
  expect((await decide(own.as("alice.moreau"), own.key, own.approval, "approve")).status).toBe(200);

  const strict = await jiraSite();
  strict.jira.settings.approval.excludeReporter = true;
  const key = await raise(strict.as("alice.moreau"));
  const approval = await askForApproval(strict.latchkey, key, ["alice.moreau", "jonas.bergmann"]);
  expect((await decide(strict.as("alice.moreau"), key, approval, "approve")).status).toBe(403);
});

test("without approvers the approval waits for nobody", async () => {
  const { latchkey, key } = await waiting([]);
  expect(await approvalsOf(latchkey, key)).toMatchObject([{ finalDecision: "pending", approvers: [] }]);
});

test("editing the approvers of a pending approval changes who is asked, or not, as the site is set", async () => {
  for (const approversFollowField of [true, false]) {
    const { as, jira, latchkey, key, approval } = await waiting(["jonas.bergmann"]);
    jira.settings.approversFollowField = approversFollowField;
    await latchkey.put(`/rest/api/3/issue/${key}`, {
      fields: { [fieldIds.approvers]: [{ accountId: accountId("mei.chen") }] },
    });
    expect((await decide(as("mei.chen"), key, approval, "approve")).status).toBe(
      approversFollowField ? 200 : 404,
    );
    expect((await decide(as("jonas.bergmann"), key, approval, "approve")).status).toBe(
      approversFollowField ? 404 : 200,
    );
  }
});

test("an answer stays when its giver is no longer among the approvers", async () => {
  const site = await jiraSite();
  site.jira.settings.approval.conditionValue = 2;
  const key = await raise(site.as("alice.moreau"));
  const approval = await askForApproval(site.latchkey, key, ["jonas.bergmann", "mei.chen"]);
  await decide(site.as("jonas.bergmann"), key, approval, "approve");
  await site.latchkey.put(`/rest/api/3/issue/${key}`, {
    fields: { [fieldIds.approvers]: [{ accountId: accountId("dana.kowalski") }] },
  });
  expect(await outcome(site.as("dana.kowalski"), key, approval, "approve")).toBe("approved");
  expect(read(await approvalsOf(site.latchkey, key), "0.approvers.*.approver.displayName")).toEqual([
    "Jonas Bergmann",
    "Dana Kowalski",
  ]);
});

test("each visit to the approval status leaves a record of its own", async () => {
  const { as, latchkey, key, approval } = await waiting(["jonas.bergmann"]);
  await decide(as("jonas.bergmann"), key, approval, "approve");
  await latchkey.post(`/rest/api/3/issue/${key}/transitions`, {
    transition: { id: transitionIds.askForAnotherApproval },
    fields: { [fieldIds.approvers]: [{ id: accountId("viktor.novak") }] },
  });
  expect(read(await approvalsOf(latchkey, key), "*.finalDecision")).toEqual(["approved", "pending"]);
  const { body } = await latchkey.get(`/rest/api/3/issue/${key}`);
  expect(read(body, `fields.${fieldIds.approvals}.*.finalDecision`)).toEqual(["approved", "pending"]);
});

test("a deactivated approver cannot answer any more", async () => {
  const { as, jira, key, approval } = await waiting(["jonas.bergmann"]);
  jira.accounts.change(accountId("jonas.bergmann"), { active: false });
  expect((await decide(as("jonas.bergmann"), key, approval, "approve")).status).toBe(401);
  expect(read(await approvalsOf(as("nadia.rahman"), key), "0.approvers.0.approver.active")).toBe(false);
});
