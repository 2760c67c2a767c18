import type { CatalogEntry } from "../catalog/catalog.ts";
import type { Clock } from "../clock.ts";
import { LatchkeyError, PausedError, UpstreamError } from "../errors.ts";
import type { DirectoryUser } from "../people/directory-user.ts";
import { conflictsOf } from "../policy/decide.ts";
import type { Policy, Separation } from "../policy/policy.ts";
import { pendingIn, type Standing, standingOfPerson } from "../policy/standing.ts";
import type { Pin, RequestIn } from "../requests/request.ts";

export type ContextDeps = {
  clock: Clock;
  catalog: {
    entry(entitlementId: string, version: number): Promise<CatalogEntry | undefined>;
    entries(version: number, application: string): Promise<CatalogEntry[]>;
  };
  standings: { get(about: string): Promise<Standing> };
  directory: {
    user(userId: string): Promise<DirectoryUser | undefined>;
    groupsOf(userId: string): Promise<string[]>;
    applications(): AsyncIterable<{ applicationId: string; name: string }>;
  };
  graph: {
    group(groupId: string): Promise<Pick<GroupReach, "name" | "sudo" | "ldapGroups"> | undefined>;
    boundTo(groupId: string, kind: Resource): Promise<string[]>;
    membersOf(groupId: string): Promise<string[] | undefined>;
    colleaguesIn(department: string): Promise<string[] | undefined>;
  };
};

type Resource = "applications" | "ldapservers" | "radiusservers" | "systems" | "systemgroups";

/** What a group gives to its members. Of what cannot be looked up nothing is known. */
export type GroupReach = {
  name: string;
  sudo: "none" | "with password" | "without password";
  ldapGroups: string[];
  /** Names of applications. */
  applications: string[] | undefined;
  /** How many of each kind. */
  ldapServers: number | undefined;
  radiusServers: number | undefined;
  devices: number | undefined;
  deviceGroups: number | undefined;
};

/** What approvers should know. undefined: could not be looked up. */
export type Context = {
  groups: { groupId: string; reach: GroupReach | undefined }[];
  /** Groups of which nothing is said, because there are so many. */
  moreGroups: number;
  /** Titles of what the person has of the application. */
  has: string[] | undefined;
  /** `with`: titles of what the person has, or has asked for. */
  conflicts: { id: string; why: string; with: string[] }[] | undefined;
  /** Of how many colleagues in the department how many have it; none when the person has no department. */
  peers: { department: string; all: number; have: number } | "no department" | undefined;
};

const mostGroups = 4;
const mostApplications = 300;
/** Together with Jira's calls this has to fit into the function's minute. */
const patience = 20_000;

/** Looks up what the approvers of a request should know. Never fails because of what cannot be looked up. */
export async function findContext(
  deps: ContextDeps,
  { pin, requestId }: Pick<RequestIn<"asked">, "pin" | "requestId">,
  policy: Policy,
): Promise<Context> {
  const look = patientLooks(deps.clock);
  const { userId } = pin.beneficiary;
  const shown = pin.groups.slice(0, mostGroups);
  const found: Context["groups"] = [];
  for (const groupId of shown) found.push({ groupId, reach: await reachOf(deps, look, groupId) });
  const names = await look(() =>
    applicationNames(
      deps,
      found.flatMap(({ reach }) => reach?.applications ?? []),
    ),
  );
  const memberOf = await look(() => deps.directory.groupsOf(userId));
  const { has, conflicts } = (await look(() => held(deps, { pin, requestId }, policy, memberOf))) ?? {};
  return {
    groups: found.map(({ groupId, reach }) => ({
      groupId,
      reach: reach && {
        ...reach,
        applications: names && reach.applications?.map((id) => names.get(id) ?? id),
      },
    })),
    moreGroups: pin.groups.length - shown.length,
    has,
    conflicts,
    peers: await peersOf(deps, look, pin),
  };
}

type Look = <Result>(what: () => Promise<Result>) => Promise<Result | undefined>;

