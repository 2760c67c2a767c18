import { expect, test } from "vitest";
import { connect } from "../../cli/connection.ts";
import { firstBreak } from "../../src/audit/audit-trail.ts";
import { groupOf, personOf } from "../support/company-story.ts";
import { atJira, type Running, start, temporaryFolder, until } from "./process.ts";

const awsDeveloper: [string, string] = ["10102", "10203"];

test("killed again and again and started with the same state, it loses nothing and does nothing twice", async () => {
  const state = temporaryFolder();
  /** @param moments calls and events that the process lives through */
  const live = (moments: number) => start("test/e2e/serve-child.ts", [state, String(moments)]);

  const first = await live(Number.POSITIVE_INFINITY);
  const issue = await atJira(first.ready.jiraUrl ?? "").raise("alice.moreau", awsDeveloper, "1 day");
  await first.end("SIGKILL");

  const statuses = new Set<string>();
  let deaths = 0;
  // Each life is a little longer than the one before: long enough, in the end, for the longest step.
  for (let moments = 1; !statuses.has("Ended"); moments += 4) {
    expect(deaths, `it gets no further than ${[...statuses].at(-1)}`).toBeLessThan(60);
    const running = await live(moments);
    await liveThrough(running, issue.key, statuses);
    if (running.isAlive()) await running.end("SIGKILL");
    deaths += 1;
  }
  expect([...statuses]).toEqual(expect.arrayContaining(["Granted", "Ended"]));
  expect(deaths).toBeGreaterThan(5);

  const running = await live(Number.POSITIVE_INFINITY);
  const operator = connect({ stage: "local", endpoint: running.ready.awsUrl ?? "" });
  await until("the run has ended", async () => {
    const request = await operator.requests.get(`${issue.id}-1`);
    return request?.told.includes("ended") ? true : undefined;
  });
  const entries = await operator.audit.entries(`${issue.id}-1`);
  expect(firstBreak(entries)).toBeUndefined();
  const said = entries.map((entry) => entry.id);
  expect(new Set(said).size).toBe(said.length);
  for (const action of ["access.granted", "access.ended"])
    expect(entries.filter((entry) => entry.action === action)).toHaveLength(1);
  expect(await atJira(running.ready.jiraUrl ?? "").comments(issue.key)).toHaveLength(2);
  expect(await groups(running, "alice.moreau")).not.toContain(groupOf("aws-developers"));
}, 240_000);

/** What people do as long as the process lives: the manager approves, the holder ends the access. */
async function liveThrough(running: Running, key: string, statuses: Set<string>): Promise<void> {
  const jira = atJira(running.ready.jiraUrl ?? "");
  const request = `/rest/servicedeskapi/request/${key}`;
  try {
    while (running.isAlive() && !statuses.has("Ended")) {
      const status = await jira.status(key);
      const approval = await jira.pendingApproval("jonas.bergmann", key);
      if (approval)
        await jira.call("jonas.bergmann", "POST", `${request}/approval/${approval}`, { decision: "approve" });
      if (status === "Granted")
        await jira.call("alice.moreau", "POST", `${request}/transition`, { id: "51" });
      statuses.add(status);
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // what fetch throws when the other side is gone
  }
}

async function groups({ ready }: Running, login: string): Promise<string[]> {
  const memberof = `${ready.jumpcloudUrl}/api/v2/users/${personOf(login).jumpcloudId}/memberof?limit=100`;
  const answer = await fetch(memberof, { headers: { "x-api-key": ready.jumpcloudApiKey ?? "" } });
  return ((await answer.json()) as { id: string }[]).map((group) => group.id);
}
