import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LaterStep } from "../../../src/actions/action.ts";
import { groupsFor } from "../../../src/actions/bundles.ts";
import { holdGroup, leaveGroup } from "../../../src/grants/hold-group.ts";
import { request } from "../../support/requests.ts";
import { applications, groups, memoryDirectory, users } from "./memory-directory.ts";

const [leaver = "", successor = "", report = "", other = ""] = users;
const [one = "", two = "", three = "", four = ""] = groups;

type World = ReturnType<typeof memoryDirectory>;

/** What somebody has, and whose manager they are. */
async function whole({ deps, accounts }: World, userId: string) {
  const account = accounts.get(userId);
  return {
    state: account?.state,
    manager: account?.manager,
    groups: await deps.accounts.groupsOf(userId),
    applications: await deps.accounts.boundApplications(userId),
    reports: await deps.accounts.reportsOf(userId),
  };
}

let number = 0;

/** Access by a request, as granting it writes it down. */
async function grant(world: World, userId: string, groupId: string, seconds: number | undefined) {
  const requestId = `${20_000 + number++}-1`;
  const at = world.world.now;
  const grantOf = seconds === undefined ? { at } : { at, endsAt: at + seconds * 1_000 };
  world.requests.set(requestId, request("granted", { requestId, grant: grantOf }));
  await holdGroup(world.deps, { requestId, userId, groupId });
  return requestId;
}

async function offboard(world: World, userId: string, to: string) {
  const action = `action-${30_000 + number++}-0`;
  const inputs = { user: userId };
  await world.perform("take-snapshot", inputs, `${action}-0`);
  await world.perform("suspend-user", inputs, `${action}-1`);
  await world.perform("end-access", inputs, `${action}-2`);
  await world.perform("leave-groups", inputs, `${action}-3`);
  await world.perform("leave-applications", inputs, `${action}-4`);
  await world.perform("hand-over-reports", { ...inputs, to }, `${action}-5`);
}

const restore = (world: World, userId: string) =>
  world.perform("restore-user", { user: userId }, `action-${40_000 + number++}-0-0`);

describe("offboarding", () => {
  test("leaves nothing but what a rule chooses, and restoring brings all of it back", async () => {
    const world = memoryDirectory();
    await world.deps.memberships.addMember(leaver, one);
    await grant(world, leaver, two, undefined);
    await world.perform("add-to-groups", { user: leaver, groups: [three] }, "action-1-0-0");
    await world.deps.accounts.bindApplication(leaver, applications[0] ?? "", true);
    await world.deps.accounts.changeAccount(report, { manager: leaver });
    const before = await whole(world, leaver);
    await offboard(world, leaver, successor);
    expect(await whole(world, leaver)).toEqual({
      state: "SUSPENDED",
      groups: groups.slice(-1),
      applications: [],
      reports: [],
    });
    expect(world.accounts.get(report)?.manager).toBe(successor);
    expect(await restore(world, leaver)).toEqual({ outcome: "done", later: [] });
    expect(await whole(world, leaver)).toEqual(before);
  });

  test("by a successor who was a report: they get the leaver's own manager, and are given back", async () => {
    const world = memoryDirectory();
    await world.deps.accounts.changeAccount(leaver, { manager: other });
    await world.deps.accounts.changeAccount(successor, { manager: leaver });
    await world.deps.accounts.changeAccount(report, { manager: leaver });
    await offboard(world, leaver, successor);
    expect(world.accounts.get(successor)?.manager).toBe(other);
    expect(world.accounts.get(report)?.manager).toBe(successor);
    await restore(world, leaver);
    expect((await whole(world, leaver)).reports).toEqual([successor, report]);
  });

  test("does not give back a report who has yet another manager since", async () => {
    const world = memoryDirectory();
    await world.deps.accounts.changeAccount(report, { manager: leaver });
    await offboard(world, leaver, successor);
    await world.deps.accounts.changeAccount(report, { manager: other });
    await restore(world, leaver);
    expect(world.accounts.get(report)?.manager).toBe(other);
  });

  test("needs a snapshot to be taken back, and a successor who works here", async () => {
    const world = memoryDirectory();
    await expect(restore(world, leaver)).rejects.toThrow("nothing was written down");
    await world.deps.accounts.changeAccount(successor, { state: "SUSPENDED" });
    for (const to of [successor, leaver])
      await expect(
        world.perform("hand-over-reports", { user: leaver, to }, "action-1-0-0"),
      ).rejects.toThrow();
  });
});

