import type { AuditLog } from "../audit/audit-trail.ts";
import type { Clock } from "../clock.ts";
import type { Issue } from "./issue.ts";
import type { AnyIn, AnyRequest, RequestStore } from "./request.ts";

/** Writes down that the ticket was cancelled, or is gone, before anything was given. */
export async function withdrawRequest(
  deps: { clock: Clock; requests: Pick<RequestStore<AnyRequest>, "save">; audit: AuditLog },
  request: AnyIn<"asked" | "blocked" | "approved">,
  issue: Issue | undefined,
): Promise<AnyIn<"withdrawn">> {
  const trail = await deps.audit.append(request.requestId, request.trail, {
    id: "request.withdrawn",
    at: deps.clock.now(),
    action: "request.withdrawn",
    by: [],
    facts: issue ? { status: issue.statusId } : { ticket: "gone" },
  });
  return deps.requests.save(request, { ...request, status: "withdrawn" as const, trail });
}
