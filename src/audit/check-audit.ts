import { type Anchor, type AnchoredHead, anchorHash } from "./anchor.ts";
import { type AuditEntry, firstBreak, type TrailHead } from "./audit-trail.ts";
import { dayOf, endOf } from "./day.ts";

type Head = Pick<TrailHead, "sequence" | "hash">;

/** Audit trails as they were taken out of the tables, with what proves that nothing is missing of them. */
export type Audit = {
  trails: Map<string, AuditEntry[]>;
  /** The last entry that a request, or whatever else a trail is of, knows of. */
  heads: Map<string, Head>;
  /** By day. */
  anchors: Anchor[];
};

/** A trail, and why it is not whole. */
export type Checked = { id: string; entries: number; hash: string | undefined; why: string | undefined };

/**
 * Checks each trail by its chain, by the last entry that its request knows of (a chain without its last entries is one, too), and
 * by the anchors. Whoever can change a request and its trail cannot change the anchors of the days before.
 */
export function checkTrails({ trails, heads, anchors }: Audit): Checked[] {
  const anchored = new Map<string, Map<string, AnchoredHead>>();
  const days = new Set<string>();
  for (const { day, heads: ofDay } of anchors) {
    days.add(day);
    for (const head of ofDay) {
      const byDay = anchored.get(head.requestId) ?? new Map<string, AnchoredHead>();
      anchored.set(head.requestId, byDay.set(day, head));
    }
  }
  // Of what nothing was done yet there is no trail.
  const begun = [...heads].flatMap(([id, { sequence }]) => (sequence > 0 ? [id] : []));
  return [...new Set([...trails.keys(), ...begun, ...anchored.keys()])].map((id) => {
    const entries = trails.get(id) ?? [];
    const why = trails.has(id)
      ? (whatIsWrong(id, entries, heads.get(id)) ??
        againstAnchors(entries, anchored.get(id) ?? new Map<string, AnchoredHead>(), days))
      : "the trail is missing";
    return { id, entries: entries.length, hash: entries.at(-1)?.hash, why };
  });
}

function whatIsWrong(id: string, entries: AuditEntry[], head: Head | undefined): string | undefined {
  if (!head) return "no request has this trail";
  if (entries.some(({ requestId }) => requestId !== id)) return "it has entries of another trail";
  const broken = firstBreak(entries);
  if (broken !== undefined) return `the chain is broken at entry ${broken}`;
  // Whoever appended the last entries may have died before the request knew of them: a trail may be longer, not shorter.
  if (head.sequence > 0 && entries[head.sequence - 1]?.hash !== head.hash)
    return `it does not have the entry ${head.sequence} that the request knows of`;
  return undefined;
}

function againstAnchors(
  entries: AuditEntry[],
  anchored: Map<string, AnchoredHead>,
  days: Set<string>,
): string | undefined {
  for (const [day, { sequence, hash }] of anchored)
    if (entries[sequence - 1]?.hash !== hash)
      return `it does not have the entry ${sequence} that it had on ${day}, by the anchor of that day`;
  const later = entries.find(
    ({ sequence, writtenOn = "" }) =>
      days.has(writtenOn) && sequence > (anchored.get(writtenOn)?.sequence ?? 0),
  );
  return (
    later &&
    `entry ${later.sequence} was not there on ${later.writtenOn}, when it says that it was written, by the anchor of that day`
  );
}

/** What is known of the anchors beside themselves. */
type Known = {
  /** When they were read. */
  at: number;
  /** The last one that was read. */
  last?: { day: string; hash: string } | undefined;
};

/** After this many hours an anchor is late. */
const late = 36;

/** What is wrong with the chain of anchors, day by day; nothing when it is whole. */
export function checkAnchors(anchors: Anchor[], { at, last }: Known): string[] {
  const problems: string[] = [];
  let before: Anchor | undefined;
  for (const anchor of anchors) {
    const { day, previousHash } = anchor;
    if (before && day !== dayOf(endOf(before.day)))
      problems.push(`The anchor of ${day} comes after that of ${before.day}: one is missing or misplaced.`);
    else if (!before && previousHash !== "") problems.push(`The anchors before ${day} are missing.`);
    else if (before && previousHash !== anchorHash(before))
      problems.push(
        `The anchor of ${before.day} was changed, or that of ${day}: one does not prove the other.`,
      );
    before = anchor;
  }
  if (last?.day !== before?.day || (before && last?.hash !== anchorHash(before)))
    problems.push(
      `The last anchor is not the one of ${last?.day ?? "no day"} that was there when the file was made.`,
    );
  if (before && at - endOf(before.day) > late * 3_600_000)
    problems.push(`There is no anchor after ${before.day}: later ones are missing, or were never made.`);
  return problems;
}
