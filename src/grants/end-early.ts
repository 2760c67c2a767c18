import type { AuditLog } from "../audit/audit-trail.ts";
import type { Clock } from "../clock.ts";
import type { RequestIn, RequestStore } from "../requests/request.ts";

type Deps = { clock: Clock; requests: RequestStore; audit: AuditLog };

/**
 * Writes down that the access shall end now. The run that holds it, or a new one, takes it away.
 *
 * @param through what it was ended with: the ticket, the command line, or the key of a ticket to which it was bound
 */
export async function endEarly(
  deps: Deps,
  request: RequestIn<"granted">,
  { by, through, why = "early" }: { by: string | undefined; through: string; why?: "early" | "ticket" },
): Promise<RequestIn<"ending">> {
  const at = deps.clock.now();
  const trail = await deps.audit.append(request.requestId, request.trail, {
    id: "access.end-asked",
    at,
    action: "access.end-asked",
    by: by === undefined ? [] : [by],
    facts: { through, endsAt: request.grant.endsAt },
  });
  const end = { why, at, ...(by === undefined ? {} : { by }) };
  return deps.requests.save(request, { ...request, status: "ending", end, trail });
}
