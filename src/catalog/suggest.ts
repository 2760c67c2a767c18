import type { CatalogEntry } from "./catalog.ts";

/** Below this, two texts have nothing to do with each other. */
const alike = 0.3;

/** The entries whose names are most like what somebody wrote, best first; none when nothing is like it. */
export function suggestEntries(text: string, entries: CatalogEntry[], count = 3): CatalogEntry[] {
  const wanted = trigramsOf(text);
  const scored = entries
    .filter(({ status }) => status === "approved")
    .map((entry) => ({ entry, score: Math.max(...namesOf(entry).map((name) => likeness(wanted, name))) }))
    .filter(({ score }) => score >= alike);
  return scored
    .toSorted((a, b) => b.score - a.score)
    .slice(0, count)
    .map(({ entry }) => entry);
}

/** By what people know it: the application alone, or with what it gives. */
function namesOf({ title, application, tags }: CatalogEntry): string[] {
  return [title, title.split(":")[0] ?? title, application, ...tags];
}

/** How many of the shorter text's trigrams are in the other one, between 0 and 1; of equals, the one with less besides is more alike. */
function likeness(wanted: ReadonlySet<string>, name: string): number {
  const known = trigramsOf(name);
  const common = [...known].filter((trigram) => wanted.has(trigram)).length;
  const besides = wanted.size + known.size - 2 * common;
  return common / Math.max(1, Math.min(wanted.size, known.size)) - besides / 1_000;
}

function trigramsOf(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(
    words.flatMap((word) => {
      const padded = ` ${word} `;
      return Array.from({ length: padded.length - 2 }, (_, at) => padded.slice(at, at + 3));
    }),
  );
}
