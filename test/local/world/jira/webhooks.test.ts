import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { keys } from "../../../../local/world/company.ts";
import { signature } from "../../../../local/world/jira/deliveries.ts";
import { fieldIds } from "../../../../local/world/jira/fields.ts";
import { durationOptions } from "../../../../local/world/jira/form.ts";
import { accountId, adf, askForApproval, decide, raise, read, startOfTime, textAt } from "./jira-site.ts";
import { siteWithReceiver } from "./receiver.ts";

test("the signature is the one that Atlassian publishes as an example", () => {
  expect(signature("It's a Secret to Everybody", "Hello World!")).toBe(
    "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9",
  );
});

test("a new request is delivered, signed over the very bytes", async () => {
  const { as, clock, received, bodies } = await siteWithReceiver();
  await raise(as("alice.moreau"), { [fieldIds.summary]: "Zugang für Übungen" });
  await clock.advance(0);
  const [request] = received;
  expect(request).toMatchObject({ method: "POST", path: "/webhooks/jira" });
  const expected = createHmac("sha256", keys.webhookSecret)
    .update(request?.body ?? "")
    .digest("hex");
  expect(request?.headers).toMatchObject({
    "x-hub-signature": `sha256=${expected}`,
    "x-atlassian-webhook-identifier": expect.stringMatching(/^[0-9a-f-]{36}$/),
    "x-atlassian-webhook-flow": "Primary",
  });
  expect(request?.headers).not.toHaveProperty("x-atlassian-webhook-retry");

  const [body] = bodies();
  expect(body).toMatchObject({
    timestamp: startOfTime,
    webhookEvent: "jira:issue_created",
    issue_event_type_name: "issue_created",
    user: { accountId: accountId("alice.moreau"), accountType: "atlassian" },
    issue: { id: "10000", key: "ACC-1", self: expect.stringContaining("/rest/api/2/issue/10000") },
  });
  // Rich text is wiki markup, and nobody's address is told.
  expect(read(body, `issue.fields.${fieldIds.reason}`)).toBe("I joined the platform team");
  expect(read(body, `issue.fields.${fieldIds.application}`)).toMatchObject({ value: "GitHub", id: "10101" });
  expect(JSON.stringify(body)).not.toContain("@fernhill.example");
  expect(read(body, "changelog.items.fieldId=status")).toMatchObject({ field: "Status", to: "10100" });
});

test.each(["alice.moreau", "ben.achterberg"])(
  "an agent edits by hand what %s asked for, and the event and the history name the agent",
  async (requester) => {
    const { as, clock, bodies } = await siteWithReceiver();
    const key = await raise(as(requester));
    const longer = { fields: { [fieldIds.duration]: { id: durationOptions["30 days"] } } };
    const agent = as("ben.achterberg");
    expect((await agent.put(`/rest/api/3/issue/${key}`, longer)).status).toBe(204);
    await clock.advance(0);
    const item = { fieldId: fieldIds.duration, fromString: "1 day", toString: "30 days" };
    expect(read(bodies(), "-1")).toMatchObject({
      webhookEvent: "jira:issue_updated",
      user: { accountId: accountId("ben.achterberg") },
      changelog: { items: [item] },
    });
    const { body } = await agent.get(`/rest/api/3/issue/${key}/changelog`);
    expect(read(body, "values")).toMatchObject([
      { author: { accountId: accountId("ben.achterberg") }, items: [item] },
    ]);
  },
);

test("an approval is announced as the status change that it causes, by the approver", async () => {
  const { as, latchkey, clock, bodies } = await siteWithReceiver();
  const key = await raise(as("alice.moreau"));
  const approval = await askForApproval(latchkey, key, ["jonas.bergmann", "mei.chen"]);
  await decide(as("jonas.bergmann"), key, approval, "approve");
  await clock.advance(0);
  expect(read(bodies(), "*.issue_event_type_name")).toEqual([
    "issue_created",
    "issue_updated",
    "issue_generic",
    "issue_generic",
  ]);
  expect(read(bodies(), "1.user.accountId")).toBe(keys.jiraServiceAccountId);
  expect(read(bodies(), "-1")).toMatchObject({
    webhookEvent: "jira:issue_updated",
    user: { accountId: accountId("jonas.bergmann") },
    changelog: {
      items: [
        {
          field: "status",
          fieldId: "status",
          from: "10101",
          fromString: "Waiting for approval",
          to: "10102",
          toString: "Approved",
        },
      ],
    },
  });
});

