import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { VirtualClock } from "../../../../local/clock.ts";
import { type HttpRequest, listen } from "../../../../local/http.ts";
import { Store } from "../../../../local/store.ts";
import { keys } from "../../../../local/world/company.ts";
import { signature } from "../../../../local/world/jira/deliveries.ts";
import type { WorldEvent } from "../../../../local/world/jira/events.ts";
import { fieldIds } from "../../../../local/world/jira/fields.ts";
import {
  accountId,
  adf,
  askForApproval,
  atEnd,
  decide,
  jiraSite,
  raise,
  read,
  startOfTime,
  textAt,
} from "./jira-session.ts";

const minutes = 60_000;

/** Somebody who listens, and answers with `status`. */
async function receiver(clock: VirtualClock) {
  const received: HttpRequest[] = [];
  const answer = { status: 202 };
  const server = await listen({
    port: 0,
    clock,
    handle: (request) => {
      received.push(request);
      return { status: answer.status };
    },
  });
  atEnd(server.close);
  const bodies = () => received.map((request) => JSON.parse(request.body.toString()) as unknown);
  return { url: server.url, received, answer, bodies };
}

async function siteWithReceiver() {
  const clock = new VirtualClock(startOfTime);
  const latchkeyEnd = await receiver(clock);
  const events: WorldEvent[] = [];
  const site = await jiraSite({ clock, webhookUrl: latchkeyEnd.url, onEvent: (event) => events.push(event) });
  return { ...site, ...latchkeyEnd, events };
}

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

test("a deletion is announced; a move is announced to those who watch the new project", async () => {
  const { as, clock, bodies, jira, nobody } = await siteWithReceiver();
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
  expect(jira.calls.all().map((call) => call.status)).toContain(204);
});

test("a delivery is tried again with the same identifier, five times, 5 to 15 minutes apart", async () => {
  const { as, clock, received, answer, events } = await siteWithReceiver();
  answer.status = 503;
  await raise(as("alice.moreau"));
  await clock.advance(0);
  expect(received).toHaveLength(1);
  await clock.advance(5 * minutes - 1);
  expect(received).toHaveLength(1);
  await clock.advance(10 * minutes + 1);
  expect(received).toHaveLength(2);
  await clock.advance(24 * 60 * minutes);
  expect(received.map((request) => request.headers["x-atlassian-webhook-retry"])).toEqual([
    undefined,
    "1",
    "2",
    "3",
    "4",
    "5",
  ]);
  expect(new Set(received.map((request) => request.headers["x-atlassian-webhook-identifier"])).size).toBe(1);
  expect(new Set(received.map((request) => request.body.toString())).size).toBe(1);
  expect(events.at(-1)).toMatchObject({ type: "webhook failed", attempt: 6, retryAt: null });
});

test.each([408, 409, 425, 429, 500])("the answer %i is tried again", async (status) => {
  const { as, clock, received, answer } = await siteWithReceiver();
  answer.status = status;
  await raise(as("alice.moreau"));
  await clock.advance(0);
  answer.status = 200;
  await clock.advance(60 * minutes);
  expect(received).toHaveLength(2);
});

test.each([400, 401, 404, 413, 302])("the answer %i is final: the event is lost", async (status) => {
  const { as, clock, received, answer } = await siteWithReceiver();
  answer.status = status;
  await raise(as("alice.moreau"));
  await clock.advance(60 * minutes);
  expect(received).toHaveLength(1);
});

test("a receiver that cannot be reached is tried again", async () => {
  const clock = new VirtualClock(startOfTime);
  const gone = await listen({ port: 0, clock, handle: () => ({ status: 200 }) });
  await gone.close();
  const events: WorldEvent[] = [];
  const { as } = await jiraSite({ clock, webhookUrl: gone.url, onEvent: (event) => events.push(event) });
  await raise(as("alice.moreau"));
  await clock.advance(20 * minutes);
  const failures = events.filter((event) => event.type === "webhook failed");
  expect(failures.length).toBeGreaterThan(1);
  expect(failures[0]).toMatchObject({ problem: expect.stringContaining("ECONNREFUSED") });
});

