import { expect, test } from "vitest";
import { Store } from "../../../../local/store.ts";
import { fieldIds } from "../../../../local/world/jira/fields.ts";
import { applicationOptions, durationOptions } from "../../../../local/world/jira/form.ts";
import { operationsProject } from "../../../../local/world/jira/project.ts";
import { transitionIds } from "../../../../local/world/jira/workflow.ts";
import { accountId, adf, jiraSite, raise, read, statusOf, textAt } from "./jira-site.ts";

async function siteWithIssue() {
  const site = await jiraSite();
  const key = await raise(site.as("alice.moreau"));
  return { ...site, key, path: `/rest/api/3/issue/${key}` };
}

test("an edit changes several fields in one entry of the history, and the same values again change nothing", async () => {
  const { latchkey, path } = await siteWithIssue();
  const edit = {
    fields: {
      [fieldIds.application]: { id: applicationOptions.AWS?.id },
      [fieldIds.approvers]: [{ accountId: accountId("mei.chen") }, { id: accountId("dana.kowalski") }],
      [fieldIds.approverGroups]: [{ name: "security-team" }],
    },
    properties: [{ key: "latchkey", value: { step: 1 } }],
  };
  expect((await latchkey.put(path, edit)).status).toBe(204);
  expect((await latchkey.put(path, edit)).status).toBe(204);
  const { body } = await latchkey.get(`${path}/changelog`);
  expect(body).toMatchObject({ total: 1 });
  expect(read(body, "values.0.items")).toMatchObject([
    {
      field: "Application and access",
      fieldtype: "custom",
      fromString: "Parent values: GitHub(10101)Level 1 values: Developer(10201)",
      toString: "Parent values: AWS(10102)",
    },
    { fieldId: fieldIds.approvers, from: null, toString: "[Mei Chen, Dana Kowalski]" },
    { fieldId: fieldIds.approverGroups, toString: "[security-team]" },
  ]);
  expect((await latchkey.get(`${path}/properties/latchkey`)).body).toEqual({
    key: "latchkey",
    value: { step: 1 },
  });
});

test("an empty list and null clear a field", async () => {
  const { latchkey, path } = await siteWithIssue();
  await latchkey.put(path, { fields: { [fieldIds.approvers]: [{ accountId: accountId("mei.chen") }] } });
  await latchkey.put(path, { fields: { [fieldIds.approvers]: [], [fieldIds.duration]: null } });
  const { body } = await latchkey.get(path);
  expect(read(body, "fields")).toMatchObject({ [fieldIds.approvers]: null, [fieldIds.duration]: null });
});

test("lists can be added to and taken from", async () => {
  const { latchkey, path } = await siteWithIssue();
  const approver = (login: string) => ({ accountId: accountId(login) });
  await latchkey.put(path, {
    update: {
      [fieldIds.approvers]: [{ add: approver("mei.chen") }, { add: approver("dana.kowalski") }],
      labels: [{ set: ["access"] }, { add: "urgent" }],
    },
  });
  await latchkey.put(path, {
    update: { [fieldIds.approvers]: [{ remove: approver("mei.chen") }], labels: [{ remove: "access" }] },
  });
  const { body } = await latchkey.get(path);
  expect(read(body, `fields.${fieldIds.approvers}.*.displayName`)).toEqual(["Dana Kowalski"]);
  expect(read(body, "fields.labels")).toEqual(["urgent"]);
});

