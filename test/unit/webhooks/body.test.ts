import { describe, expect, test } from "vitest";
import { MalformedError, NotProvenError } from "../../../src/errors.ts";
import { parseBody, readAutomation, readWebhook } from "../../../src/webhooks/body.ts";

const now = Date.UTC(2026, 10, 20, 12);
const hour = 3_600_000;
const event = (parts: object = {}) => ({ timestamp: now, issue: { id: "10012" }, ...parts });

describe("the body of a webhook", () => {
  test("says which issue it is about, and when that was", () => {
    expect(readWebhook(event(), now)).toEqual({
      schemaVersion: 1,
      source: "jira",
      issueId: "10012",
      at: now,
    });
  });

  test("may be two hours old, and five minutes ahead of our clock, and no more", () => {
    for (const timestamp of [now - 2 * hour, now + hour / 12])
      expect(readWebhook(event({ timestamp }), now)).toMatchObject({ at: timestamp });
    for (const timestamp of [now - 2 * hour - 1, now + hour / 12 + 1]) {
      const read = () => readWebhook(event({ timestamp }), now);
      expect(read).toThrow(NotProvenError);
      expect(read).toThrow("The body is too old.");
    }
  });

  test("without an issue or a time is of no use, even if the other is there", () => {
    for (const body of [
      null,
      undefined,
      "text",
      7,
      [],
      {},
      event({ timestamp: undefined }),
      event({ timestamp: String(now) }),
      event({ issue: null }),
      event({ issue: "10012" }),
      event({ issue: {} }),
    ]) {
      const read = () => readWebhook(body, now);
      expect(read).toThrow(MalformedError);
      expect(read).toThrow("The body is no issue event.");
    }
  });

  test("names an issue by up to 19 digits and nothing else", () => {
    const longest = "1234567890123456789";
    expect(readWebhook(event({ issue: { id: longest } }), now).issueId).toBe(longest);
    expect(readWebhook(event({ issue: { id: 7 } }), now).issueId).toBe("7");
    for (const id of ["", `${longest}0`, "1a", "a1", "1\n2", "-1", 1.5, true, ["1"]])
      expect(() => readWebhook(event({ issue: { id } }), now)).toThrow(MalformedError);
  });

  test("is read by its own properties only", () => {
    const inherited: unknown = Object.create(event());
    expect(() => readWebhook(inherited, now)).toThrow(MalformedError);
  });

  test("hints at the person and the status that the issue came to last", () => {
    const move = (to: unknown, fieldId = "status") => ({ field: "Status", fieldId, to });
    const read = (items: unknown, user: unknown = { accountId: "acc-1" }) =>
      readWebhook(event({ user, changelog: { items } }), now);
    expect(read([move("10101"), move("10102"), move("7", "assignee")])).toMatchObject({
      actor: "acc-1",
      status: "10102",
    });
    for (const items of [undefined, "status", [], [null], [move("x")], [move("7", "assignee")]])
      expect(read(items)).not.toHaveProperty("status");
    const longest = "a".repeat(128);
    for (const accountId of ["712020:5e-0@x.y_Z", longest])
      expect(read([], { accountId })).toMatchObject({ actor: accountId });
    for (const user of [
      null,
      {},
      { accountId: 7 },
      { accountId: "" },
      { accountId: `${longest}a` },
      { accountId: "acc 1" },
      { accountId: "acc-1 " },
    ])
      expect(read([], user)).not.toHaveProperty("actor");
  });
});

describe("the body of an automation rule", () => {
  test("names the issue by id, by key, or by both, wrapped or not", () => {
    const both = { schemaVersion: 1, source: "automation", at: now, issueId: "10012", issueKey: "ACC-12" };
    expect(readAutomation({ issueId: "10012", issueKey: "ACC-12" }, now)).toEqual(both);
    expect(readAutomation({ issue: { id: 10_012, key: "ACC-12" } }, now)).toEqual(both);
    expect(readAutomation({ id: 10_012 }, now)).toEqual({
      schemaVersion: 1,
      source: "automation",
      at: now,
      issueId: "10012",
    });
    expect(readAutomation({ key: "ACC-12" }, now)).toEqual({
      schemaVersion: 1,
      source: "automation",
      at: now,
      issueKey: "ACC-12",
    });
  });

  test("that names none is of no use", () => {
    for (const body of [null, "ACC-12", {}, { issue: {} }, { issueKey: 12 }]) {
      expect(() => readAutomation(body, now)).toThrow(MalformedError);
      expect(() => readAutomation(body, now)).toThrow("The body names no issue.");
    }
  });

  test("names it by what Jira takes for a key and nothing else", () => {
    const longest = `A${"B".repeat(63)}-123456789012`;
    for (const key of ["AB-1", "A_1-12", longest])
      expect(readAutomation({ issueKey: key }, now)).toMatchObject({ issueKey: key });
    for (const key of [
      "A-1",
      "ab-1",
      "1AB-1",
      "AB-",
      "AB1",
      "AB-x",
      " AB-1",
      "AB-1 ",
      "AB-1/../AB-2",
      "Ä1-1",
      `${longest}3`,
      longest.replace("-", "B-"),
    ])
      expect(() => readAutomation({ issueKey: key }, now)).toThrow(MalformedError);
  });
});

test("a body that is not JSON is of no use", () => {
  expect(parseBody(Buffer.from('{"text":"Größe"}'))).toEqual({ text: "Größe" });
  expect(() => parseBody(Buffer.from("{"))).toThrow(MalformedError);
  expect(() => parseBody(Buffer.from("{"))).toThrow("The body is not JSON.");
});
