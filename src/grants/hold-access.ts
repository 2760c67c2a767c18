import type { AuditLog } from "../audit/audit-trail.ts";
import type { Clock } from "../clock.ts";
import { AlreadyEndedError } from "../errors.ts";
import { type Applied, requestTypeOf } from "../policy/applied.ts";
import { endsSoon } from "../requests/comment.ts";
import { expectStatus } from "../requests/life.ts";
import type { RequestIn, RequestStore } from "../requests/request.ts";
import { say } from "../requests/ticket.ts";
import { warningsDue } from "./access-times.ts";

type Deps = {
  clock: Clock;
  requests: RequestStore;
  audit: AuditLog;
  policy: { current(): Promise<Applied> };
  jira: Parameters<typeof say>[0]["jira"];
};

/**
 * Keeps the task token of the run that waits for the access to end, so that it can be ended early. When the time for a
 * warning has come, the holder is warned first: the run waits from one to the next.
 *
 * @throws AlreadyEndedError when somebody ended it before the run came to wait
 */
export async function holdAccess(
  deps: Deps,
  { requestId, token }: { requestId: string; token: string },
): Promise<void> {
  const request = expectStatus(await deps.requests.get(requestId), "granted", "ending", "ended");
  if (request.status !== "granted") throw new AlreadyEndedError(requestId);
  await deps.requests.save(request, { ...(await warned(deps, request)), token });
}

/** The request with the warning that is due in its trail. Of several that were missed, only the last one is given. */
async function warned(deps: Deps, request: RequestIn<"granted">): Promise<RequestIn<"granted">> {
  const { requestId, pin, grant, told } = request;
  const number = warningsDue(grant, deps.clock.now());
  const topic = `warning ${number}`;
  if (number === 0 || grant.endsAt === undefined || told.includes(topic)) return request;
  const { statuses } = requestTypeOf(await deps.policy.current(), request);
  const comment = endsSoon(requestId, topic, pin, grant.endsAt, statuses.extending !== undefined);
  await say(deps, request, { topic, comment, audience: "public" });
  const trail = await deps.audit.append(requestId, request.trail, {
    id: `holder.warned/${number}`,
    at: deps.clock.now(),
    action: "holder.warned",
    by: [],
    facts: { endsAt: grant.endsAt },
  });
  return { ...request, trail, told: [...told, topic] };
}