test("one approval of two changes no status, so no webhook tells of it", async () => {
  const { as, latchkey, clock, jira, received } = await siteWithReceiver();
  jira.settings.approval.conditionValue = 2;
  const key = await raise(as("alice.moreau"));
  const approval = await askForApproval(latchkey, key, ["jonas.bergmann", "mei.chen"]);
  await clock.advance(0);
  const before = received.length;
  await decide(as("jonas.bergmann"), key, approval, "approve");
  await clock.advance(0);
  expect(received).toHaveLength(before);
});

test("a deletion is announced; a move out of the project is not, since the filter no longer matches", async () => {
  const { as, clock, bodies, nobody } = await siteWithReceiver();
  const key = await raise(as("alice.moreau"));
  await as("nadia.rahman").delete(`/rest/api/3/issue/${key}`);
  const moved = await raise(as("alice.moreau"));
  await nobody.post("/_simulated/move", { issue: moved, projectKey: "OPS" });
  await clock.advance(0);
  expect(read(bodies(), "*.webhookEvent")).toEqual([
    "jira:issue_created",
    "jira:issue_deleted",
    "jira:issue_created",
  ]);
});

test("administrators register webhooks with a filter; the secret is never shown", async () => {
  const { as, clock, latchkey, url, received } = await siteWithReceiver();
  const path = "/rest/webhooks/1.0/webhook";
  const webhook = {
    name: "Comments",
    url: `${url}/comments/{issue.key}`,
    events: ["comment_created"],
    filters: { "issue-related-events-section": `reporter = "${accountId("alice.moreau")}"` },
    secret: "shh",
  };
  expect((await as("leila.haddad").post(path, webhook)).status).toBe(403);
  expect(
    (await latchkey.post(path, { ...webhook, filters: { "issue-related-events-section": "projekt = 1" } }))
      .status,
  ).toBe(400);
  const { status, body } = await latchkey.post(path, webhook);
  expect(status).toBe(201);
  expect(body).toMatchObject({ isSigned: true, enabled: true });
  expect(JSON.stringify((await latchkey.get(path)).body)).not.toContain("shh");

  for (const login of ["alice.moreau", "hugo.laurent"]) {
    const key = await raise(as(login));
    await latchkey.post(`/rest/api/3/issue/${key}/comment`, { body: adf("Hello") });
  }
  await clock.advance(0);
  const comments = received.filter((request) => request.path.startsWith("/comments/"));
  expect(comments.map((request) => request.path)).toEqual(["/comments/ACC-1"]);
  const told: unknown = JSON.parse(comments[0]?.body.toString() ?? "");
  expect(told).toMatchObject({
    webhookEvent: "comment_created",
    comment: { body: "Hello", jsdPublic: true },
  });
  expect(told).not.toHaveProperty("changelog");

  const self = new URL(textAt(body, "self")).pathname;
  expect((await latchkey.delete(self)).status).toBe(204);
  expect((await latchkey.get(self)).status).toBe(404);
});

test("a new secret signs what is sent from then on", async () => {
  const { as, clock, latchkey, received } = await siteWithReceiver();
  const { body } = await latchkey.get("/rest/webhooks/1.0/webhook/1");
  await latchkey.put("/rest/webhooks/1.0/webhook/1", { ...(body as object), secret: "rotated" });
  await raise(as("alice.moreau"));
  await clock.advance(0);
  const [request] = received;
  expect(request?.headers["x-hub-signature"]).toBe(signature("rotated", request?.body.toString() ?? ""));
});
