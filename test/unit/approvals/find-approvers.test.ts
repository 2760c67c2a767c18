import { describe, expect, test } from "vitest";
import { findApprovers } from "../../../src/approvals/find-approvers.ts";
import type { CatalogEntry } from "../../../src/catalog/catalog.ts";
import { NoApproverError } from "../../../src/errors.ts";
import type { DirectoryUser } from "../../../src/people/directory-user.ts";
import type { ApproverSource, Policy } from "../../../src/policy/policy.ts";
import type { Account } from "../../../src/requests/issue.ts";
import { actionPin, pin } from "../../support/requests.ts";

const account = (accountId: string, parts: Partial<Account> = {}): Account => ({
  accountId,
  active: true,
  kind: "atlassian",
  displayName: accountId,
  ...parts,
});

type World = {
  users: Record<string, DirectoryUser>;
  accounts: Record<string, Account>;
  members: Account[];
};

const user = (userId: string, email: string, state = "ACTIVATED"): DirectoryUser => ({
  userId,
  email,
  state,
  attributes: {},
});

const groupMembers: Record<string, string[]> = { "group-of-owners": ["user-owner", "user-gone"] };

const catalogEntries: CatalogEntry[] = [
  {
    entitlementId: pin().entitlementId,
    application: "github",
    tags: [],
    title: pin().title,
    option: pin().option,
    owner: "owner@fernhill.example",
    status: "approved",
    groups: pin().groups,
    approval: "owner",
    durations: { permanent: true },
  },
];

const normal: World = {
  users: {
    "user-manager": user("user-manager", "manager@x"),
    "user-owner": user("user-owner", "owner@fernhill.example"),
  },
  accounts: { "manager@x": account("acc-manager"), "owner@fernhill.example": account("acc-owner") },
  members: [account("acc-requester"), account("acc-it"), account("acc-bot", { kind: "app" })],
};

function find(
  ask: ApproverSource[],
  world: Partial<World> = {},
  of = pin(),
  {
    need,
    yes,
    delegations,
  }: { need?: number | "all"; yes?: string[]; delegations?: Policy["delegations"] } = {},
) {
  const { users, accounts, members } = { ...normal, ...world };
  const deps = {
    catalog: { entry: async (id: string) => catalogEntries.find((one) => one.entitlementId === id) },
    directory: {
      membersOf: async (id: string) => groupMembers[id],
      user: async (id: string) => users[id],
      userByEmail: async (email: string) => {
        const found = Object.values(users).filter((one) => one.email === email);
        const [one, another] = found;
        return another
          ? ({ kind: "several" } as const)
          : one
            ? ({ kind: "one", user: one } as const)
            : ({ kind: "none" } as const);
      },
    },
    jira: {
      accountByEmail: async (email: string) => accounts[email],
      account: async (id: string) => Object.values(accounts).find((one) => one.accountId === id),
      groupMembers: async () => members,
    },
  };
  const stage = { ask, ...(need === undefined ? {} : { need }) };
  return findApprovers(
    deps,
    of,
    stage,
    { fallbackGroup: { id: "g", name: "it-administrators" }, delegations },
    {
      at: Date.UTC(2026, 10, 20),
      ...(yes ? { alreadyYes: yes } : {}),
    },
  );
}

test("the manager of the person who gets the access is asked", async () => {
  expect(await find(["manager"])).toEqual({
    accountIds: ["acc-manager"],
    source: "manager",
    needed: 1,
    delegated: [],
    skipped: [],
  });
});

test("the owner of the application, a named person or a group can be asked", async () => {
  expect(await find([{ jumpcloudGroup: { id: "group-of-owners", name: "owners" } }])).toEqual({
    accountIds: ["acc-owner"],
    source: "JumpCloud group owners",
    needed: 1,
    delegated: [],
    skipped: [],
  });
  expect(await find(["owner"])).toMatchObject({ accountIds: ["acc-owner"], source: "owner" });
  expect(await find([{ jiraUser: "acc-owner" }])).toMatchObject({ accountIds: ["acc-owner"] });
  expect(await find([{ jiraGroup: { id: "g2", name: "security" } }])).toMatchObject({
    accountIds: ["acc-it"],
    source: "group security",
  });
});

