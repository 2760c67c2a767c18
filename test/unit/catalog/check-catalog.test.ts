import { describe, expect, test } from "vitest";
import type { CatalogEntry } from "../../../src/catalog/catalog.ts";
import { checkCatalog } from "../../../src/catalog/check-catalog.ts";
import { type CatalogHealth, neverLooked } from "../../../src/catalog/health.ts";
import type { KnownApplication } from "../../../src/catalog/known-application.ts";
import { BusyError, CatalogSuspectError, JiraRefusedError } from "../../../src/errors.ts";
import type { ApproverSource } from "../../../src/policy/policy.ts";
import { readPolicyFiles } from "../../../src/policy-files/read-policy-files.ts";
import type { Account } from "../../../src/requests/issue.ts";
import { entry } from "../../support/policy.ts";

const files = readPolicyFiles("policy");
if ("problems" in files) throw new Error("the example files are wrong");
const { site, policy } = files;

type Deps = Parameters<typeof checkCatalog>[0];

const owner = {
  accountId: "acc-owner",
  active: true,
  kind: "atlassian" as const,
  displayName: "Olga Owner",
};

/** A catalog, a directory and a service desk in memory. */
function openCatalog(entries: CatalogEntry[]) {
  const known = new Map<string, KnownApplication>();
  let health: CatalogHealth = neverLooked;
  const world = {
    now: 1_000_000,
    entries,
    /** Ids of the groups that JumpCloud has. */
    groups: new Set(entries.flatMap(({ groups }) => groups)),
    /** What JumpCloud has, with the groups that are bound to it. */
    applications: new Map<string, string[]>(),
    /** By e-mail address. */
    accounts: [owner],
    /** Members of every Jira group, and every account. */
    deciders: [owner] as Account[],
    /** Of every JumpCloud group. */
    members: ["owner"] as string[] | undefined,
    approvals: policy.approvals,
    operations: { serviceDesk: "1", requestType: "26" } as typeof site.operations,
    interrupt: undefined as (() => void) | undefined,
    looked: [] as string[],
    refuses: (_: { onBehalfOf: string | undefined }) => false,
    raised: [] as { summary: string; description: string; onBehalfOf: string | undefined }[],
    commented: [] as { issueId: string; text: string }[],
    health: () => health,
    known: () => [...known.values()],
  };
  const deps: Deps = {
    clock: { now: () => world.now, sleep: async () => {} },
    policy: {
      current: async () => {
        const { operations: _, ...rest } = site;
        const { operations, approvals } = world;
        return {
          version: 1,
          policy: { ...policy, approvals },
          site: operations ? { ...rest, operations } : rest,
        };
      },
    },
    catalog: { entries: async () => world.entries },
    findings: {
      async *applications() {
        yield* known.values();
      },
      keep: async (application) => void known.set(application.applicationId, application),
      health: async () => health,
      saveHealth: async (next) => {
        world.interrupt?.();
        if (next.version !== health.version) return undefined;
        health = { ...next, version: next.version + 1 };
        return health;
      },
    },
    inventory: {
      async *groups() {
        for (const groupId of world.groups) yield { groupId, name: `group ${groupId}`, dynamic: false };
      },
      groupsOf: async (id) => {
        world.looked.push(id);
        return world.applications.get(id);
      },
    },
    directory: {
      async *users() {
        yield { userId: "owner", email: "owner@fernhill.example", state: "ACTIVATED", attributes: {} };
        yield { userId: "gone", email: "gone@fernhill.example", state: "SUSPENDED", attributes: {} };
      },
      async *applications() {
        for (const applicationId of world.applications.keys())
          yield { applicationId, name: `App ${applicationId}`, logo: "https://logo.example/x.png" };
      },
      membersOf: async () => world.members,
    },
    jira: {
      account: async () => world.deciders[0],
      groupMembers: async () => world.deciders,
      accountByEmail: async () => world.accounts[0],
      comment: async (issueId, { lines }) =>
        void world.commented.push({ issueId, text: lines.flat().join("\n") }),
    },
    serviceDesk: {
      raise: async (_, request) => {
        if (world.refuses(request)) throw new JiraRefusedError("POST request", 400);
        return `issue-${world.raised.push(request)}`;
      },
    },
  };
  return { world, sync: (force?: boolean) => checkCatalog(deps, force === undefined ? {} : { force }) };
}

