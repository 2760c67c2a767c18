import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  BusyError,
  JumpCloudUnavailableError,
  NotVerifiedError,
  ProtectedMembershipError,
} from "../../../src/errors.ts";
import { dropMembership, type GroupDeps, holdGroup, leaveGroup } from "../../../src/grants/hold-group.ts";
import type { LedgerEntry } from "../../../src/grants/ledger.ts";
import type { Policy } from "../../../src/policy/policy.ts";
import { policy, site } from "../../support/use-cases.ts";

const membership = { requestId: "r1", userId: "u", groupId: "g" };

/** A JumpCloud with one person and one group, and a ledger; `calls` is what was asked of JumpCloud. */
function world(
  options: {
    member?: boolean;
    add?: (apply: () => void) => void;
    lag?: number;
    protects?: Partial<Policy>;
  } = {},
) {
  let member = options.member ?? false;
  let lag = options.lag ?? 0;
  const calls: string[] = [];
  const entries = new Map<string, LedgerEntry>();
  let slept = 0;
  const change = (to: boolean) => {
    const apply = () => {
      member = to;
    };
    if (options.add) options.add(apply);
    else apply();
  };
  const deps: GroupDeps = {
    policy: { current: async () => ({ version: 1, site, policy: { ...policy, ...options.protects } }) },
    clock: {
      now: () => 0,
      sleep: async (milliseconds) => {
        slept += milliseconds;
      },
    },
    memberships: {
      isMember: async () => {
        calls.push("read");
        if (calls.includes("add") || calls.includes("remove")) {
          if (lag > 0) {
            lag--;
            return !member;
          }
        }
        return member;
      },
      addMember: async () => {
        calls.push("add");
        change(true);
      },
      removeMember: async () => {
        calls.push("remove");
        change(false);
      },
    },
    ledger: {
      get: async (user, group) => entries.get(`${user}/${group}`),
      save: async (entry) => {
        const key = `${entry.userId}/${entry.groupId}`;
        if ((entries.get(key)?.version ?? 0) !== entry.version) return undefined;
        const saved = { ...entry, version: entry.version + 1 };
        entries.set(key, saved);
        return saved;
      },
    },
  };
  return { deps, calls, entries, isMember: () => member, slept: () => slept };
}

test("somebody is added once, and seen to be there", async () => {
  const { deps, calls, isMember } = world();
  expect(await holdGroup(deps, membership)).toBe("added");
  expect(calls).toEqual(["read", "add", "read"]);
  expect(await holdGroup(deps, membership)).toBe("was there");
  expect(isMember()).toBe(true);
});

test("who was there before is not touched, neither now nor at the end", async () => {
  const { deps, calls, isMember } = world({ member: true });
  expect(await holdGroup(deps, membership)).toBe("was there");
  expect(await leaveGroup(deps, membership)).toEqual({ kept: "it was there before the request" });
  expect(calls).toEqual(["read"]);
  expect(isMember()).toBe(true);
});

test("JumpCloud's reads may lag its writes by seconds", async () => {
  const { deps, slept } = world({ lag: 2 });
  expect(await holdGroup(deps, membership)).toBe("added");
  expect(slept()).toBe(3_000);
});

test("a change that cannot be seen is not called done", async () => {
  const never = world({ add: () => {} });
  await expect(holdGroup(never.deps, membership)).rejects.toThrow(NotVerifiedError);
});

test("when JumpCloud does it but does not answer, it is not done twice", async () => {
  const { deps, calls } = world({
    add: (apply) => {
      apply();
      throw new JumpCloudUnavailableError("the connection failed", { mayHaveHappened: true });
    },
  });
  expect(await holdGroup(deps, membership)).toBe("added");
  expect(calls).toEqual(["read", "add", "read"]);
});

test("when JumpCloud surely did not do it, the run tries again later", async () => {
  const { deps, entries } = world({
    add: () => {
      throw new JumpCloudUnavailableError("HTTP 429");
    },
  });
  await expect(holdGroup(deps, membership)).rejects.toThrow("HTTP 429");
  expect(entries.get("u/g")).toMatchObject({ existedBefore: false, reasons: { r1: "held" } });
});

test("a run that died after adding takes its own work for its own", async () => {
  const { deps } = world();
  await holdGroup(deps, membership);
  await holdGroup(deps, membership);
  expect(await leaveGroup(deps, membership)).toEqual({});
});

test("two requests for the same group: the access goes with the last of them", async () => {
  const { deps, isMember } = world();
  await holdGroup(deps, membership);
  await holdGroup(deps, { ...membership, requestId: "r2" });
  expect(await leaveGroup(deps, membership)).toEqual({ kept: "request r2 gives it too" });
  expect(isMember()).toBe(true);
  expect(await leaveGroup(deps, { ...membership, requestId: "r2" })).toEqual({});
  expect(isMember()).toBe(false);
});

test("when two runs change the same ledger entry at once, one of them tries again", async () => {
  const { deps, entries } = world();
  const quicker = {
    ...deps,
    memberships: {
      ...deps.memberships,
      isMember: async (user: string, group: string) => {
        const other = { schemaVersion: 1 as const, userId: user, groupId: group };
        entries.set("u/g", { ...other, existedBefore: false, reasons: { r2: "held" }, version: 1 });
        return true;
      },
    },
  };
  const failure = await holdGroup(quicker, membership).catch((error: Error) => error);
  expect(failure).toBeInstanceOf(BusyError);
  expect(failure).toMatchObject({
    message: expect.stringContaining("another run changes user u in group g"),
  });
});

