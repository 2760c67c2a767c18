import * as v from "valibot";
import { canonicalJson, sha256 } from "./hash.ts";

/** What can happen to a request, in the order in which it usually does, and to all of them. */
export const actions = [
  "request.opened",
  "request.checked",
  "request.narrowed",
  "request.refused",
  "request.withdrawn",
  "request.expired",
  "request.moved",
  "approval.asked",
  "approval.reminded",
  "approval.escalated",
  "approval.blocked",
  "approval.given",
  "approval.declined",
  "approval.missing",
  "access.intended",
  "access.granted",
  "access.taken-by-hand",
  "access.undone",
  "access.end-asked",
  "access.end-set",
  "access.ended",
  "access.given-by-hand",
  "access.reviewed",
  "holder.warned",
  "action.intended",
  "action.done",
  "action.failed",
  "actions.done",
  "actions.left-out",
  "ticket.told",
  "run.failed",
  "run.resumed",
  "grants.stopped",
  "grants.resumed",
  "policy.proposed",
  "policy.intended",
  "policy.applied",
] as const;

/**
 * One entry of a request's audit trail: who did what, why, by which policy, and where that can be seen.
 * `hash` is over the hash of the entry before and everything else in this one, so no entry can be changed, left out,
 * moved or added without breaking the chain.
 */
export const AuditEntry = v.object({
  schemaVersion: v.literal(1),
  requestId: v.string(),
  /** 1 for the first entry. */
  sequence: v.number(),
  /** Says what the entry is about, so that work done twice is written once, such as `approval.asked/0`. */
  id: v.string(),
  /** Milliseconds since 1970. */
  at: v.number(),
  /** The day, in UTC, on which it was put here: that of its anchor. None in entries from before there were anchors. */
  writtenOn: v.optional(v.string()),
  action: v.picklist(actions),
  /** Account ids of the people who did it, or their AWS identities where they used the command; empty when Latchkey did. */
  by: v.array(v.string()),
  /** None in entries from before the first policy. */
  policyVersion: v.optional(v.number()),
  /** Ids and plain values only: no names, no addresses, no secrets. */
  facts: v.record(v.string(), v.unknown()),
  previousHash: v.string(),
  hash: v.string(),
});

export type AuditEntry = v.InferOutput<typeof AuditEntry>;

/** An entry before it has its place in the chain. */
export type AuditDraft = Pick<AuditEntry, "id" | "at" | "action" | "by" | "policyVersion" | "facts">;
/** What the place where it is kept adds to a draft. */
type Written = AuditDraft & Pick<AuditEntry, "writtenOn">;

/** The last entry of a trail; `start` for a trail without entries. */
export const TrailHead = v.object({
  sequence: v.number(),
  hash: v.string(),
  /** Ids of entries that were found in the trail: whoever wrote them died before it could save the head. */
  found: v.optional(v.array(v.string())),
});
export type TrailHead = v.InferOutput<typeof TrailHead>;
export const start: TrailHead = { sequence: 0, hash: "" };

/** Where entries are kept. Appending the same entry, by its `id`, again gives the head that it has already. */
export type AuditLog = {
  append(requestId: string, head: TrailHead, draft: AuditDraft): Promise<TrailHead>;
};

/** Gives the entry its place after `head`. */
export function chain(requestId: string, head: TrailHead, draft: Written): AuditEntry {
  const entry = {
    schemaVersion: 1 as const,
    requestId,
    sequence: head.sequence + 1,
    ...draft,
    previousHash: head.hash,
  };
  return { ...entry, hash: hashOf(entry) };
}

/** The first entry, by sequence, that does not follow from the ones before; undefined when the chain is whole. */
export function firstBreak(entries: AuditEntry[]): number | undefined {
  let head = start;
  for (const { hash, ...entry } of entries) {
    const follows = entry.sequence === head.sequence + 1 && entry.previousHash === head.hash;
    if (!follows || hashOf(entry) !== hash) return entry.sequence;
    head = { sequence: entry.sequence, hash };
  }
  return undefined;
}

function hashOf(entry: Omit<AuditEntry, "hash">): string {
  return sha256(`${entry.previousHash}${canonicalJson(entry)}`);
}
