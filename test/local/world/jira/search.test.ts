import { expect, test } from "vitest";
import { transitionIds } from "../../../../local/world/jira/workflow.ts";
import { accountId, type Caller, jiraSite, raise, read, textAt } from "./jira-site.ts";

async function found(caller: Caller, jql: string): Promise<unknown> {
  const { status, body } = await caller.post("/rest/api/3/search/jql", { jql, fields: ["key"] });
  return status === 200 ? read(body, "issues.*.key") : status;
}

/** Three requests, a quarter of an hour apart: ACC-1 granted, ACC-2 open, ACC-3 canceled. */
async function siteWithRequests() {
  const site = await jiraSite();
  const { as, latchkey, clock } = site;
  for (const login of ["alice.moreau", "hugo.laurent", "alice.moreau"]) {
    await raise(as(login));
    await clock.advance(15 * 60_000);
  }
  const move = (key: string, id: string) =>
    latchkey.post(`/rest/api/3/issue/${key}/transitions`, { transition: { id } });
  await move("ACC-1", transitionIds.accessGranted);
  await move("ACC-3", transitionIds.cancelRequest);
  return site;
}

test("a query understands projects, statuses, people, keys and how they are joined", async () => {
  const { latchkey } = await siteWithRequests();
  const cases: [string, string[]][] = [
    ["project = ACC ORDER BY key ASC", ["ACC-1", "ACC-2", "ACC-3"]],
    ["project = ACC", ["ACC-3", "ACC-2", "ACC-1"]],
    ['project = "Access requests" AND status = Open', ["ACC-2"]],
    ["project in (OPS, 10000) and status in (10103, Canceled) order by created", ["ACC-1", "ACC-3"]],
    ["project = ACC AND status not in (Open, Granted)", ["ACC-3"]],
    ["project = ACC AND statusCategory != Done", ["ACC-2"]],
    [`reporter = "${accountId("alice.moreau")}" ORDER BY id`, ["ACC-1", "ACC-3"]],
    ["reporter = currentUser() AND project = ACC", []],
    ["key = acc-2 OR issuekey IN (ACC-3) ORDER BY key DESC", ["ACC-3", "ACC-2"]],
    ["NOT (key = ACC-1 OR key = ACC-2) AND project = ACC", ["ACC-3"]],
    ["project = ACC AND issuetype = 'Service Request' AND !(status = Open)", ["ACC-3", "ACC-1"]],
    ["project = ACC AND assignee IS EMPTY AND status = Open", ["ACC-2"]],
    ["project = ACC AND assignee is not null", []],
    [`project = ACC AND assignee != "${accountId("mei.chen")}"`, []],
    ["id = 10001", ["ACC-2"]],
  ];
  for (const [jql, keys] of cases) expect(await found(latchkey, jql), jql).toEqual(keys);
});

test("dates are absolute in UTC, or relative to now", async () => {
  const { latchkey } = await siteWithRequests();
  const cases: [string, string[]][] = [
    ["created >= -30m ORDER BY key", ["ACC-2", "ACC-3"]],
    ["created < -40m AND project = ACC", ["ACC-1"]],
    ["updated >= -1m ORDER BY key", ["ACC-1", "ACC-3"]],
    ["created >= -1d AND created <= '2026-01-05 09:15' ORDER BY key", ["ACC-1", "ACC-2"]],
    ["created > 2026/01/05 AND created < now() ORDER BY updated, key", ["ACC-2", "ACC-1", "ACC-3"]],
    ["created >= '-1w 2d' AND created < '2026-01-05'", []],
  ];
  for (const [jql, keys] of cases) expect(await found(latchkey, jql), jql).toEqual(keys);
});

