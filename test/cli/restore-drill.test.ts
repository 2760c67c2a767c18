import { join } from "node:path";
import {
  type AttributeValue,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  paginateScan,
} from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import {
  day,
  groupOf,
  hour,
  minute,
  openStory,
  option,
  personOf,
  type Story,
} from "../support/company-story.ts";
import { temporaryFolder, type } from "./support.ts";

const TableName = "latchkey-local-requests";

function clientOf({ runtime }: Story): DynamoDBClient {
  const credentials = { accessKeyId: "operator", secretAccessKey: "operator" };
  return new DynamoDBClient({ endpoint: runtime.awsUrl, region: "eu-west-1", credentials });
}

/** What restoring the Requests table to a moment does: everything is as it was then, and nothing else is there. */
function requestsTable(story: Story) {
  const client = clientOf(story);
  const scan = async () => {
    const items: Record<string, AttributeValue>[] = [];
    for await (const { Items = [] } of paginateScan({ client }, { TableName })) items.push(...Items);
    return items;
  };
  return {
    scan,
    async restore(items: Record<string, AttributeValue>[]) {
      for (const { pk, sk } of await scan())
        if (pk && sk) await client.send(new DeleteItemCommand({ TableName, Key: { pk, sk } }));
      for (const Item of items) await client.send(new PutItemCommand({ TableName, Item }));
    },
  };
}

type Compared = {
  issueKey: string;
  known?: number;
  entries: number;
  given: { user: string; group: string }[];
};

test("the drill in docs/operations.md brings a Requests table of an hour ago in step with what happened since", async () => {
  const story = await openStory({ sweeping: true });
  const latchkey = (...words: string[]) => type("--endpoint", story.runtime.awsUrl, ...words);
  const table = requestsTable(story);
  const ask = async (login: string, what: string, duration: string) => ({
    login,
    ...(await story.request(login, what, { duration })),
  });
  const approve = ({ key }: { key: string }) => story.decide("jonas.bergmann", key, "approve");
  const held = await ask("tariq.aziz", option.awsDeveloper, "1 day");
  const ended = await ask("hugo.laurent", option.awsDeveloper, "1 hour");
  for (const one of [held, ended]) await approve(one);
  const asked = await ask("alice.moreau", option.githubDeveloper, "4 hours");
  const backup = await table.scan();

  // What the backup does not know: access that ended, access that was given, and a request that was made and granted.
  await story.pass(10 * minute);
  await approve(asked);
  const unknown = await ask("sofia.marino", option.githubDeveloper, "4 hours");
  await approve(unknown);
  await story.pass(hour);
  expect(await story.isMember("hugo.laurent", "aws-developers")).toBe(false);

  // 1. Nothing works on requests meanwhile.
  expect(await latchkey("grants", "stop", "--why", "The Requests table is restored.")).toMatchObject({
    code: 0,
  });
  for (const name of ["sweep-requests", "reconcile-issue"]) story.host.idle.add(name);
  // 2. and 3. The table is as it was.
  await table.restore(backup);
  story.host.forget();

  // 4. What happened since, and whose access is in no ledger.
  const compared = await latchkey("--json", "audit", "compare");
  expect(compared).toMatchObject({ code: 0, err: "" });
  const differences: Compared[] = JSON.parse(compared.out);
  const since = (login: string, group: string) => [
    { user: personOf(login).jumpcloudId, group: groupOf(group), endsAt: expect.any(Number) },
  ];
  expect(differences.map(({ issueKey, given }) => [issueKey, given])).toEqual([
    [ended.key, []],
    [asked.key, since("alice.moreau", "github-developers")],
    [unknown.key, since("sofia.marino", "github-developers")],
  ]);
  expect(differences.at(-1)).not.toHaveProperty("known");
  expect((await latchkey("audit", "compare")).out).toMatch(
    /given since: JumpCloud user .*\n3 of \d+ audit trails/,
  );

  // 5. The operator takes that access away by hand, and stops the runs that hold it.
  for (const { issueKey, given } of differences)
    for (const { user, group } of given) {
      const member = { op: "remove", type: "user", id: user };
      await story.callJumpCloud("POST", `/api/v2/usergroups/${group}/members`, member);
      await story.states.handle("StopExecution", { executionArn: executionOf(story, `${issueKey}-1`) });
    }

  // 6. Everything goes on.
  story.host.idle.delete("sweep-requests");
  story.host.idle.delete("reconcile-issue");
  await latchkey("grants", "resume", "--why", "The Requests table is restored.");
  await story.pass(2 * hour);
  // What was approved is still proven in Jira: it is given again, this time with a reason in the ledger.
  expect(await story.stored(asked.id)).toMatchObject({ status: "granted" });
  expect(await story.stored(ended.id)).toMatchObject({ status: "ended" });
  expect(await story.stored(held.id)).toMatchObject({ status: "granted" });
  expect(await story.operator.requests.latest(unknown.id)).toBeUndefined();
  expect(await story.isMember("sofia.marino", "github-developers")).toBe(false);
  await story.pass(day);

  // Nobody has access whose time is over, and nothing was left to an operator.
  for (const { login, id, key } of [held, ended, asked]) {
    expect(await story.stored(id), login).toMatchObject({ status: "ended", end: { kept: [] } });
    expect(await story.statusOf(key), login).toBe("ended");
    const group = login === "alice.moreau" ? "github-developers" : "aws-developers";
    expect(await story.isMember(login, group), login).toBe(false);
    const actions = await story.actions(id);
    expect(
      actions.filter((action) => action === "access.ended"),
      login,
    ).toHaveLength(1);
  }
  expect((await story.executions()).filter(({ status }) => status === "FAILED")).toEqual([]);
  const after: Compared[] = JSON.parse((await latchkey("--json", "audit", "compare")).out);
  expect(after.map(({ issueKey }) => issueKey)).toEqual([unknown.key]);
});

test("of an Audit table that was restored, the comparison and the evidence say which entries are missing", async () => {
  const story = await openStory();
  const latchkey = (...words: string[]) => type("--endpoint", story.runtime.awsUrl, ...words);
  const { key, id } = await story.request("alice.moreau", option.githubDeveloper);
  const { length } = await story.trail(id);
  const last = { requestId: { S: `${id}-1` }, sequence: { N: String(length) } };
  await clientOf(story).send(new DeleteItemCommand({ TableName: "latchkey-local-audit", Key: last }));

  const { out } = await latchkey("audit", "compare");
  expect(out).toContain(`${key}  ${id}-1  the request knows ${length} of ${length - 1} entries`);
  const file = join(temporaryFolder(), "evidence.json");
  await latchkey("audit", "evidence", key, file);
  const verified = await latchkey("audit", "verify", file);
  expect(verified.code).toBe(1);
  expect(verified.out).toContain(`NOT WHOLE: it does not have the entry ${length} that the request knows of`);
});

function executionOf({ runtime }: Story, name: string): string {
  const machine = runtime.resources.stateMachineArn("latchkey-local-access-request");
  return `${machine.replace(":stateMachine:", ":execution:")}:${name}`;
}