const broken: [string, ApproverSource[], Partial<World>, ReturnType<typeof pin>, string][] = [
  [
    "there is no manager",
    ["manager"],
    {},
    (({ manager: _, ...rest }) => rest)(pin()),
    "is not set in JumpCloud",
  ],
  ["the manager has left JumpCloud", ["manager"], { users: {} }, pin(), "is not in JumpCloud"],
  [
    "the manager is suspended",
    ["manager"],
    { users: { "user-manager": user("user-manager", "manager@x", "SUSPENDED") } },
    pin(),
    "is suspended in JumpCloud",
  ],
  ["the manager has no account in Jira", ["manager"], { accounts: {} }, pin(), "has no account in Jira"],
  [
    "the manager's account is not active",
    ["manager"],
    { accounts: { "manager@x": account("acc-manager", { active: false }) } },
    pin(),
    "has no active account in Jira",
  ],
  [
    "the manager is the requester",
    ["manager"],
    { accounts: { "manager@x": account("acc-requester") } },
    pin(),
    "would decide on their own access",
  ],
  [
    "the manager asks for a report",
    ["manager"],
    {},
    pin({ requester: { accountId: "acc-manager", userId: "user-manager" } }),
    "would decide on their own access",
  ],
  [
    "the owner is there twice",
    ["owner"],
    { users: { a: user("a", "owner@fernhill.example"), b: user("b", "owner@fernhill.example") } },
    pin(),
    "is not unique in JumpCloud",
  ],
  ["the named person is gone", [{ jiraUser: "acc-gone" }], {}, pin(), "has no account in Jira"],
];

test.each(broken)(
  "when %s, the fallback group is asked, and the reason is kept",
  async (_, stage, world, of, why) => {
    const approvers = await find(stage, world, of);
    expect(approvers.source).toBe("group it-administrators");
    expect(approvers.accountIds).toContain("acc-it");
    expect(approvers.accountIds).not.toContain("acc-bot");
    expect(approvers.skipped).toEqual([{ source: expect.any(String), why }]);
  },
);

test("the next source is asked before the fallback group", async () => {
  const approvers = await find(["manager", "owner"], {
    accounts: { "owner@fernhill.example": account("acc-owner") },
  });
  expect(approvers).toMatchObject({
    accountIds: ["acc-owner"],
    source: "owner",
    skipped: [{ source: "manager" }],
  });
});

test("when not even the fallback group has anybody, an operator hears why", async () => {
  const nobody = find(["manager"], { accounts: {}, members: [account("acc-requester")] });
  await expect(nobody).rejects.toThrow(NoApproverError);
  await expect(nobody).rejects.toThrow(
    "manager has no account in Jira; group it-administrators would decide on their own access",
  );
});

describe("when more than one has to say yes", () => {
  const group: ApproverSource = { jiraGroup: { id: "g", name: "leads" } };
  const members = [account("acc-1"), account("acc-2"), account("acc-3")];

  test("two of three are asked together", async () => {
    expect(await find([group], { members }, pin(), { need: 2 })).toMatchObject({
      accountIds: ["acc-1", "acc-2", "acc-3"],
      needed: 2,
    });
  });
  test("whoever said yes is not asked again, and counts", async () => {
    expect(await find([group], { members }, pin(), { need: 2, yes: ["acc-2"] })).toMatchObject({
      accountIds: ["acc-1", "acc-3"],
      needed: 1,
    });
    expect(await find([group], { members }, pin(), { need: "all", yes: ["acc-2"] })).toMatchObject({
      accountIds: ["acc-1", "acc-3"],
      needed: 2,
    });
  });
  test("a source with too few is passed over", async () => {
    expect(await find(["manager", group], { members }, pin(), { need: 2 })).toMatchObject({
      source: "group leads",
      skipped: [{ source: "manager", why: "has only 1 of the 2 who have to approve" }],
    });
  });
});

describe("while somebody is away", () => {
  const away = (from: string, to: string, last = "2026-11-20") => ({
    delegations: [{ from, to, first: "2026-11-20", last }],
  });
  const accounts = {
    ...normal.accounts,
    "standin@x": account("acc-standin"),
    "requester@x": account("acc-requester"),
  };

  test("whoever stands in is asked, and both are known", async () => {
    expect(await find(["manager"], { accounts }, pin(), away("acc-manager", "acc-standin"))).toMatchObject({
      accountIds: ["acc-standin"],
      delegated: [{ from: "acc-manager", to: "acc-standin" }],
    });
  });
  test("only from the first day to the last", async () => {
    const over = {
      delegations: [{ from: "acc-manager", to: "acc-standin", first: "2026-11-01", last: "2026-11-19" }],
    };
    expect(await find(["manager"], { accounts }, pin(), over)).toMatchObject({ accountIds: ["acc-manager"] });
  });
  test("nobody stands in for the approver of their own request", async () => {
    expect(
      await find(["manager", "owner"], { accounts }, pin(), away("acc-manager", "acc-requester")),
    ).toMatchObject({
      accountIds: ["acc-owner"],
    });
  });
  test("whoever stands in for the requester does not decide for them", async () => {
    expect(
      await find(["manager", "owner"], { accounts }, pin(), away("acc-requester", "acc-manager")),
    ).toMatchObject({
      accountIds: ["acc-owner"],
    });
  });
});

