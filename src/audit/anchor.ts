import * as v from "valibot";
import { canonicalJson, sha256 } from "./hash.ts";

/** The last entry that a trail got on a day. */
const AnchoredHead = v.object({ requestId: v.string(), sequence: v.number(), hash: v.string() });
export type AnchoredHead = v.InferOutput<typeof AnchoredHead>;

/**
 * What all audit trails had come to at the end of a day, kept where nobody can change it: the head of every trail that got an
 * entry on that day. A head proves all entries before it, and an anchor, by its hash, all anchors before it.
 */
export const Anchor = v.strictObject({
  schemaVersion: v.literal(1),
  /** Such as `2026-11-20`, in UTC. */
  day: v.pipe(v.string(), v.isoDate()),
  /** Of the anchor of the day before; empty for the first. */
  previousHash: v.string(),
  /** By trail. */
  heads: v.array(AnchoredHead),
});
export type Anchor = v.InferOutput<typeof Anchor>;

export function anchorHash(anchor: Anchor): string {
  return sha256(canonicalJson(anchor));
}

/**
 * The anchor of a day.
 *
 * @param entries of that day, in any order
 */
export function anchorOf(day: string, before: Anchor | undefined, entries: AnchoredHead[]): Anchor {
  const heads = new Map<string, AnchoredHead>();
  for (const { requestId, sequence, hash } of entries)
    if (sequence > (heads.get(requestId)?.sequence ?? 0)) heads.set(requestId, { requestId, sequence, hash });
  return {
    schemaVersion: 1,
    day,
    previousHash: before ? anchorHash(before) : "",
    heads: [...heads.values()].sort((a, b) => (a.requestId < b.requestId ? -1 : 1)),
  };
}