test("queries that are wrong or have no limits are refused with a reason", async () => {
  const { latchkey } = await siteWithRequests();
  for (const jql of [
    "",
    "order by key",
    "project = NOPE",
    "status = Sleeping",
    "colour = red",
    "project = ACC AND",
    "project ACC",
    "(project = ACC",
    "project = 'ACC",
    "project ~ ACC",
    "project > ACC",
    "created >= yesterday",
    "created in (2026-01-01)",
    "project = ACC ORDER BY colour",
    "project = ACC ORDER BY constructor",
    "statusCategory = constructor",
    "project = ACC ORDER key",
    "key = ACC-99",
  ])
    expect(await found(latchkey, jql), jql).toBe(400);
  const { body } = await latchkey.post("/rest/api/3/search/jql", { jql: "project = NOPE" });
  expect(read(body, "errorMessages.0")).toBe("The value 'NOPE' does not exist for the field 'project'.");
});

test("people find only what they may see, and are not told which names exist", async () => {
  const { as } = await siteWithRequests();
  expect(await found(as("hugo.laurent"), "project = ACC")).toEqual(["ACC-2"]);
  expect(await found(as("hugo.laurent"), "reporter = currentUser()")).toEqual(["ACC-2"]);
  expect(await found(as("hugo.laurent"), "project = NOPE")).toEqual([]);
});

test("ids alone are the default answer, and pages follow by token", async () => {
  const { latchkey } = await siteWithRequests();
  const jql = "project = ACC ORDER BY key";
  const first = await latchkey.post("/rest/api/3/search/jql", { jql, maxResults: 2 });
  expect(first.body).toEqual({
    issues: [{ id: "10000" }, { id: "10001" }],
    isLast: false,
    nextPageToken: expect.any(String),
  });
  const nextPageToken = textAt(first.body, "nextPageToken");
  const second = await latchkey.get(
    `/rest/api/3/search/jql?jql=${encodeURIComponent(jql)}&maxResults=2&nextPageToken=${nextPageToken}&fields=status,summary`,
  );
  expect(second.body).toMatchObject({
    isLast: true,
    issues: [{ key: "ACC-3", fields: { status: { name: "Canceled" } } }],
  });
  expect(second.body).not.toHaveProperty("nextPageToken");
});

test("a page token is good for its own query, for seven days", async () => {
  const { latchkey, clock } = await siteWithRequests();
  const jql = "project = ACC";
  const { body } = await latchkey.post("/rest/api/3/search/jql", { jql, maxResults: 1 });
  const nextPageToken = textAt(body, "nextPageToken");
  const other = { jql: "project = OPS", nextPageToken };
  expect((await latchkey.post("/rest/api/3/search/jql", other)).status).toBe(400);
  expect((await latchkey.post("/rest/api/3/search/jql", { jql, nextPageToken: "made-up" })).status).toBe(400);
  await clock.advance(7 * 24 * 3_600_000);
  expect((await latchkey.post("/rest/api/3/search/jql", { jql, nextPageToken })).status).toBe(400);
});

test("a search can lag behind writes, except for the issues that have to be current", async () => {
  const { as, latchkey, clock, jira } = await siteWithRequests();
  jira.settings.searchLagMs = 60_000;
  await clock.advance(60_000);
  await raise(as("alice.moreau"));
  await latchkey.post("/rest/api/3/issue/ACC-2/transitions", {
    transition: { id: transitionIds.accessGranted },
  });
  expect(await found(latchkey, "project = ACC AND status = Open")).toEqual(["ACC-2"]);
  const current = {
    jql: "project = ACC AND status = Open",
    fields: ["key"],
    reconcileIssues: [10001, 10003],
  };
  const { body } = await latchkey.post("/rest/api/3/search/jql", current);
  expect(read(body, "issues.*.key")).toEqual(["ACC-4"]);
  await clock.advance(60_000);
  expect(await found(latchkey, "project = ACC AND status = Open")).toEqual(["ACC-4"]);
});

test("the old search is gone", async () => {
  const { latchkey } = await jiraSite();
  expect((await latchkey.get("/rest/api/3/search?jql=project=ACC")).status).toBe(410);
  expect((await latchkey.post("/rest/api/3/search", { jql: "project = ACC" })).status).toBe(410);
});
