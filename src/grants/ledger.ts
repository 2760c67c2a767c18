import * as v from "valibot";
import { BusyError } from "../errors.ts";

/**
 * Why a person is in a JumpCloud group, as far as Latchkey had a part in it: one entry per person and group, with one
 * reason per request. Membership is taken away only with the last reason, and only if it was not there before the first.
 */
export const LedgerEntry = v.object({
  schemaVersion: v.literal(1),
  userId: v.string(),
  groupId: v.string(),
  /** Whether the person was a member already when the first of the present reasons came. */
  existedBefore: v.boolean(),
  /** By request id. `leaving`: it was the last reason, and the membership is being taken away. */
  reasons: v.record(v.string(), v.picklist(["held", "leaving"])),
  version: v.number(),
});

export type LedgerEntry = v.InferOutput<typeof LedgerEntry>;

/**
 * Adds the request's reason. Written before the membership is, so that a run that dies in between knows what it began.
 *
 * @param isMember whether JumpCloud shows the membership now; it matters for the first reason only
 * @throws BusyError while another request takes the membership away
 */
export function hold(
  entry: LedgerEntry | undefined,
  grant: { userId: string; groupId: string; requestId: string; isMember: boolean },
): LedgerEntry {
  const { userId, groupId, requestId, isMember } = grant;
  const reasons = entry?.reasons ?? {};
  const leaving = Object.keys(reasons).find((id) => reasons[id] === "leaving");
  if (leaving !== undefined && leaving !== requestId)
    throw new BusyError(`request ${leaving} is taking the same membership away`);
  const isFirst = Object.keys(reasons).length === 0;
  return {
    schemaVersion: 1,
    userId,
    groupId,
    existedBefore: (isFirst ? undefined : entry?.existedBefore) ?? isMember,
    reasons: { ...reasons, [requestId]: "held" },
    version: entry?.version ?? 0,
  };
}

/** What ending the request's reason means for the membership. */
export type Leaving = { entry: LedgerEntry } & ({ remove: true } | { remove: false; kept?: string });

/**
 * Takes the request's reason out. When it was the last one and the membership is Latchkey's own, the reason is only
 * marked, until `left` says that the membership is gone.
 */
export function leave(entry: LedgerEntry, requestId: string): Leaving {
  if (entry.reasons[requestId] === undefined) return { entry, remove: false };
  const others = Object.keys(entry.reasons).filter((id) => id !== requestId);
  if (others.length > 0)
    return {
      entry: without(entry, requestId),
      remove: false,
      kept: `request ${others.join(", ")} gives it too`,
    };
  if (entry.existedBefore)
    return { entry: without(entry, requestId), remove: false, kept: "it was there before the request" };
  return { entry: { ...entry, reasons: { [requestId]: "leaving" } }, remove: true };
}

/** The membership is gone: the reason goes too. */
export function left(entry: LedgerEntry, requestId: string): LedgerEntry {
  return without(entry, requestId);
}

function without(entry: LedgerEntry, requestId: string): LedgerEntry {
  const { [requestId]: _, ...reasons } = entry.reasons;
  return { ...entry, reasons };
}

/** What begins the ids of reasons that no request for access is behind. */
const actionPrefix = "action-";

/** Ids of the requests for access that give the membership. */
export function requestsIn(entry: LedgerEntry | undefined): string[] {
  return Object.keys(entry?.reasons ?? {}).filter((id) => !id.startsWith(actionPrefix));
}

/** Marks that an action takes the membership away, so that no request relies on it meanwhile. */
export function dropping(
  entry: LedgerEntry | undefined,
  { userId, groupId, actionId }: { userId: string; groupId: string; actionId: string },
): LedgerEntry {
  return {
    schemaVersion: 1,
    userId,
    groupId,
    existedBefore: false,
    reasons: { [actionId]: "leaving" },
    version: entry?.version ?? 0,
  };
}
