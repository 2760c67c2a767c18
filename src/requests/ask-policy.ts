import type { CatalogEntry } from "../catalog/catalog.ts";
import type { DirectoryUser, Found } from "../people/directory-user.ts";
import type { Applied } from "../policy/applied.ts";
import { type Condition, type Facts, factsIn, type PersonFacts } from "../policy/condition.ts";
import { type Check, decide, entitlementsNeeded, type PolicyDecision } from "../policy/decide.ts";
import {
  countedIn,
  grantedWithin,
  heldIn,
  isCapped,
  isUnreviewed,
  noStanding,
  otherLevels,
  pendingIn,
  type Standing,
  standingOfPerson,
  withoutStand,
  withStand,
} from "../policy/standing.ts";
import { isIn } from "./life.ts";
import type { Request } from "./request.ts";

export type AskPolicyDeps = {
  directory: {
    userByEmail(email: string): Promise<Found>;
    /** Ids of the groups that the user is in, by whatever way. */
    groupsOf(userId: string): Promise<string[]>;
  };
  catalog: { entry(entitlementId: string, version: number): Promise<CatalogEntry | undefined> };
  standings: { get(about: string): Promise<Standing> };
  requests: { get(requestId: string): Promise<Request> };
};

export type Asking = {
  requestId: string;
  entry: CatalogEntry;
  requester: DirectoryUser;
  beneficiary: DirectoryUser;
  /** none: access without an end. */
  seconds: number | undefined;
  /** Whether it is to be taken in an emergency, without an approval. */
  emergency: boolean;
  /** Milliseconds since 1970. */
  at: number;
};

/**
 * `counting`: the standings in which the policy counts the request, with it in them. `replaces`: ids of the requests that gave
 * another level, in the place of which this one comes.
 */
export type Answer = { decision: PolicyDecision; trace: Check[]; counting: Standing[]; replaces: string[] };

/** Looks up what the policy needs to know for this request, and nothing else, and lets it decide. */
export async function askPolicy(
  deps: AskPolicyDeps,
  { policy, version }: Pick<Applied, "policy" | "version">,
  asking: Asking,
): Promise<Answer> {
  const { entry, beneficiary, requester, requestId, at, seconds, emergency } = asking;
  const person = standingOfPerson(beneficiary.userId);
  const standings = await Promise.all(
    countedIn(policy, entry, { userId: beneficiary.userId, emergency }).map(async (about) => {
      const standing = await deps.standings.get(about);
      return about === person ? withoutStale(deps, standing, requestId) : standing;
    }),
  );
  const conditions = conditionsOf(policy, entry);
  const related = await Promise.all(
    entitlementsNeeded(policy, entry).map((id) => deps.catalog.entry(id, version)),
  );
  const own =
    standings.find(({ about }) => about === person) ??
    (related.some((one) => one?.groups.length === 0) ? await deps.standings.get(person) : noStanding(person));
  const given = heldIn(own, requestId);
  const needsGroups = (who: "requester" | "beneficiary") =>
    conditions.some((fact) => "inGroup" in fact && fact.of === who);
  const groups =
    related.length > 0 || needsGroups("beneficiary")
      ? await deps.directory.groupsOf(beneficiary.userId)
      : undefined;
  const isSelf = requester.userId === beneficiary.userId;
  const facts: Facts = {
    beneficiary: personFacts(beneficiary, groups),
    requester: isSelf
      ? personFacts(beneficiary, groups)
      : personFacts(
          requester,
          needsGroups("requester") ? await deps.directory.groupsOf(requester.userId) : undefined,
        ),
    entitlement: {
      entitlementId: entry.entitlementId,
      application: entry.application,
      category: entry.category,
      tags: entry.tags,
      owner: conditions.some((fact) => "requesterIs" in fact && fact.requesterIs === "owner")
        ? await ownerOf(deps, entry)
        : undefined,
    },
    seconds,
    at,
  };
  const has = related.flatMap((one) => (one && isHeld(one, groups, given) ? [one.entitlementId] : []));
  const answer = decide(policy, {
    facts,
    entry,
    has: new Set(has),
    pending: pendingIn(own, requestId),
    emergency,
    unreviewed: isUnreviewed(own, requestId),
    granted: {
      person: grantedWithin(own, policy, asking),
      group: Math.max(
        0,
        ...standings.flatMap((standing) =>
          standing === own ? [] : [grantedWithin(standing, policy, asking)],
        ),
      ),
    },
  });
  const { entitlementId } = entry;
  const stand = {
    entitlementId,
    state: "pending" as const,
    at,
    capped: isCapped(policy, entry),
    ...(emergency ? { emergency: "unreviewed" as const } : {}),
  };
  // A check that is done again keeps its place among the others.
  const counting = standings.map((standing) =>
    standing.requests[requestId] ? standing : withStand(standing, requestId, stand),
  );
  return { ...answer, counting, replaces: otherLevels(own, entry) };
}

/** A check that died after it counted its request, and refused it when it was done again, has left that behind. */
async function withoutStale(
  { requests }: AskPolicyDeps,
  standing: Standing,
  requestId: string,
): Promise<Standing> {
  let kept = standing;
  for (const [id, { state }] of Object.entries(standing.requests)) {
    if (state !== "pending" || id === requestId) continue;
    if (isIn(await requests.get(id), ["refused", "declined", "expired", "withdrawn"]))
      kept = withoutStand(kept, id);
  }
  return kept;
}

/** By the groups that JumpCloud shows, whoever gave them; of what no group gives, by what requests gave. */
function isHeld(
  { entitlementId, groups }: CatalogEntry,
  memberOf: string[] | undefined,
  given: ReadonlySet<string>,
): boolean {
  return groups.length === 0
    ? given.has(entitlementId)
    : groups.every((group) => memberOf?.includes(group) ?? false);
}

function conditionsOf(policy: Applied["policy"], entry: CatalogEntry) {
  const conditions: (Condition | undefined)[] = [
    entry.eligibility,
    entry.breakGlass?.who,
    ...(policy.rules ?? []).map((rule) => rule.when),
  ];
  return conditions.flatMap((condition) => (condition ? factsIn(condition) : []));
}

function personFacts(user: DirectoryUser, groups: string[] | undefined): PersonFacts {
  return { userId: user.userId, attributes: user.attributes, groups, manager: user.manager };
}

async function ownerOf(deps: AskPolicyDeps, entry: CatalogEntry): Promise<string | undefined> {
  const found = await deps.directory.userByEmail(entry.owner);
  return found.kind === "one" ? found.user.userId : undefined;
}