test("random sequences of grants, ends, moves, changes by hand: restore(offboard(x)) is x, without what has ended meanwhile", async () => {
  const user = fc.constantFrom(...users);
  const group = fc.constantFrom(one, two, three, four);
  const step = fc.oneof(
    fc.record({
      does: fc.constant("grant"),
      user,
      group,
      seconds: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
    }),
    fc.record({ does: fc.constant("end"), user, group }),
    fc.record({ does: fc.constant("by hand"), user, group }),
    fc.record({ does: fc.constant("birthright"), user, group }),
    fc.record({ does: fc.constant("move"), user, group, department: fc.constantFrom("One", "Two") }),
    fc.record({ does: fc.constant("bind"), user, group, application: fc.constantFrom(...applications) }),
    fc.record({ does: fc.constant("manager"), user, group, of: user }),
    fc.record({ does: fc.constant("come and go"), user, group, to: user }),
    fc.record({ does: fc.constant("time"), user, group, passes: fc.integer({ min: 1, max: 60_000 }) }),
  );
  type Step = {
    does: string;
    user: string;
    group: string;
    seconds?: number | undefined;
    department?: string;
    application?: string;
    of?: string;
    to?: string;
    passes?: number;
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 20 }),
      fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 6 }),
      fc.integer({ min: 0, max: 120_000 }),
      async (steps: Step[], crashes, away) => {
        const world = memoryDirectory();
        const given: { user: string; group: string; requestId: string }[] = [];
        for (const { does, user: userId, group: groupId, ...how } of steps) {
          if (does === "grant")
            given.push({
              user: userId,
              group: groupId,
              requestId: await grant(world, userId, groupId, how.seconds),
            });
          if (does === "end") {
            const found = given.findIndex((each) => each.user === userId && each.group === groupId);
            const [ending] = found < 0 ? [] : given.splice(found, 1);
            if (ending) await leaveGroup(world.deps, { requestId: ending.requestId, userId, groupId });
          }
          if (does === "by hand") await world.deps.memberships.addMember(userId, groupId);
          const action = `action-${50_000 + number++}-0-0`;
          if (does === "birthright")
            await world.perform("add-to-groups", { user: userId, groups: [groupId] }, action);
          const bundle = groupsFor(world.bundles, { department: how.department ?? "" });
          if (does === "move") {
            const held = (groups_: string[]) =>
              given.some((each) => each.user === userId && groups_.includes(each.group));
            const lost = groups.slice(0, 3).filter((each) => !bundle.includes(each));
            if (!held(lost)) await world.perform("change-bundles", { user: userId, groups: bundle }, action);
          }
          if (does === "bind") await world.deps.accounts.bindApplication(userId, how.application ?? "", true);
          if (does === "manager" && how.of !== userId)
            await world.deps.accounts.changeAccount(userId, { manager: how.of ?? null });
          if (does === "come and go" && how.to !== userId) {
            await offboard(world, userId, how.to ?? "");
            await restore(world, userId);
            for (let at = given.length - 1; at >= 0; at--)
              if (given[at]?.user === userId) given.splice(at, 1);
          }
          if (does === "time") world.world.now += how.passes ?? 0;
        }

        const before = await whole(world, leaver);
        const entries = await world.deps.ledger.ofUser(leaver);
        const crash = async (work: () => Promise<unknown>) => {
          world.world.crashAfter = crashes.shift() ?? Number.POSITIVE_INFINITY;
          await work();
          world.world.crashAfter = Number.POSITIVE_INFINITY;
        };
        await crash(() => offboard(world, leaver, successor));
        const gone = await whole(world, leaver);
        expect(gone).toMatchObject({
          state: "SUSPENDED",
          groups: groups.slice(-1),
          applications: [],
          reports: [],
        });

        const leftAt = world.world.now;
        world.world.now += away;
        const back = { later: [] as LaterStep[] };
        await crash(async () => {
          back.later = (await restore(world, leaver)).later ?? [];
        });
        const hasEnded = (groupId: string) => {
          const entry = entries.find((each) => each.groupId === groupId);
          const ids = Object.keys(entry?.reasons ?? {});
          if (!entry || entry.existedBefore || ids.length === 0) return false;
          return ids.every((id) => {
            const found = world.requests.get(id);
            const endsAt = found && "grant" in found ? found.grant.endsAt : undefined;
            return endsAt !== undefined && endsAt <= world.world.now;
          });
        };
        expect(await whole(world, leaver)).toEqual({
          ...before,
          groups: before.groups.filter((groupId) => !hasEnded(groupId)),
        });
        for (const { notBefore } of back.later) expect(notBefore).toBeGreaterThan(leftAt);
      },
    ),
    { numRuns: 1_500 },
  );
});

describe("bundles", () => {
  test("fit by all of their attributes; each group is there once", () => {
    const bundles = [
      { id: "all", when: {}, groups: [one] },
      { id: "here", when: { department: ["One"], location: ["Berlin", "Lisbon"] }, groups: [one, two] },
    ];
    expect(groupsFor(bundles, {})).toEqual([one]);
    expect(groupsFor(bundles, { department: "One" })).toEqual([one]);
    expect(groupsFor(bundles, { department: "One", location: "Lisbon" })).toEqual([one, two]);
  });

  test("change: what is new comes at once, what is old goes at once or later, what a request gives stays", async () => {
    const world = memoryDirectory();
    await world.perform("change-bundles", { user: leaver, groups: [one, two] }, "action-1-0-0");
    await grant(world, leaver, one, undefined);
    const { later } = await world.perform(
      "change-bundles",
      { user: leaver, groups: [two, three], keepFor: 14 },
      "action-2-0-0",
    );
    expect((await whole(world, leaver)).groups).toEqual([one, two, three, groups[4]]);
    expect(later).toEqual([
      {
        action: "change-bundles",
        inputs: { user: leaver, groups: [two, three] },
        notBefore: world.world.now + 14 * 86_400_000,
      },
    ]);
    const again = { user: leaver, groups: [two, three] };
    await world.perform("change-bundles", again, "action-2-0-1");
    expect((await whole(world, leaver)).groups).toEqual([one, two, three, groups[4]]);
    expect(await world.perform("change-bundles", { user: other, groups: [] }, "action-3-0-0")).toEqual({
      outcome: "already so",
    });
  });
});
