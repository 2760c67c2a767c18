import type { AuditLog } from "../audit/audit-trail.ts";
import type { Clock } from "../clock.ts";
import { FieldInvalidError } from "../errors.ts";
import { endEarly } from "../grants/end-early.ts";
import { secondsOf } from "../policy/duration.ts";
import type { Policy } from "../policy/policy.ts";
import { boundTicketDone } from "./comment.ts";
import type { Issue } from "./issue.ts";
import type { RequestIn, RequestStore } from "./request.ts";
import { say, type TicketDeps } from "./ticket.ts";

type Jira = { issue(idOrKey: string): Promise<Issue | undefined> };

/**
 * Access may be bound to another ticket, such as an incident: it may begin only while that one is open.
 *
 * @param field the field's name as people see it on the portal
 * @throws FieldInvalidError when there is no such ticket, or it is done
 */
export async function proveBoundTicket(jira: Jira, key: string, field: string): Promise<void> {
  const issue = /^[A-Za-z][A-Za-z0-9_]*-\d+$/.test(key) ? await jira.issue(key) : undefined;
  if (!issue) throw new FieldInvalidError(field, "no ticket of that key can be seen");
  if (issue.isDone) throw new FieldInvalidError(field, "that ticket is done already");
}

type Deps = {
  clock: Clock;
  requests: RequestStore;
  audit: AuditLog;
  jira: Jira & Pick<TicketDeps["jira"], "comment" | "hasSaid">;
};

/**
 * Ends access whose other ticket is done: at once, or after the policy's time of grace. A ticket that is gone counts as done.
 * It is looked at until then only: opening it again brings nothing back.
 *
 * @returns the request as it is then; undefined when the other ticket is still open, or none of this concerns the request
 */
export async function endWithTicket(
  deps: Deps,
  request: RequestIn<"granted">,
  { graceAfterTicket }: Pick<Policy, "graceAfterTicket">,
): Promise<RequestIn<"granted" | "ending"> | undefined> {
  const { pin, grant, requestId } = request;
  if (pin.until === undefined || grant.ticketDoneAt !== undefined) return undefined;
  const other = await deps.jira.issue(pin.until);
  if (other && !other.isDone) return undefined;
  const now = deps.clock.now();
  const grace = graceAfterTicket === undefined ? 0 : secondsOf(graceAfterTicket) * 1_000;
  const endsAt = Math.min(now + grace, grant.endsAt ?? Number.POSITIVE_INFINITY);
  if (endsAt <= now) return endEarly(deps, request, { by: undefined, through: pin.until, why: "ticket" });
  await say(deps, request, {
    topic: "bound ticket done",
    audience: "public",
    comment: boundTicketDone(requestId, pin, pin.until, endsAt),
  });
  const trail = await deps.audit.append(requestId, request.trail, {
    id: "access.end-set",
    at: now,
    action: "access.end-set",
    by: [],
    facts: { through: pin.until, endsAt, before: grant.endsAt },
  });
  return deps.requests.save(request, { ...request, trail, grant: { ...grant, endsAt, ticketDoneAt: now } });
}
