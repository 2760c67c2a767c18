import type { Clock } from "../clock.ts";
import { JiraRefusedError, TransitionMissingError, UpstreamError } from "../errors.ts";
import { type Comment, signature } from "./comment.ts";
import type { Issue, Transition } from "./issue.ts";
import type { AnyRequest, Seen } from "./request.ts";

export type TicketDeps = {
  clock: Clock;
  jira: {
    /** undefined when the issue is gone. */
    issue(issueId: string, projectId?: string): Promise<Issue | undefined>;
    /** Moves the issue, with a public comment in the same call. */
    transition(issueId: string, transitionId: string, comment?: Comment): Promise<void>;
    comment(issueId: string, comment: Comment, audience: "public" | "internal"): Promise<void>;
    /** Whether one of Latchkey's own comments says `text`. */
    hasSaid(issueId: string, text: string): Promise<boolean>;
  };
};

/**
 * What is to be said on a ticket, and where the ticket belongs afterwards: in the first of the statuses that the workflow
 * leads to from where it is, or where it is if that is one of them. People may have moved it on already, to a status
 * `beyond`: there it stays.
 */
export type Settlement = { topic: string; statuses: string[]; beyond?: string[]; comment: Comment };

/**
 * Moves the ticket and comments on it, in one call where Jira allows it, and never twice: a run that died after the
 * call finds the ticket where it belongs, and its own comment there.
 *
 * @returns what was seen of the ticket; undefined when the issue is gone
 * @throws TransitionMissingError when Jira offers no way to any of the statuses; the comment has been written then
 */
export async function settleTicket(
  deps: TicketDeps,
  request: Pick<AnyRequest, "issueId" | "requestId" | "seen">,
  { topic, statuses, beyond = [], comment }: Settlement,
): Promise<Seen | undefined> {
  const place = await bring(deps, request, { statuses, beyond, comment });
  if (!place || place.is === "moved") return place?.seen;
  await say(deps, request, { topic, comment, audience: "public" });
  if (place.is === "elsewhere") throw new TransitionMissingError(place.seen.status, statuses.join(" or "));
  return place.seen;
}

/** Comments on the ticket, once. */
export async function say(
  { jira }: { jira: Pick<TicketDeps["jira"], "hasSaid" | "comment"> },
  request: Pick<AnyRequest, "issueId" | "requestId">,
  { topic, comment, audience }: { topic: string; comment: Comment; audience: "public" | "internal" },
): Promise<void> {
  if (!(await jira.hasSaid(request.issueId, signature(request.requestId, topic))))
    await jira.comment(request.issueId, comment, audience);
}

/**
 * Moves the ticket without a word. Nothing is done when it is there already.
 *
 * @throws TransitionMissingError when Jira offers no way to that status
 */
export async function moveTicket(
  deps: MoveDeps,
  request: Pick<AnyRequest, "issueId" | "seen">,
  status: string,
): Promise<void> {
  const place = await bring(deps, request, { statuses: [status], beyond: [] });
  if (place?.is === "elsewhere") throw new TransitionMissingError(place.seen.status, status);
}

/**
 * Moves the ticket, without a word, to where it was when it was told. Whoever has a failed run tried again moves it to the beginning,
 * or leaves it where it waited for an operator; from anywhere else people have moved it on purpose.
 *
 * @param statuses where it belongs, in the first of them that the workflow leads to
 * @param retried the statuses in which a ticket is when its run is tried again
 * @throws TransitionMissingError when Jira offers no way to any of them
 */
export async function moveBack(
  deps: MoveDeps,
  request: Pick<AnyRequest, "issueId" | "runs">,
  statuses: string[],
  retried: string[],
): Promise<void> {
  if (request.runs === 1) return;
  const issue = await deps.jira.issue(request.issueId);
  if (!issue || statuses.includes(issue.statusId) || !retried.includes(issue.statusId)) return;
  const seen = { status: issue.statusId, transitions: issue.transitions };
  const place = await bring(deps, { issueId: request.issueId, seen }, { statuses, beyond: [] });
  if (place?.is === "elsewhere") throw new TransitionMissingError(place.seen.status, statuses.join(" or "));
}

type MoveDeps = { clock: Clock; jira: Pick<TicketDeps["jira"], "issue" | "transition"> };

/** Whether the ticket was moved, was there before, or is where no way leads on. */
type Place = { is: "moved" | "there" | "elsewhere"; seen: Seen };

/**
 * Milliseconds between looks at a ticket that does not show yet why it was not moved: Jira's answers can lag. None where the answer
 * was lost and the move can be tried again, because Jira refuses it from where it leads to.
 */
function waitsAfter(refusal: Error, way: Transition): number[] {
  return refusal instanceof JiraRefusedError || way.isGlobal ? [1_000, 2_000, 4_000, 8_000, 8_000] : [];
}

/**
 * Moves the ticket, at first by what was seen of it last. When Jira does not take the move, somebody else has moved the ticket, or
 * its answer was lost: what it shows then may be older than that, so it is looked at again until it shows something new. At the end
 * the move is tried once more.
 *
 * @returns undefined when the issue is gone
 */
async function bring(
  { clock, jira }: MoveDeps,
  { issueId, seen }: Pick<AnyRequest, "issueId" | "seen">,
  { statuses, beyond, comment }: Pick<Settlement, "statuses"> & { beyond: string[]; comment?: Comment },
): Promise<Place | undefined> {
  let tried = seen.status;
  // Jira would take a global transition again from where it leads to: before it, the ticket is looked at.
  let way = wayTo(
    statuses.slice(0, 1),
    seen.transitions.filter(({ isGlobal }) => !isGlobal),
  );
  let waits: number[] = [];
  for (let attempt = 0; ; attempt++) {
    if (way) {
      const refusal = await refusalOf(jira.transition(issueId, way.id, comment));
      if (!refusal) return { is: "moved", seen: { status: way.to, transitions: [] } };
      waits = waitsAfter(refusal, way);
      if (attempt > waits.length) throw refusal;
    }
    const issue = await jira.issue(issueId);
    if (!issue) return undefined;
    const shown = { status: issue.statusId, transitions: issue.transitions };
    if ([...statuses, ...beyond].includes(shown.status)) return { is: "there", seen: shown };
    way = wayTo(statuses, shown.transitions);
    const wait = !way || shown.status === tried ? waits[attempt] : undefined;
    if (wait !== undefined) {
      way = undefined;
      await clock.sleep(wait);
    } else if (way) tried = shown.status;
    else return { is: "elsewhere", seen: shown };
  }
}

function wayTo(statuses: string[], transitions: Transition[]): Transition | undefined {
  return statuses
    .map((status) => transitions.find((transition) => transition.to === status))
    .find((transition) => transition !== undefined);
}

/** Why Jira did not take the move, or was not heard to take it. */
async function refusalOf(move: Promise<void>): Promise<Error | undefined> {
  try {
    await move;
    return undefined;
  } catch (error) {
    if (error instanceof JiraRefusedError && [400, 404].includes(error.status)) return error;
    if (error instanceof UpstreamError && error.mayHaveHappened) return error;
    throw error;
  }
}