describe("where approvers are looked for", () => {
  const group = (id: string): ApproverSource => ({ jumpcloudGroup: { id, name: "leads" } });
  const skippedOf = async (...asked: Parameters<typeof find>) => (await find(...asked)).skipped[0];

  test("is with the manager's manager, where one is set", async () => {
    const users = {
      ...normal.users,
      "user-manager": { ...user("user-manager", "manager@x"), manager: "user-owner" },
    };
    expect(await find(["managers-manager"], { users })).toMatchObject({
      accountIds: ["acc-owner"],
      source: "managers-manager",
    });
    const { manager: _, ...alone } = pin();
    const unset = { source: "managers-manager", why: "is not set in JumpCloud" };
    expect(await skippedOf(["managers-manager"])).toEqual(unset);
    expect(await skippedOf(["managers-manager"], {}, alone)).toEqual(unset);
    expect(await skippedOf(["managers-manager"], { users: {} })).toEqual(unset);
  });

  test("is with the owner of the application, if it is about one that is known", async () => {
    const actions = actionPin({ manager: "user-manager", affected: [] });
    expect(await skippedOf(["owner"], {}, actions as never)).toEqual({
      source: "owner",
      why: "is nobody: it is about no application",
    });
    expect(await skippedOf(["owner"], {}, pin({ entitlementId: "gone/user" }))).toEqual({
      source: "owner",
      why: "is not in the catalog",
    });
    expect(await skippedOf(["owner"], { users: {} })).toEqual({
      source: "owner",
      why: "is not in JumpCloud",
    });
  });

  test("is in a group of JumpCloud, among those of its members who have an account", async () => {
    expect(await skippedOf([group("gone")])).toEqual({
      source: "JumpCloud group leads",
      why: "is not in JumpCloud",
    });
    expect(await skippedOf([group("group-of-owners")], { users: {} })).toEqual({
      source: "JumpCloud group leads",
      why: "has no active account in Jira",
    });
  });

  test("is in a group of Jira, which is named when it is asked as such", async () => {
    const leads: ApproverSource = { jiraGroup: { id: "g2", name: "leads" } };
    expect(await find([leads])).toMatchObject({ groupId: "g2" });
    expect(await find([{ jiraUser: "acc-gone" }])).toMatchObject({
      groupId: "g",
      skipped: [{ source: "user acc-gone", why: "has no account in Jira" }],
    });
    expect(await find(["manager"])).not.toHaveProperty("groupId");
  });

  test("gives each person once, and nobody who has said yes already", async () => {
    const twice = [account("acc-1"), account("acc-1"), account("acc-2")];
    const leads: ApproverSource = { jiraGroup: { id: "g2", name: "leads" } };
    expect((await find([leads], { members: twice })).accountIds).toEqual(["acc-1", "acc-2"]);
    // Two are needed, and two are there; one of them again is not two.
    const two = await find([leads], { members: twice }, pin(), { need: 2, yes: ["acc-1"] });
    expect(two).toMatchObject({ accountIds: ["acc-2"], needed: 1 });
    const done = find([leads], { members: twice }, pin(), { need: 2, yes: ["acc-1", "acc-2"] });
    await expect(done).rejects.toThrow("group leads has only 2 of the 2 who have to approve");
    const other = await find([leads], { members: twice }, pin(), { need: "all", yes: ["acc-9"] });
    expect(other).toMatchObject({ accountIds: ["acc-1", "acc-2"], needed: 2 });
  });
});

describe("whoever stands in for somebody", () => {
  const accounts = { ...normal.accounts, "standin@x": account("acc-standin") };
  const days = (first: string, last: string, to = "acc-standin") => ({
    delegations: [{ from: "acc-manager", to, first, last }],
  });
  const asked = async (...delegations: [first: string, last: string, to?: string]) =>
    (await find(["manager"], { accounts }, pin(), days(...delegations))).accountIds;

  test("does so on the first day and on the last, and not before", async () => {
    expect(await asked("2026-11-20", "2026-11-20")).toEqual(["acc-standin"]);
    expect(await asked("2026-11-21", "2026-11-30")).toEqual(["acc-manager"]);
    expect(await asked("2026-11-01", "2026-11-19")).toEqual(["acc-manager"]);
  });

  test("has to be known to Jira, or the other one is asked", async () => {
    expect(await asked("2026-11-20", "2026-11-20", "acc-gone")).toEqual(["acc-manager"]);
  });

  test("is named as a stand-in only while being asked", async () => {
    const leads: ApproverSource = { jiraGroup: { id: "g2", name: "leads" } };
    const members = [account("acc-manager"), account("acc-2")];
    const parts = { ...days("2026-11-20", "2026-11-20"), need: "all" as const };
    expect(await find([leads], { accounts, members }, pin(), parts)).toMatchObject({
      accountIds: ["acc-standin", "acc-2"],
      delegated: [{ from: "acc-manager", to: "acc-standin" }],
    });
    expect(
      await find([leads], { accounts, members }, pin(), { ...parts, yes: ["acc-standin"] }),
    ).toMatchObject({
      accountIds: ["acc-2"],
      delegated: [],
    });
  });
});