test("pending deliveries survive a restart", async () => {
  const clock = new VirtualClock(startOfTime);
  const store = new Store();
  const { url, received, answer } = await receiver(clock);
  answer.status = 500;
  const first = await jiraSite({ clock, store, webhookUrl: url });
  await raise(first.as("alice.moreau"));
  await clock.advance(0);
  await first.close();

  answer.status = 202;
  const second = await jiraSite({ clock, store, webhookUrl: url });
  await clock.advance(20 * minutes);
  expect(received.map((request) => request.headers["x-atlassian-webhook-retry"])).toEqual([undefined, "1"]);
  await clock.advance(60 * minutes);
  expect(received).toHaveLength(2);
  expect(await raise(second.as("alice.moreau"))).toBe("ACC-2");
});

test("deliveries can be dropped, sent twice, or received without Jira learning of it", async () => {
  const { as, clock, received, jira } = await siteWithReceiver();
  jira.deliveryFaults.add({ effect: "drop", event: "jira:issue_created", times: 1 });
  await raise(as("alice.moreau"));
  await clock.advance(60 * minutes);
  expect(received).toHaveLength(0);

  jira.deliveryFaults.add({ effect: "duplicate", times: 1 });
  await raise(as("alice.moreau"));
  await clock.advance(0);
  expect(received).toHaveLength(2);

  jira.deliveryFaults.add({ effect: "lose-answer", times: 1 });
  await raise(as("alice.moreau"));
  await clock.advance(20 * minutes);
  expect(received).toHaveLength(4);
  const identifiers = received.map((request) => request.headers["x-atlassian-webhook-identifier"]);
  expect(new Set(identifiers).size).toBe(2);
});

test("deliveries can be late and overtake each other", async () => {
  const { as, clock, bodies, nobody } = await siteWithReceiver();
  await nobody.post("/_simulated/delivery-faults", { effect: "delay", delayMs: 5 * minutes, times: 1 });
  await nobody.post("/_simulated/delivery-faults", { effect: "shuffle", delayMs: minutes });
  for (let number = 0; number < 6; number++) await raise(as("alice.moreau"));
  await clock.advance(0);
  expect(bodies()).toHaveLength(0);
  await clock.advance(6 * minutes);
  const order = read(bodies(), "*.issue.key");
  expect(order).toHaveLength(6);
  expect(read(order, "-1")).toBe("ACC-1");
  expect(order).not.toEqual(["ACC-2", "ACC-3", "ACC-4", "ACC-5", "ACC-6", "ACC-1"]);
});

test("the automation rule posts in each of its formats, once, with the token", async () => {
  for (const format of ["custom", "jira-format", "automation-format"] as const) {
    const { as, clock, jira, received, answer, bodies } = await siteWithReceiver();
    answer.status = 500;
    jira.settings.automation = format;
    jira.deliveryFaults.add({ effect: "drop", event: "jira:issue_created" });
    await raise(as("alice.moreau"));
    await clock.advance(60 * minutes);
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      path: "/webhooks/automation",
      headers: { authorization: `Bearer ${keys.automationToken}` },
    });
    const [body] = bodies();
    if (format === "custom")
      expect(body).toEqual({
        v: 1,
        event: "request_created",
        issueKey: "ACC-1",
        issueId: "10000",
        projectKey: "ACC",
        reporterAccountId: accountId("alice.moreau"),
        reporterEmail: "alice.moreau@fernhill.example",
      });
    else {
      const issue = format === "jira-format" ? read(body, "issue") : body;
      expect(issue).toMatchObject({
        id: 10000,
        key: "ACC-1",
        changelog: { startAt: 0, maxResults: 0, total: 0, histories: null },
        fields: { project: { id: 10000, namedValue: "Access requests" } },
      });
    }
  }
});

test("the automation rule is silent about other requests, and when it is off", async () => {
  const { as, clock, jira, received } = await siteWithReceiver();
  await raise(as("alice.moreau"));
  jira.settings.automation = "custom";
  await as("alice.moreau").post("/rest/servicedeskapi/request", {
    serviceDeskId: "1",
    requestTypeId: "26",
    requestFieldValues: { summary: "Where is the printer?" },
  });
  await clock.advance(0);
  expect(received.map((request) => request.path)).toEqual(["/webhooks/jira", "/webhooks/jira"]);
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
  const [seeded] = read((await latchkey.get("/rest/webhooks/1.0/webhook")).body, "") as object[];
  await latchkey.put("/rest/webhooks/1.0/webhook/1", { ...seeded, secret: "rotated" });
  await raise(as("alice.moreau"));
  await clock.advance(0);
  const [request] = received;
  expect(request?.headers["x-hub-signature"]).toBe(signature("rotated", request?.body.toString() ?? ""));
});
