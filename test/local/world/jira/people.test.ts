import { expect, test } from "vitest";
import { cloudId, keys } from "../../../../local/world/company.ts";
import { accountId, basic, Caller, jiraSite, read, textAt } from "./jira-site.ts";

const hour = 3_600_000;

test("people log in with their address and any password; a suspended person and strangers do not", async () => {
  const { as, jira, nobody } = await jiraSite();
  const { status, body } = await as("alice.moreau").get("/rest/api/3/myself");
  expect([status, read(body, "accountId")]).toEqual([200, accountId("alice.moreau")]);
  for (const caller of [
    nobody,
    as("tomas.ruiz"),
    new Caller(jira.url, basic("mallory@elsewhere.example")),
    new Caller(jira.url, basic("automation@serviceaccount.atlassian.com")),
    new Caller(jira.url, "Bearer guessed"),
  ])
    expect((await caller.get("/rest/api/3/myself")).status).toBe(401);
});

test("each API refuses the unknown in its own form", async () => {
  const { jira, nobody } = await jiraSite();
  expect((await nobody.get("/rest/api/3/myself")).body).toMatchObject({
    errorMessages: [expect.any(String)],
    errors: {},
  });
  expect((await nobody.get("/rest/servicedeskapi/request")).body).toHaveProperty("errorMessage");
  const atGateway = new Caller(jira.gatewayUrl);
  expect((await atGateway.get("/rest/api/3/myself")).body).toEqual({ code: 401, message: "Unauthorized" });
});

test("the service account proves itself by its exact token, as Basic or as Bearer, at both addresses", async () => {
  const { jira } = await jiraSite();
  for (const url of [jira.url, jira.gatewayUrl]) {
    for (const authorization of [
      basic(keys.jiraServiceAccountEmail, keys.jiraApiToken),
      `Bearer ${keys.jiraApiToken}`,
    ]) {
      const { body } = await new Caller(url, authorization).get("/rest/api/3/myself");
      expect(body).toMatchObject({
        accountId: keys.jiraServiceAccountId,
        accountType: "app",
        appType: "service",
      });
      expect(textAt(body, "self").startsWith(`${url}/rest/api/3/user`)).toBe(true);
    }
    const wrong = new Caller(url, basic(keys.jiraServiceAccountEmail, "wrong"));
    expect((await wrong.get("/rest/api/3/myself")).status).toBe(401);
  }
});

test("client credentials give a token that works for an hour", async () => {
  const { jira, nobody, clock } = await jiraSite();
  const granted = await nobody.post("/oauth/token", {
    grant_type: "client_credentials",
    client_id: keys.jiraClientId,
    client_secret: keys.jiraClientSecret,
    audience: "api.atlassian.com",
  });
  expect(granted.body).toMatchObject({ token_type: "Bearer", expires_in: 3600 });
  const latchkey = new Caller(jira.gatewayUrl, `Bearer ${textAt(granted.body, "access_token")}`);
  await clock.advance(hour - 1);
  expect((await latchkey.get("/rest/api/3/myself")).status).toBe(200);
  await clock.advance(1);
  expect((await latchkey.get("/rest/api/3/myself")).status).toBe(401);

  const credentials = {
    grant_type: "client_credentials",
    client_id: keys.jiraClientId,
    client_secret: "wrong",
  };
  expect((await nobody.post("/oauth/token", credentials)).status).toBe(401);
  expect((await nobody.post("/oauth/token", { ...credentials, grant_type: "password" })).status).toBe(400);
});

test("the cloud id can be read without login, and the gateway knows no other site", async () => {
  const { jira, nobody } = await jiraSite();
  expect((await nobody.get("/_edge/tenant_info")).body).toEqual({ cloudId });
  const elsewhere = new Caller(`${jira.url}/ex/jira/another-cloud`, `Bearer ${keys.jiraApiToken}`);
  expect((await elsewhere.get("/rest/api/3/myself")).status).toBe(404);
});

test("a person is found by the beginning of the name or address; a hidden address only by all of it", async () => {
  const { latchkey, as } = await jiraSite();
  const search = async (query: string) =>
    read(
      (await latchkey.get(`/rest/api/3/user/search?query=${encodeURIComponent(query)}`)).body,
      "*.displayName",
    );
  expect(await search("ali")).toEqual(["Alice Moreau"]);
  expect(await search("alice.moreau@fern")).toEqual(["Alice Moreau"]);
  expect(await search("priya.nair@")).toEqual([]);
  expect(await search("priya.nair@fernhill.example")).toEqual(["Priya Nair"]);
  expect(await search("tomas")).toEqual([]);

  const found = await latchkey.get("/rest/api/3/user/search?query=priya.nair@fernhill.example");
  expect(read(found.body, "0")).not.toHaveProperty("emailAddress");
  expect((await as("priya.nair").get("/rest/api/3/myself")).body).toMatchObject({
    emailAddress: "priya.nair@fernhill.example",
  });
});

