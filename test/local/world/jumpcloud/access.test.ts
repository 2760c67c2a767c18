import { expect, test } from "vitest";
import { samlPrivateKeyCanary } from "../../../../local/world/jumpcloud/applications.ts";
import { application, group, openJumpCloud, person } from "./open-jumpcloud.ts";

type World = Awaited<ReturnType<typeof openJumpCloud>>;
type Reached = { id: string; paths: { to: { type: string; id: string } }[][] };

const alice = person("alice.moreau");
const github = application("GitHub");
const slack = application("Slack");

async function paths({ send }: World, path: string, id: string): Promise<string[]> {
  const { body } = await send("GET", `${path}?limit=100`);
  const reached = (body as Reached[]).find((object) => object.id === id);
  return (reached?.paths ?? []).map((steps) => steps.map(({ to }) => `${to.type} ${to.id}`).join(" > "));
}

test("an application is reached by every group that gives it, and taking one away leaves the other", async () => {
  const world = await openJumpCloud();
  const { send } = world;
  const reached = () => paths(world, `/api/v2/users/${alice}/applications`, slack);
  const everyone = `user_group ${group("everyone")} > application ${slack}`;
  const members = `user_group ${group("slack-members")} > application ${slack}`;
  expect((await reached()).sort()).toEqual([members, everyone].sort());
  const remove = { op: "remove", type: "user", id: alice };
  await send("POST", `/api/v2/usergroups/${group("slack-members")}/members`, remove);
  expect(await reached()).toEqual([everyone]);
});

test("a direct binding is a path of length one, from the person and from the application", async () => {
  const world = await openJumpCloud();
  const { send, happened } = world;
  const bind = { op: "add", type: "application", id: github };
  expect((await send("POST", `/api/v2/users/${alice}/associations`, bind)).status).toBe(204);
  expect((await send("POST", `/api/v2/users/${alice}/associations`, bind)).status).toBe(409);
  expect(await paths(world, `/api/v2/users/${alice}/applications`, github)).toEqual([
    `application ${github}`,
  ]);
  expect(await paths(world, `/api/v2/applications/${github}/users`, alice)).toEqual([`user ${alice}`]);
  const direct = await send("GET", `/api/v2/applications/${github}/associations?targets=user`);
  expect(direct.body).toEqual([{ attributes: {}, to: { type: "user", id: alice } }]);
  expect(happened).toMatchObject([
    { type: "application bound", user: { username: "alice.moreau" }, application: { name: "GitHub" } },
  ]);
});

test("binding and unbinding is one thing, whether done at the group or at the application", async () => {
  const world = await openJumpCloud();
  const { send, happened } = world;
  const zoomPro = group("zoom-pro");
  const groups = async () => {
    const { body } = await send("GET", `/api/v2/applications/${github}/usergroups`);
    return body.map(({ id }: Reached) => id);
  };
  expect(await groups()).toEqual([group("github-developers"), group("github-administrators")]);
  const bind = { op: "add", type: "user_group", id: zoomPro };
  await send("POST", `/api/v2/applications/${github}/associations`, bind);
  expect(await groups()).toContain(zoomPro);
  const ofGroup = await send("GET", `/api/v2/usergroups/${zoomPro}/associations?targets=application`);
  expect(ofGroup.body.length).toBe(2);
  const unbind = { op: "remove", type: "application", id: github };
  await send("POST", `/api/v2/usergroups/${zoomPro}/associations`, unbind);
  expect(await groups()).not.toContain(zoomPro);
  expect((await send("POST", `/api/v2/usergroups/${zoomPro}/associations`, unbind)).status).toBe(404);
  expect(happened.map(({ type }) => type)).toEqual(["application bound", "application unbound"]);
});

test("associations must say what kind of target, and only kinds that exist", async () => {
  const { send } = await openJumpCloud();
  expect((await send("GET", `/api/v2/users/${alice}/associations`)).status).toBe(400);
  expect((await send("GET", `/api/v2/users/${alice}/associations?targets=user_group`)).status).toBe(400);
  expect((await send("GET", `/api/v2/users/${alice}/associations?targets=radius_server`)).body).toEqual([]);
  const odd = (type: string, id = github) =>
    send("POST", `/api/v2/users/${alice}/associations`, { op: "add", type, id });
  expect((await odd("user_group")).status).toBe(400);
  expect((await odd("radius_server")).status).toBe(404);
  expect((await odd("application", "000000000000000000000000")).status).toBe(404);
  expect((await odd("application", "github")).status).toBe(400);
});

test("attributes of a binding, such as sudo on a device, can be updated", async () => {
  const { send } = await openJumpCloud();
  const helena = person("helena.brandt");
  const device = "8c00000000000000000d0001";
  const associations = `/api/v2/users/${helena}/associations`;
  const update = {
    op: "update",
    type: "system",
    id: device,
    attributes: { sudo: { enabled: true, withoutPassword: false } },
  };
  expect((await send("POST", associations, update)).status).toBe(204);
  expect((await send("GET", `/api/v2/users/${helena}/systems`)).body).toMatchObject([
    { type: "system", id: device, compiledAttributes: { sudo: { enabled: true } } },
  ]);
  expect((await send("POST", associations, { ...update, id: "8c00000000000000000d0002" })).status).toBe(404);
  expect((await send("GET", `/api/systems/${device}`)).body.hostname).toBe("helena-laptop");
  expect((await send("GET", "/api/systems")).body.totalCount).toBe(6);
});

test("what a group gives can be listed", async () => {
  const world = await openJumpCloud();
  const developers = group("github-developers");
  expect(await paths(world, `/api/v2/usergroups/${developers}/applications`, github)).toEqual([
    `application ${github}`,
  ]);
  expect((await world.send("GET", `/api/v2/usergroups/${developers}/systems`)).body).toEqual([]);
});

test("an application's record carries its signing key, whatever fields are asked for", async () => {
  const { send, moods } = await openJumpCloud();
  const one = `/api/applications/${github}`;
  const leaks = async (path: string) =>
    JSON.stringify((await send("GET", path)).body).includes(samlPrivateKeyCanary);
  expect(await leaks("/api/applications")).toBe(true);
  expect(await leaks("/api/applications?fields=name%20displayLabel")).toBe(true);
  expect(await leaks(`${one}?fields=name`)).toBe(true);
  expect(await leaks(`/api/v2/applications/${github}`)).toBe(true);
  moods.fieldsSuppressConfig = true;
  expect(await leaks("/api/applications?fields=name%20displayLabel")).toBe(false);
  expect(await leaks(`${one}?fields=name`)).toBe(false);
  expect(await leaks(one)).toBe(true);
  expect((await send("GET", `${one}?fields=displayLabel`)).body).toEqual({
    _id: github,
    displayLabel: "GitHub",
  });
});

test("applications come sorted by name", async () => {
  const { send } = await openJumpCloud();
  const { body } = await send("GET", "/api/applications?limit=3&fields=name");
  expect(body).toMatchObject({
    totalCount: 13,
    results: [{ name: "adobe" }, { name: "atlassian" }, { name: "aws-sso" }],
  });
});
