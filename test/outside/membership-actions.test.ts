import { describe, expect, test } from "vitest";
import { blastRadiusOf } from "../../src/actions/blast-radius.ts";
import { ActionImpossibleError, BusyError } from "../../src/errors.ts";
import { holdGroup, leaveGroup } from "../../src/grants/hold-group.ts";
import { application, group, person } from "../local/world/jumpcloud/open-jumpcloud.ts";
import { directory } from "./perform.ts";

const user = person("alice.moreau");
const [developers, billing] = [group("github-developers"), group("aws-billing")];
const both = { user, groups: [developers, billing] };

describe("memberships without a request", () => {
  test("are given and taken away, each once, whatever JumpCloud answers", async () => {
    const world = await directory();
    expect(await world.perform("add-to-groups", both)).toBe("done");
    expect(await world.perform("add-to-groups", both)).toBe("already so");
    for (const groupId of both.groups) expect(await world.client.isMember(user, groupId)).toBe(true);
    world.faults.add({ method: "POST", path: /members$/, drop: "after", times: 1 });
    expect(await world.perform("remove-from-groups", both)).toBe("done");
    expect(await world.perform("remove-from-groups", both, true)).toBe("already so");
    for (const groupId of both.groups) expect(await world.client.isMember(user, groupId)).toBe(false);
  });

  test("that somebody gave by hand are taken away too", async () => {
    const world = await directory();
    await world.client.addMember(user, developers);
    expect(await world.perform("remove-from-groups", { user, groups: [developers] })).toBe("done");
  });

  test("outlive a request for the same access", async () => {
    const world = await directory();
    const membership = { requestId: "10020-1", userId: user, groupId: developers };
    await world.perform("add-to-groups", { user, groups: [developers] });
    await holdGroup(world.deps, membership);
    expect((await leaveGroup(world.deps, membership)).kept).toContain("action-10012-1");
    expect(await world.client.isMember(user, developers)).toBe(true);
  });

  test("that a request gives are left alone: the request is ended instead", async () => {
    const world = await directory();
    await holdGroup(world.deps, { requestId: "10020-1", userId: user, groupId: developers });
    const removing = world.perform("remove-from-groups", { user, groups: [developers] });
    await expect(removing).rejects.toThrow("request 10020-1 gives the membership");
    expect(await world.client.isMember(user, developers)).toBe(true);
  });

  test("that are being taken away are not given by a request at the same moment", async () => {
    const world = await directory();
    await world.client.addMember(user, developers);
    world.deps.memberships.removeMember = async () => {
      const request = { requestId: "10020-1", userId: user, groupId: developers };
      await expect(holdGroup(world.deps, request)).rejects.toThrow(BusyError);
    };
    await expect(world.perform("remove-from-groups", { user, groups: [developers] })).rejects.toThrow();
    expect(await world.client.isMember(user, developers)).toBe(true);
  });

  test("are changed in all groups or in none, as far as can be seen before", async () => {
    const world = await directory();
    for (const groups of [
      [developers, group("everyone")],
      [developers, "f".repeat(24)],
    ])
      for (const name of ["add-to-groups", "remove-from-groups"] as const)
        await expect(world.perform(name, { user, groups })).rejects.toThrow(ActionImpossibleError);
    expect(world.ledger.size).toBe(0);
  });
});

test("what somebody would lose is told from JumpCloud's graph, way by way", async () => {
  const world = await directory();
  const administrators = group("github-administrators");
  await world.perform("add-to-groups", { user, groups: [developers, administrators] });
  const github = application("GitHub");
  const reach = { reach: world.graph };
  const remove = (groups: string[]) => blastRadiusOf(reach, "remove-from-groups", { user, groups }, [github]);
  const lostBy = async (groups: string[]) => (await remove(groups))?.people[0]?.applications ?? [];
  expect(await lostBy([developers])).not.toContain(github);
  expect(await lostBy([developers, administrators])).toContain(github);
  expect((await remove([developers, administrators]))?.people[0]?.outOfJira).toBe(true);
  expect((await blastRadiusOf(reach, "suspend-user", { user }, []))?.people[0]?.applications).toContain(
    github,
  );
  expect(await world.graph.applicationsOf("f".repeat(24))).toEqual([]);
});
