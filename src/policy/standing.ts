import * as v from "valibot";
import type { CatalogEntry } from "../catalog/catalog.ts";
import { secondsOf } from "./duration.ts";
import type { Policy } from "./policy.ts";

/**
 * What one person, or one group, is given by requests, as far as policy has to count it: one item for each, so that of two
 * conflicting requests at the same moment one finds the other. Only requests that a limit concerns are in it.
 */
export const Standing = v.object({
  schemaVersion: v.literal(1),
  /** `USER#<JumpCloud user>` or `GROUP#<JumpCloud group>`. */
  about: v.string(),
  /** By request id. */
  requests: v.record(
    v.string(),
    v.object({
      entitlementId: v.string(),
      state: v.picklist(["pending", "granted", "over"]),
      /** When it came into the state, milliseconds since 1970. */
      at: v.number(),
      /** Whether the policy's caps count it. */
      capped: v.optional(v.boolean()),
      /** Of access that is taken in an emergency: whether somebody has looked at it. */
      emergency: v.optional(v.picklist(["unreviewed", "reviewed"])),
    }),
  ),
  version: v.number(),
});
export type Standing = v.InferOutput<typeof Standing>;
export type Stand = Standing["requests"][string];

export function noStanding(about: string): Standing {
  return { schemaVersion: 1, about, requests: {}, version: 0 };
}

export function standingOfPerson(userId: string): string {
  return `USER#${userId}`;
}

function standingOfGroup(groupId: string): string {
  return `GROUP#${groupId}`;
}

/** Where the policy counts a request for the entitlement; nowhere when no limit concerns it. */
export function countedIn(
  policy: Policy,
  entry: CatalogEntry,
  { userId, emergency }: { userId: string; emergency: boolean },
): string[] {
  const isSeparated = (policy.separation ?? []).some(({ one, other }) =>
    [...one, ...other].includes(entry.entitlementId),
  );
  const capped = isCapped(policy, entry);
  return [
    // Who has what no group gives is to be seen nowhere else.
    ...(isSeparated || capped || emergency || entry.levels || entry.groups.length === 0
      ? [standingOfPerson(userId)]
      : []),
    ...(capped && policy.caps?.perGroup !== undefined ? entry.groups.map(standingOfGroup) : []),
  ];
}

/** Whether the policy's caps count grants of the entitlement. */
export function isCapped({ caps }: Policy, entry: CatalogEntry): boolean {
  return caps?.tags.some((tag) => entry.tags.includes(tag)) === true;
}

/**
 * What other requests gave, or are to give. Of those that wait, the ones that were counted before this one: the later ones
 * have found it, and must not find each other in each other's way.
 */
function others({ requests }: Standing, requestId: string): Stand[] {
  const own = requests[requestId];
  return Object.entries(requests).flatMap(([id, stand]) => {
    const isLater =
      own && stand.state === "pending" && (stand.at > own.at || (stand.at === own.at && id > requestId));
    return id === requestId || isLater ? [] : [stand];
  });
}

/** Ids of entitlements that other requests are to give, or gave. */
export function pendingIn(standing: Standing, requestId: string): Set<string> {
  return new Set(
    others(standing, requestId).flatMap(({ state, entitlementId }) =>
      state === "over" ? [] : [entitlementId],
    ),
  );
}

/** Ids of entitlements that other requests gave, and that have not ended. */
export function heldIn({ requests }: Standing, requestId: string): Set<string> {
  return new Set(
    Object.entries(requests).flatMap(([id, { state, entitlementId }]) =>
      state === "granted" && id !== requestId ? [entitlementId] : [],
    ),
  );
}

/** Ids of the requests that gave the person another level of the same application. */
export function otherLevels({ requests }: Standing, { entitlementId, levels = [] }: CatalogEntry): string[] {
  return Object.entries(requests).flatMap(([id, stand]) =>
    stand.state === "granted" && stand.entitlementId !== entitlementId && levels.includes(stand.entitlementId)
      ? [id]
      : [],
  );
}

/** Whether another request took access in an emergency, or is about to, and nobody has looked at it yet. */
export function isUnreviewed({ requests }: Standing, requestId: string): boolean {
  return Object.entries(requests).some(
    ([id, { emergency }]) => id !== requestId && emergency === "unreviewed",
  );
}

/** How many grants other requests gave within the time of the caps, or are about to give. */
export function grantedWithin(
  standing: Standing,
  { caps }: Policy,
  { requestId, at: now }: { requestId: string; at: number },
): number {
  if (!caps) return 0;
  const since = now - secondsOf(caps.within) * 1_000;
  return others(standing, requestId).filter(
    ({ state, at, capped }) => capped && (state === "pending" || at >= since),
  ).length;
}

/** Longer than any cap counts back. */
const forgetAfter = 90 * 24 * 3_600_000;

/**
 * Sets how a request stands. What is over and long ago is forgotten; of a group, all that is long ago, because nothing
 * but the caps asks for it.
 */
export function withStand(standing: Standing, requestId: string, stand: Stand): Standing {
  const isGroup = standing.about.startsWith(standingOfGroup(""));
  const kept = Object.entries(standing.requests).filter(
    ([, { state, at, emergency }]) =>
      at >= stand.at - forgetAfter || emergency === "unreviewed" || !(isGroup || state === "over"),
  );
  return { ...standing, requests: { ...Object.fromEntries(kept), [requestId]: stand } };
}

/** Takes a request out that gave nothing. */
export function withoutStand(standing: Standing, requestId: string): Standing {
  const { [requestId]: _, ...requests } = standing.requests;
  return { ...standing, requests };
}
