import type { Clock } from "../clock.ts";
import { BusyError } from "../errors.ts";
import { type Standing, withoutStand, withStand } from "../policy/standing.ts";
import type { Request } from "./request.ts";

export type StandingDeps = {
  clock: Clock;
  standings: { get(userId: string): Promise<Standing>; save(standing: Standing): Promise<boolean> };
};

/**
 * Brings the person's standing up to date with what became of a request that policy counts. Doing it again changes
 * nothing.
 *
 * @throws BusyError when another request of the same person is being written down
 */
export async function keepStanding(
  { clock, standings }: StandingDeps,
  request: Request,
  outcome: "granted" | "ended" | "nothing",
): Promise<void> {
  if (!("pin" in request) || !request.pin?.counted) return;
  const { requestId, pin } = request;
  const standing = await standings.get(pin.beneficiary.userId);
  const known = standing.requests[requestId];
  if (outcome === "nothing") {
    if (known) await save(standings, withoutStand(standing, requestId));
    return;
  }
  const state = outcome === "granted" ? ("granted" as const) : ("over" as const);
  if (known?.state === state) return;
  // The time of the grant is what counts, also when it is over.
  const at = known && known.state !== "pending" ? known.at : clock.now();
  await save(standings, withStand(standing, requestId, { entitlementId: pin.entitlementId, state, at }));
}

async function save(standings: StandingDeps["standings"], standing: Standing): Promise<void> {
  if (!(await standings.save(standing)))
    throw new BusyError(`another request of user ${standing.userId} is being written down`);
}
