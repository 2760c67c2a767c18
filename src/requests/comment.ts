import { inWords } from "../policy/duration.ts";
import type { Decision, End, Pin } from "./request.ts";

/** Everything that Latchkey says on a ticket. A mention shows the person's name, so that no name is stored. */

export type Part = string | { mention: string };
/** `table`: rows of cells, shown before the last line. */
export type Comment = { lines: Part[][]; table?: Part[][][] };

/** The last line of each comment: how Latchkey finds out, after a crash, that it has said it already. */
export function signature(requestId: string, topic: string): string {
  return `Latchkey ${requestId} · ${topic}`;
}

export function comment(requestId: string, topic: string, ...lines: Part[][]): Comment {
  return { lines: [...lines, [signature(requestId, topic)]] };
}

export const people = (accountIds: string[]): Part[] =>
  accountIds.flatMap((mention, index) => [index === 0 ? "" : ", ", { mention }]);

/** Everybody who decided, with the person in whose place they did. */
function deciders(decisions: Decision[]): Part[] {
  const places = new Map(
    decisions.flatMap(({ delegated = [] }) => delegated.map(({ from, to }) => [to, from])),
  );
  return [...new Set(decisions.flatMap((decision) => decision.by))].flatMap((mention, index) => {
    const from = places.get(mention);
    const place: Part[] = from === undefined ? [] : [" for ", { mention: from }];
    return [index === 0 ? "" : ", ", { mention }, ...place];
  });
}

/** Adds a line to what is said, before the last one. */
function withLine({ lines, ...rest }: Comment, ...line: Part[]): Comment {
  return { ...rest, lines: [...lines.slice(0, -1), line, ...lines.slice(-1)] };
}

/** The moment in the requester's time zone, such as `20 Nov 2026, 14:05 CET`. */
export function moment(at: number, timeZone = "UTC"): string {
  return new Intl.DateTimeFormat("en-GB", {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: isKnown(timeZone) ? timeZone : "UTC",
  })
    .format(at)
    .concat(` ${isKnown(timeZone) ? timeZone : "UTC"}`);
}

function isKnown(timeZone: string): boolean {
  return Intl.supportedValuesOf("timeZone").includes(timeZone);
}

export function granted(
  requestId: string,
  pin: Pin,
  decisions: Decision[],
  endsAt: number | undefined,
): Comment {
  const until = endsAt === undefined ? "It has no end date." : `It ends on ${moment(endsAt, pin.timeZone)}.`;
  if (pin.emergency) return takenInEmergency(requestId, pin, pin.emergency, until);
  return comment(
    requestId,
    "granted",
    [{ mention: pin.beneficiary.accountId }, ` now has ${pin.title}. ${until}`],
    decisions.length > 0
      ? ["Approved by ", ...deciders(decisions), "."]
      : [
          `No approval was needed: ${pin.automatic ?? ""}${pin.rule === undefined ? "" : ` (rule ${pin.rule})`}`,
        ],
  );
}

function takenInEmergency(
  requestId: string,
  pin: Pin,
  { incident, approvers }: NonNullable<Pin["emergency"]>,
  until: string,
): Comment {
  const asked: Part[] = approvers.length === 0 ? [] : [...people(approvers), ": you would have been asked. "];
  return comment(
    requestId,
    "granted",
    [
      { mention: pin.beneficiary.accountId },
      ` has taken ${pin.title} for the emergency ${incident}. ${until}`,
    ],
    [...asked, "Nobody approved this. If it is not right, end the access now."],
  );
}

/** For those who look after security: the requester need not see who they are. */
export function emergencyNotice(requestId: string, pin: Pin, notified: string[]): Comment {
  return comment(requestId, "emergency", [
    ...people(notified),
    `: ${pin.title} was taken without an approval, for ${pin.emergency?.incident ?? "an emergency"}. It will have to be reviewed.`,
  ]);
}

export function reviewedByThemselves(requestId: string, topic: string): Comment {
  return comment(requestId, topic, [
    "Emergency access is reviewed by somebody else than the people whose access it was, and whoever stands in for them. The ticket went back.",
  ]);
}

export function ended(requestId: string, pin: Pin, end: End): Comment {
  const why = reasonOf(pin, end);
  const kept = end.kept ?? [];
  return comment(
    requestId,
    "ended",
    kept.length === 0
      ? [`${pin.title} has been taken away. `, ...why]
      : [`This request for ${pin.title} has ended. `, ...why],
    ...kept.map((still): Part[] => [`The person keeps the access, because ${still.why}.`]),
    ...(pin.emergency
      ? [["It was taken in an emergency: somebody else now looks at what was done, and moves the ticket on."]]
      : []),
  );
}

function reasonOf(pin: Pin, { why, by }: End): Part[] {
  switch (why) {
    case "time":
      return ["Its time was over."];
    case "early":
      return ["It was ended early", ...(by ? [" by ", { mention: by }] : []), "."];
    case "ticket":
      return [`${pin.until ?? "The ticket"}, to which it was bound, is done.`];
    case "extended":
      return ["A later request gives the access now."];
    case "replaced":
      return ["Another request gives another level of the same application in its place."];
  }
}

/** The access ended while its holder waits for more time: the ticket stays where it is. */
export function endedMeanwhile(requestId: string, pin: Pin, end: End): Comment {
  return withLine(ended(requestId, pin, end), "The request for more time is still open.");
}

/** Nothing came of a request for more time. */
export function goesOn(said: Comment, pin: Pin, endsAt: number | undefined): Comment {
  const until = endsAt === undefined ? "." : ` until ${moment(endsAt, pin.timeZone)}.`;
  return withLine(said, `The access that was given before goes on${until}`);
}

