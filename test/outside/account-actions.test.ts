import { describe, expect, test } from "vitest";
import { accountActions } from "../../src/actions/account-actions.ts";
import { ActionImpossibleError, NotVerifiedError, UnclearActionError } from "../../src/errors.ts";
import { group, person } from "../local/world/jumpcloud/open-jumpcloud.ts";
import { directory } from "./perform.ts";

type Name = keyof typeof accountActions;

const alice = person("alice.moreau");
const suspended = person("tomas.ruiz");

async function staged(world: Awaited<ReturnType<typeof directory>>): Promise<string> {
  const inputs = { username: "new.hire", email: "new.hire@fernhill.example" };
  expect(await world.perform("create-user", inputs)).toBe("done");
  const [account] = await world.accounts.accountsNamed(inputs);
  return account?.userId ?? "";
}

describe("an action", () => {
  test.each<[Name, object, (user: Record<string, unknown>) => boolean]>([
    ["suspend-user", {}, ({ state, suspended: flag }) => state === "SUSPENDED" && flag === true],
    ["lock-account", {}, ({ account_locked: locked }) => locked === true],
    ["expire-password", {}, ({ password_expired: expired }) => expired === true],
    ["set-manager", { manager: null }, ({ manager }) => manager === undefined],
    [
      "update-attributes",
      { fields: { department: "Data", jobTitle: null }, attributes: { costKey: "7" } },
      ({ department, jobTitle, attributes }) =>
        department === "Data" &&
        !jobTitle &&
        JSON.stringify(attributes).includes('{"name":"costKey","value":"7"}'),
    ],
  ])("%s is done, seen to be done, and not done again", async (name, inputs, isSo) => {
    const world = await directory();
    expect(isSo(await world.user(alice))).toBe(false);
    expect(await world.perform(name, { user: alice, ...inputs })).toBe("done");
    expect(isSo(await world.user(alice))).toBe(true);
    const writes = () =>
      world.calls.all().filter(({ method, path }) => method !== "GET" && !path.includes("search")).length;
    const before = writes();
    expect(await world.perform(name, { user: alice, ...inputs })).toBe("already so");
    expect(await world.perform(name, { user: alice, ...inputs }, true)).toBe("already so");
    expect(writes()).toBe(before);
  });

  test("is taken back by its inverse", async () => {
    const world = await directory();
    for (const [name, inverse] of [
      ["suspend-user", "unsuspend-user"],
      ["lock-account", "unlock-account"],
    ] as const) {
      const before = await world.user(alice);
      await world.perform(name, { user: alice });
      expect(accountActions[name].inverse).toBe(inverse);
      expect(await world.perform(inverse, { user: alice })).toBe("done");
      expect(await world.perform(inverse, { user: alice })).toBe("already so");
      expect(await world.user(alice)).toMatchObject({ state: before.state, account_locked: false });
    }
  });

  test.each<[Name, object, RegExp]>([
    ["suspend-user", {}, new RegExp(`${alice}$`)],
    ["lock-account", {}, new RegExp(`${alice}$`)],
    ["expire-password", {}, /expire$/],
    ["reset-mfa", { hours: 4 }, /resetmfa$/],
    ["schedule-change", { state: "SUSPENDED", at: 1_800_000_000_000 }, /userstates$/],
  ])(
    "%s whose answer is lost was done: reading shows it, and it is done once",
    async (name, inputs, path) => {
      const world = await directory();
      await world.edit(alice, { totp_enabled: true });
      world.faults.add({
        path,
        drop: "after",
        times: 1,
        method:
          (name.startsWith("s") && name !== "schedule-change") || name === "lock-account" ? "PUT" : "POST",
      });
      expect(await world.perform(name, { user: alice, ...inputs })).toBe("done");
      const lifecycle = world.happened().filter((type) => type !== "user changed");
      expect(new Set(lifecycle).size).toBe(lifecycle.length);
      expect(await world.perform(name, { user: alice, ...inputs }, true)).toBe("already so");
    },
  );

  test("that cannot be seen is not called done", async () => {
    const world = await directory();
    world.faults.add({ method: "POST", path: /expire$/, status: 200, body: '"OK"' });
    await expect(world.perform("expire-password", { user: alice })).rejects.toThrow(NotVerifiedError);
  });

  test("takes no inputs that it does not know, and none that are wrong", async () => {
    const world = await directory();
    for (const [name, inputs] of [
      ["suspend-user", { user: "alice" }],
      ["suspend-user", { user: alice, force: true }],
      ["reset-mfa", { user: alice, hours: 1_000 }],
      ["create-user", { username: "A B", email: "a@fernhill.example" }],
      ["update-attributes", { user: alice, attributes: { "two words": "x" } }],
    ] as const)
      await expect(world.perform(name, inputs)).rejects.toThrow("cannot be used as it is");
  });

  test.each<[Name, Record<string, unknown>, string]>([
    ["activate-user", { user: suspended, mail: false }, "the account is suspended"],
    ["unlock-account", { user: suspended }, "the account is suspended"],
    ["delete-user", { user: alice }, "the account is not suspended"],
    ["set-manager", { user: alice, manager: alice }, "above themselves"],
    ["set-manager", { user: person("jonas.bergmann"), manager: alice }, "above themselves"],
    ["set-manager", { user: alice, manager: "f".repeat(24) }, "no such account"],
    ["schedule-change", { user: alice, state: "SUSPENDED", at: 1 }, "the date is over"],
    [
      "create-user",
      { username: "somebody", email: "Alice.Moreau@fernhill.example" },
      "an account with that address or that user name",
    ],
  ])("%s with %o is refused, and nothing is written", async (name, inputs, message) => {
    const world = await directory();
    await world.edit(suspended, { account_locked: true });
    const before = world.happened().length;
    await expect(world.perform(name, inputs)).rejects.toThrow(message);
    await expect(world.perform(name, inputs)).rejects.toThrow(ActionImpossibleError);
    expect(world.happened()).toHaveLength(before);
  });

  test.each<[Name, object]>(
    (Object.keys(accountActions) as Name[])
      .filter((name) => name !== "create-user")
      .map((name) => [
        name,
        {
          "activate-user": { mail: false },
          "reset-mfa": { hours: 1 },
          "set-manager": { manager: null },
          "schedule-change": { state: "SUSPENDED", at: 1_800_000_000_000 },
          "cancel-scheduled-change": { state: "SUSPENDED" },
          "add-to-groups": { groups: [group("github-developers")] },
          "remove-from-groups": { groups: [group("github-developers")] },
        }[name as string] ?? {},
      ]),
  )("%s of somebody who is not there is refused", async (name, inputs) => {
    const world = await directory();
    await expect(world.perform(name, { user: "f".repeat(24), ...inputs })).rejects.toThrow("no such account");
  });

  test("does not touch what the policy protects, in whatever part of its inputs", async () => {
    const world = await directory();
    const before = world.happened().length;
    world.guarded.protectedPeople = [alice];
    for (const inputs of [{ user: alice }, { user: suspended, reportsTo: alice }])
      await expect(world.perform("delete-user", inputs)).rejects.toThrow("the policy protects this");
    world.guarded.protectedGroups = [group("everyone")];
    const exemption = { group: group("everyone"), user: suspended };
    await expect(world.perform("add-exemption", exemption)).rejects.toThrow("the policy protects this");
    const several = { user: suspended, groups: [group("github-developers"), group("everyone")] };
    await expect(world.perform("add-to-groups", several)).rejects.toThrow("the policy protects this");
    expect(world.happened()).toHaveLength(before);
  });

  test("does not touch what another directory manages", async () => {
    const world = await directory();
    await world.edit(alice, {
      restrictedFields: [
        { field: "department", type: "scim" },
        { field: "password", type: "active_directory" },
        { field: "manager", type: "scim" },
      ],
    });
    for (const [name, inputs] of [
      ["update-attributes", { fields: { department: "Data" } }],
      ["expire-password", {}],
      ["send-password-mail", {}],
      ["set-manager", { manager: null }],
    ] as const)
      await expect(world.perform(name, { user: alice, ...inputs }), name).rejects.toThrow(
        "managed by another directory",
      );
    expect(await world.perform("update-attributes", { user: alice, fields: { jobTitle: "Lead" } })).toBe(
      "done",
    );
  });
});

