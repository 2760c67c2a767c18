import { JiraRefusedError, TransitionMissingError, UpstreamError } from "../errors.ts";
import { type Comment, signature } from "./comment.ts";
import type { Issue } from "./issue.ts";
import type { AnyRequest, Seen } from "./request.ts";

export type TicketDeps = {
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
  { jira }: TicketDeps,
  request: Pick<AnyRequest, "issueId" | "requestId" | "seen">,
  { topic, statuses, beyond = [], comment }: Settlement,
): Promise<Seen | undefined> {
  const known = request.seen.transitions.find((transition) => transition.to === statuses[0]);
  if (known && (await moved(() => jira.transition(request.issueId, known.id, comment))))
    return { status: known.to, transitions: [] };

  const issue = await jira.issue(request.issueId);
  if (!issue) return undefined;
  const isSettled = [...statuses, ...beyond].includes(issue.statusId);
  const offered = statuses
    .map((status) => issue.transitions.find((transition) => transition.to === status))
    .find((transition) => transition !== undefined);
  if (!isSettled && offered) {
    await jira.transition(request.issueId, offered.id, comment);
    return { status: offered.to, transitions: [] };
  }
  await say({ jira }, request, { topic, comment, audience: "public" });
  if (!isSettled) throw new TransitionMissingError(issue.statusId, statuses.join(" or "));
  return { status: issue.statusId, transitions: issue.transitions };
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
  { jira }: { jira: Pick<TicketDeps["jira"], "issue" | "transition"> },
  request: Pick<AnyRequest, "issueId" | "seen">,
  status: string,
): Promise<void> {
  const known = request.seen.transitions.find((transition) => transition.to === status);
  if (known && (await moved(() => jira.transition(request.issueId, known.id)))) return;
  const issue = await jira.issue(request.issueId);
  if (!issue || issue.statusId === status) return;
  const offered = issue.transitions.find((transition) => transition.to === status);
  if (!offered) throw new TransitionMissingError(issue.statusId, status);
  await jira.transition(request.issueId, offered.id);
}

/** False when Jira did not take the move: somebody else may have moved the ticket, or the answer was lost. */
async function moved(move: () => Promise<void>): Promise<boolean> {
  try {
    await move();
    return true;
  } catch (error) {
    if (error instanceof JiraRefusedError && [400, 404].includes(error.status)) return false;
    if (error instanceof UpstreamError && error.mayHaveHappened) return false;
    throw error;
  }
}
