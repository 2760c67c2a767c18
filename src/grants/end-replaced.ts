import { isIn, resumed } from "../requests/life.ts";
import type { RequestIn, RequestStore } from "../requests/request.ts";
import { type GroupDeps, leaveGroup } from "./hold-group.ts";

type Deps = GroupDeps & { requests: RequestStore };

/**
 * Takes away the levels in the place of which this grant comes. What it gives itself is there already, so the person never has
 * none. The run that holds each, or the sweeper's, finds it ending, and tells its ticket.
 */
export async function endReplaced(deps: Deps, { grant }: RequestIn<"granted">): Promise<void> {
  for (const requestId of grant.replaces ?? []) {
    const stored = await deps.requests.get(requestId);
    const request = stored.status === "failed" ? resumed(stored) : stored;
    if (!isIn(request, ["granted", "ending"])) continue;
    if (isIn(request, ["granted"])) {
      const end = { why: "replaced" as const, at: deps.clock.now() };
      await deps.requests.save(stored, { ...request, status: "ending" as const, end });
    }
    const { userId } = request.pin.beneficiary;
    for (const groupId of request.pin.groups) await leaveGroup(deps, { requestId, userId, groupId });
  }
}
