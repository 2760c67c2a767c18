import { expect, test } from "vitest";
import { keys } from "../../../../local/world/company.ts";
import type { WorldEvent } from "../../../../local/world/jira/events.ts";
import { accountId, adf, askForApproval, Caller, decide, jiraSite, raise, read } from "./jira-site.ts";

test("a fault answers instead of Jira, as often as it was told to", async () => {
  const { as, jira, latchkey } = await jiraSite();
  const key = await raise(as("alice.moreau"));
  jira.faults.add({
    method: "get",
    path: /\/issue\//,
    times: 2,
    status: 429,
    headers: { "retry-after": "7" },
    body: { errorMessages: ["Rate limit"] },
  });
  const limited = await latchkey.get(`/rest/api/3/issue/${key}`);
  expect([limited.status, limited.headers.get("retry-after"), limited.body]).toEqual([
    429,
    "7",
    { errorMessages: ["Rate limit"] },
  ]);
  expect((await latchkey.put(`/rest/api/3/issue/${key}`, { fields: {} })).status).toBe(204);
  expect((await latchkey.get(`/rest/api/3/issue/${key}`)).status).toBe(429);
  expect((await latchkey.get(`/rest/api/3/issue/${key}`)).status).toBe(200);
});

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
  expect(lost.map((call) => call.status)).toEqual([0, 201]);
});

test("a call can take its time", async () => {
  const { jira, clock, latchkey } = await jiraSite();
  jira.faults.add({ delayMs: 5_000 });
  let answered = false;
  const call = latchkey.get("/rest/api/3/myself").then(() => {
    answered = true;
  });
  while (jira.calls.all().length === 0) await clock.settle();
  await clock.advance(4_999);
  expect(answered).toBe(false);
  await clock.advance(1);
  await call;
  expect(answered).toBe(true);
});

test("faults and settings can be set over HTTP, with readable errors", async () => {
  const { jira, nobody } = await jiraSite();
  expect((await nobody.post("/_simulated/faults", { path: "^/oauth", status: 500, times: 1 })).status).toBe(
    201,
  );
  expect((await nobody.get("/_simulated/faults")).body).toEqual([
    { path: "^\\/oauth", status: 500, times: 1 },
  ]);
  expect((await nobody.post("/oauth/token", {})).status).toBe(500);
  expect((await nobody.get("/_simulated/faults")).body).toEqual([]);
  expect((await nobody.post("/_simulated/faults", { path: "(" })).body).toEqual({
    error: "'(' is not a pattern.",
  });
  expect((await nobody.post("/_simulated/faults", { drop: "maybe" })).body).toMatchObject({
    error: expect.stringContaining("drop"),
  });

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
      actor: accountId("alice.moreau"),
      request: { requestTypeId: "25" },
      status: 201,
      answer: { issueKey: "ACC-1" },
    },
    { actor: null, status: 401 },
  ]);
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
  const events: WorldEvent[] = [];
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
