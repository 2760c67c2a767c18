import type { Clock } from "../clock.ts";
import { BusyError } from "../errors.ts";
import { type Standing, withoutStand, withStand } from "../policy/standing.ts";
import type { Request } from "./request.ts";

export type StandingDeps = {
  clock: Clock;
  standings: { get(about: string): Promise<Standing>; save(standing: Standing): Promise<boolean> };
};

/**
 * Writes down that a request is counted, before anybody is asked and before anything is given: of two requests that conflict,
 * the one that comes second finds the first.
 *
 * @throws BusyError when another request has been counted since the policy decided
 */
export async function count(deps: Pick<StandingDeps, "standings">, counting: Standing[]): Promise<void> {
  for (const standing of counting) await save(deps, standing);
}

/**
 * Brings the standings up to date with what became of a request that policy counts. Doing it again changes nothing.
 *
 * @throws BusyError when another request is being counted
 */
export async function keepStanding(
  deps: StandingDeps,
  request: Request,
  outcome: "granted" | "ended" | "reviewed" | "nothing",
): Promise<void> {
  if (!("pin" in request) || !request.pin) return;
  const { requestId, pin } = request;
  const state = outcome === "granted" ? ("granted" as const) : ("over" as const);
  for (const about of pin.countedIn ?? []) {
    const standing = await deps.standings.get(about);
    const known = standing.requests[requestId];
    if (outcome === "nothing") {
      if (known) await save(deps, withoutStand(standing, requestId));
      continue;
    }
    if (outcome === "reviewed") {
      if (known?.emergency === "unreviewed")
        await save(deps, withStand(standing, requestId, { ...known, emergency: "reviewed" }));
      continue;
    }
    if (known?.state === state) continue;
    // The time of the grant is what counts, also when it is over.
    const at = known && known.state !== "pending" ? known.at : deps.clock.now();
    const { entitlementId } = pin;
    await save(deps, withStand(standing, requestId, { ...known, entitlementId, state, at }));
  }
}

async function save({ standings }: Pick<StandingDeps, "standings">, standing: Standing): Promise<void> {
  if (!(await standings.save(standing)))
    throw new BusyError(`another request is being counted in ${standing.about}`);
}
