import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Store } from "../../../../local/store.ts";
import { group, monday, openJumpCloud, person } from "./open-jumpcloud.ts";

const alice = person("alice.moreau");
const day = 24 * 3_600_000;

/** Opens the same organisation again and again; nothing is closed in between, as after a crash. */
function storedWorld() {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-jumpcloud-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return (startAt = monday) => openJumpCloud({ store: new Store(join(folder, "world.db")), startAt });
}

test("after a crash everything is as it was: people, memberships, events, tokens", async () => {
  const open = storedWorld();
  const before = await open();
  await before.send("PUT", `/api/systemusers/${alice}`, { department: "Data" });
  await before.send("POST", `/api/v2/usergroups/${group("zoom-pro")}/members`, {
    op: "add",
    type: "user",
    id: alice,
  });
  await before.send("DELETE", `/api/systemusers/${person("olivia.grant")}`);

  const after = await open();
  expect((await after.send("GET", `/api/systemusers/${alice}`)).body.department).toBe("Data");
  const memberOf = `/api/v2/users/${alice}/memberof?filter=object_id:eq:${group("zoom-pro")}`;
  expect((await after.send("GET", memberOf)).body).toHaveLength(1);
  expect((await after.send("GET", "/api/systemusers")).body.totalCount).toBe(39);
  const query = { service: ["directory"], start_time: "2026-01-01T00:00:00Z" };
  expect((await after.send("POST", "/insights/directory/v1/events/count", query)).body).toEqual({ count: 3 });
  expect(after.happened).toEqual([]);
});

test("a scheduled suspension that fell into the downtime happens at the start", async () => {
  const open = storedWorld();
  const before = await open();
  const start_date = new Date(monday + day).toISOString();
  await before.send("POST", "/api/v2/bulk/userstates", { user_ids: [alice], state: "SUSPENDED", start_date });

  const after = await open(monday + 2 * day);
  await after.clock.advance(0);
  expect((await after.send("GET", `/api/systemusers/${alice}`)).body.state).toBe("SUSPENDED");
  expect((await after.send("GET", "/api/v2/bulk/userstates")).body).toEqual([]);
});

test("a manual change in a dynamic group is undone although the process died before", async () => {
  const open = storedWorld();
  const before = await open();
  const remove = { op: "remove", type: "user", id: alice };
  await before.send("POST", `/api/v2/usergroups/${group("everyone")}/members`, remove);

  const after = await open();
  await after.clock.advance(2000);
  const memberOf = `/api/v2/users/${alice}/memberof?filter=object_id:eq:${group("everyone")}`;
  expect((await after.send("GET", memberOf)).body).toHaveLength(1);
});

test("a closed JumpCloud does nothing more, not even when its clock goes on", async () => {
  const { send, clock, close, happened } = await openJumpCloud();
  await send("POST", `/api/v2/usergroups/${group("everyone")}/members`, {
    op: "remove",
    type: "user",
    id: alice,
  });
  await close();
  await clock.advance(day);
  expect(happened.map(({ type }) => type)).toEqual(["member removed"]);
});

test("a call that is still waiting when JumpCloud closes has no effect any more", async () => {
  const { send, clock, close, faults, calls, happened } = await openJumpCloud();
  faults.add({ delayMs: 1000 });
  const lost = expect(send("POST", `/api/systemusers/${alice}/state/suspend`)).rejects.toThrow(
    "fetch failed",
  );
  while (calls.all().length === 0) await clock.settle();
  await close();
  await lost;
  await clock.advance(1000);
  expect(happened).toEqual([]);
});

test("a lost answer leaves the change made, and the log knows that nobody heard of it", async () => {
  const { send, faults, calls } = await openJumpCloud();
  faults.add({ method: "POST", path: /\/members$/, drop: "after", times: 1 });
  const add = { op: "add", type: "user", id: alice };
  const members = `/api/v2/usergroups/${group("zoom-pro")}/members`;
  await expect(send("POST", members, add)).rejects.toThrow("fetch failed");
  expect((await send("POST", members, add)).status).toBe(409);
  expect(calls.of("POST", /members/)).toMatchObject([
    { by: "read-and-write key", request: add, status: 204, lost: true },
    { by: "read-and-write key", request: add, status: 409, answer: { message: "Already Exists" } },
  ]);
});

test("moods can be read and set over HTTP, and a mood that cannot be is refused", async () => {
  const { send, moods } = await openJumpCloud();
  expect((await send("PUT", "/_simulated/moods", { lagMs: 1500, alreadyMember: 204 })).body.lagMs).toBe(1500);
  expect(moods).toMatchObject({ lagMs: 1500, alreadyMember: 204, notMember: 404 });
  expect((await send("GET", "/_simulated/moods")).body).toEqual(moods);
  expect((await send("PUT", "/_simulated/moods", { lagMs: -1 })).status).toBe(400);
  expect((await send("PUT", "/_simulated/moods", [])).status).toBe(400);
  expect((await send("PUT", "/_simulated/moods", { weather: "fine" })).body.message).toContain("weather");
  expect((await send("GET", "/_simulated/weather")).status).toBe(404);
});
