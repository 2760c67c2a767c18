import type { AuditLog } from "../audit/audit-trail.ts";
import type { Clock } from "../clock.ts";
import type { ActionIn, ActionRequest, RequestStore } from "../requests/request.ts";
import { say } from "../requests/ticket.ts";
import { restLeftOut } from "./action-comments.ts";
import { isDone, type RowStore, withoutRest } from "./row.ts";

export type LeaveDeps = {
  clock: Clock;
  requests: Pick<RequestStore<ActionRequest>, "save">;
  rows: RowStore;
  audit: AuditLog;
  jira: Parameters<typeof say>[0]["jira"];
};

/** Ends a request of which the rest was to come later: that is not done any more. */
export async function leaveRest(deps: LeaveDeps, request: ActionIn<"approved">): Promise<ActionIn<"done">> {
  const { requestId, pin } = request;
  const rows = await deps.rows.all(requestId);
  const left = rows.map((row) => (isDone(row) ? row : withoutRest(row)));
  for (const [index, row] of left.entries()) if (row !== rows[index]) await deps.rows.save(row);
  const comment = restLeftOut(requestId, pin.title, left);
  await say(deps, request, { topic: "rest left out", comment, audience: "public" });
  const trail = await deps.audit.append(requestId, request.trail, {
    id: "actions.left-out",
    at: deps.clock.now(),
    action: "actions.left-out",
    by: [],
    facts: { heldUntil: request.heldUntil },
  });
  const { token: _, heldUntil: __, ...rest } = request;
  return deps.requests.save(request, {
    ...rest,
    status: "done" as const,
    told: [...request.told, "done"],
    trail,
  });
}
