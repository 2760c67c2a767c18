import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { AwsClient } from "aws4fetch";
import { expect, test } from "vitest";
import { type AuditDraft, type AuditEntry, chain, start } from "../../../src/audit/audit-trail.ts";
import { Table } from "../../../src/storage/table.ts";
import { temporaryFolder, type } from "../../cli/support.ts";
import { day, hour, openStory, option, type Story } from "../../support/company-story.ts";

/** The operator's own call to the bucket. */
async function bucket(story: Story, method: string, path: string, body?: string): Promise<Answer> {
  const keys = { accessKeyId: "operator", secretAccessKey: "operator" };
  const client = new AwsClient({ ...keys, region: "eu-west-1", service: "s3" });
  const checksum = createHash("sha256")
    .update(body ?? "")
    .digest("base64");
  const url = `${story.runtime.awsUrl}/latchkey-local-anchors-000000000000-eu-west-1${path}`;
  const headers = { "x-amz-checksum-sha256": checksum };
  const answer = await client.fetch(url, body === undefined ? { method } : { method, headers, body });
  return { status: answer.status, text: await answer.text() };
}

type Answer = { status: number; text: string };

/** Writes a trail anew with a chain that is whole, and puts its head on the request. */
async function forge(story: Story, id: string, change: (entry: AuditEntry) => AuditDraft): Promise<void> {
  const credentials = { accessKeyId: "operator", secretAccessKey: "operator" };
  const client = new DynamoDBClient({ endpoint: story.runtime.awsUrl, region: "eu-west-1", credentials });
  const table = new Table(client, "latchkey-local-audit");
  let head: AuditEntry | typeof start = start;
  for (const entry of await story.operator.audit.entries(id)) {
    head = chain(id, head, change(entry));
    await table.put(head, { expression: "attribute_exists(requestId)" });
  }
  const request = await story.operator.requests.get(id);
  await story.operator.requests.save(request, {
    ...request,
    trail: { sequence: head.sequence, hash: head.hash },
  });
}

async function exported(story: Story): Promise<{ code: number; out: string; text: string }> {
  const file = join(temporaryFolder(), "audit.jsonl");
  await story.passUntil(type("--endpoint", story.runtime.awsUrl, "audit", "export", file));
  const { code, out } = await type("audit", "verify", file);
  return { code, out, text: readFileSync(file, "utf8") };
}

test("what happened on a day is anchored when the day is over, and proven by it from then on", async () => {
  const story = await openStory({ anchoring: true });
  const { key, id } = await story.request("alice.moreau", option.githubDeveloper);
  await story.decide("jonas.bergmann", key, "approve");
  const before = await story.operator.audit.entries(`${id}-1`);
  await story.pass(2 * day);

  const anchors = [];
  for await (const anchor of await story.operator.anchors()) anchors.push(anchor);
  expect(anchors.map((anchor) => anchor.day)).toEqual(["2026-11-19", "2026-11-20", "2026-11-21"]);
  expect(anchors[1]?.heads).toContainEqual({
    requestId: `${id}-1`,
    sequence: before.length,
    hash: before.at(-1)?.hash,
  });
  const { code, out } = await exported(story);
  expect(out).toContain("The last of 3 anchors is that of 2026-11-21, SHA-256 ");
  expect(code).toBe(0);
});

test("days on which nothing could be anchored are made up for, each with an anchor of its own", async () => {
  const story = await openStory({ anchoring: true });
  await story.pass(day);
  story.host.idle.add("anchor-audit");
  await story.request("alice.moreau", option.githubDeveloper);
  await story.pass(4 * day);
  story.host.idle.delete("anchor-audit");
  await story.pass(6 * hour);
  const { code, out } = await exported(story);
  expect(out).toContain("The last of 6 anchors is that of 2026-11-24");
  expect(code).toBe(0);
  const lags = story.host.lines.flatMap((line) => JSON.parse(line).HoursSinceAnchor ?? []);
  expect(Math.max(...lags)).toBeLessThan(36);
});

test("whoever covers or hides an anchor changes nothing: the first version counts, and stays", async () => {
  const story = await openStory({ anchoring: true });
  await story.request("alice.moreau", option.githubDeveloper);
  await story.pass(2 * day);
  const good = await exported(story);
  const put = await bucket(story, "PUT", "/2026-11-20.json", "{}");
  const hide = await bucket(story, "DELETE", "/2026-11-21.json");
  expect([put.status, hide.status]).toEqual([200, 204]);
  const { text } = await bucket(story, "GET", "?versions");
  for (const [, version = ""] of text.matchAll(/<Version>(.*?)<\/Version>/g)) {
    const [key, id] = ["Key", "VersionId"].map((name) => version.split(new RegExp(`</?${name}>`))[1]);
    expect((await bucket(story, "DELETE", `/${key}?versionId=${id}`)).status).toBe(403);
  }
  const after = await exported(story);
  expect(after.code).toBe(0);
  const anchorsIn = (text: string) => text.split("\n").filter((line) => line.startsWith('{"kind":"anchor"'));
  expect(anchorsIn(after.text)).toEqual(anchorsIn(good.text));
  await story.pass(day);
  expect((await exported(story)).code).toBe(0);
});

test("a trail that somebody with all rights made anew, request and all, is found by its anchor", async () => {
  const story = await openStory({ anchoring: true });
  const { key, id } = await story.request("alice.moreau", option.githubDeveloper);
  await story.decide("jonas.bergmann", key, "decline");
  await story.pass(2 * day);
  await forge(story, `${id}-1`, ({ previousHash: _, hash: __, requestId: ___, sequence: ____, ...draft }) =>
    draft.action === "approval.declined" ? { ...draft, by: ["acc-somebody-else"] } : draft,
  );
  expect((await type("--endpoint", story.runtime.awsUrl, "audit", "show", key)).out).toContain("is whole");
  const { code, out } = await exported(story);
  expect(out).toMatch(
    new RegExp(
      `Trail ${id}-1: it does not have the entry \\d+ that it had on 2026-11-20, by the anchor of that day`,
    ),
  );
  expect(code).toBe(1);
});
