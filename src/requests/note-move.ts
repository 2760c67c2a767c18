import type { AuditLog } from "../audit/audit-trail.ts";
import type { Clock } from "../clock.ts";
import type { Issue } from "./issue.ts";
import type { AnyIn, AnyRequest, RequestStore } from "./request.ts";

/** What was done for an issue, or why nothing was. */
export type Done = { did: string; noop?: undefined } | { did?: undefined; noop: string };

/** The issue may have got a new key by a move; its id stays. */
export async function noteMove(
  deps: { clock: Clock; requests: RequestStore<AnyRequest>; audit: AuditLog },
  request: AnyIn<"asked" | "blocked" | "granted">,
  issue: Issue,
): Promise<Done | undefined> {
  if (issue.key === request.issueKey) return undefined;
  const trail = await deps.audit.append(request.requestId, request.trail, {
    id: `request.moved/${issue.key}`,
    at: deps.clock.now(),
    action: "request.moved",
    by: [],
    facts: { from: request.issueKey, to: issue.key },
  });
  await deps.requests.save(request, { ...request, issueKey: issue.key, trail });
  return { did: "noted the new key" };
}
