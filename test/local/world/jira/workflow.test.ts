import { expect, test } from "vitest";
import { fieldIds } from "../../../../local/world/jira/fields.ts";
import { transitionIds } from "../../../../local/world/jira/workflow.ts";
import {
  accountId,
  adf,
  askForApproval,
  type Caller,
  decide,
  jiraSite,
  raise,
  read,
  statusOf,
} from "./jira-site.ts";

const transition = (caller: Caller, key: string, id: string, more: object = {}) =>
  caller.post(`/rest/api/3/issue/${key}/transitions`, { transition: { id }, ...more });

async function offered(caller: Caller, key: string): Promise<unknown> {
  const { body } = await caller.get(`/rest/api/3/issue/${key}/transitions`);
  return read(body, "transitions.*.name");
}

test("agents are offered what leaves the status, the reporter only what the portal shows, others nothing", async () => {
  const { as, latchkey } = await jiraSite();
  const key = await raise(as("alice.moreau"));
  await askForApproval(latchkey, key, ["jonas.bergmann"]);
  expect(await offered(as("leila.haddad"), key)).toEqual([
    "Skip approval",
    "Access goes on",
    "Cancel request",
    "Close without access",
    "Needs attention",
  ]);
  expect(await offered(as("alice.moreau"), key)).toEqual(["Cancel request"]);
  expect(await offered(as("jonas.bergmann"), key)).toEqual([]);
});

test("nobody can run the transitions of the approval step by hand", async () => {
  const { as, latchkey } = await jiraSite();
  const key = await raise(as("alice.moreau"));
  await askForApproval(latchkey, key, ["jonas.bergmann"]);
  for (const caller of [latchkey, as("nadia.rahman"), as("jonas.bergmann")]) {
    expect((await transition(caller, key, transitionIds.approve)).status).toBe(400);
    expect((await transition(caller, key, transitionIds.decline)).status).toBe(400);
  }
  expect(await statusOf(latchkey, key)).toBe("Waiting for approval");
});

test("an agent can go round the approval, and the approval stays pending for ever", async () => {
  const { as, latchkey } = await jiraSite();
  const key = await raise(as("alice.moreau"));
  const approval = await askForApproval(latchkey, key, ["jonas.bergmann"]);
  expect((await transition(as("leila.haddad"), key, transitionIds.skipApproval)).status).toBe(204);
  expect(await statusOf(latchkey, key)).toBe("Approved");

  const { body } = await latchkey.get(`/rest/servicedeskapi/request/${key}/approval/${approval}`);
  expect(body).toMatchObject({ finalDecision: "pending" });
  expect((await decide(as("jonas.bergmann"), key, approval, "approve")).status).toBe(409);
  const history = await latchkey.get(`/rest/api/3/issue/${key}/changelog`);
  expect(read(history.body, "values.-1.author.accountId")).toBe(accountId("leila.haddad"));
});

test("a transition that does not leave from the status is a 400 and changes nothing", async () => {
  const { as, latchkey } = await jiraSite();
  const key = await raise(as("alice.moreau"));
  expect((await transition(latchkey, key, transitionIds.accessEnded)).status).toBe(400);
  expect((await transition(latchkey, key, "999")).status).toBe(400);
  expect((await latchkey.post(`/rest/api/3/issue/${key}/transitions`, {})).status).toBe(400);
  expect((await transition(as("alice.moreau"), key, transitionIds.accessGranted)).status).toBe(400);
  expect(await statusOf(latchkey, key)).toBe("Open");
});

test("one call moves, comments and sets properties; the resolution comes with the done status", async () => {
  const { as, latchkey } = await jiraSite();
  const key = await raise(as("alice.moreau"));
  const done = await transition(latchkey, key, transitionIds.accessGranted, {
    update: {
      comment: [
        { add: { body: adf("You have access") } },
        {
          add: {
            body: adf("Grant 4711"),
            properties: [{ key: "sd.public.comment", value: { internal: true } }],
          },
        },
      ],
    },
    properties: [{ key: "latchkey", value: { grant: 4711 } }],
    historyMetadata: { type: "latchkey", actor: { id: "latchkey" } },
  });
  expect(done.status).toBe(204);
  const { body } = await latchkey.get(`/rest/api/3/issue/${key}?properties=*all&expand=changelog`);
  expect(read(body, "fields.status.statusCategory.key")).toBe("done");
  expect(read(body, "fields.resolution.name")).toBe("Done");
  expect(read(body, "fields.resolutiondate")).toBe("2026-01-05T09:00:00.000+0000");
  expect(body).toMatchObject({ properties: { latchkey: { grant: 4711 } } });
  expect(read(body, "fields.comment.comments.*.jsdPublic")).toEqual([true, false]);
  const latest = read(body, "changelog.histories.0");
  expect(read(latest, "historyMetadata")).toEqual({ type: "latchkey", actor: { id: "latchkey" } });
  expect(read(latest, "items")).toContainEqual({
    field: "status",
    fieldtype: "jira",
    fieldId: "status",
    from: "10100",
    fromString: "Open",
    to: "10103",
    toString: "Granted",
  });
});