/** Answers undefined for what cannot be looked up; after a system was found unavailable, or all took too long, for everything. */
function patientLooks(clock: Clock): Look {
  const until = clock.now() + patience;
  let isAvailable = true;
  return async (what) => {
    if (!isAvailable || clock.now() > until) return undefined;
    try {
      return await what();
    } catch (error) {
      if (!(error instanceof LatchkeyError)) throw error;
      isAvailable = !(error instanceof UpstreamError || error instanceof PausedError);
      return undefined;
    }
  };
}

/** With the ids of the applications. */
async function reachOf({ graph }: ContextDeps, look: Look, groupId: string): Promise<GroupReach | undefined> {
  const group = await look(() => graph.group(groupId));
  if (!group) return undefined;
  const bound = (kind: Resource) => look(() => graph.boundTo(groupId, kind));
  return {
    ...group,
    applications: await bound("applications"),
    ldapServers: (await bound("ldapservers"))?.length,
    radiusServers: (await bound("radiusservers"))?.length,
    devices: (await bound("systems"))?.length,
    deviceGroups: (await bound("systemgroups"))?.length,
  };
}

/** By their ids, as people know them; those that JumpCloud does not have are left out. */
export async function applicationNames(
  { directory }: { directory: Pick<ContextDeps["directory"], "applications"> },
  ids: string[],
): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  const wanted = new Set(ids);
  let seen = 0;
  if (wanted.size > 0)
    for await (const { applicationId, name } of directory.applications()) {
      if (wanted.has(applicationId)) names.set(applicationId, name);
      seen++;
      if (names.size === wanted.size || seen === mostApplications) break;
    }
  return names;
}

/** By the groups that JumpCloud shows, whoever gave them. */
async function held(
  { catalog, standings, clock }: ContextDeps,
  { pin, requestId }: Pick<RequestIn<"asked">, "pin" | "requestId">,
  policy: Policy,
  memberOf: string[] | undefined,
): Promise<Pick<Context, "has" | "conflicts">> {
  const entry = await catalog.entry(pin.entitlementId, pin.policyVersion);
  if (!entry || !memberOf) return { has: undefined, conflicts: undefined };
  const isHeld = ({ groups }: CatalogEntry) =>
    groups.length > 0 && groups.every((group) => memberOf.includes(group));
  const siblings = await catalog.entries(pin.policyVersion, entry.application);
  const { entitlementId } = entry;
  const against = ({ one, other }: Separation) => [
    ...(one.includes(entitlementId) ? other : []),
    ...(other.includes(entitlementId) ? one : []),
  ];
  const ids = [...new Set((policy.separation ?? []).flatMap(against))];
  const others = (await Promise.all(ids.map((id) => catalog.entry(id, pin.policyVersion)))).flatMap(
    (one) => one ?? [],
  );
  const standing = ids.length > 0 && (await standings.get(standingOfPerson(pin.beneficiary.userId)));
  const pending = standing ? pendingIn(standing, requestId) : new Set<string>();
  const has = new Set(others.filter(isHeld).map((one) => one.entitlementId));
  const facts = { at: clock.now(), beneficiary: pin.beneficiary };
  return {
    has: siblings.filter(isHeld).map(({ title }) => title),
    conflicts: conflictsOf(policy, { entry, has, pending, facts }).map((separation) => ({
      id: separation.id,
      why: separation.why,
      with: others
        .filter((one) => against(separation).includes(one.entitlementId))
        .filter((one) => has.has(one.entitlementId) || pending.has(one.entitlementId))
        .map(({ title }) => title),
    })),
  };
}

async function peersOf({ directory, graph }: ContextDeps, look: Look, pin: Pin): Promise<Context["peers"]> {
  if (pin.groups.length === 0 || pin.groups.length > mostGroups) return undefined;
  const { userId } = pin.beneficiary;
  const person = await look(() => directory.user(userId));
  if (!person) return undefined;
  const { department } = person.attributes;
  if (department === undefined) return "no department";
  const colleagues = await look(() => graph.colleaguesIn(department));
  if (!colleagues) return undefined;
  let have = colleagues.filter((id) => id !== userId);
  const all = have.length;
  for (const groupId of pin.groups) {
    const members = await look(() => graph.membersOf(groupId));
    if (!members) return undefined;
    have = have.filter((id) => members.includes(id));
  }
  return { department, all, have: have.length };
}
