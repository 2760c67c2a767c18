import { expect, test } from "vitest";
import { VirtualClock } from "../../../../local/clock.ts";
import { listen } from "../../../../local/http.ts";
import { Store } from "../../../../local/store.ts";
import type { JiraEvent } from "../../../../local/world/jira/events.ts";
import { jiraSite, raise, read, startOfTime } from "./jira-site.ts";
import { minutes, receiver, siteWithReceiver } from "./receiver.ts";

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

test("the waits between tries are spread between 5 and 15 minutes", async () => {
  const { as, clock, answer, events } = await siteWithReceiver();
  answer.status = 500;
  for (let number = 0; number < 20; number++) await raise(as("alice.moreau"));
  await clock.advance(0);
  const waits = events.flatMap((event) =>
    event.type === "webhook failed" && event.retryAt !== null ? (event.retryAt - event.at) / minutes : [],
  );
  expect(waits).toHaveLength(20);
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(5);
  expect(Math.min(...waits)).toBeLessThan(7);
  expect(Math.max(...waits)).toBeLessThanOrEqual(15);
  expect(Math.max(...waits)).toBeGreaterThan(13);
});

test("what is pending is not sent any more when its webhook is switched off", async () => {
  const { as, clock, received, answer, latchkey } = await siteWithReceiver();
  answer.status = 500;
  await raise(as("alice.moreau"));
  await clock.advance(0);
  const { body } = await latchkey.get("/rest/webhooks/1.0/webhook/1");
  await latchkey.put("/rest/webhooks/1.0/webhook/1", { ...(body as object), enabled: false });
  await raise(as("alice.moreau"));
  await clock.advance(60 * minutes);
  expect(received).toHaveLength(1);
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
  const events: JiraEvent[] = [];
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

test("after a restart the seeded webhook posts to where Latchkey is then, unless it was deleted", async () => {
  const clock = new VirtualClock(startOfTime);
  const store = new Store();
  const before = await receiver(clock);
  const after = await receiver(clock);
  before.answer.status = 500;
  const first = await jiraSite({ clock, store, webhookUrl: before.url });
  await raise(first.as("alice.moreau"));
  await clock.advance(0);
  await first.close();
  const second = await jiraSite({ clock, store, webhookUrl: after.url });
  await clock.advance(15 * minutes);
  expect([before.received.length, after.received.length]).toEqual([1, 1]);
  await second.latchkey.delete("/rest/webhooks/1.0/webhook/1");
  await second.close();

  const third = await jiraSite({ clock, store, webhookUrl: after.url });
  expect((await third.latchkey.get("/rest/webhooks/1.0/webhook")).body).toEqual([]);
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
