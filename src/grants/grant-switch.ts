import * as v from "valibot";
import { type AuditLog, start, TrailHead } from "../audit/audit-trail.ts";
import type { Clock } from "../clock.ts";
import { BusyError } from "../errors.ts";

/** Whether new access is given at all. Taking access away does not depend on it. */
export const GrantSwitch = v.object({
  schemaVersion: v.literal(1),
  /** Since when no access is given, and why; none: it is given. */
  stopped: v.optional(v.object({ at: v.number(), why: v.string() })),
  /** Last entry of the switch's audit trail, `grants`. */
  trail: TrailHead,
  version: v.number(),
});
export type GrantSwitch = v.InferOutput<typeof GrantSwitch>;

export const neverStopped: GrantSwitch = { schemaVersion: 1, trail: start, version: 0 };

/** Name of the switch's audit trail. */
export const switchTrail = "grants";

type Deps = {
  clock: Clock;
  audit: AuditLog;
  grantSwitch: { get(): Promise<GrantSwitch>; save(grantSwitch: GrantSwitch): Promise<boolean> };
};

/**
 * Stops every grant from now on, or lets them go on. Doing it again changes nothing.
 *
 * @returns whether it was the other way before
 * @throws BusyError when somebody else does the same at this moment
 */
export async function switchGrants(
  { clock, audit, grantSwitch }: Deps,
  { to, why }: { to: "stopped" | "resumed"; why: string },
): Promise<boolean> {
  const { stopped, ...before } = await grantSwitch.get();
  if ((stopped !== undefined) === (to === "stopped")) return false;
  const at = clock.now();
  const trail = await audit.append(switchTrail, before.trail, {
    id: `grants.${to}/${before.version}`,
    at,
    action: `grants.${to}`,
    by: [],
    facts: { why },
  });
  const after = { ...before, trail, ...(to === "stopped" ? { stopped: { at, why } } : {}) };
  if (!(await grantSwitch.save(after))) throw new BusyError("somebody else stops or resumes grants");
  return true;
}
