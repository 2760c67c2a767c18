import type { Changes } from "../policy/changes.ts";
import type { Policy } from "../policy/policy.ts";
import { isIn } from "./life.ts";
import type { Pin, Request } from "./request.ts";

/** A request for which a change of the policy files makes a difference. */
export type Affected = { key: string; requestId: string; title: string; effect: string };

/**
 * What the changes mean for open requests, and for access that people have.
 *
 * @param policy as it would be then
 */
export async function affectedRequests(
  requests: AsyncIterable<Request>,
  changes: Changes,
  policy: Policy,
): Promise<Affected[]> {
  const affected: Affected[] = [];
  for await (const request of requests) {
    const current = request.status === "failed" ? request.before : request;
    if (!("pin" in current) || !current.pin) continue;
    const { pin } = current;
    const effect = isIn(current, ["granted"])
      ? effectOnGrant(changes, policy, pin)
      : isIn(current, ["checked", "asked", "blocked", "approved"])
        ? effectOnOpen(changes, pin)
        : undefined;
    if (effect !== undefined)
      affected.push({ key: request.issueKey, requestId: request.requestId, title: pin.title, effect });
  }
  return affected.toSorted((a, b) => a.requestId.localeCompare(b.requestId, "en", { numeric: true }));
}

/** Of access that is there, nothing is taken before its end. */
function effectOnGrant({ changed, removed }: Changes, policy: Policy, pin: Pin): string | undefined {
  const isProtected =
    policy.protectedPeople?.includes(pin.beneficiary.userId) ||
    pin.groups.some((group) => policy.protectedGroups?.includes(group));
  if (isProtected) return "somebody has it, and it is protected then: its end will need an operator";
  if (removed.some((entry) => isOf(entry, pin)))
    return "somebody has it, and keeps it until its end; it cannot be made longer";
  const change = changed.find(({ entry }) => isOf(entry, pin));
  return change?.fields.includes("groups")
    ? "somebody has it, and keeps the groups that it gave until its end"
    : undefined;
}

/** What in policy.yaml and site.yaml is not asked again after the check. */
const afterTheCheck = ["reminders", "expiresAfter", "escalation", "warnings", "businessHours"];

function effectOnOpen({ changed, removed, settings }: Changes, pin: Pin): string | undefined {
  if (removed.some((entry) => isOf(entry, pin))) return refused("it is not in the catalog any more");
  const change = changed.find(({ entry }) => isOf(entry, pin));
  if (change) {
    const { entry, fields } = change;
    if (entry.status !== "approved") return refused("it is closed");
    if (fields.includes("groups")) return refused("what it gives has changed");
    if (fields.includes("approval") && pin.rule === undefined && entry.approval !== pin.approval)
      return refused(`it needs the approval “${entry.approval ?? "by default"}” then`);
    return "is decided anew when it would be granted";
  }
  const isDecidedAnew = settings.some((setting) => !afterTheCheck.includes(setting.split(".")[1] ?? ""));
  return isDecidedAnew ? "is decided anew when it would be granted" : undefined;
}

function refused(why: string): string {
  return `is refused when it would be granted: ${why}`;
}

function isOf(entry: { entitlementId: string }, pin: Pin): boolean {
  return entry.entitlementId === pin.entitlementId;
}