describe("a new account", () => {
  test("is staged, without a mail, and activated once, with one", async () => {
    const world = await directory();
    const id = await staged(world);
    expect(await world.user(id)).toMatchObject({ state: "STAGED" });
    expect(world.happened().filter((type) => type.includes("mail"))).toEqual([]);
    expect(await world.perform("activate-user", { user: id, mail: true })).toBe("done");
    expect(await world.perform("activate-user", { user: id, mail: true }, true)).toBe("already so");
    expect(world.happened().filter((type) => type === "activation mail sent")).toHaveLength(1);
    for (const name of ["suspend-user", "unsuspend-user"] as const) {
      const other = await directory();
      const fresh = await staged(other);
      await expect(other.perform(name, { user: fresh })).rejects.toThrow("not been activated");
    }
  });

  test("whose making was lost is found again, and not made twice", async () => {
    const world = await directory();
    world.faults.add({ method: "POST", path: /\/api\/systemusers$/, drop: "after", times: 1 });
    const inputs = {
      username: "new.hire",
      email: "new.hire@fernhill.example",
      fields: { department: "Data" },
      manager: alice,
    };
    expect(await world.perform("create-user", inputs)).toBe("done");
    expect(await world.perform("create-user", inputs, true)).toBe("already so");
    await expect(world.perform("create-user", inputs)).rejects.toThrow(ActionImpossibleError);
    const [made, ...more] = await world.accounts.accountsNamed(inputs);
    expect(more).toEqual([]);
    expect(made).toMatchObject({ manager: alice, fields: { department: "Data" }, hasPassword: false });
  });

  test("is not taken for one of the same address under another name", async () => {
    const world = await directory();
    const inputs = { username: "another.name", email: "alice.moreau@fernhill.example" };
    await expect(world.perform("create-user", inputs, true)).rejects.toThrow(ActionImpossibleError);
  });
});

