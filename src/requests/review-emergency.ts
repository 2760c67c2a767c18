import type { AuditLog } from "../audit/audit-trail.ts";
import type { Applied } from "../policy/applied.ts";
import type { RequestType } from "../policy/site.ts";
import { reviewedByThemselves } from "./comment.ts";
import type { Issue, StatusChange } from "./issue.ts";
import { keepStanding, type StandingDeps } from "./keep-standing.ts";
import type { Done } from "./note-move.ts";
import type { RequestIn, RequestStore } from "./request.ts";
import { moveTicket, say, type TicketDeps } from "./ticket.ts";

type Deps = StandingDeps & {
  requests: RequestStore;
  audit: AuditLog;
  jira: TicketDeps["jira"] & { statusChanges(issueId: string): Promise<StatusChange[]> };
};

/** Whether somebody still has to look at access that was taken in an emergency, and is over. */
export function awaitsReview({ pin, reviewed }: RequestIn<"ended">): boolean {
  return pin.emergency !== undefined && reviewed === undefined;
}

/**
 * Somebody looked at the emergency access, and moved the ticket on from its review: anybody but the two people whose access
 * it was, and whoever stands in for them. What they move goes back.
 */
export async function reviewEmergency(
  deps: Deps,
  request: RequestIn<"ended">,
  { issue, requestType, applied }: { issue: Issue; requestType: RequestType; applied: Applied },
): Promise<Done> {
  const { review, ended } = requestType.statuses;
  if (review === undefined || issue.statusId !== ended) return { noop: "waits for its review" };
  const changes = await deps.jira.statusChanges(request.issueId);
  const move = changes
    .toSorted((a, b) => a.at - b.at || Number(a.id) - Number(b.id))
    .findLast(({ from, to }) => from === review && to === ended);
  const by = move?.author;
  if (!move || !by) return { noop: "waits for its review" };
  const now = deps.clock.now();
  if (by.kind === "app" || partiesOf(request, applied, now).includes(by.accountId)) {
    const topic = `review ${move.id}`;
    const comment = reviewedByThemselves(request.requestId, topic);
    await say(deps, request, { topic, comment, audience: "internal" });
    await moveTicket(deps, { issueId: request.issueId, seen: { status: ended, transitions: [] } }, review);
    return { did: "sent back to its review" };
  }
  // First: when this dies in between, the next doorbell does both again.
  await keepStanding(deps, request, "reviewed");
  const reviewed = { by: by.accountId, at: move.at };
  const trail = await deps.audit.append(request.requestId, request.trail, {
    id: "access.reviewed",
    at: now,
    action: "access.reviewed",
    by: [by.accountId],
    facts: { evidence: `changelog:${move.id}`, incident: request.pin.emergency?.incident },
  });
  await deps.requests.save(request, { ...request, reviewed, trail });
  return { did: "reviewed" };
}

function partiesOf({ pin }: RequestIn<"ended">, { policy }: Applied, now: number): string[] {
  const day = new Date(now).toISOString().slice(0, 10);
  const parties = [pin.requester.accountId, pin.beneficiary.accountId];
  const standIns = (policy.delegations ?? []).filter(
    ({ from, first, last }) => parties.includes(from) && first <= day && day <= last,
  );
  return [...parties, ...standIns.map(({ to }) => to)];
}