test("an edit with any mistake is refused as a whole, with a text for each field", async () => {
  const { latchkey, path } = await siteWithIssue();
  const refused = await latchkey.put(path, {
    fields: {
      summary: "Changed",
      description: "plain text where a document is wanted",
      customfield_99999: "unknown",
      status: { id: "10102" },
      [fieldIds.duration]: { value: "two days" },
      [fieldIds.approvers]: [{ accountId: "nobody" }],
      labels: ["a"],
    },
    update: { labels: [{ add: "b" }], [fieldIds.reason]: [{ add: "x" }] },
  });
  expect(refused.status).toBe(400);
  expect(Object.keys(read(refused.body, "errors") as object).sort()).toEqual([
    fieldIds.approvers,
    fieldIds.duration,
    fieldIds.reason,
    "customfield_99999",
    "description",
    "labels",
    "status",
  ]);
  expect(read((await latchkey.get(path)).body, "fields.summary")).toBe("GitHub please");
  expect((await latchkey.put(path, "no JSON")).status).toBe(400);
  expect((await latchkey.put(path, { fields: 1 })).status).toBe(400);
});

test("only agents edit, only administrators delete", async () => {
  const { as, latchkey, path } = await siteWithIssue();
  const refused = await as("alice.moreau").put(path, {
    fields: { [fieldIds.duration]: { id: durationOptions.Permanent } },
  });
  expect(refused.status).toBe(400);
  expect(refused.body).toMatchObject({ errors: { [fieldIds.duration]: expect.any(String) } });
  expect((await as("alice.moreau").put(`${path}/properties/x`, 1)).status).toBe(403);
  expect((await as("leila.haddad").delete(path)).status).toBe(403);
  expect((await latchkey.delete(path)).status).toBe(204);
  expect((await latchkey.get(path)).status).toBe(404);
});

test("an answer shows just the fields, properties and expansions that were asked for", async () => {
  const { latchkey, path } = await siteWithIssue();
  await latchkey.put(`${path}/properties/one`, { a: 1 });
  await latchkey.put(`${path}/properties/two`, "text");
  const few = await latchkey.get(
    `${path}?fields=summary,status&properties=one&expand=names,transitions,schema`,
  );
  expect(Object.keys(read(few.body, "fields") as object)).toEqual(["summary", "status"]);
  expect(few.body).toMatchObject({
    properties: { one: { a: 1 } },
    names: { summary: "Summary" },
    schema: { status: { type: "status" } },
  });
  expect(read(few.body, "properties")).not.toHaveProperty("two");
  expect(read(few.body, "transitions.*.id")).toContain(transitionIds.askForApproval);
  const rest = await latchkey.get(`${path}?fields=-comment,-description&expand=renderedFields`);
  expect(read(rest.body, "fields")).not.toHaveProperty("comment");
  expect(read(rest.body, `renderedFields.${fieldIds.reason}`)).toBe("<p>I joined the platform team</p>");
  expect(rest.body).not.toHaveProperty("properties");
});

test("properties are created, replaced, listed and deleted", async () => {
  const { latchkey, path } = await siteWithIssue();
  expect((await latchkey.put(`${path}/properties/latchkey`, [1])).status).toBe(201);
  expect((await latchkey.put(`${path}/properties/latchkey`, [2])).status).toBe(200);
  expect(read((await latchkey.get(`${path}/properties`)).body, "keys.*.key")).toEqual(["latchkey"]);
  expect((await latchkey.put(`${path}/properties/big`, "x".repeat(40_000))).status).toBe(400);
  expect((await latchkey.delete(`${path}/properties/latchkey`)).status).toBe(204);
  expect((await latchkey.get(`${path}/properties/latchkey`)).status).toBe(404);
  expect((await latchkey.get(`${path}/properties/constructor`)).status).toBe(404);
});

test("a comment is a document, public unless its property says internal", async () => {
  const { as, latchkey, path } = await siteWithIssue();
  expect((await latchkey.post(`${path}/comment`, { body: "plain text" })).status).toBe(400);
  expect((await latchkey.post(`${path}/comment`, { body: adf("x".repeat(40_000)) })).status).toBe(400);
  const first = await latchkey.post(`${path}/comment`, { body: adf("For all") });
  expect([first.status, read(first.body, "jsdPublic")]).toEqual([201, true]);
  const second = await latchkey.post(`${path}/comment`, {
    body: adf("For agents"),
    properties: [{ key: "sd.public.comment", value: { internal: true } }],
  });
  expect(read(second.body, "jsdPublic")).toBe(false);
  const self = new URL(textAt(second.body, "self")).pathname;
  expect((await latchkey.get(self)).status).toBe(200);
  expect((await as("alice.moreau").get(self)).status).toBe(404);
  const { body } = await latchkey.get(`${path}/comment?orderBy=-created&maxResults=1&expand=properties`);
  expect(body).toMatchObject({
    total: 2,
    comments: [{ body: adf("For agents"), properties: [{ key: "sd.public.comment" }] }],
  });
});

