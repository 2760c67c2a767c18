import { expect, test } from "vitest";
import { group, openJumpCloud, person } from "./open-jumpcloud.ts";

type World = Awaited<ReturnType<typeof openJumpCloud>>;

const developers = `/api/v2/usergroups/${group("github-developers")}`;
const everyone = `/api/v2/usergroups/${group("everyone")}`;
const alice = person("alice.moreau");
const add = (id: string) => ({ op: "add", type: "user", id });
const remove = (id: string) => ({ op: "remove", type: "user", id });

async function isMember({ send }: World, userId: string, groupId: string): Promise<boolean> {
  const { body } = await send("GET", `/api/v2/users/${userId}/memberof?filter=object_id:eq:${groupId}`);
  return body.length > 0;
}

async function memberIds({ send }: World, path: string): Promise<string[]> {
  const { body } = await send("GET", `${path}/members?limit=100`);
  return body.map(({ to }: { to: { id: string } }) => to.id);
}

test("a group is found by its exact name, and the list says in a header how many there are", async () => {
  const { send } = await openJumpCloud();
  const named = await send("GET", "/api/v2/usergroups?filter=name:eq:github-developers");
  expect(named.body).toMatchObject([
    {
      id: group("github-developers"),
      name: "github-developers",
      type: "user_group",
      membershipMethod: "STATIC",
    },
  ]);
  expect((await send("GET", "/api/v2/usergroups?filter=name:eq:GitHub-Developers")).body).toEqual([]);
  const starred = await send(
    "GET",
    "/api/v2/usergroups?filter=name:eq:github-*&sort=-name&fields=name,email",
  );
  expect(starred.body).toEqual([
    { id: group("github-developers"), name: "github-developers" },
    { id: group("github-administrators"), name: "github-administrators" },
  ]);
  const all = await send("GET", "/api/v2/usergroups");
  expect([all.body.length, all.headers.get("x-total-count")]).toEqual([10, "25"]);
});

test("a list that asks for more than 100 gets 100, silently", async () => {
  const { send } = await openJumpCloud();
  for (let number = 0; number < 80; number++)
    await send("POST", "/api/v2/usergroups", { name: `team-${number}` });
  const long = await send("GET", "/api/v2/usergroups?limit=500");
  expect([long.body.length, long.headers.get("x-total-count")]).toEqual([100, "105"]);
  expect((await send("GET", "/api/v2/usergroups?limit=500&skip=100")).body.length).toBe(5);
});

test.each([
  "filter=name:$eq:everyone",
  "filter=colour:eq:green",
  "filter=name:eq:Platform, Berlin",
  "filter=name:between:a",
  "filter=name:gte:a",
  "limit=many",
])("the list refuses %s", async (query) => {
  const { send } = await openJumpCloud();
  expect((await send("GET", `/api/v2/usergroups?${query}`)).status).toBe(400);
});

test("sudo groups and dynamic groups can be told from others", async () => {
  const { send } = await openJumpCloud();
  const sudo = await send("GET", "/api/v2/usergroups?filter=attributes.sudo.enabled:eq:true");
  expect(sudo.body).toMatchObject([{ name: "it-administrators" }]);
  const dynamic = await send("GET", "/api/v2/usergroups?filter=membershipMethod:eq:DYNAMIC_AUTOMATED");
  expect(dynamic.body).toMatchObject([{ name: "everyone", memberQuery: { filters: [] } }]);
});

test("a group name is taken in every letter case, when creating and when renaming", async () => {
  const { send, moods } = await openJumpCloud();
  const created = await send("POST", "/api/v2/usergroups", { name: "Robot Fleet", description: "Operators" });
  expect(created.status).toBe(201);
  expect(await send("POST", "/api/v2/usergroups", { name: "robot fleet" })).toMatchObject({
    status: 409,
    body: { message: "Already Exists" },
  });
  const path = `/api/v2/usergroups/${created.body.id}`;
  expect((await send("PUT", path, { name: "EVERYONE" })).status).toBe(409);
  expect((await send("PUT", path, { name: "ROBOT FLEET" })).body).toMatchObject({ name: "ROBOT FLEET" });
  moods.duplicateGroupName = 400;
  expect((await send("POST", "/api/v2/usergroups", { name: "robot fleet" })).status).toBe(400);
});

test("an update of a group resets what it does not send", async () => {
  const { send } = await openJumpCloud();
  const path = `/api/v2/usergroups/${group("it-administrators")}`;
  const { body } = await send("PUT", path, { name: "it-administrators" });
  expect([body.description, body.attributes]).toEqual([undefined, {}]);
  expect((await send("PUT", path, { description: "no name" })).status).toBe(400);
});

