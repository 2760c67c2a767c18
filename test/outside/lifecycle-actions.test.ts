import { describe, expect, test } from "vitest";
import { holdGroup } from "../../src/grants/hold-group.ts";
import { application, group, person } from "../local/world/jumpcloud/open-jumpcloud.ts";
import { request } from "../support/requests.ts";
import { directory } from "./perform.ts";

const jonas = person("jonas.bergmann");
const mei = person("mei.chen");
const oskar = person("oskar.weiss");
const user = { user: jonas };

type World = Awaited<ReturnType<typeof directory>>;

const dynamic = group("everyone");
const groupsOf = async ({ accounts }: World, id: string) =>
  (await accounts.groupsOf(id)).filter((groupId) => groupId !== dynamic).sort();

async function bound(world: World): Promise<void> {
  await world.accounts.bindApplication(jonas, application("Zoom"), true);
}

describe("an action of the life of somebody in a company", () => {
  test("is done, seen to be done, and not done again: what is taken away comes back", async () => {
    const world = await directory();
    await bound(world);
    const before = { groups: await groupsOf(world, jonas), reports: await world.accounts.reportsOf(jonas) };
    expect(before.groups.length).toBeGreaterThan(2);
    expect(before.reports.length).toBeGreaterThan(2);

    expect(await world.perform("take-snapshot", user)).toBe("done");
    expect(await world.perform("take-snapshot", user, true)).toBe("already so");
    for (const [name, inputs] of [
      ["leave-groups", user],
      ["leave-applications", user],
      ["hand-over-reports", { ...user, to: mei }],
      ["suspend-user", user],
    ] as const) {
      expect(await world.perform(name, inputs), name).toBe("done");
      expect(await world.perform(name, inputs, true), name).toBe("already so");
    }
    expect(await groupsOf(world, jonas)).toEqual([]);
    expect(await world.accounts.boundApplications(jonas)).toEqual([]);
    expect(await world.accounts.reportsOf(jonas)).toEqual([]);
    expect((await world.accounts.account(before.reports[0] ?? ""))?.manager).toBe(mei);

    expect(await world.perform("restore-user", user)).toBe("done");
    expect(await groupsOf(world, jonas)).toEqual(before.groups);
    expect(await world.accounts.boundApplications(jonas)).toEqual([application("Zoom")]);
    expect(await world.accounts.reportsOf(jonas)).toEqual(before.reports);
    expect((await world.accounts.account(jonas))?.state).toBe("ACTIVATED");
  });

  test.each([
    { alreadyMember: 204, notMember: 204, actionAnswer: "empty" },
    { alreadyMember: 409, notMember: 404, actionAnswer: "text" },
  ] as const)("comes to the same whatever JumpCloud answers: %o", async (mood) => {
    const world = await directory();
    Object.assign(world.moods, mood);
    await bound(world);
    await world.perform("take-snapshot", user);
    const before = await groupsOf(world, jonas);
    for (const path of [/members$/, /associations$/])
      world.faults.add({ method: "POST", path, drop: "after", times: 1 });
    world.faults.add({ method: "GET", status: 500, times: 2 });
    await world.perform("leave-groups", user);
    await world.perform("leave-applications", user);
    expect([await groupsOf(world, jonas), await world.accounts.boundApplications(jonas)]).toEqual([[], []]);
    for (const path of [/members$/, /associations$/])
      world.faults.add({ method: "POST", path, drop: "after", times: 1 });
    await world.perform("restore-user", user);
    expect(await groupsOf(world, jonas)).toEqual(before);
    expect(await world.accounts.boundApplications(jonas)).toEqual([application("Zoom")]);
  });

  test("ends what requests give, and nothing else", async () => {
    const world = await directory();
    const [requested = "", other = ""] = [group("aws-billing"), group("figma-editors")];
    for (const [requestId, groupId] of [
      ["10020-1", requested],
      ["10021-1", other],
    ] as const) {
      world.granted.set(requestId, request("granted", { requestId }));
      await holdGroup(world.deps, { requestId, userId: jonas, groupId });
    }
    const before = await groupsOf(world, jonas);
    expect(await world.perform("end-access", user)).toBe("done");
    expect(await groupsOf(world, jonas)).toEqual(before.filter((id) => id !== requested && id !== other));
    for (const requestId of ["10020-1", "10021-1"])
      expect(world.granted.get(requestId)).toMatchObject({ status: "ending", end: { why: "early" } });
    expect(await world.perform("end-access", user)).toBe("already so");
  });

  test("leaves what the policy protects, and says so, when everything else is left", async () => {
    const world = await directory();
    world.guarded.protectedGroups = [group("it-administrators")];
    await expect(world.perform("leave-groups", { user: oskar })).rejects.toThrow(
      `group ${group("it-administrators")} is protected by the policy`,
    );
    expect(await groupsOf(world, oskar)).toEqual([group("it-administrators")]);
  });

  test("leaves protected people's managers as they are, and says so, when the others have another", async () => {
    const world = await directory();
    const alice = person("alice.moreau");
    world.guarded.protectedPeople = [alice];
    await expect(world.perform("hand-over-reports", { ...user, to: mei })).rejects.toThrow(
      `the policy protects user ${alice}`,
    );
    expect(await world.accounts.reportsOf(jonas)).toEqual([alice]);
  });

  test("is refused when it cannot be: nobody to hand over to, nothing to restore, nobody there", async () => {
    const world = await directory();
    const nobody = "f".repeat(24);
    for (const to of [jonas, person("tomas.ruiz"), nobody])
      await expect(world.perform("hand-over-reports", { ...user, to })).rejects.toThrow(
        "This cannot be done",
      );
    await expect(world.perform("restore-user", user)).rejects.toThrow("nothing was written down");
    await expect(world.perform("take-snapshot", { user: nobody })).rejects.toThrow("no such account");
    await expect(world.perform("change-bundles", { user: nobody, groups: [] })).rejects.toThrow(
      "no such account",
    );
    expect(world.happened()).toEqual([]);
  });

  test("a new account is known by its id, also when JumpCloud's search shows it late", async () => {
    const world = await directory();
    const inputs = { username: "new.hire", email: "new.hire@fernhill.example" };
    world.moods.searchLagMs = 5_000;
    const { userId = "" } = await world.performed("create-user", inputs);
    expect(await world.accounts.account(userId)).toMatchObject({ ...inputs, state: "STAGED" });
    await world.clock.advance(6_000);
    expect(await world.performed("create-user", inputs, true)).toEqual({ outcome: "already so", userId });
  });
});
