import { expect, onTestFinished, test } from "vitest";
import { VirtualClock } from "../../../local/clock.ts";
import { Store } from "../../../local/store.ts";
import { groups, keys, people } from "../../../local/world/company.ts";
import type { WorldEvent } from "../../../local/world/events.ts";
import { startJira } from "../../../local/world/jira/start-jira.ts";
import { startJumpCloud } from "../../../local/world/jumpcloud/server.ts";

test("one narrator hears of both systems and can tell them apart", async () => {
  const happened: WorldEvent[] = [];
  const world = {
    clock: new VirtualClock(Date.UTC(2026, 0, 5, 9)),
    store: new Store(),
    port: 0,
    onEvent: (event: WorldEvent) => happened.push(event),
  };
  const jira = await startJira(world);
  onTestFinished(jira.close);
  const jumpcloud = await startJumpCloud(world);
  onTestFinished(jumpcloud.close);

  const json = { "content-type": "application/json" };
  await fetch(`${jira.url}/rest/servicedeskapi/request`, {
    method: "POST",
    headers: { ...json, authorization: `Bearer ${keys.jiraApiToken}` },
    body: JSON.stringify({
      serviceDeskId: "1",
      requestTypeId: "26",
      requestFieldValues: { summary: "A question" },
    }),
  });
  const group = groups.find(({ name }) => name === "zoom-pro");
  await fetch(`${jumpcloud.url}/api/v2/usergroups/${group?.id}/members`, {
    method: "POST",
    headers: { ...json, "x-api-key": keys.jumpcloudApiKey },
    body: JSON.stringify({ op: "add", type: "user", id: people.at(-1)?.jumpcloudId }),
  });
  const told = happened.map((event) =>
    event.source === "jira" ? [event.type, event.issueKey] : [event.type, event.group?.name],
  );
  expect(told).toEqual([
    ["request created", "ACC-1"],
    ["member added", "zoom-pro"],
  ]);
});
