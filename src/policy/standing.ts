import * as v from "valibot";
import type { CatalogEntry } from "../catalog/catalog.ts";
import { secondsOf } from "./duration.ts";
import type { Policy } from "./policy.ts";

/**
 * What one person has asked for and was given, as far as policy has to count it: one item per person, so that of two
 * conflicting requests at the same moment one finds the other. Only requests that a limit concerns are in it.
 */
export const Standing = v.object({
  schemaVersion: v.literal(1),
  userId: v.string(),
  /** By request id. */
  requests: v.record(
    v.string(),
    v.object({
      entitlementId: v.string(),
      state: v.picklist(["pending", "granted", "over"]),
      /** When it came into the state, milliseconds since 1970. */
      at: v.number(),
    }),
  ),
  version: v.number(),
});
export type Standing = v.InferOutput<typeof Standing>;
export type Stand = Standing["requests"][string];

export function noStanding(userId: string): Standing {
  return { schemaVersion: 1, userId, requests: {}, version: 0 };
}

/** Whether the policy counts such requests, so that the person's standing has to be read and written. */
export function isCounted(policy: Policy, entry: CatalogEntry): boolean {
  const isSeparated = (policy.separation ?? []).some(({ one, other }) =>
    [...one, ...other].includes(entry.entitlementId),
  );
  return isSeparated || policy.caps?.tags.some((tag) => entry.tags.includes(tag)) === true;
}

/** Ids of entitlements that other requests are to give, or gave. */
export function pendingIn(standing: Standing, requestId: string): Set<string> {
  return new Set(
    Object.entries(standing.requests).flatMap(([id, { state, entitlementId }]) =>
      id !== requestId && state !== "over" ? [entitlementId] : [],
    ),
  );
}

/** How many grants the person got within the time of the caps. */
export function grantedWithin(standing: Standing, { caps }: Policy, now: number): number {
  if (!caps) return 0;
  const since = now - secondsOf(caps.within) * 1_000;
  return Object.values(standing.requests).filter(({ state, at }) => state !== "pending" && at >= since)
    .length;
}

/** Longer than any cap counts back. */
const forgetAfter = 90 * 24 * 3_600_000;

/** Sets how a request stands. What is over and long ago is forgotten. */
export function withStand(standing: Standing, requestId: string, stand: Stand): Standing {
  const kept = Object.entries(standing.requests).filter(
    ([, { state, at }]) => state !== "over" || at >= stand.at - forgetAfter,
  );
  return { ...standing, requests: { ...Object.fromEntries(kept), [requestId]: stand } };
}

/** Takes a request out that gave nothing. */
export function withoutStand(standing: Standing, requestId: string): Standing {
  const { [requestId]: _, ...requests } = standing.requests;
  return { ...standing, requests };
}