test("without the permission to browse people a search is empty and look-ups are refused", async () => {
  const { as } = await jiraSite();
  const alice = as("alice.moreau");
  expect(await alice.get("/rest/api/3/user/search?query=jonas")).toMatchObject({ status: 200, body: [] });
  expect((await alice.get(`/rest/api/3/user?accountId=${accountId("jonas.bergmann")}`)).status).toBe(403);
  expect((await alice.get("/rest/api/3/groupuserpicker?query=jonas")).status).toBe(403);
});

test("wrong searches for people are refused", async () => {
  const { latchkey } = await jiraSite();
  expect((await latchkey.get("/rest/api/3/user/search")).status).toBe(400);
  expect((await latchkey.get("/rest/api/3/user/search?query=a&accountId=b")).status).toBe(400);
  expect((await latchkey.get("/rest/api/3/user?accountId=nobody")).status).toBe(404);
  expect((await latchkey.get("/rest/api/3/user/bulk")).status).toBe(400);
});

test("the picker finds people and groups", async () => {
  const { latchkey } = await jiraSite();
  const { body } = await latchkey.get("/rest/api/3/groupuserpicker?query=priya.nair@fernhill.example");
  expect(read(body, "users.users.*.accountId")).toEqual([accountId("priya.nair")]);
  const groups = await latchkey.get("/rest/api/3/groupuserpicker?query=security");
  expect(read(groups.body, "groups.groups.*.name")).toEqual(["security-team"]);
});

test("groups list their active members, page by page", async () => {
  const { latchkey, jira } = await jiraSite();
  const groups = await latchkey.get("/rest/api/3/group/bulk?groupName=security-team");
  const groupId = textAt(groups.body, "values.0.groupId");
  jira.accounts.change(accountId("viktor.novak"), { active: false });
  const members = async (query: string) =>
    (await latchkey.get(`/rest/api/3/group/member?groupId=${groupId}${query}`)).body;
  expect(read(await members(""), "values.*.displayName")).toEqual(["Amara Diallo"]);
  const page = await members("&includeInactiveUsers=true&maxResults=1");
  expect(page).toMatchObject({ total: 2, isLast: false, values: [{ displayName: "Viktor Novak" }] });
  const next = new URL(textAt(page, "nextPage"));
  const last = await latchkey.get(next.pathname + next.search);
  expect(last.body).toMatchObject({ isLast: true, values: [{ displayName: "Amara Diallo" }] });

  const own = await latchkey.get(`/rest/api/3/user/groups?accountId=${accountId("amara.diallo")}`);
  expect(read(own.body, "*.name")).toEqual(["jira-users", "security-team"]);
});

test("several people are read at once", async () => {
  const { as } = await jiraSite();
  const ids = ["mei.chen", "priya.nair"].map((login) => `accountId=${accountId(login)}`).join("&");
  const { body } = await as("alice.moreau").get(`/rest/api/3/user/bulk?${ids}&accountId=unknown`);
  expect(read(body, "values.*.displayName")).toEqual(["Mei Chen", "Priya Nair"]);
});

test("the customers of the service desk are searched by experimental opt-in only", async () => {
  const { latchkey } = await jiraSite();
  const path = "/rest/servicedeskapi/servicedesk/1/customer?query=vogel";
  expect((await latchkey.get(path)).status).toBe(412);
  const { body } = await latchkey.get(path, { "x-experimentalapi": "opt-in" });
  expect(read(body, "values.*.displayName")).toEqual(["Petra Vogel"]);
});

test("permissions tell an agent from an administrator and a customer", async () => {
  const { as, latchkey } = await jiraSite();
  const path =
    "/rest/api/3/mypermissions?projectKey=ACC&permissions=ADMINISTER,SERVICEDESK_AGENT,BROWSE_PROJECTS";
  const has = async (caller: Caller) => {
    const { body } = await caller.get(path);
    return ["ADMINISTER", "SERVICEDESK_AGENT", "BROWSE_PROJECTS"].map((key) =>
      read(body, `permissions.${key}.havePermission`),
    );
  };
  expect(await has(latchkey)).toEqual([true, true, true]);
  expect(await has(as("nadia.rahman"))).toEqual([true, true, true]);
  expect(await has(as("leila.haddad"))).toEqual([false, true, true]);
  expect(await has(as("alice.moreau"))).toEqual([false, false, true]);
  expect((await latchkey.get("/rest/api/3/mypermissions?permissions=FLY")).status).toBe(400);
  expect((await latchkey.get("/rest/api/3/mypermissions?permissions=ADMINISTER&projectKey=NO")).status).toBe(
    404,
  );
});
