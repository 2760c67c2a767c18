import { secondsOf } from "../policy/duration.ts";
import { accessTypes, type Site } from "../policy/site.ts";
import type { Request } from "./request.ts";
import type { Simulation } from "./simulate-request.ts";

export type Replayable = { key: string; requestId: string; title: string; simulation: Simulation };

/**
 * Past requests as they would be simulated, the newest first and the same one only once: those that were checked, whatever came of
 * them. More time for access that is there is not among them.
 */
export async function replayable(
  requests: AsyncIterable<Request>,
  site: Site,
  most: number,
): Promise<Replayable[]> {
  const found: (Replayable & { createdAt: number })[] = [];
  for await (const stored of requests) {
    const request = stored.status === "failed" ? stored.before : stored;
    if (!("pin" in request) || !request.pin || request.pin.extension) continue;
    const { pin, requestTypeId, createdAt, issueKey: key, requestId } = request;
    const { seconds, entitlementId = pin.entitlementId } = pin.narrowedFrom ?? pin;
    const duration = durationIn(site, requestTypeId, seconds);
    const isSelf = pin.requester.accountId === pin.beneficiary.accountId;
    found.push({
      key,
      requestId,
      title: pin.title,
      createdAt,
      simulation: {
        requester: pin.requester.accountId,
        ...(isSelf ? {} : { beneficiary: pin.beneficiary.accountId }),
        entitlementId,
        ...(duration === undefined ? {} : { duration }),
        ...(pin.emergency === undefined ? {} : { incident: pin.emergency.incident }),
      },
    });
  }
  const seen = new Set<string>();
  return found
    .toSorted((a, b) => b.createdAt - a.createdAt)
    .filter(({ simulation }) => {
      const same = JSON.stringify(simulation);
      return !seen.has(same) && seen.add(same);
    })
    .slice(0, most)
    .map(({ createdAt: _, ...one }) => one);
}

/** As the form has it; undefined when it has no such length, which then was the entitlement's own. */
function durationIn(site: Site, requestTypeId: string, seconds: number | undefined): string | undefined {
  const lengths = Object.values(accessTypes(site).find(({ id }) => id === requestTypeId)?.durations ?? {});
  return lengths.find((length) =>
    length === "permanent" ? seconds === undefined : secondsOf(length) === seconds,
  );
}
