import type { CatalogEntry } from "../catalog/catalog.ts";
import type { DirectoryUser, Found } from "../people/directory-user.ts";
import type { Applied } from "../policy/applied.ts";
import { type Condition, type Facts, factsIn, type PersonFacts } from "../policy/condition.ts";
import { type Check, decide, entitlementsNeeded, type PolicyDecision } from "../policy/decide.ts";
import { grantedWithin, isCounted, noStanding, pendingIn, type Standing } from "../policy/standing.ts";

export type AskPolicyDeps = {
  directory: {
    userByEmail(email: string): Promise<Found>;
    /** Ids of the groups that the user is in, by whatever way. */
    groupsOf(userId: string): Promise<string[]>;
  };
  catalog: { entry(entitlementId: string, version: number): Promise<CatalogEntry | undefined> };
  standings: { get(userId: string): Promise<Standing> };
};

export type Asking = {
  requestId: string;
  entry: CatalogEntry;
  requester: DirectoryUser;
  beneficiary: DirectoryUser;
  /** none: access without an end. */
  seconds: number | undefined;
  /** Milliseconds since 1970. */
  at: number;
};

/** `standing` is there when the request has to be counted in it. */
export type Answer = { decision: PolicyDecision; trace: Check[]; standing?: Standing };

/** Looks up what the policy needs to know for this request, and nothing else, and lets it decide. */
export async function askPolicy(
  deps: AskPolicyDeps,
  { policy, version }: Pick<Applied, "policy" | "version">,
  asking: Asking,
): Promise<Answer> {
  const { entry, beneficiary, requester, requestId, at, seconds } = asking;
  const isInStanding = isCounted(policy, entry);
  const standing = isInStanding
    ? await deps.standings.get(beneficiary.userId)
    : noStanding(beneficiary.userId);
  const conditions = conditionsOf(policy, entry);
  const related = await Promise.all(
    entitlementsNeeded(policy, entry).map((id) => deps.catalog.entry(id, version)),
  );
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
  const held = Object.values(standing.requests).filter(({ state }) => state === "granted");
  const has = related.flatMap((one) => {
    if (!one) return [];
    const isHeld =
      one.groups.length > 0
        ? one.groups.every((group) => groups?.includes(group))
        : held.some(({ entitlementId }) => entitlementId === one.entitlementId);
    return isHeld ? [one.entitlementId] : [];
  });
  const answer = decide(policy, {
    facts,
    entry,
    has: new Set(has),
    pending: pendingIn(standing, requestId),

    granted: grantedWithin(standing, policy, at),
  });
  return isInStanding ? { ...answer, standing } : answer;
}

function conditionsOf(policy: Applied["policy"], entry: CatalogEntry) {
  const conditions: (Condition | undefined)[] = [
    entry.eligibility,
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
