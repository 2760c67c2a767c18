import { type FindApproversDeps, findApprovers } from "../approvals/find-approvers.ts";
import { NoApproverError } from "../errors.ts";
import type { ApprovalStage, Policy } from "../policy/policy.ts";
import type { Pin } from "./request.ts";

export type EmergencyDeps = FindApproversDeps;

/** A comment that mentions more people than that reaches nobody. */
const most = 20;

/**
 * Whom to tell of access that is taken in an emergency: those who would have been asked first, and the policy's own group.
 * That nobody can be found stops nothing.
 *
 * @param stage the first one of the approval that it would have needed
 */
export async function whomToTell(
  deps: EmergencyDeps,
  pin: Pin,
  stage: ApprovalStage | undefined,
  policy: Policy,
  at: number,
): Promise<{ approvers: string[]; notified: string[] }> {
  const approvers = stage ? await approversOf(deps, pin, stage, policy, at) : [];
  const { notify } = policy.breakGlass ?? {};
  const group = notify ? await deps.jira.groupMembers(notify.id) : [];
  const notified = group.flatMap(({ accountId, active, kind }) =>
    active && kind !== "app" && !approvers.includes(accountId) ? [accountId] : [],
  );
  return { approvers: approvers.slice(0, most), notified: notified.slice(0, most) };
}

async function approversOf(
  deps: EmergencyDeps,
  pin: Pin,
  stage: ApprovalStage,
  policy: Policy,
  at: number,
): Promise<string[]> {
  try {
    return (await findApprovers(deps, pin, stage, policy, { at })).accountIds;
  } catch (error) {
    if (error instanceof NoApproverError) return [];
    throw error;
  }
}
