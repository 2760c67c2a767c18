import { expect, test } from "vitest";
import { Store } from "../../../../local/store.ts";
import { keys } from "../../../../local/world/company.ts";
import type { JiraEvent } from "../../../../local/world/jira/events.ts";
import { accountId, adf, askForApproval, Caller, decide, jiraSite, raise, read } from "./jira-site.ts";

test("a fault meets calls through the gateway by the path of the API", async () => {
  const { jira } = await jiraSite();
  jira.faults.add({ path: /^\/rest\/api\/3\/myself$/, status: 503 });
  const latchkey = new Caller(jira.gatewayUrl, `Bearer ${keys.jiraApiToken}`);
  expect((await latchkey.get("/rest/api/3/myself")).status).toBe(503);
  jira.faults.clear();
  expect((await latchkey.get("/rest/api/3/myself")).status).toBe(200);
});

test("a connection can be lost before or after the effect, and the log tells which", async () => {
  const { as, jira, latchkey } = await jiraSite();
  const key = await raise(as("alice.moreau"));
  const comment = () => latchkey.post(`/rest/api/3/issue/${key}/comment`, { body: adf("Hello") });
  const comments = async () => read((await latchkey.get(`/rest/api/3/issue/${key}/comment`)).body, "total");
  jira.faults.add({ method: "POST", path: /comment$/, drop: "before", times: 1 });
  await expect(comment()).rejects.toThrow("fetch failed");
  expect(await comments()).toBe(0);
  jira.faults.add({ method: "POST", path: /comment$/, drop: "after", times: 1 });
  await expect(comment()).rejects.toThrow("fetch failed");
  expect(await comments()).toBe(1);
  const lost = jira.calls.all().filter((call) => call.lost);
  expect(lost.map((call) => call.status)).toEqual([undefined, 201]);
});

test("a call that is still waiting when Jira closes has no effect any more", async () => {
  const store = new Store();
  const { as, jira, clock, close, latchkey } = await jiraSite({ store });
  const key = await raise(as("alice.moreau"));
  jira.calls.clear();
  jira.faults.add({ delayMs: 5_000 });
  const lost = expect(latchkey.delete(`/rest/api/3/issue/${key}`)).rejects.toThrow("fetch failed");
  while (jira.calls.all().length === 0) await clock.settle();
  await close();
  await lost;
  await clock.advance(5_000);
  const again = await jiraSite({ store });
  expect((await again.latchkey.get(`/rest/api/3/issue/${key}`)).status).toBe(200);
});

test("faults and settings can be set over HTTP, with readable errors", async () => {
  const { jira, nobody } = await jiraSite();
  await nobody.post("/_simulated/faults", { path: "^/oauth", status: 500, times: 1 });
  expect((await nobody.post("/oauth/token", {})).status).toBe(500);
  const unknown = await nobody.post("/_simulated/delivery-faults", { effect: "explode" });
  expect([unknown.status, read(unknown.body, "message")]).toEqual([400, expect.stringContaining("effect")]);

  const changed = await nobody.put("/_simulated/settings", {
    readsLagMs: 500,
    approval: { conditionValue: 2 },
  });
  expect(changed.body).toMatchObject({
    readsLagMs: 500,
    approval: { conditionType: "number", conditionValue: 2 },
  });
  expect(jira.settings.approval.conditionValue).toBe(2);
  expect((await nobody.put("/_simulated/settings", { automation: "loud" })).status).toBe(400);
  expect((await nobody.get("/_simulated/nothing")).status).toBe(404);
});

test("an account can be deactivated over HTTP", async () => {
  const { as, nobody } = await jiraSite();
  const account = `/_simulated/accounts/${accountId("mei.chen")}`;
  expect((await nobody.put(account, { active: false })).status).toBe(200);
  expect((await as("mei.chen").get("/rest/api/3/myself")).status).toBe(401);
  expect((await nobody.put("/_simulated/accounts/nobody", { active: false })).status).toBe(404);
});

test("the log keeps who called what, with bodies and answers", async () => {
  const { as, jira, nobody } = await jiraSite();
  await raise(as("alice.moreau"));
  await nobody.get("/rest/api/3/myself");
  expect(jira.calls.all()).toMatchObject([
    {
      host: "site",
      method: "POST",
      path: "/rest/servicedeskapi/request",
      by: accountId("alice.moreau"),
      request: { requestTypeId: "25" },
      status: 201,
      answer: { issueKey: "ACC-1" },
    },
    { status: 401 },
  ]);
  expect(jira.calls.all().at(-1)).not.toHaveProperty("by");
  expect(read((await nobody.get("/_simulated/calls")).body, "*.status")).toEqual([201, 401]);
  jira.calls.clear();
  expect(jira.calls.all()).toEqual([]);
});

test("calls that do not exist, or not so, are told apart", async () => {
  const { latchkey } = await jiraSite();
  expect((await latchkey.get("/rest/api/3/nothing")).status).toBe(404);
  expect((await latchkey.call("PATCH", "/rest/api/3/issue/ACC-1")).status).toBe(405);
  const text = await latchkey.call("POST", "/rest/servicedeskapi/request", "{}", {
    "content-type": "text/plain",
  });
  expect(text.status).toBe(415);
});

test("a narrator is told in plain facts what happened", async () => {
  const events: JiraEvent[] = [];
  const { as, latchkey } = await jiraSite({ onEvent: (event) => events.push(event) });
  const key = await raise(as("alice.moreau"));
  const approval = await askForApproval(latchkey, key, ["jonas.bergmann"]);
  await decide(as("jonas.bergmann"), key, approval, "approve");
  await latchkey.post(`/rest/servicedeskapi/request/${key}/comment`, { body: "Done", public: true });
  expect(events).toMatchObject([
    { type: "request created", issueKey: "ACC-1", by: "Alice Moreau", summary: "GitHub please" },
    { type: "issue edited", by: "Latchkey", fields: ["Approvers"] },
    { type: "status changed", by: "Latchkey", from: "Open", to: "Waiting for approval" },
    { type: "approval asked", approvers: ["Jonas Bergmann"] },
    { type: "approval answered", by: "Jonas Bergmann", decision: "approved", outcome: "approved" },
    { type: "status changed", by: "Jonas Bergmann", transition: "Approve", to: "Approved" },
    { type: "comment added", by: "Latchkey", public: true, text: "Done" },
  ]);
  expect(events.every((event) => event.source === "jira" && event.at > 0)).toBe(true);
});
