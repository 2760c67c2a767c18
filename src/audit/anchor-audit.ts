import type { Clock } from "../clock.ts";
import { type Anchor, type AnchoredHead, anchorOf } from "./anchor.ts";
import { dayOf, endOf } from "./day.ts";

type Deps = {
  clock: Clock;
  audit: {
    /** What was written on a day, in any order. */
    entriesOf(day: string): Promise<AnchoredHead[]>;
  };
  anchors: {
    /** The newest of a day before that one. */
    last(before: string): Promise<Anchor | undefined>;
    /** False when the day has one already, which stays as it is. */
    add(anchor: Anchor): Promise<boolean>;
  };
};

const hour = 3_600_000;
/** After this nothing comes any more that was written on the day: no function runs for longer than a quarter of it. */
const settled = hour;
/** How many days one run makes up for. */
const most = 31;

/**
 * Anchors every day that is over and has no anchor yet; the first one ever is that of yesterday. It reads what was written on
 * those days and the last anchor, so it costs what a day costs, however long the history is.
 *
 * @returns `anchored`: how many days; `hoursSinceAnchor`: how long what was written has no anchor yet
 */
export async function anchorAudit({
  clock,
  audit,
  anchors,
}: Deps): Promise<{ anchored: number; hoursSinceAnchor: number }> {
  const now = clock.now();
  const today = dayOf(now - settled);
  let last = await anchors.last(today);
  let day = dayOf(last ? endOf(last.day) : Date.parse(today) - 24 * hour);
  let anchored = 0;
  while (day < today && anchored < most) {
    const anchor = anchorOf(day, last, await audit.entriesOf(day));
    // Somebody else is at it: the next run looks at what that one has made.
    if (!(await anchors.add(anchor))) break;
    last = anchor;
    anchored += 1;
    day = dayOf(endOf(day));
  }
  return { anchored, hoursSinceAnchor: last ? (now - endOf(last.day)) / hour : 0 };
}
