import { describe, expect, test } from "vitest";
import { ActionImpossibleError } from "../../src/errors.ts";
import { application, group, person } from "../local/world/jumpcloud/open-jumpcloud.ts";
import { directory } from "./perform.ts";

const developers = group("github-developers");
const everyone = group("everyone");
const nobody = "f".repeat(24);
const alice = person("alice.moreau");

describe("a new group", () => {
  test("is made once, without members, and found again when its making was lost", async () => {
    const world = await directory();
    world.faults.add({ method: "POST", path: /usergroups$/, drop: "after", times: 1 });
    const inputs = { name: "auditors", description: "Look at everything" };
    expect(await world.perform("create-group", inputs)).toBe("done");
    expect(await world.perform("create-group", inputs, true)).toBe("already so");
    const [made, ...more] = await world.groups.groupsNamed("Auditors");
    expect(more).toEqual([]);
    expect(made).toMatchObject({ name: "auditors", description: "Look at everything", dynamic: false });
  });

  test.each([409, 400] as const)(
    "of a name that is taken, in whatever case, is refused (%s)",
    async (duplicateGroupName) => {
      const world = await directory();
      world.moods.duplicateGroupName = duplicateGroupName;
      const inputs = { name: "GitHub-Developers" };
      await expect(world.perform("create-group", inputs)).rejects.toThrow(ActionImpossibleError);
      await expect(world.perform("create-group", inputs, true)).rejects.toThrow(ActionImpossibleError);
      await expect(world.perform("create-group", { name: " " })).rejects.toThrow("“name” cannot be used");
    },
  );
});

describe("describing a group", () => {
  test("changes what is named, and writes everything else back as it was", async () => {
    const world = await directory();
    const before = (await world.send("GET", `/api/v2/usergroups/${everyone}`)).body;
    expect(await world.perform("describe-group", { group: everyone, description: "All of us" })).toBe("done");
    const after = (await world.send("GET", `/api/v2/usergroups/${everyone}`)).body;
    expect(after).toEqual({ ...before, description: "All of us" });
    expect(await world.perform("describe-group", { group: everyone, description: "All of us" })).toBe(
      "already so",
    );
    expect(await world.perform("describe-group", { group: everyone, name: "All" })).toBe("done");
    expect(await world.groups.userGroup(everyone)).toMatchObject({ name: "All", dynamic: true });
  });

  test("does not take another group's name", async () => {
    const world = await directory();
    const inputs = { group: developers, name: "Everyone" };
    await expect(world.perform("describe-group", inputs)).rejects.toThrow("another group of that name");
    const own = { group: developers, name: "GitHub-developers" };
    expect(await world.perform("describe-group", own)).toBe("done");
  });
});

describe("what a group opens", () => {
  test.each([
    [409, 404],
    [204, 204],
  ] as const)(
    "is bound and unbound, whatever JumpCloud answers (%s, %s)",
    async (alreadyMember, notMember) => {
      const world = await directory();
      Object.assign(world.moods, { alreadyMember, notMember });
      const inputs = { group: developers, application: application("Zoom") };
      expect(await world.perform("bind-application", inputs)).toBe("done");
      expect(await world.perform("bind-application", inputs)).toBe("already so");
      expect(await world.groups.boundApplications(developers)).toContain(application("Zoom"));
      world.faults.add({ method: "POST", path: /associations$/, drop: "after", times: 1 });
      expect(await world.perform("unbind-application", inputs)).toBe("done");
      expect(await world.perform("unbind-application", inputs)).toBe("already so");
    },
  );

  test("is an application that is there", async () => {
    const world = await directory();
    const inputs = { group: developers, application: nobody };
    await expect(world.perform("bind-application", inputs)).rejects.toThrow("no such application");
    expect(await world.perform("unbind-application", inputs)).toBe("already so");
  });
});

describe("an exemption from a group's rule", () => {
  test("is given and taken back, and others keep theirs", async () => {
    const world = await directory();
    const other = person("jonas.bergmann");
    const of = (user: string) => ({ group: everyone, user });
    expect(await world.perform("add-exemption", of(other))).toBe("done");
    expect(await world.perform("add-exemption", of(alice))).toBe("done");
    expect(await world.perform("add-exemption", of(alice))).toBe("already so");
    expect((await world.groups.userGroup(everyone))?.exemptions).toEqual([other, alice]);
    expect(await world.perform("remove-exemption", of(other))).toBe("done");
    expect(await world.perform("remove-exemption", of(other))).toBe("already so");
    expect((await world.groups.userGroup(everyone))?.exemptions).toEqual([alice]);
  });

  test("is for groups with a rule, and for people who are there", async () => {
    const world = await directory();
    const inputs = { group: developers, user: alice };
    await expect(world.perform("add-exemption", inputs)).rejects.toThrow("no rule chooses");
    await expect(world.perform("add-exemption", { group: everyone, user: nobody })).rejects.toThrow(
      "no such account",
    );
  });
});

test.each([
  ["describe-group", { name: "x" }],
  ["bind-application", { application: application("Zoom") }],
  ["unbind-application", { application: application("Zoom") }],
  ["remove-exemption", { user: alice }],
] as const)("%s of a group that is not there is refused", async (name, inputs) => {
  const world = await directory();
  await expect(world.perform(name, { group: nobody, ...inputs })).rejects.toThrow("no such group");
});

test("an application's own record is not asked for: it holds a private key", async () => {
  const world = await directory();
  await world.perform("bind-application", { group: developers, application: application("Zoom") });
  expect(world.calls.all().filter(({ path }) => path.startsWith("/api/applications"))).toEqual([]);
});