const some = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    entry({ entitlementId: `app${index}/user`, application: `app${index}`, groups: [`group${index}`] }),
  );

describe("what is broken", () => {
  test("is closed with its reason, and open again by itself when it is well", async () => {
    const { world, sync } = openCatalog(some(3));
    expect(await sync()).toEqual({ applications: 0, checked: 3, closed: {}, opened: [] });
    world.groups.delete("group1");
    expect(await sync()).toMatchObject({
      closed: { "app1/user": "its group group1 is not in JumpCloud any more" },
    });
    expect(world.health()).toMatchObject({ at: world.now, closed: { "app1/user": expect.any(String) } });
    world.groups.add("group1");
    expect(await sync()).toMatchObject({ closed: {}, opened: ["app1/user"] });
    expect(world.health().closed).toEqual({});
  });

  test("is not looked for in what is not open anyway", async () => {
    const { world, sync } = openCatalog([entry({ status: "disabled" }), entry({ status: "unassigned" })]);
    world.groups.clear();
    expect(await sync()).toMatchObject({ checked: 0, closed: {} });
  });

  test("all at once is not believed, unless somebody says so", async () => {
    const { world, sync } = openCatalog(some(60));
    for (const group of [...world.groups].slice(0, 12)) world.groups.delete(group);
    expect(Object.keys((await sync()).closed)).toHaveLength(12);
    world.groups.clear();
    await expect(sync()).rejects.toThrow(CatalogSuspectError);
    expect(Object.keys(world.health().closed)).toHaveLength(12);
    expect(Object.keys((await sync(true)).closed)).toHaveLength(60);
  });

  test("is never more than can be stored", async () => {
    const { world, sync } = openCatalog(some(1_001));
    world.groups.clear();
    await expect(sync(true)).rejects.toThrow("1001 of 1001 entitlements would be closed");
  });

  test("is decided by one look at a time", async () => {
    const { world, sync } = openCatalog(some(1));
    world.interrupt = () => {
      world.interrupt = undefined;
      world.health().version++;
    };
    await expect(sync()).rejects.toThrow(BusyError);
  });
});

describe("the owner", () => {
  test("is told once for each change, on one ticket for as long as something is wrong", async () => {
    const { world, sync } = openCatalog([
      entry({ groups: ["one"] }),
      entry({ entitlementId: "github/administrator", title: "GitHub: Administrator", groups: ["two"] }),
      ...some(2),
    ]);
    world.groups.delete("one");
    await sync();
    await sync();
    expect(world.raised).toEqual([
      {
        summary: "GitHub: Developer cannot be requested at present",
        description: expect.stringContaining(
          "GitHub: Developer: its group one is not in JumpCloud any more.",
        ),
        onBehalfOf: owner.accountId,
      },
    ]);
    world.groups.delete("two");
    await sync();
    await sync();
    expect(world.commented).toEqual([
      { issueId: "issue-1", text: expect.stringContaining("GitHub: Administrator: its group two") },
    ]);
    world.groups.add("one").add("two");
    await sync();
    await sync();
    expect(world.commented).toHaveLength(2);
    expect(world.commented[1]?.text).toContain("Everything is well again");
    world.groups.delete("one");
    await sync();
    expect(world.raised).toHaveLength(2);
  });

  test("is told that it is over when the application has left the catalog", async () => {
    const { world, sync } = openCatalog(some(2));
    world.groups.delete("group0");
    await sync();
    world.entries = world.entries.slice(1);
    await sync();
    expect(world.commented).toHaveLength(1);
    expect(world.health().told).toEqual({});
  });

  test("without an account in Jira leaves a ticket of Latchkey's own", async () => {
    const { world, sync } = openCatalog(some(1));
    world.groups.clear();
    world.accounts = [];
    await sync();
    expect(world.raised[0]?.onBehalfOf).toBeUndefined();
  });

  test("who may not ask for anything in that service desk leaves a ticket of Latchkey's own, too", async () => {
    const { world, sync } = openCatalog(some(1));
    world.groups.clear();
    world.refuses = (request) => request.onBehalfOf !== undefined;
    await sync();
    expect(world.raised).toEqual([expect.objectContaining({ onBehalfOf: undefined })]);
    world.refuses = () => true;
    world.entries = some(2);
    await expect(sync()).rejects.toThrow(JiraRefusedError);
  });

  test("is not told where nobody said how, and then the alarm is all there is", async () => {
    const { world, sync } = openCatalog(some(1));
    world.groups.clear();
    world.operations = undefined;
    expect(Object.keys((await sync()).closed)).toHaveLength(1);
    expect(world.raised).toEqual([]);
  });

  test("is not told twice at the same time", async () => {
    const { world, sync } = openCatalog(some(1));
    world.groups.clear();
    let saves = 0;
    world.interrupt = () => {
      if (++saves === 2) world.health().version++;
    };
    await expect(sync()).rejects.toThrow(BusyError);
  });
});

