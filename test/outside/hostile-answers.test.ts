import { describe, expect, test } from "vitest";
import { Row } from "../../src/actions/row.ts";
import { InconsistentError, UnexpectedAnswerError } from "../../src/errors.ts";
import { path } from "../../src/http/client.ts";
import { readDoorbell } from "../../src/requests/doorbell.ts";
import { readItem } from "../../src/storage/read-item.ts";
import { raise } from "../local/world/jira/jira-site.ts";
import { jiraClient } from "./clients.ts";

const secret = "canary-in-an-answer";
const deep = "[".repeat(10_000) + "]".repeat(10_000);

const issue = {
  id: "10012",
  key: "ACC-12",
  fields: { project: { id: "10000" }, status: { id: "1" }, updated: "2026-11-20T09:00:00.000+0000" },
};

async function answered(body: unknown) {
  const { client, jira } = await jiraClient();
  jira.faults.add({ status: 200, body: typeof body === "string" ? body : JSON.stringify(body) });
  return client;
}

describe("an issue is not taken from Jira", () => {
  const { fields } = issue;
  const answers: [string, unknown, string][] = [
    ["without its status", { ...issue, fields: { ...fields, status: null } }, "fields of an issue: status"],
    [
      "with words for its project",
      { ...issue, fields: { ...fields, project: secret } },
      "fields of an issue: project",
    ],
    [
      "with a time that is none",
      { ...issue, fields: { ...fields, updated: secret } },
      "fields of an issue: updated",
    ],
    ["with an id that leads elsewhere", { ...issue, id: `../${secret}` }, "id"],
    ["with a key that is none", { ...issue, key: secret.repeat(100) }, "key"],
    ["with half a character for an id", { ...issue, id: "\ud800" }, "id"],
    ["that is nested without an end", `{"id":"1","key":"A-1","fields":${deep}}`, "nested too deeply"],
  ];
  test.each(answers)("%s, and the error does not repeat what it said", async (_, body, where) => {
    const client = await answered(body);
    const error: unknown = await client.issue("10012").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnexpectedAnswerError);
    expect(String(error)).toContain(where);
    expect(String(error)).not.toContain(secret);
  });

  test("while a right one with all that Latchkey does not know is", async () => {
    const client = await answered({ ...issue, fields: { ...fields, customfield_1: { deep: [[[[{}]]]] } } });
    expect(await client.issue("10012")).toMatchObject({ id: "10012", statusId: "1", isDone: false });
  });
});

test("an error says the first thing that is wrong, and not a million", async () => {
  const client = await answered({ values: new Array(100_000).fill({}), isLast: true });
  const error: unknown = await client.statusChanges("10012").catch((reason: unknown) => reason);
  expect(String(error)).toMatch(/^UnexpectedAnswerError: .{1,100}$/);
});

test("an approval of a time that no calendar has is no approval", async () => {
  const record = { id: "1", finalDecision: "approved", approvers: [], createdDate: { epochMillis: 1e300 } };
  const client = await answered({ values: [record], isLastPage: true });
  await expect(client.approvals("10012")).rejects.toThrow(UnexpectedAnswerError);
});

test("a list without an end is given up", async () => {
  const { client, as, jira } = await jiraClient();
  const key = await raise(as("alice.moreau"));
  const change = { id: "1", created: "2026-11-20T09:00:00.000+0000", author: null, items: [] };
  jira.faults.add({
    path: /\/changelog$/,
    status: 200,
    body: { values: [change], isLast: false },
  });
  await expect(client.statusChanges(key)).rejects.toThrow("changelog: a list without an end");
  expect(jira.calls.of("GET", /\/changelog$/)).toHaveLength(400);
});

test("a search that always has another page is given up", async () => {
  const client = await answered({ issues: [], nextPageToken: "again" });
  const search = async () => {
    for await (const _ of client.changedIssues(["10000"], 45)) throw new Error("there is no issue");
  };
  await expect(search()).rejects.toThrow("search: a list without an end");
});

test.each(["", ".", "..", "\ud800", "x".repeat(256)])(
  "an id that leads out of its place in a path is none: %j",
  (id) => {
    expect(() => path`/api/systemusers/${id}/x`).toThrow(InconsistentError);
  },
);

test("any other id stays in its place in a path", () => {
  expect(path`/api/${"a/b"}/${"c?d#e"}/${"..."}`).toBe("/api/a%2Fb/c%3Fd%23e/...");
});

test("a message that is no doorbell is named so, without what it says", () => {
  const right = { schemaVersion: 1, source: "jira", at: 1 };
  expect(readDoorbell(JSON.stringify({ ...right, issueId: "1" }))).toMatchObject({ issueId: "1" });
  const wrong = [secret, "null", deep, { ...right, issueId: 1 }, { ...right, issueKey: "(".repeat(9_000) }];
  for (const message of wrong)
    expect(() => readDoorbell(typeof message === "string" ? message : JSON.stringify(message))).toThrow(
      new InconsistentError("The queue held a message that is no doorbell."),
    );
});

test("a stored item of another shape is named by what is wrong, without its value", () => {
  const read = () => readItem(Row, { schemaVersion: 1, requestId: [secret], index: 0 });
  expect(read).toThrow(InconsistentError);
  expect(read).toThrow("An item of another shape: requestId.");
});