test("leaving a done status takes the resolution away", async () => {
  const { as, latchkey, clock } = await jiraSite();
  const key = await raise(as("alice.moreau"));
  await transition(latchkey, key, transitionIds.accessGranted);
  await clock.advance(60_000);
  await as("alice.moreau").post(`/rest/servicedeskapi/request/${key}/transition`, {
    id: transitionIds.endAccessNow,
    additionalComment: { body: "I am done" },
  });
  const { body } = await latchkey.get(`/rest/api/3/issue/${key}`);
  expect(read(body, "fields")).toMatchObject({
    status: { name: "Ending" },
    statuscategorychangedate: "2026-01-05T09:01:00.000+0000",
    resolution: null,
    resolutiondate: null,
  });
  expect(read(body, "fields.comment.comments.0")).toMatchObject({ author: { displayName: "Alice Moreau" } });
});

test("a transition sets only fields of its own screen", async () => {
  const { as, latchkey } = await jiraSite();
  const key = await raise(as("alice.moreau"));
  const withResolution = { fields: { resolution: { name: "Declined" } } };
  const refused = await transition(latchkey, key, transitionIds.accessGranted, withResolution);
  expect(refused.status).toBe(400);
  expect(read(refused.body, "errors")).toHaveProperty("resolution");
  const summary = { fields: { summary: "Other" } };
  expect(await transition(latchkey, key, transitionIds.askForApproval, summary)).toMatchObject({
    body: { errors: { summary: expect.stringContaining("cannot be set") } },
  });

  const screens = await latchkey.get(`/rest/api/3/issue/${key}/transitions?expand=transitions.fields`);
  const close = read(screens.body, `transitions.id=${transitionIds.closeWithoutAccess}`);
  expect(read(close, "fields.resolution.allowedValues.*.name")).toContain("Declined");
  expect((await transition(latchkey, key, transitionIds.closeWithoutAccess, withResolution)).status).toBe(
    204,
  );
  const { body } = await latchkey.get(`/rest/api/3/issue/${key}?fields=resolution`);
  expect(read(body, "fields.resolution.name")).toBe("Declined");
});

test("the reporter's transition can carry a public comment, not an internal one", async () => {
  const { as, latchkey } = await jiraSite();
  const key = await raise(as("alice.moreau"));
  const cancel = (properties: object[]) =>
    transition(as("alice.moreau"), key, transitionIds.cancelRequest, {
      update: { comment: [{ add: { body: adf("Not needed"), properties } }] },
    });
  const refused = await cancel([{ key: "sd.public.comment", value: { internal: true } }]);
  expect([refused.status, await statusOf(latchkey, key)]).toEqual([400, "Open"]);
  expect((await cancel([])).status).toBe(204);
});

test("approvers given with the transition are asked", async () => {
  const { as, latchkey } = await jiraSite();
  const key = await raise(as("alice.moreau"));
  await transition(latchkey, key, transitionIds.askForApproval, {
    fields: { [fieldIds.approvers]: [{ accountId: accountId("mei.chen") }] },
  });
  const { body } = await as("mei.chen").get(`/rest/servicedeskapi/request/${key}/approval`);
  expect(read(body, "values.0")).toMatchObject({ finalDecision: "pending", canAnswerApproval: true });
});

test("the customer's transitions are those of the portal", async () => {
  const { as, latchkey } = await jiraSite();
  const alice = as("alice.moreau");
  const key = await raise(alice);
  const path = `/rest/servicedeskapi/request/${key}/transition`;
  expect(await alice.get(path)).toMatchObject({ body: { values: [{ id: "71", name: "Cancel request" }] } });
  expect((await alice.post(path, { id: transitionIds.needsAttention })).status).toBe(400);
  expect((await latchkey.post(path, { id: transitionIds.accessGranted })).status).toBe(400);
  expect((await alice.post(path, { id: transitionIds.cancelRequest })).status).toBe(204);
  expect(await statusOf(latchkey, key)).toBe("Canceled");
  expect(await alice.get(path)).toMatchObject({ body: { values: [] } });
});
