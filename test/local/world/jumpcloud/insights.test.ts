import { expect, test } from "vitest";
import { application, group, openJumpCloud, person } from "./open-jumpcloud.ts";

const events = "/insights/directory/v1/events";
const all = { service: ["all"], start_time: "2026-01-01T00:00:00Z" };
const alice = person("alice.moreau");

/** A minute apart: Alice is suspended, added to a group, and locked. */
async function threeEvents() {
  const world = await openJumpCloud();
  const { send, clock } = world;
  await send("POST", `/api/systemusers/${alice}/state/suspend`);
  await clock.advance(60_000);
  const add = { op: "add", type: "user", id: alice };
  await send("POST", `/api/v2/usergroups/${group("github-developers")}/members`, add);
  await clock.advance(60_000);
  await send("PUT", `/api/systemusers/${alice}`, { account_locked: true });
  const query = async (more: object = {}) => await send("POST", events, { ...all, ...more });
  const types = async (more: object = {}) =>
    (await query(more)).body.map((event: { event_type: string }) => event.event_type);
  return { ...world, query, types };
}

test("what the calls did is in the audit events, with who did it to whom", async () => {
  const { query } = await threeEvents();
  const { body } = await query();
  expect(body).toMatchObject([
    {
      event_type: "user_suspended",
      service: "directory",
      timestamp: "2026-01-05T09:30:00.000Z",
      initiated_by: { type: "admin", email: "latchkey-write@fernhill.example" },
      resource: { id: alice, type: "user", username: "alice.moreau" },
      success: true,
    },
    {
      event_type: "association_change",
      association: {
        op: "add",
        connection: {
          from: { type: "user_group", object_id: group("github-developers"), name: "github-developers" },
          to: { type: "user", object_id: alice },
        },
      },
    },
    { event_type: "user_lockout" },
  ]);
});

test("events can be narrowed by time, service and terms, which must be in lower case", async () => {
  const { types } = await threeEvents();
  expect(await types({ start_time: "2026-01-05T09:31:00Z" })).toEqual(["association_change", "user_lockout"]);
  expect(await types({ end_time: "2026-01-05T09:31:00Z" })).toEqual(["user_suspended", "association_change"]);
  expect(await types({ service: ["sso"] })).toEqual([]);
  expect(await types({ search_term: { and: [{ event_type: ["user_suspended", "user_lockout"] }] } })).toEqual(
    ["user_suspended", "user_lockout"],
  );
  expect(
    await types({
      search_term: { and: [{ "resource.username": "alice.moreau" }, { event_type: "user_lockout" }] },
    }),
  ).toEqual(["user_lockout"]);
  expect(await types({ search_term: { not: [{ event_type: "user_lockout" }] } })).toHaveLength(2);
  const nested = {
    and: [{ success: "true" }, { or: [{ event_type: "user_lockout" }, { event_type: "x" }] }],
  };
  expect(await types({ search_term: nested })).toEqual(["user_lockout"]);
  expect(await types({ search_term: { and: [{ event_type: "USER_LOCKOUT" }] } })).toEqual([]);
  expect(await types({ q: "GitHub-Developers" })).toEqual(["association_change"]);
});

test("pages follow one another by the header, which is there on the last page too", async () => {
  const { query, types } = await threeEvents();
  const first = await query({ limit: 2, sort: "desc" });
  expect(first.body).toMatchObject([{ event_type: "user_lockout" }, { event_type: "association_change" }]);
  expect(["x-result-count", "x-limit", "x-sort"].map((name) => first.headers.get(name))).toEqual([
    "2",
    "2",
    "DESC",
  ]);
  const search_after = JSON.parse(first.headers.get("x-search_after") ?? "");
  const last = await query({ limit: 2, sort: "DESC", search_after });
  expect(last.body).toMatchObject([{ event_type: "user_suspended" }]);
  expect(JSON.parse(last.headers.get("x-search_after") ?? "")).toHaveLength(2);
  expect((await query({ limit: 20_000 })).headers.get("x-limit")).toBe("1000");
  expect(await types({ skip: 2 })).toEqual(["user_lockout"]);
});

test("events can be counted and cut to some fields", async () => {
  const { send, query } = await threeEvents();
  expect((await send("POST", `${events}/count`, all)).body).toEqual({ count: 3 });
  expect((await query({ fields: ["timestamp", "initiated_by.email"], limit: 1 })).body).toEqual([
    {
      timestamp: "2026-01-05T09:30:00.000Z",
      initiated_by: {
        id: "5d0000000000000000000011",
        type: "admin",
        email: "latchkey-write@fernhill.example",
      },
    },
  ]);
});

test.each([
  ["no service", { service: [] }],
  ["an unknown service", { service: ["weather"] }],
  ["no time", { start_time: "yesterday" }],
  ["a time without its T", { start_time: "2026-01-01 00:00:00Z" }],
  ["an end before the start", { end_time: "2025-12-31T00:00:00Z" }],
  ["no fields", { fields: [] }],
  ["unknown fields", { fields: ["colour"] }],
  ["a list for a term", { search_term: [] }],
  ["a term that cannot be searched", { search_term: { and: [{ changes: "x" }] } }],
  ["an unknown conjunction", { search_term: { xor: [{ success: "true" }] } }],
])("a query with %s is refused", async (_, more) => {
  const { query } = await threeEvents();
  expect((await query(more)).status).toBe(400);
});

test("events may come late, and are forgotten after ninety days", async () => {
  const { types, moods, clock } = await threeEvents();
  moods.insightsLagMs = 60_000;
  expect(await types()).toEqual(["user_suspended", "association_change"]);
  await clock.advance(60_000);
  expect(await types()).toHaveLength(3);
  moods.insightsLagMs = 0;
  await clock.advance(90 * 24 * 3_600_000 - 60_000);
  expect(await types()).toEqual(["user_lockout"]);
});

test("every kind of change has its event type", async () => {
  const { send, types, clock } = await threeEvents();
  const bind = { op: "add", type: "system", id: "8c00000000000000000d0001" };
  await send("POST", `/api/v2/users/${alice}/associations`, bind);
  const unbind = { op: "remove", type: "application", id: application("GitHub") };
  await send("POST", `/api/v2/usergroups/${group("github-developers")}/associations`, unbind);
  await send("POST", `/api/systemusers/${alice}/resetmfa`);
  await send("POST", `/api/systemusers/${alice}/expire`);
  await send("DELETE", `/api/v2/usergroups/${group("zoom-pro")}`);
  const tomorrow = new Date(clock.now() + 24 * 3_600_000).toISOString();
  await send("POST", "/api/v2/bulk/userstates", {
    user_ids: [alice],
    state: "ACTIVATED",
    start_date: tomorrow,
  });
  await send("DELETE", `/api/systemusers/${alice}`);
  expect((await types()).slice(3)).toEqual([
    "association_change",
    "association_change",
    "totp_delete_enrollment",
    "user_password_expired",
    "group_delete",
    "user_activation_schedule_create",
    "user_delete",
  ]);
});