export function endsSoon(
  requestId: string,
  topic: string,
  pin: Pin,
  endsAt: number,
  canBeExtended: boolean,
): Comment {
  const how = canBeExtended
    ? "To keep it longer, ask for more time on this request before then."
    : "To keep it longer, make a new request before then.";
  return comment(requestId, topic, [
    { mention: pin.beneficiary.accountId },
    `: ${pin.title} ends on ${moment(endsAt, pin.timeZone)}. ${how}`,
  ]);
}

export function moreTimeRefused(requestId: string, topic: string): Comment {
  return comment(requestId, topic, [
    "Only the person who has the access, or who asked for it, may ask for more time. Nothing has changed.",
  ]);
}

/** The other ticket is done, and a time of grace begins. */
export function boundTicketDone(requestId: string, pin: Pin, key: string, endsAt: number): Comment {
  return comment(requestId, "bound ticket done", [
    { mention: pin.beneficiary.accountId },
    `: ${key} is done, so ${pin.title} ends on ${moment(endsAt, pin.timeZone)}.`,
  ]);
}

export function grantsStopped(requestId: string, pin: Pin): Comment {
  return comment(requestId, "grants stopped", [
    `No new access is given to anybody at the moment. This request is approved: ${pin.title} follows by itself when that is over.`,
  ]);
}

export function suggestions(requestId: string, titles: string[]): Comment {
  return comment(
    requestId,
    "suggestions",
    [
      titles.length === 0
        ? "Nothing in the catalog comes near to what is wanted."
        : `The catalog has something like it: ${titles.join(", ")}.`,
    ],
    [
      "Choose an entry of the catalog on the form and move the ticket to its first status, and it is an ordinary request. Or help the requester, and close the ticket.",
    ],
  );
}

export function passedOn(requestId: string): Comment {
  return comment(requestId, "refused", [
    "What you ask for is not in the catalog. Somebody will look at it; nothing has been granted.",
  ]);
}

export function refused(requestId: string, why: string): Comment {
  return comment(requestId, "refused", [why]);
}

/** Internal: a person has to do what Latchkey cannot. */
export function toGiveByHand(requestId: string, topic: string, pin: Pin, owner: string | undefined): Comment {
  return comment(
    requestId,
    topic,
    [
      ...(owner === undefined ? [] : [{ mention: owner }, ": "]),
      "everything is approved. Please give ",
      { mention: pin.beneficiary.accountId },
      ` ${pin.title} by hand${pin.seconds === undefined ? "" : `, for ${inWords(pin.seconds)}`}.`,
    ],
    [
      "Then move this ticket on to where access is granted: its time begins then. Nobody says so for access of their own.",
    ],
  );
}

/** Internal: the other way round. */
export function toTakeAwayByHand(
  requestId: string,
  topic: string,
  pin: Pin,
  owner: string | undefined,
): Comment {
  return comment(
    requestId,
    topic,
    [
      ...(owner === undefined ? [] : [{ mention: owner }, ": "]),
      "please take ",
      { mention: pin.beneficiary.accountId },
      `’s ${pin.title} away by hand: its time is over.`,
    ],
    [
      "Then move this ticket on to where access has ended. Until then Latchkey takes it that the person still has it.",
    ],
  );
}

export function notByThemselves(requestId: string, topic: string): Comment {
  return comment(requestId, topic, [
    "Somebody else than the people whose access it is has to say that this is done. Please move the ticket back and on again.",
  ]);
}

export function declined(requestId: string, pin: Pick<Pin, "title">, decisions: Decision[]): Comment {
  const by = decisions
    .filter((decision) => decision.outcome === "declined")
    .flatMap((decision) => decision.by);
  return comment(requestId, "declined", [
    `${pin.title} was declined`,
    ...(by.length > 0 ? [" by ", ...people(by)] : []),
    ". Nothing was granted.",
  ]);
}

export function expired(requestId: string, pin: Pick<Pin, "title">): Comment {
  return comment(requestId, "expired", [
    `Nobody decided on ${pin.title} in time, so this request was closed. Nothing was granted. You can ask again.`,
  ]);
}

export function withdrawn(requestId: string): Comment {
  return comment(requestId, "withdrawn", ["The request was withdrawn. Nothing was granted."]);
}

export function reminder(requestId: string, topic: string, approvers: string[]): Comment {
  return comment(requestId, topic, [...people(approvers), ": this request still waits for your approval."]);
}

/** An approver made it shorter, or chose a lower level. */
export function narrowed(requestId: string, topic: string, pin: Pin, by: string[]): Comment {
  return comment(requestId, topic, [
    ...people(by),
    ` made this less: ${pin.title}${pin.seconds === undefined ? "" : ` for ${inWords(pin.seconds)}`}.`,
  ]);
}

/** Internal: somebody moved the ticket past the approval. */
export function blocked(requestId: string, why: string): Comment {
  return comment(requestId, "BLOCKED_UNAPPROVED", [
    `This ticket was moved on, but Jira shows no approval that counts: ${why}. Nothing was granted. `,
    "Latchkey still waits for an approval; move the ticket back to its approval status to ask again.",
  ]);
}

/** Internal: what happened, what was done and what was not, and what to do next. */
export function failed(
  requestId: string,
  topic: string,
  failure: { error: string; message: string; done: string; notDone: string; next: string },
): Comment {
  return comment(
    requestId,
    topic,
    [`Latchkey stopped and needs an operator. ${failure.error}: ${failure.message}`],
    [`Done: ${failure.done}`],
    [`Not done: ${failure.notDone}`],
    [`Next: ${failure.next}`],
  );
}

/** For the requester, when an operator was called: that it is not forgotten. */
export function delayed(requestId: string): Comment {
  return comment(requestId, "delayed", [
    "Something went wrong on our side. IT has been told and looks after this request.",
  ]);
}