test("what this request never held, it does not take away", async () => {
  const { deps, calls, entries } = world({ member: true });
  expect(await leaveGroup(deps, membership)).toEqual({});
  expect(calls).toEqual([]);
  await holdGroup(deps, { ...membership, requestId: "r2" });
  const held = entries.get("u/g");
  expect(await leaveGroup(deps, membership)).toStrictEqual({});
  expect(entries.get("u/g")).toBe(held);
});

describe("an action that takes a membership away", () => {
  const dropped = { actionId: "action-7", userId: "u", groupId: "g" };

  test("does so whoever gave it, and leaves no reason behind", async () => {
    const { deps, calls, entries, isMember } = world({ member: true });
    expect(await dropMembership(deps, dropped)).toBe("removed");
    expect(calls).toEqual(["read", "remove", "read"]);
    expect(isMember()).toBe(false);
    expect(entries.get("u/g")).toMatchObject({
      userId: "u",
      groupId: "g",
      existedBefore: false,
      reasons: {},
    });
    expect(await dropMembership(deps, dropped)).toBe("was not there");
    expect(calls.filter((call) => call === "remove")).toHaveLength(1);
  });

  test("marks it before, so that a request that comes meanwhile waits", async () => {
    const { deps } = world({ member: true });
    const memberships = {
      ...deps.memberships,
      removeMember: async () => {
        await expect(holdGroup(deps, membership)).rejects.toThrow(BusyError);
        await deps.memberships.removeMember("u", "g");
      },
    };
    expect(await dropMembership({ ...deps, memberships }, dropped)).toBe("removed");
  });

  test("leaves what a request gives, and says which", async () => {
    const { deps, calls, isMember } = world();
    await holdGroup(deps, membership);
    calls.length = 0;
    expect(await dropMembership(deps, dropped)).toEqual({ heldBy: ["r1"] });
    expect(calls).toEqual([]);
    expect(isMember()).toBe(true);
  });

  test("leaves what the policy protects, and only that", async () => {
    for (const protects of [{ protectedGroups: ["g"] }, { protectedPeople: ["u"] }]) {
      const { deps, isMember } = world({ member: true, protects });
      await expect(dropMembership(deps, dropped)).rejects.toThrow(ProtectedMembershipError);
      expect(isMember()).toBe(true);
    }
    const { deps } = world({ member: true, protects: { protectedGroups: ["x"], protectedPeople: ["y"] } });
    expect(await dropMembership(deps, dropped)).toBe("removed");
  });
});

test.each([
  ["group", { protectedGroups: ["g"] }],
  ["person", { protectedPeople: ["u"] }],
])("a protected %s is not changed, whether something is to be given or taken away", async (_, protects) => {
  const giving = world({ protects });
  await expect(holdGroup(giving.deps, membership)).rejects.toThrow(ProtectedMembershipError);
  expect(giving.calls).toEqual(["read"]);

  const taking = world();
  await holdGroup(taking.deps, membership);
  const guarded = { ...taking.deps, policy: giving.deps.policy };
  await expect(leaveGroup(guarded, membership)).rejects.toThrow(ProtectedMembershipError);
  expect(taking.calls).not.toContain("remove");
  // Done by hand, nothing is left to change.
  await taking.deps.memberships.removeMember("u", "g");
  expect(await leaveGroup(guarded, membership)).toEqual({});
});

/** The same world, in which a run dies before or after the calls for which the plan says so. */
function mortal(
  { memberships, ledger, clock, policy: inForce }: GroupDeps,
  plan: ("before" | "after" | "not")[],
): GroupDeps {
  const died = new Error("the run died");
  const step = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const death = plan.shift() ?? "not";
    if (death === "before") throw died;
    const result = await work();
    if (death === "after") throw died;
    return result;
  };
  return {
    clock,
    policy: inForce,
    memberships: {
      isMember: (user, group) => step(() => memberships.isMember(user, group)),
      addMember: (user, group) => step(() => memberships.addMember(user, group)),
      removeMember: (user, group) => step(() => memberships.removeMember(user, group)),
    },
    ledger: {
      get: (user, group) => step(() => ledger.get(user, group)),
      save: (entry) => step(() => ledger.save(entry)),
    },
  };
}

test("wherever runs die, once they are tried again or given up, who has a reason is in the group and nobody else", async () => {
  const step = fc.record({
    requestId: fc.constantFrom("a", "b", "c"),
    does: fc.constantFrom("hold" as const, "leave" as const, "try to hold" as const),
    plan: fc.array(fc.constantFrom("before" as const, "after" as const, "not" as const, "not" as const), {
      maxLength: 8,
    }),
  });
  const history = fc.array(step, { minLength: 1, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(fc.boolean(), history, async (member, steps) => {
      const { deps, isMember } = world({ member });
      const live = new Set<string>();
      for (const { requestId, does, plan } of steps) {
        const dying = mortal(deps, plan);
        const once = { ...membership, requestId };
        const isDone = (work: Promise<unknown>) =>
          work.then(
            () => true,
            (error: Error) => {
              expect(error.message).toBe("the run died");
              return false;
            },
          );
        const finish = async (work: () => Promise<unknown>) => {
          while (!(await isDone(work())));
        };
        if (does === "hold") await finish(() => holdGroup(dying, once));
        // Given up after the first try: what an incomplete grant has added is taken back.
        const isHeld = does === "try to hold" && (await isDone(holdGroup(dying, once)));
        if (does === "hold" || isHeld) live.add(requestId);
        else {
          await finish(() => leaveGroup(dying, once));
          live.delete(requestId);
        }
        expect(isMember()).toBe(member || live.size > 0);
      }
    }),
    { numRuns: 2_000 },
  );
});
