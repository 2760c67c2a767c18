import type { CatalogEntry } from "../../src/catalog/catalog.ts";
import { neverStopped } from "../../src/grants/grant-switch.ts";
import { hold, type LedgerEntry } from "../../src/grants/ledger.ts";
import { provisionAccess } from "../../src/grants/provision-access.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { noStanding, type Standing } from "../../src/policy/standing.ts";
import type { Issue } from "../../src/requests/issue.ts";
import { people, pin, request } from "./requests.ts";
import { entry, formHash, issue, openStore, policy, requestType, site } from "./use-cases.ts";

export const user = { userId: "user-requester", email: "", state: "ACTIVATED", attributes: {} };
export const manager = { accountId: people.manager, active: true, decision: "approved" as const };
export const record = {
  id: "7",
  finalDecision: "approved" as const,
  createdAt: 1_500,
  completedAt: 2_000,
  approvers: [manager],
};
export const pinned = pin({
  form: formHash(issue()),
  option: entry.option,
  entitlementId: entry.entitlementId,
  groups: entry.groups,
});
const approved = request("approved", { pin: pinned });

export const waivedPin = { ...pinned, automatic: "Everybody has it.", stages: [] };

type Deps = Parameters<typeof provisionAccess>[0];
export type World = {
  request: typeof approved;
  issue: Awaited<ReturnType<Deps["jira"]["issue"]>>;
  approvals: Awaited<ReturnType<Deps["jira"]["approvals"]>>;
  entry: Awaited<ReturnType<Deps["catalog"]["entry"]>>;
  user: Awaited<ReturnType<Deps["directory"]["user"]>>;
  group: Awaited<ReturnType<Deps["directory"]["group"]>>;
  protectedGroups: string[];
  site: typeof site;
  policy: Partial<Policy>;
  now: number;
  stopped: boolean;
  /** Other tickets, by key. */
  tickets: Record<string, Issue>;
  /** The person who asked, if that is not who gets it. */
  requester: typeof user | undefined;
  /** Other entitlements of the catalog. */
  others: CatalogEntry[];
  standing: Standing["requests"];
  /** Groups that an earlier try has added. */
  tried: string[];
  /** What Jira says instead of the approvals. */
  trouble: Error;
};

/** A world in which everything holds, except what is said. */
export async function provision(parts: Partial<World> = {}) {
  const world: Omit<World, "trouble"> & { trouble?: Error } = {
    request: approved,
    issue: issue(),
    approvals: [record],
    entry,
    user,
    group: { groupId: "g", name: "g", dynamic: false },
    protectedGroups: [],
    site,
    policy: {},
    now: 10_000,
    stopped: false,
    tickets: {},
    requester: user,
    others: [],
    standing: {},
    tried: [],
    ...parts,
  };
  const store = openStore(world.request);
  const members = new Set<string>(world.tried);
  const said: [audience: string, words: string][] = [];
  const counted: Standing[] = [];
  const ledger = new Map<string, LedgerEntry>();
  for (const groupId of world.tried)
    ledger.set(
      groupId,
      hold(undefined, { userId: user.userId, groupId, requestId: "10012-1", isMember: false }),
    );
  const result = provisionAccess(
    {
      ...store,
      clock: { now: () => world.now, sleep: async () => {} },
      policy: {
        current: async () => ({
          version: 3,
          site: world.site,
          policy: { ...policy, protectedGroups: world.protectedGroups, ...world.policy },
        }),
      },
      catalog: {
        closed: async () => undefined,
        entryForOption: async () => undefined,
        entry: async (id) => world.others.find(({ entitlementId }) => entitlementId === id) ?? world.entry,
      },
      grantSwitch: {
        get: async () =>
          world.stopped ? { ...neverStopped, stopped: { at: 1, why: "A leak." } } : neverStopped,
      },
      standings: {
        get: async (about) => ({ ...noStanding(about), requests: world.standing }),
        save: async (standing) => counted.push(standing) > 0,
      },
      directory: {
        user: async (id) => (id === user.userId ? world.user : world.requester),
        userByEmail: async () => ({ kind: "none" }),
        group: async () => world.group,
        groupsOf: async () => [],
      },
      jira: {
        issue: async (idOrKey, project) =>
          idOrKey === "10012" && project === requestType.project ? world.issue : world.tickets[idOrKey],
        approvals: async () => {
          if (world.trouble) throw world.trouble;
          return world.approvals;
        },
        statusChanges: async () => [],
        fieldChanges: async () => [],
        comment: async (_, comment, audience) => void said.push([audience, JSON.stringify(comment)]),
        hasSaid: async () => false,
      },
      memberships: {
        isMember: async (_, group) => members.has(group),
        addMember: async (_, group) => {
          members.add(group);
        },
        removeMember: async (_, group) => {
          members.delete(group);
        },
      },
      ledger: {
        get: async (userId, group) => (userId === user.userId ? ledger.get(group) : undefined),
        save: async (saved) => {
          ledger.set(saved.groupId, saved);
          return saved;
        },
      },
    },
    "10012-1",
  );
  const [error, held] = await result.then(
    (holding) => [undefined, holding] as const,
    (thrown: Error) => [thrown, undefined] as const,
  );
  const stored = store.stored();
  return { error, held, members: [...members], stored, entries: store.entries(), said, counted };
}

/** What comes of it, in short. */
export async function outcome(parts: Partial<World> = {}) {
  const { error, members, stored, entries } = await provision(parts);
  return { error, members, status: stored.status, actions: entries.map(({ action }) => action) };
}
