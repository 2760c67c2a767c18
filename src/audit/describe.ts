import type { AuditEntry } from "./audit-trail.ts";

/** What an entry of the trail says, in plain words. `name` gives the name of an account, as far as it is known. */
export function describeEntry(entry: AuditEntry, name: (accountId: string) => string): string {
  const { facts } = entry;
  const by = entry.by.map(name).join(", ");
  const fact = (key: string) => String(facts[key] ?? "");
  const list = (key: string) => (Array.isArray(facts[key]) ? facts[key].map(String) : []);
  switch (entry.action) {
    case "request.opened":
      return `Opened for ${by || "somebody"}, with ticket ${fact("issueKey")}.`;
    case "request.checked":
      return facts.automatic === undefined
        ? `Checked: ${fact("title")}, by policy “${fact("approval")}”${rule(facts.rule)}.`
        : `Checked: ${fact("title")}. No approval is needed: ${fact("automatic")}${rule(facts.rule)}`;
    case "request.narrowed":
      return `${by} made it less: ${facts.entitlement === undefined ? "" : `${fact("entitlement")}, `}${fact("length")} (${list("evidence").join(", ")}).`;
    case "request.refused":
      return `Refused (${fact("error")}): ${fact("why")}`;
    case "request.withdrawn":
      return "Withdrawn: the ticket was cancelled or deleted.";
    case "request.expired":
      return `Expired: nobody decided, in spite of ${fact("reminders")} reminders.`;
    case "request.moved":
      return `The ticket was moved from ${fact("from")} to ${fact("to")}.`;
    case "approval.asked":
      return `Asked ${list("approvers").map(name).join(", ")} (${fact("source")}) for approval ${fact("stage")} of ${fact("of")}.`;
    case "approval.reminded":
      return `Reminded the approvers, for the ${ordinal(Number(facts.reminder))} time.`;
    case "approval.escalated":
      return `Asked ${list("approvers").map(name).join(", ") || "nobody else"} (${fact("source")}) too, because nobody answered.`;
    case "approval.blocked":
      return `Blocked (${fact("code")}): ${fact("why")}.`;
    case "approval.given":
      return `${by} approved (${fact("evidence")}).`;
    case "approval.declined":
      return `${by || "Somebody"} declined (${fact("evidence")}).`;
    case "approval.missing":
      return `The approval ${fact("evidence")} is no longer there; asking again.`;
    case "access.intended":
      if (Array.isArray(facts.groups) && facts.groups.length === 0)
        return `About to have it given by hand to user ${fact("user")} (approval: ${fact("approval")}).`;
      return `About to add user ${fact("user")} to ${groups(facts.groups)} (approval: ${fact("approval")}).`;
    case "access.given-by-hand":
      return `${by} gave it by hand (${fact("evidence")}).`;
    case "access.taken-by-hand":
      return `${by} took it away by hand (${fact("evidence")}).`;
    case "access.granted":
      if (facts.byHand !== undefined) return `Granted by hand${until(facts.endsAt)}.`;
      return `Granted and seen in JumpCloud: ${outcomes(facts.groups)}${until(facts.endsAt)}.`;
    case "access.undone":
      return "Took back whatever an incomplete grant had added.";
    case "access.end-asked":
      return facts.through === "operator"
        ? `An operator ended the access early${facts.note === undefined ? "." : `: ${fact("note")}`}`
        : `${by || "Somebody"} ended the access early (${fact("through")}).`;
    case "access.end-set":
      return `${fact("through")} is done; the access ends after the time of grace.`;
    case "holder.warned":
      return "Warned the holder that the access ends soon.";
    case "access.ended":
      return `Access ended (${fact("why")}); ${keptOf(facts.kept)}.`;
    case "access.reviewed":
      return `${by} looked at the emergency access for ${fact("incident")} (${fact("evidence")}).`;
    case "action.intended":
      return `About to do ${fact("action")}.`;
    case "action.done":
      return `${fact("action")}: ${fact("outcome")}.`;
    case "action.failed":
      return `${fact("action")} was not done (${fact("error")}): ${fact("message")}`;
    case "actions.done":
      return "Everything was done.";
    case "actions.left-out":
      return "What was still to come was left out: the ticket was moved.";
    case "ticket.told":
      return `Told the ticket: ${fact("outcome")}.`;
    case "run.failed":
      return `Stopped, and called an operator: ${fact("error")}: ${fact("message")}`;
    case "run.resumed":
      return `Another run goes on from “${fact("from")}”.`;
    case "policy.proposed":
      return `${by} proposed a policy in place of version ${fact("base")}: ${list("changes").join(", ")}.`;
    case "policy.intended":
      return `${by} began to bring a policy into force in place of version ${fact("base")}.`;
    case "policy.applied":
      return `Policy version ${entry.policyVersion ?? 0} came into force, by ${by}.`;
    case "grants.stopped":
      return `An operator stopped all grants: ${fact("why")}`;
    case "grants.resumed":
      return `An operator let grants go on: ${fact("why")}`;
  }
}

function rule(value: unknown): string {
  return typeof value === "string" ? ` (rule ${value})` : "";
}

function ordinal(number: number): string {
  return ["zeroth", "first", "second", "third"][number] ?? `${number}th`;
}

function groups(value: unknown): string {
  const list = Array.isArray(value) ? value.map(String) : [];
  return list.length === 1 ? `group ${list[0]}` : `groups ${list.join(", ")}`;
}

function outcomes(value: unknown): string {
  return Object.entries(value ?? {})
    .map(([group, outcome]) => `group ${group} ${outcome}`)
    .join(", ");
}

function until(value: unknown): string {
  return typeof value === "number" ? `, until ${new Date(value).toISOString()}` : "";
}

function keptOf(value: unknown): string {
  const count = Array.isArray(value) ? value.length : 0;
  return count === 0 ? "nothing is left of it" : `${count} membership(s) stay, for other reasons`;
}
