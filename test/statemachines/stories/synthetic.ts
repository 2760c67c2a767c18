import { describe, expect, test } from "vitest";
import {
  hour,
  minute,
  openStory,
  option,
  personOf,
  policyWith,
  type Story,
} from "../../support/company-story.ts";

const tester = "chloe.dubois";
const oneHour = "10301";

/** Zoom stands for an application that gives nothing. */
const policy = () =>
  policyWith(({ site, catalog }) => {
    const zoom = catalog.applications.find(({ entitlements }) =>
      entitlements.some((entitlement) => entitlement.option === option.zoom),
    );
    if (!zoom) throw new Error("the example catalog has no Zoom");
    zoom.id = "synthetic";
    for (const entitlement of zoom.entitlements) {
      entitlement.approval = "everybody-may";
      entitlement.durations = { default: "1h", permanent: false };
    }
    site.syntheticRequest = {
      serviceDesk: "1",
      requestType: "25",
      parent: "10109",
      option: option.zoom,
      duration: oneHour,
      reporter: personOf(tester).accountId,
    };
  });

const late = ({ host }: Story) =>
  host.lines.flatMap((line) => JSON.parse(line).LateSyntheticRequests ?? []).length;

/** The tickets that were made in the test person's name, oldest first. */
async function tickets(story: Story): Promise<string[]> {
  const jql = `reporter = "${personOf(tester).accountId}" ORDER BY created ASC`;
  const { body } = await story.call("nadia.rahman", "POST", "/rest/api/3/search/jql", {
    jql,
    fields: ["key"],
  });
  return body.issues.map(({ key }: { key: string }) => key);
}

describe("a request that Latchkey makes itself", () => {
  test("goes all the way every hour, and ends", async () => {
    // No sweeper: it comes by the webhook.
    const story = await openStory({ policy: policy(), synthetic: true });
    await story.pass(10 * minute);
    const [first = ""] = await tickets(story);
    expect(await story.statusOf(first)).toBe("granted");
    await story.pass(3 * hour);
    const keys = await tickets(story);
    expect(keys).toHaveLength(4);
    for (const key of keys.slice(0, 3)) expect(await story.statusOf(key), key).toBe("ended");
    expect(late(story)).toBe(0);
    // Nobody but the test person is written to.
    for (const key of keys)
      for (const { text } of await story.comments(key))
        expect(text.replaceAll(personOf(tester).accountId, "")).not.toMatch(/accountid:\w/);
  });

  test("is brought in by the sweeper when webhooks do not come, in time", async () => {
    const story = await openStory({ policy: policy(), synthetic: true, sweeping: true });
    story.jira.deliveryFaults.add({ effect: "drop" });
    await story.pass(30 * minute);
    const [first = ""] = await tickets(story);
    expect(await story.statusOf(first)).toBe("granted");
    expect(late(story)).toBe(0);
    expect(story.host.lines.join("\n")).toContain('"MissedWebhooks":1');
  });

  test("is late when neither webhooks nor the sweeper bring it in, and no longer when the next one is done", async () => {
    const story = await openStory({ policy: policy(), synthetic: true });
    story.jira.deliveryFaults.add({ effect: "drop" });
    await story.pass(10 * minute);
    expect(late(story)).toBe(0);
    await story.pass(11 * minute);
    expect(late(story)).toBeGreaterThan(0);
    story.jira.deliveryFaults.clear();
    await story.pass(hour);
    story.host.lines.length = 0;
    await story.pass(25 * minute);
    expect(late(story)).toBe(0);
  });

  test("is late when access does not end", async () => {
    const story = await openStory({ policy: policy(), synthetic: true });
    await story.pass(11 * minute);
    story.host.idle.add("close-request");
    await story.pass(80 * minute);
    expect(late(story)).toBeGreaterThan(0);
  });

  test("is not made when the policy files do not say what", async () => {
    const story = await openStory({ synthetic: true });
    story.jira.calls.clear();
    await story.pass(2 * hour);
    expect(story.jira.calls.all()).toEqual([]);
    expect(story.host.lines.join("\n")).toContain('"noop":"no synthetic request is set"');
  });
});