describe("applications of JumpCloud", () => {
  test("are kept with their groups and logo; one that is gone is kept too, with the time", async () => {
    const { world, sync } = openCatalog(some(1));
    world.applications.set("a", ["group0", "unnamed"]).set("b", []);
    expect((await sync()).applications).toBe(2);
    expect(world.known()[0]).toEqual({
      schemaVersion: 1,
      applicationId: "a",
      name: "App a",
      logo: "https://logo.example/x.png",
      groups: [
        { groupId: "group0", name: "group group0" },
        { groupId: "unnamed", name: "unnamed" },
      ],
      since: 1_000_000,
      lookedAt: 1_000_000,
    });
    world.applications.delete("a");
    world.now += 1_000;
    expect((await sync()).applications).toBe(1);
    world.now += 1_000;
    await sync();
    expect(world.known()[0]).toMatchObject({ goneAt: 1_001_000, since: 1_000_000 });
    world.applications.set("a", []);
    await sync();
    expect(world.known()[0]).not.toHaveProperty("goneAt");
    expect(world.known()[0]?.since).toBe(1_000_000);
  });

  test("that disappear while they are looked at are looked at the next time", async () => {
    const { world, sync } = openCatalog([]);
    world.applications.set("a", []);
    const { get } = world.applications;
    world.applications.get = () => undefined;
    await sync();
    expect(world.known()[0]).not.toHaveProperty("lookedAt");
    world.applications.get = get;
    await sync();
    expect(world.known()[0]).toHaveProperty("lookedAt");
  });

  test("are looked at 500 at a time, those first that nobody looked at for longest", async () => {
    const { world, sync } = openCatalog([]);
    for (let index = 0; index < 700; index++) world.applications.set(`a${index}`, []);
    await sync();
    expect(world.looked).toHaveLength(500);
    world.now += 1_000;
    await sync();
    expect(new Set(world.looked).size).toBe(700);
    expect(world.looked).toHaveLength(1_000);
  });
});

describe("an approval", () => {
  const jumpcloudGroup = { jumpcloudGroup: { id: "6a00000000000000000b0009", name: "security" } };
  const jiraGroup = { jiraGroup: { id: "g", name: "security" } };
  const jiraUser = { jiraUser: "acc" };

  test.each<[string, ApproverSource]>([
    ["a JumpCloud group", jumpcloudGroup],
    ["a Jira group", jiraGroup],
    ["somebody in Jira", jiraUser],
  ])("by %s needs somebody there who is active", async (_, source) => {
    const { world, sync } = openCatalog([entry({ approval: "security" })]);
    world.approvals = { security: { stages: [{ ask: [source] }] } };
    expect((await sync()).closed).toEqual({});
    const nobody = { "github/developer": "nobody is left who could decide on stage 1 of its approval" };
    world.deciders = [{ ...owner, active: false }];
    world.members = ["gone"];
    expect((await sync()).closed).toEqual(nobody);
    world.deciders = [];
    world.members = undefined;
    expect((await sync()).closed).toEqual(nobody);
  });

  test("by several sources needs one of them; a manager is there until somebody asks", async () => {
    const { world, sync } = openCatalog([entry({ approval: "security" })]);
    world.members = [];
    world.approvals = { security: { stages: [{ ask: [jumpcloudGroup, jiraGroup] }] } };
    expect((await sync()).closed).toEqual({});
    world.deciders = [];
    world.approvals = { security: { stages: [{ ask: [jumpcloudGroup, "manager"] }] } };
    expect((await sync()).closed).toEqual({});
  });

  test("by nobody is not looked for", async () => {
    const { world, sync } = openCatalog([entry({ approval: "security" })]);
    world.approvals = { security: { automatic: "Everybody has it." } };
    expect((await sync()).closed).toEqual({});
  });
});
