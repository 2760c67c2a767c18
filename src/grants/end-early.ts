import type { AuditLog } from "../audit/audit-trail.ts";
import type { Clock } from "../clock.ts";
import type { Request, RequestIn, RequestStore } from "../requests/request.ts";

type Deps = { clock: Clock; requests: RequestStore; audit: AuditLog };

export type EndEarly = {
  /** Account id of whoever ends it, if Jira says. */
  by: string | undefined;
  /** What it is ended with: the ticket, the command line, or the key of a ticket to which it was bound. */
  through: string;
  why?: "early" | "ticket";
  /** What the operator gives as the reason. */
  note?: string;
};

/**
 * Writes down that the access shall end now. The run that holds it, or a new one, takes it away.
 *
 * @param stored the request as it is stored, when its run has failed since it granted
 */
export async function endEarly(
  deps: Deps,
  request: RequestIn<"granted">,
  { by, through, why = "early", note }: EndEarly,
  stored: Request = request,
): Promise<RequestIn<"ending">> {
  const at = deps.clock.now();
  const trail = await deps.audit.append(request.requestId, request.trail, {
    id: "access.end-asked",
    at,
    action: "access.end-asked",
    by: by === undefined ? [] : [by],
    facts: { through, endsAt: request.grant.endsAt, ...(note === undefined ? {} : { note }) },
  });
  const end = { why, at, ...(by === undefined ? {} : { by }) };
  return deps.requests.save(stored, { ...request, status: "ending" as const, end, trail });
}
