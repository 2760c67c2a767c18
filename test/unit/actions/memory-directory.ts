import type { Accounts, DirectoryAccount } from "../../../src/actions/account.ts";
import type { ActionDeps } from "../../../src/actions/action.ts";
import type { ActionName } from "../../../src/actions/action-names.ts";
import type { UserGroup } from "../../../src/actions/group.ts";
import { performAction } from "../../../src/actions/perform-action.ts";
import type { Snapshot } from "../../../src/actions/snapshot.ts";
import type { LedgerEntry } from "../../../src/grants/ledger.ts";
import type { Request } from "../../../src/requests/request.ts";
import { policy, site } from "../../support/use-cases.ts";

const id = (kind: string, number: number) => `${kind}${String(number).padStart(24 - kind.length, "0")}`;
export const users = [1, 2, 3, 4].map((number) => id("a", number));
export const groups = [1, 2, 3, 4, 5].map((number) => id("b", number));
export const applications = [1, 2].map((number) => id("c", number));
/** The members of the last group are chosen by a rule. */
const [dynamic = ""] = groups.slice(-1);

/** Thrown in the place of a call to JumpCloud or DynamoDB: the process is gone. */
class Crash extends Error {}

/**
 * A directory in memory, at once and without lag, and what the actions do in it. `crashAfter`: how many of the next writes are done
 * before the process is gone.
 */
export function memoryDirectory() {
  const accounts = new Map<string, DirectoryAccount>();
  const members = new Set<string>();
  const bound = new Set<string>();
  const ledger = new Map<string, LedgerEntry>();
  const requests = new Map<string, Request>();
  const snapshots = new Map<string, Snapshot>();
  const world = { now: 1_000, crashAfter: Number.POSITIVE_INFINITY };
  for (const userId of users)
    accounts.set(userId, {
      userId,
      username: userId,
      email: `${userId}@fernhill.example`,
      state: "ACTIVATED",
      locked: false,
      passwordExpired: false,
      hasPassword: true,
      mfaEnrolled: false,
      fields: {},
      attributes: {},
      managedElsewhere: [],
    });
  for (const userId of users) members.add(`${userId} ${dynamic}`);

  /** Half of the crashes come before the write, half after it: by turns. */
  async function write(change: () => void): Promise<void> {
    const isLast = world.crashAfter <= 0;
    const isBefore = isLast && world.now % 2 === 0;
    if (!isBefore) change();
    if (isLast) {
      world.crashAfter = Number.POSITIVE_INFINITY;
      throw new Crash();
    }
    world.crashAfter--;
  }

  const never = () => Promise.reject(new Error("not what this is about"));
  const directory: Accounts = {
    account: async (userId) => accounts.get(userId),
    accountsNamed: async () => [],
    createAccount: never,
    changeAccount: (userId, { state, manager }) =>
      write(() => {
        const before = accounts.get(userId);
        if (!before) throw new Error("no such account");
        const { manager: old, ...rest } = before;
        const now = manager === undefined ? old : (manager ?? undefined);
        accounts.set(userId, {
          ...rest,
          ...(now === undefined ? {} : { manager: now }),
          ...(state === undefined ? {} : { state }),
        });
      }),
    activate: never,
    unlock: never,
    expirePassword: never,
    sendPasswordMail: never,
    resetMfa: never,
    scheduledChanges: async () => [],
    scheduleChange: never,
    cancelScheduledChange: never,
    groupsOf: async (userId) => groups.filter((groupId) => members.has(`${userId} ${groupId}`)),
    boundApplications: async (userId) => applications.filter((one) => bound.has(`${userId} ${one}`)),
    bindApplication: (userId, application, wanted) =>
      write(() =>
        wanted ? bound.add(`${userId} ${application}`) : bound.delete(`${userId} ${application}`),
      ),
    reportsOf: async (userId) => users.filter((one) => accounts.get(one)?.manager === userId),
    deleteAccount: never,
  };
  const bundles = [
    { id: "one", when: { department: ["One"] }, groups: groups.slice(0, 2) },
    { id: "two", when: { department: ["Two"] }, groups: groups.slice(1, 3) },
  ];
  const deps: ActionDeps = {
    accounts: directory,
    groups: {
      userGroup: async (groupId): Promise<UserGroup | undefined> =>
        groups.includes(groupId)
          ? { groupId, name: groupId, description: "", dynamic: groupId === dynamic, exemptions: [] }
          : undefined,
      groupsNamed: async () => [],
      createGroup: never,
      changeGroup: never,
      boundApplications: async () => [],
      hasApplication: async () => true,
      bind: never,
      unbind: never,
    },
    memberships: {
      isMember: async (userId, groupId) => members.has(`${userId} ${groupId}`),
      addMember: (userId, groupId) => write(() => members.add(`${userId} ${groupId}`)),
      removeMember: (userId, groupId) => write(() => members.delete(`${userId} ${groupId}`)),
    },
    ledger: {
      get: async (userId, groupId) => ledger.get(`${userId} ${groupId}`),
      ofUser: async (userId) => [...ledger.values()].filter((entry) => entry.userId === userId),
      save: async (entry) => {
        const saved = { ...entry, version: entry.version + 1 };
        await write(() => ledger.set(`${entry.userId} ${entry.groupId}`, saved));
        return saved;
      },
    },
    requests: {
      get: async (requestId) => requests.get(requestId) ?? never(),
      save: async <R extends Request>(_: Request, after: R) => {
        await write(() => requests.set(after.requestId, after));
        return after;
      },
    },
    audit: { append: async () => ({ sequence: 1, hash: "h" }) },
    snapshots: {
      newest: async (userId) => snapshots.get(userId),
      save: (snapshot) =>
        write(() => snapshots.set(snapshot.userId, { ...snapshot, version: snapshot.version + 1 })),
    },
    policy: {
      current: async () => ({ version: 1, site, policy: { ...policy, actions: { rules: [], bundles } } }),
    },
    clock: { now: () => world.now, sleep: async () => {} },
  };

  /** Does an action as a run does: after a crash, again. */
  async function perform(name: ActionName, inputs: Record<string, unknown>, actionId: string) {
    for (let attempted = false; ; attempted = true) {
      try {
        return await performAction(deps, name, inputs, { actionId, attempted });
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
      }
    }
  }

  return { world, deps, accounts, members, bound, requests, bundles, perform };
}
