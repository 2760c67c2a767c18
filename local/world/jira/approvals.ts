import type { Accounts } from "./accounts.ts";
import { type Issue, reporterOf } from "./issues.ts";
import type { JiraSettings } from "./settings.ts";
import { approvalStep } from "./workflow.ts";

type Decision = "approved" | "declined" | "pending";

type Approver = {
  accountId: string;
  decision: Decision;
  /** The approver groups that the person was asked as a member of; none when named in person. */
  groupIds: string[];
};

/** What came of one visit to the approval status. The conditions are those at its beginning. */
export type Approval = {
  id: string;
  name: string;
  finalDecision: Decision;
  approvers: Approver[];
  created: number;
  completed: number | null;
  condition: JiraSettings["approval"];
};

/** Thrown when an answer is refused. The HTTP status follows from the reason. */
export class ApprovalRefused extends Error {
  override readonly name = "ApprovalRefused";
  readonly reason: "unknown" | "not an approver" | "too late";

  constructor(reason: ApprovalRefused["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** A new approval with the approvers that the issue's field names at this moment; maybe none. */
export function newApproval(
  id: string,
  issue: Issue,
  at: number,
  condition: Approval["condition"],
  accounts: Accounts,
): Approval {
  return {
    id,
    name: approvalStep.name,
    finalDecision: "pending",
    approvers: approversNamed(issue, condition, accounts),
    created: at,
    completed: null,
    condition,
  };
}

/** A pending approval after its field was edited: those who have decided stay, the others are as the field says. */
export function withApproversOfField(approval: Approval, issue: Issue, accounts: Accounts): Approval {
  const decided = approval.approvers.filter((approver) => approver.decision !== "pending");
  const named = approversNamed(issue, approval.condition, accounts);
  const added = named.filter((approver) => !decided.some((other) => other.accountId === approver.accountId));
  return { ...approval, approvers: [...decided, ...added] };
}

function approversNamed(issue: Issue, condition: Approval["condition"], accounts: Accounts): Approver[] {
  const value = issue.fields[condition.field];
  const groupIdsOf = new Map<string, string[]>();
  if (value?.type === "users") for (const accountId of value.accountIds) groupIdsOf.set(accountId, []);
  if (value?.type === "groups")
    for (const groupId of value.groupIds)
      for (const accountId of accounts.group(groupId)?.members ?? [])
        if (accounts.get(accountId).active)
          groupIdsOf.set(accountId, [...(groupIdsOf.get(accountId) ?? []), groupId]);
  if (condition.excludeReporter) groupIdsOf.delete(reporterOf(issue));
  return [...groupIdsOf].map(([accountId, groupIds]) => ({ accountId, decision: "pending", groupIds }));
}

/**
 * The approval that waits for answers now, if the issue is in the approval status. One that was left behind because
 * somebody moved the issue on by hand stays pending; nobody can answer it any more.
 */
export function openApproval(issue: Issue): Approval | undefined {
  const newest = issue.approvals.at(-1);
  return issue.statusId === approvalStep.status && newest?.finalDecision === "pending" ? newest : undefined;
}

export function canAnswer(issue: Issue, approval: Approval, accountId: string): boolean {
  return (
    openApproval(issue)?.id === approval.id &&
    approval.approvers.some((approver) => approver.accountId === accountId && approver.decision === "pending")
  );
}

/**
 * The approval after a person's answer, completed when the answer decides it. One answer per person.
 * @throws ApprovalRefused
 */
export function answered(
  issue: Issue,
  approvalId: string,
  accountId: string,
  decision: "approved" | "declined",
  at: number,
): Approval {
  const approval = issue.approvals.find((other) => other.id === approvalId);
  if (!approval) throw new ApprovalRefused("unknown", "The approval does not exist.");
  const own = approval.approvers.find((approver) => approver.accountId === accountId);
  if (!own) throw new ApprovalRefused("not an approver", "You are not an approver of this request.");
  if (own.decision !== "pending")
    throw new ApprovalRefused("too late", "You have already answered this approval.");
  if (openApproval(issue)?.id !== approval.id)
    throw new ApprovalRefused("too late", "This approval has already been completed.");

  const approvers = approval.approvers.map((approver) =>
    approver.accountId === accountId ? { ...approver, decision } : approver,
  );
  const finalDecision = outcome(approvers, approval.condition);
  return { ...approval, approvers, finalDecision, completed: finalDecision === "pending" ? null : at };
}

/** One decline declines. When fewer people are asked than the condition wants, all of them have to approve. */
function outcome(approvers: Approver[], { conditionType, conditionValue }: Approval["condition"]): Decision {
  if (approvers.some((approver) => approver.decision === "declined")) return "declined";
  const enough = (asked: Approver[], wanted: number) =>
    asked.filter((approver) => approver.decision === "approved").length >= Math.min(wanted, asked.length);

  if (conditionType === "percent")
    return enough(approvers, Math.ceil((approvers.length * conditionValue) / 100)) ? "approved" : "pending";
  if (conditionType === "number") return enough(approvers, conditionValue) ? "approved" : "pending";
  const principals = approvers.flatMap(({ accountId, groupIds }) =>
    groupIds.length > 0 ? groupIds : [accountId],
  );
  const everyPrincipal = [...new Set(principals)].every((principal) =>
    enough(
      approvers.filter(({ accountId, groupIds }) => accountId === principal || groupIds.includes(principal)),
      conditionValue,
    ),
  );
  return everyPrincipal ? "approved" : "pending";
}