test("the same remote link again replaces it, and what is left out is gone", async () => {
  const { latchkey, path } = await siteWithIssue();
  const link = { globalId: "jumpcloud-1", object: { url: "https://console.example/1", title: "Group" } };
  expect((await latchkey.post(`${path}/remotelink`, { ...link, relationship: "gives" })).status).toBe(201);
  expect((await latchkey.post(`${path}/remotelink`, link)).status).toBe(200);
  const { body } = await latchkey.get(`${path}/remotelink?globalId=jumpcloud-1`);
  expect(body).toMatchObject({ globalId: "jumpcloud-1", object: { title: "Group" } });
  expect(body).not.toHaveProperty("relationship");
});

test("a moved issue answers by its old key, its new key and its id, and is no request any more", async () => {
  const { as, latchkey, nobody, key, path } = await siteWithIssue();
  const { body } = await latchkey.get(path);
  const moved = await nobody.post("/_simulated/move", { issue: key, projectKey: operationsProject.key });
  expect(moved.body).toEqual({ id: read(body, "id"), key: "OPS-1" });
  for (const name of [key, "OPS-1", "ops-1", textAt(body, "id")]) {
    const found = await latchkey.get(`/rest/api/3/issue/${name}`);
    expect([found.status, read(found.body, "key")]).toEqual([200, "OPS-1"]);
  }
  expect((await as("alice.moreau").get(`/rest/servicedeskapi/request/${key}`)).status).toBe(404);
  const { body: search } = await latchkey.post("/rest/api/3/search/jql", {
    jql: "project = ACC",
    fields: ["key"],
  });
  expect(read(search, "issues")).toEqual([]);
  expect((await nobody.post("/_simulated/move", { issue: "ACC-99", projectKey: "OPS" })).status).toBe(404);
});

test("reads can lag behind writes, and catch up", async () => {
  const { as, jira, clock, latchkey, key, path } = await siteWithIssue();
  jira.settings.readsLagMs = 2_000;
  await clock.advance(60_000);
  await latchkey.post(`${path}/transitions`, { transition: { id: transitionIds.accessGranted } });
  expect(await statusOf(latchkey, key)).toBe("Open");
  const offered = await latchkey.get(`${path}/transitions`);
  expect(read(offered.body, "transitions.*.id")).toContain(transitionIds.accessGranted);
  // A write is checked against what is, not against what readers see.
  const again = await latchkey.post(`${path}/transitions`, {
    transition: { id: transitionIds.accessGranted },
  });
  expect(again.status).toBe(400);
  await clock.advance(2_000);
  expect(await statusOf(latchkey, key)).toBe("Granted");
  expect(await raise(as("alice.moreau"))).toBe("ACC-2");
  expect(await statusOf(latchkey, "ACC-2")).toBe("Open");
});

test("everything is there again after a restart", async () => {
  const store = new Store();
  const first = await jiraSite({ store });
  const key = await raise(first.as("alice.moreau"));
  await first.nobody.post("/_simulated/move", { issue: key, projectKey: "OPS" });
  await first.close();
  const second = await jiraSite({ store });
  expect(await statusOf(second.latchkey, key)).toBe("Open");
  expect(await raise(second.as("alice.moreau"))).toBe("ACC-2");
  const { body } = await second.latchkey.get("/rest/api/3/issue/ACC-2?fields=summary");
  expect(read(body, "id")).toBe("10001");
});
