import { expect, test } from "vitest";
import { keys } from "../../../../local/world/company.ts";
import { accountId, raise, read } from "./jira-site.ts";
import { minutes, siteWithReceiver } from "./receiver.ts";

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

test("the automation rule does not tell an address that its owner hides", async () => {
  const { as, clock, jira, bodies } = await siteWithReceiver();
  jira.settings.automation = "custom";
  jira.deliveryFaults.add({ effect: "drop", event: "jira:issue_created" });
  await raise(as("priya.nair"));
  await clock.advance(0);
  expect(bodies()).toMatchObject([{ reporterAccountId: accountId("priya.nair"), reporterEmail: "" }]);
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
