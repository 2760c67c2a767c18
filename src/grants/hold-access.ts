import { AlreadyEndedError } from "../errors.ts";
import { expectStatus } from "../requests/life.ts";
import type { RequestStore } from "../requests/request.ts";

type Deps = { requests: RequestStore };

/**
 * Keeps the task token of the run that waits for the access to end, so that it can be ended early.
 *
 * @throws AlreadyEndedError when somebody ended it before the run came to wait
 */
export async function holdAccess(
  deps: Deps,
  { requestId, token }: { requestId: string; token: string },
): Promise<void> {
  const request = expectStatus(await deps.requests.get(requestId), "granted", "ending", "ended");
  if (request.status !== "granted") throw new AlreadyEndedError(requestId);
  await deps.requests.save(request, { ...request, token });
}
