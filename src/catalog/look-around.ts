import type { DirectoryUser } from "../people/directory-user.ts";
import type { Applied } from "../policy/applied.ts";
import type { ApproverSource } from "../policy/policy.ts";
import type { Account } from "../requests/issue.ts";
import type { Surroundings } from "./health.ts";
import type { KnownApplication } from "./known-application.ts";

export type LookAroundDeps = {
  directory: {
    users(): AsyncIterable<DirectoryUser>;
    applications(): AsyncIterable<{ applicationId: string; name: string; logo?: string }>;
    /** User ids of a group's direct members; undefined when there is no such group. */
    membersOf(groupId: string): Promise<string[] | undefined>;
  };
  inventory: {
    groups(): AsyncIterable<{ groupId: string; name: string; dynamic: boolean }>;
    /** Ids of the groups that are bound to the application; undefined when there is no such application. */
    groupsOf(applicationId: string): Promise<string[] | undefined>;
  };
  findings: {
    applications(): AsyncIterable<KnownApplication>;
    keep(application: KnownApplication): Promise<void>;
  };
  jira: {
    account(accountId: string): Promise<Account | undefined>;
    groupMembers(groupId: string): Promise<Account[]>;
  };
};

/** Every application costs a call: of more, those that were looked at longest ago are looked at first. */
const mostLooks = 500;

/** Reads JumpCloud's applications and groups, and keeps what it has found about the applications. */
export async function lookAround(
  deps: LookAroundDeps,
  { policy }: Applied,
  at: number,
): Promise<{ surroundings: Surroundings; known: KnownApplication[] }> {
  const groups = new Map<string, { name: string; dynamic: boolean }>();
  for await (const { groupId, ...group } of deps.inventory.groups()) groups.set(groupId, group);
  const active = new Map<string, string>();
  for await (const { userId, email, state } of deps.directory.users())
    if (state === "ACTIVATED") active.set(userId, email.toLowerCase());
  const known = await discover(deps, groups, at);
  const deciding = await sourcesThatDecide(deps, policy, new Set(active.keys()));
  return {
    known,
    surroundings: {
      groups,
      applications: new Map(
        known
          .filter(({ goneAt }) => goneAt === undefined)
          .map(({ applicationId, groups: bound }) => [applicationId, bound?.map(({ groupId }) => groupId)]),
      ),
      active: new Set(active.values()),
      canDecide: (source) => typeof source === "string" || deciding.has(keyOf(source)),
    },
  };
}

async function discover(
  { directory, inventory, findings }: LookAroundDeps,
  groups: Surroundings["groups"],
  at: number,
): Promise<KnownApplication[]> {
  const before = new Map<string, KnownApplication>();
  for await (const one of findings.applications()) before.set(one.applicationId, one);
  const there: KnownApplication[] = [];
  for await (const { applicationId, name, logo } of directory.applications()) {
    const {
      goneAt: _,
      logo: __,
      ...kept
    } = before.get(applicationId) ?? {
      schemaVersion: 1,
      applicationId,
      since: at,
    };
    there.push({ ...kept, name, ...(logo === undefined ? {} : { logo }) });
  }
  const ids = new Set(there.map(({ applicationId }) => applicationId));
  const gone = [...before.values()].filter(({ applicationId }) => !ids.has(applicationId));
  const looked: KnownApplication[] = [];
  for (const [index, one] of there.toSorted((a, b) => (a.lookedAt ?? 0) - (b.lookedAt ?? 0)).entries()) {
    const bound = index < mostLooks ? await inventory.groupsOf(one.applicationId) : undefined;
    const now = bound
      ? {
          ...one,
          groups: bound.map((groupId) => ({ groupId, name: groups.get(groupId)?.name ?? groupId })),
          lookedAt: at,
        }
      : one;
    if (bound || !before.has(one.applicationId)) await findings.keep(now);
    looked.push(now);
  }
  for (const one of gone) {
    const now = { ...one, goneAt: one.goneAt ?? at };
    if (one.goneAt === undefined) await findings.keep(now);
    looked.push(now);
  }
  return looked;
}

/** The sources of the policy's approvals that name somebody who is there and active. */
async function sourcesThatDecide(
  { directory, jira }: LookAroundDeps,
  { approvals }: Applied["policy"],
  active: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const sources = Object.values(approvals).flatMap((approval) =>
    "stages" in approval ? approval.stages.flatMap(({ ask }) => ask) : [],
  );
  const named = new Map(
    sources.flatMap((source) => (typeof source === "string" ? [] : [[keyOf(source), source]])),
  );
  const deciding = new Set<string>();
  const isActive = (account: Account | undefined) => account?.active && account.kind !== "app";
  for (const [key, source] of named) {
    if (
      "jiraUser" in source
        ? isActive(await jira.account(source.jiraUser))
        : "jiraGroup" in source
          ? (await jira.groupMembers(source.jiraGroup.id)).some(isActive)
          : (await directory.membersOf(source.jumpcloudGroup.id))?.some((userId) => active.has(userId))
    )
      deciding.add(key);
  }
  return deciding;
}

function keyOf(source: Exclude<ApproverSource, string>): string {
  return JSON.stringify(source);
}
