import type { RequestType } from "../policy/site.ts";
import { moreTimeRefused } from "./comment.ts";
import type { Issue, StatusChange } from "./issue.ts";
import { isIn, isOver } from "./life.ts";
import type { Done } from "./note-move.ts";
import { type OpenDeps, openRequest } from "./open-request.ts";
import type { Request, RequestIn } from "./request.ts";
import { moveTicket, say, type TicketDeps } from "./ticket.ts";

type Deps = OpenDeps & {
  jira: TicketDeps["jira"] & { statusChanges(issueId: string): Promise<StatusChange[]> };
};

/**
 * The ticket of access that people have was moved to ask for more time: another request is opened on it, which goes the
 * same way as the first. Meanwhile, and if nothing comes of it, the access goes on to its end.
 *
 * @param newest the newest request of the ticket: the one that gave the access, or one for more time
 */
export async function askForMoreTime(
  deps: Deps,
  held: RequestIn<"granted">,
  asked: { newest: Request; issue: Issue; requestType: RequestType; source: string },
): Promise<Done> {
  const { newest, issue, requestType, source } = asked;
  if (newest.requestId !== held.requestId && (!isOver(newest) || isIn(newest, ["failed"])))
    return { noop: "more time was asked for already" };
  const changes = await deps.jira.statusChanges(held.issueId);
  const change = changes.toSorted((a, b) => b.at - a.at).find((one) => one.to === issue.statusId);
  // Jira's answers can lag: what is seen here may be how the ticket was before its last request was over.
  if (!change || newest.extends?.change === change.id) return { noop: "more time was asked for already" };

  const by = change.author?.accountId;
  const { requester, beneficiary } = held.pin;
  if (by === undefined || ![requester.accountId, beneficiary.accountId].includes(by)) {
    const topic = `more time ${change.id}`;
    await say(deps, held, { topic, audience: "public", comment: moreTimeRefused(held.requestId, topic) });
    await moveTicket(
      deps,
      { ...held, seen: { status: issue.statusId, transitions: issue.transitions } },
      requestType.statuses.granted,
    );
    return { did: "sent back a ticket that somebody else moved to ask for more time" };
  }
  await openRequest(deps, issue, {
    requestTypeId: requestType.id,
    generation: newest.generation + 1,
    source,
    extends: { requestId: held.requestId, by, change: change.id },
  });
  return { did: "opened a request for more time" };
}