test("a deleted group takes its memberships along, and answers with itself or with nothing", async () => {
  const world = await openJumpCloud();
  const { send, moods } = world;
  expect((await send("DELETE", developers)).body.name).toBe("github-developers");
  expect((await send("GET", developers)).status).toBe(404);
  expect(await isMember(world, person("tariq.aziz"), group("github-developers"))).toBe(false);
  moods.groupDeleted = 204;
  expect((await send("DELETE", `/api/v2/usergroups/${group("zoom-pro")}`)).status).toBe(204);
  expect((await send("DELETE", `/api/v2/usergroups/${group("zoom-pro")}`)).status).toBe(404);
});

test("a member is added and removed with empty answers, and all three reads agree", async () => {
  const world = await openJumpCloud();
  const { send, happened } = world;
  const added = await send("POST", `${developers}/members`, add(alice));
  expect([added.status, added.body]).toEqual([204, ""]);
  expect(await isMember(world, alice, group("github-developers"))).toBe(true);
  expect(await memberIds(world, developers)).toContain(alice);
  const membership = await send("GET", `${developers}/membership?filter=object_id:eq:${alice}`);
  expect(membership.body).toEqual([
    {
      type: "user",
      id: alice,
      compiledAttributes: {},
      paths: [[{ attributes: {}, to: { type: "user", id: alice } }]],
    },
  ]);
  expect((await send("POST", `${developers}/members`, remove(alice))).status).toBe(204);
  expect(await isMember(world, alice, group("github-developers"))).toBe(false);
  expect(happened.map(({ type, by, user, group }) => [type, by, user?.username, group?.name])).toEqual([
    ["member added", "read-and-write key", "alice.moreau", "github-developers"],
    ["member removed", "read-and-write key", "alice.moreau", "github-developers"],
  ]);
});

test("adding a member again and removing a stranger answer as the moods say, and change nothing", async () => {
  const world = await openJumpCloud();
  const { send, moods, happened } = world;
  const tariq = person("tariq.aziz");
  expect(await send("POST", `${developers}/members`, add(tariq))).toMatchObject({
    status: 409,
    body: { message: "Already Exists" },
  });
  expect((await send("POST", `${developers}/members`, remove(alice))).status).toBe(404);
  moods.alreadyMember = 204;
  moods.notMember = 204;
  expect((await send("POST", `${developers}/members`, add(tariq))).status).toBe(204);
  expect((await send("POST", `${developers}/members`, remove(alice))).status).toBe(204);
  expect(happened).toEqual([]);
});

test.each([
  ["a bad id", { op: "add", type: "user", id: "alice" }, 400],
  ["another type", { op: "add", type: "system", id: alice }, 400],
  ["an unknown operation", { op: "toggle", type: "user", id: alice }, 400],
  ["a person who is not there", add("000000000000000000000000"), 404],
  ["a person who is not there, to be removed", remove("000000000000000000000000"), 404],
])("a member change with %s is refused", async (_, operation, status) => {
  const { send } = await openJumpCloud();
  expect((await send("POST", `${developers}/members`, operation)).status).toBe(status);
});

test("a member change in a group that is not there is a 404", async () => {
  const { send } = await openJumpCloud();
  expect((await send("POST", "/api/v2/usergroups/000000000000000000000000/members", add(alice))).status).toBe(
    404,
  );
});

test("reads of members lag behind writes, each membership by itself, while writes know the truth", async () => {
  const world = await openJumpCloud();
  const { send, moods, clock } = world;
  moods.lagMs = 3000;
  const seen = async () => [
    await isMember(world, alice, group("github-developers")),
    (await memberIds(world, developers)).includes(alice),
  ];
  await send("POST", `${developers}/members`, add(alice));
  expect(await seen()).toEqual([false, false]);
  expect((await send("POST", `${developers}/members`, add(alice))).status).toBe(409);
  await clock.advance(2000);
  await send("POST", `${developers}/members`, remove(alice));
  await clock.advance(1000);
  expect(await seen()).toEqual([true, true]);
  await clock.advance(2000);
  expect(await seen()).toEqual([false, false]);
  expect(await isMember(world, person("tariq.aziz"), group("github-developers"))).toBe(true);
});