describe("what leaves nothing to read", () => {
  test("is sent once, and left to a person when nobody knows whether it was", async () => {
    const world = await directory();
    expect(await world.perform("send-password-mail", { user: alice })).toBe("done");
    await expect(world.perform("send-password-mail", { user: alice }, true)).rejects.toThrow(
      UnclearActionError,
    );
    world.faults.add({ method: "POST", path: /reactivate$/, drop: "after", times: 1 });
    await expect(world.perform("send-password-mail", { user: alice })).rejects.toThrow(UnclearActionError);
    expect(world.happened().filter((type) => type === "mail sent")).toHaveLength(2);
  });

  test("a second factor that is there again after a lost try is left alone", async () => {
    const world = await directory();
    await world.edit(alice, { totp_enabled: true });
    await expect(world.perform("reset-mfa", { user: alice, hours: 2 }, true)).rejects.toThrow(
      UnclearActionError,
    );
    expect(await world.perform("reset-mfa", { user: alice, hours: 2 })).toBe("done");
    const { mfa } = await world.user(alice);
    expect(Date.parse(mfa.exclusionUntil)).toBe(world.clock.now() + 2 * 3_600_000);
  });
});

describe("a change at a later date", () => {
  test("is scheduled once, and all of a kind are cancelled", async () => {
    const world = await directory();
    const at = world.clock.now() + 86_400_000;
    const later = { user: alice, state: "SUSPENDED", at };
    expect(await world.perform("schedule-change", later)).toBe("done");
    expect(await world.perform("schedule-change", later)).toBe("already so");
    expect(await world.perform("schedule-change", { ...later, at: at + 1_000 })).toBe("done");
    expect(await world.accounts.scheduledChanges(alice)).toHaveLength(2);
    const cancel = { user: alice, state: "SUSPENDED" };
    expect(await world.perform("cancel-scheduled-change", cancel)).toBe("done");
    expect(await world.perform("cancel-scheduled-change", cancel)).toBe("already so");
  });
});

describe("deleting", () => {
  test("takes a suspended account away for good, and hands the reports over", async () => {
    const world = await directory();
    const jonas = person("jonas.bergmann");
    await world.perform("suspend-user", { user: jonas });
    const boss = (await world.user(jonas)).manager;
    expect(await world.perform("delete-user", { user: jonas, reportsTo: boss })).toBe("done");
    expect(await world.perform("delete-user", { user: jonas }, true)).toBe("already so");
    expect((await world.user(alice)).manager).toBe(boss);
  });
});
