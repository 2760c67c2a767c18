import { createHmac } from "node:crypto";
import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { keys, people, simulatedSecrets } from "../../local/world/company.ts";
import { fieldIds } from "../../local/world/jira/fields.ts";
import { samlPrivateKeyCanary } from "../../local/world/jumpcloud/applications.ts";
import { hour, openStory, option, personOf, type Story } from "../support/company-story.ts";

/** What the form says, and what other systems answer in their bad moments. */
const words = {
  reason: "canary-of-the-reason",
  summary: "canary-of-the-summary",
  upstream: "canary-in-an-answer",
  unproven: "canary-in-a-body-without-proof",
  firstName: "canary-firstname",
  department: "canary-of-the-department",
  privateAddress: "canary@private.example",
};

const secrets = [
  ...Object.values(simulatedSecrets)
    .flatMap(leaves)
    .filter((text) => text.startsWith("simulated") || text.startsWith("jca_")),
  Buffer.from(`${keys.jiraServiceAccountEmail}:${keys.jiraApiToken}`).toString("base64"),
  samlPrivateKeyCanary,
];
const names = people.map(({ firstName, lastName }) => `${firstName} ${lastName}`);
const addresses = people.map(({ email }) => email);

test("no secret, no name, no address and no word of the form is kept, logged or passed on", async () => {
  const story = await openStory({ sweeping: true });
  const kept = await playEverything(story);
  const everywhere = JSON.stringify({ ...kept, logs: story.host.lines, calls: callsOfFunctions(story) });
  // What is searched is not empty, and the search finds what is there.
  expect(kept.requests.length).toBeGreaterThan(5);
  expect(kept.histories).toHaveLength(4 + 3);
  expect(everywhere).toContain("access.granted");
  expect(everywhere).toContain(keys.jiraServiceAccountId);

  expect(found(everywhere, secrets)).toEqual([]);
  expect(found(everywhere, Object.values(words))).toEqual([]);
  expect(found(everywhere, names)).toEqual([]);
  expect(found(everywhere, addresses)).toEqual([]);
});

test("the catalog holds the owners' addresses, for the owners are to be asked, and no other address", async () => {
  const story = await openStory();
  const catalog = JSON.stringify(await scan(story, "catalog"));
  expect(found(catalog, addresses)).toContain("dana.kowalski@fernhill.example");
  expect(found(catalog, [...secrets, ...names])).toEqual([]);
  const owners = new Set(catalog.match(/"owner":\{"S":"[^"]+"/g)?.map((text) => text.slice(14, -1)));
  expect(found(catalog, addresses).filter((address) => !owners.has(address))).toEqual([]);
});

/** A granted, an ended, a refused, a failed and a forged request, with answers that nobody expects. */
async function playEverything(story: Story) {
  const fields = { [fieldIds.reason]: words.reason, [fieldIds.summary]: words.summary };
  const granted = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 day", fields });
  story.jumpcloud.faults.add({ status: 500, body: words.upstream, times: 2 });
  const byLatchkey = /\/issue\/\d+/;
  story.jira.faults.add({
    path: byLatchkey,
    status: 503,
    body: { errorMessages: [words.upstream] },
    times: 2,
  });
  await story.decide("jonas.bergmann", granted.key, "approve");
  await story.pass(hour);
  expect(await story.statusOf(granted.key)).toBe("granted");
  await story.pass(25 * hour);
  expect(await story.statusOf(granted.key)).toBe("ended");

  const byOwner = await story.request("chloe.dubois", option.figmaEditor, { fields });
  expect(await story.statusOf(byOwner.key)).toBe("waitingForApproval");
  await story.request("alice.moreau", option.slackAllStaff, { fields });

  const failing = await story.request("alice.moreau", option.githubDeveloper, { fields });
  story.jumpcloud.faults.add({ method: "POST", path: /members$/, status: 403, body: words.upstream });
  await story.decide("jonas.bergmann", failing.key, "approve");
  expect(await story.stored(failing.id)).toMatchObject({ status: "failed" });

  await playActions(story);

  const body = JSON.stringify({ issue: { id: "1", fields: { summary: words.unproven } } });
  const signature = createHmac("sha256", "another secret").update(body).digest("hex");
  const forged = await fetch(`${story.runtime.url}/webhooks/jira?${words.unproven}`, {
    method: "POST",
    headers: { "x-hub-signature": `sha256=${signature}`, "x-canary": words.unproven },
    body,
  });
  expect(forged.status).toBe(401);
  await story.settle();
  return {
    requests: await scan(story, "requests"),
    audit: await scan(story, "audit"),
    histories: await histories(story),
  };
}

/** Requests for actions: one that is done, one that is refused, one that stops. */
async function playActions(story: Story) {
  story.jumpcloud.faults.clear();
  const form = {
    [fieldIds.summary]: words.summary,
    [fieldIds.firstName]: words.firstName,
    [fieldIds.lastName]: "Ek",
    [fieldIds.department]: words.department,
    [fieldIds.privateAddress]: words.privateAddress,
    [fieldIds.manager]: { accountId: personOf("jonas.bergmann").accountId },
    [fieldIds.start]: new Date(story.clock.now() + hour).toISOString(),
  };
  for (const times of [0, 4]) {
    const { key, id } = await story.ask("samuel.adeyemi", "30", form);
    if (times > 0)
      story.jumpcloud.faults.add({
        method: "POST",
        path: /systemusers$/,
        status: 403,
        body: words.upstream,
        times,
      });
    await story.decide("beatrice.conti", key, "approve");
    await story.pass(2 * hour);
    expect(await story.storedActions(id)).toMatchObject({ status: times === 0 ? "done" : "failed" });
  }
  story.jumpcloud.faults.clear();
  const { key } = await story.ask("samuel.adeyemi", "30", { ...form, [fieldIds.lastName]: "Ö" });
  expect(await story.statusOf(key)).toBe("closed");
}

/** Everything that the functions and the state machine sent to AWS, except what DynamoDB's tables show anyway. */
function callsOfFunctions(story: Story): unknown[] {
  return story.awsCalls.filter(({ caller, service }) => caller !== "operator" && service !== "dynamodb");
}

async function scan(story: Story, table: string): Promise<unknown[]> {
  const credentials = { accessKeyId: "operator", secretAccessKey: "operator" };
  const client = new DynamoDBClient({ endpoint: story.runtime.awsUrl, region: "eu-west-1", credentials });
  const items: unknown[] = [];
  for await (const page of paginateScan({ client }, { TableName: `latchkey-local-${table}` }))
    items.push(...(page.Items ?? []));
  client.destroy();
  return items;
}

async function histories(story: Story): Promise<unknown[]> {
  const machines = ["access-request", "directory-action"].map((name) =>
    story.runtime.resources.stateMachineArn(`latchkey-local-${name}`),
  );
  const listed = await Promise.all(
    machines.map((stateMachineArn) =>
      story.states.handle("ListExecutions", { stateMachineArn, maxResults: 1000 }),
    ),
  );
  const executions = listed.flatMap((one) => (one as { executions: { executionArn: string }[] }).executions);
  return Promise.all(
    executions.map(async ({ executionArn }) => [
      await story.states.handle("GetExecutionHistory", { executionArn, maxResults: 1000 }),
      await story.states.handle("DescribeExecution", { executionArn }),
    ]),
  );
}

function found(text: string, canaries: string[]): string[] {
  return canaries.filter((canary) => text.includes(canary));
}

function leaves(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(leaves) : [];
}
