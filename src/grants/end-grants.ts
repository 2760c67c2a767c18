import { isIn, resumed } from "../requests/life.ts";
import { keepRunning, type RunDeps, runAgain } from "../requests/open-request.ts";
import type { Request, RequestIn } from "../requests/request.ts";
import { type ResumeDeps, resumeRun } from "../requests/resume-run.ts";
import { endEarly } from "./end-early.ts";

type Deps = RunDeps<Request> & ResumeDeps & Parameters<typeof endEarly>[0];

/** Whose access, to what; all of it where nothing is said. */
export type Which = {
  /** JumpCloud user id, or Jira account id, of whoever has the access. */
  user?: string;
  application?: string;
  entitlement?: string;
};

/**
 * Ends access that people have now, one request after the other, through the runs that hold it. Doing it again, after it died
 * half-way or beside another one, ends what is left.
 *
 * @param requests every request that there is
 * @returns each request whose access is being taken away from then on
 */
export async function* endGrants(
  deps: Deps,
  requests: AsyncIterable<Request>,
  which: Which,
  note: string,
): AsyncGenerator<Request> {
  for await (const request of requests)
    if (isMeant(request, which) && (await endGrant(deps, request, note))) yield request;
}

/**
 * Ends the access of one request, also when the request's run needs an operator.
 *
 * @returns whether anybody had access by it
 */
export async function endGrant(deps: Deps, stored: Request, note?: string): Promise<boolean> {
  const request = held(stored);
  if (!request) return false;
  if (request.status === "ending") {
    await runAgain(deps, stored);
    return true;
  }
  const end = { by: undefined, through: "operator", ...(note === undefined ? {} : { note }) };
  const ending = await endEarly(deps, request, end, stored);
  if (!(await resumeRun(deps, ending))) await keepRunning(deps, ending);
  return true;
}

/** Whether somebody has that access now by this request. */
export function isMeant(stored: Request, { user, application, entitlement }: Which): boolean {
  const pin = held(stored)?.pin;
  if (!pin) return false;
  const { accountId, userId } = pin.beneficiary;
  return (
    (user === undefined || [accountId, userId].includes(user)) &&
    (application === undefined || pin.entitlementId.startsWith(`${application}/`)) &&
    (entitlement === undefined || pin.entitlementId === entitlement)
  );
}

/** The request if somebody has access by it, and no run is at work to take that away. */
/** The request with the access that people have by it, as it was before its run failed, if it did. */
export function held(stored: Request): RequestIn<"granted" | "ending"> | undefined {
  if (stored.status !== "failed") return isIn(stored, ["granted"]) ? stored : undefined;
  const request = resumed(stored);
  return isIn(request, ["granted", "ending"]) ? request : undefined;
}