test("a manual change in a dynamic group is accepted and undone soon after", async () => {
  const world = await openJumpCloud();
  const { send, clock, happened } = world;
  expect((await send("POST", `${everyone}/members`, remove(alice))).status).toBe(204);
  expect(await isMember(world, alice, group("everyone"))).toBe(false);
  await clock.advance(2000);
  expect(await isMember(world, alice, group("everyone"))).toBe(true);
  expect(happened.map(({ type, by }) => [type, by])).toEqual([
    ["member removed", "read-and-write key"],
    ["member added", "JumpCloud"],
  ]);
});

test("members of a dynamic group follow their attributes: the newcomer joins, the mover leaves", async () => {
  const world = await openJumpCloud();
  const { send, clock } = world;
  const data = { field: "department", operator: "eq", value: "Data" };
  const { body } = await send("POST", "/api/v2/usergroups", {
    name: "data-team",
    membershipMethod: "DYNAMIC_AUTOMATED",
    memberQuery: { queryType: "FilterQuery", filters: [data] },
  });
  const team = `/api/v2/usergroups/${body.id}`;
  await clock.advance(2000);
  expect((await memberIds(world, team)).sort()).toEqual(
    [person("carla.mendes"), person("yusuf.demir"), person("grace.nwosu")].sort(),
  );
  await send("PUT", `/api/systemusers/${alice}`, { department: "Data" });
  await send("PUT", `/api/systemusers/${person("yusuf.demir")}`, { department: "Engineering" });
  await clock.advance(2000);
  expect(await memberIds(world, team)).toContain(alice);
  expect(await memberIds(world, team)).not.toContain(person("yusuf.demir"));
});

test("an older dynamic group has a rule and no method, and undoes manual changes like any other", async () => {
  const world = await openJumpCloud();
  const { send, clock } = world;
  const filters = [{ field: "department", operator: "eq", value: "Security" }];
  const old = await send("POST", "/api/v2/usergroups", {
    name: "old",
    memberQuery: { queryType: "FilterQuery", filters },
  });
  expect(old.body.membershipMethod).toBe("NOTSET");
  await send("POST", `/api/v2/usergroups/${old.body.id}/members`, add(alice));
  await clock.advance(2000);
  expect((await memberIds(world, `/api/v2/usergroups/${old.body.id}`)).sort()).toEqual(
    [person("viktor.novak"), person("amara.diallo")].sort(),
  );
});

test("whoever is exempt from a rule stays as put by hand", async () => {
  const world = await openJumpCloud();
  const { send, clock } = world;
  await send("PUT", everyone, {
    name: "everyone",
    membershipMethod: "DYNAMIC_AUTOMATED",
    memberQuery: { queryType: "Filter", filters: [] },
    memberQueryExemptions: [{ type: "user", id: alice }],
  });
  await send("POST", `${everyone}/members`, remove(alice));
  await clock.advance(60_000);
  expect(await isMember(world, alice, group("everyone"))).toBe(false);
});

test("a dynamic group under review only suggests, until an administrator applies the suggestion", async () => {
  const world = await openJumpCloud();
  const { send, clock } = world;
  const people = JSON.stringify({ field: "department", operator: "eq", value: "People" });
  const created = await send("POST", "/api/v2/usergroups", {
    name: "people-team",
    membershipMethod: "DYNAMIC_REVIEW_REQUIRED",
    memberQuery: { queryType: "Filter", filters: [people] },
  });
  const team = `/api/v2/usergroups/${created.body.id}`;
  await clock.advance(60_000);
  expect(await memberIds(world, team)).toEqual([]);
  expect(created.body.suggestionCounts).toEqual({ add: 2, remove: 0, total: 2 });
  const beatrice = person("beatrice.conti");
  expect((await send("GET", `${team}/suggestions`)).body).toContainEqual({
    op: "add",
    object: { type: "user", id: beatrice },
  });
  const applied = await send("POST", `${team}/suggestions`, { user_ids: [beatrice, alice] });
  expect(applied.body).toEqual([{ suggestions_found: [beatrice], suggestions_not_found: [alice] }]);
  expect(await memberIds(world, team)).toEqual([beatrice]);
});

test("a rule that is not understood is refused when the group is written", async () => {
  const { send } = await openJumpCloud();
  const ruled = (filters: unknown[]) =>
    send("POST", "/api/v2/usergroups", { name: "ruled", memberQuery: { queryType: "Filter", filters } });
  expect((await ruled(["no JSON"])).status).toBe(400);
  expect((await ruled(['{"field":"department"}'])).status).toBe(400);
  expect((await ruled([{ field: "department", operator: "like", value: "x" }])).status).toBe(400);
});
