import type { AnyType } from "../policy/site.ts";
import type { StatusChange } from "../requests/issue.ts";
import { approvalsOf } from "../requests/life.ts";
import { partiesTo } from "../requests/parties.ts";
import type { ActionPin, Asked, Decision, Pin } from "../requests/request.ts";
import {
  type ApprovalRecord,
  proveByApprovals,
  proveByTransition,
  stillApproved,
  stillMoved,
  type Verdict,
} from "./approval-proof.ts";

export type ReadProofDeps = {
  jira: {
    approvals(issueId: string): Promise<ApprovalRecord[]>;
    /** The changes of the issue's status. */
    statusChanges(issueId: string): Promise<StatusChange[]>;
  };
};

/**
 * Reads from Jira what was decided on the stage that was asked for last, by the kind of proof of the request type. What was
 * decided on the stage before does not count again: it may be of the very second in which this one was asked for.
 */
export async function readProof(
  { jira }: ReadProofDeps,
  request: { issueId: string; pin: Pin | ActionPin; asked: Asked; decisions: Decision[] },
  requestType: AnyType,
): Promise<Verdict> {
  const { asked, decisions, issueId } = request;
  const stage = { asked, approvers: asked.approvers, excluded: partiesTo(request.pin) };
  const isNew = (evidence: string) => decisions.every((decision) => decision.evidence !== evidence);
  if (requestType.proof === "jsm-approval") {
    const records = await jira.approvals(issueId);
    return proveByApprovals(
      records.filter(({ id }) => isNew(`approval:${id}`)),
      stage,
    );
  }
  const changes = await jira.statusChanges(issueId);
  return proveByTransition(
    changes.filter(({ id }) => isNew(`changelog:${id}`)),
    requestType.statuses,
    stage,
  );
}

/** Whether Jira, at this moment, still shows the approval that the last decision was read from. */
export async function isStillProven(
  { jira }: ReadProofDeps,
  request: { issueId: string; pin: Pin | ActionPin; decisions: Decision[] },
  requestType: AnyType,
): Promise<boolean> {
  const decision = request.decisions.at(-1);
  if (!decision) return false;
  if (requestType.proof === "jsm-approval") {
    const stage = approvalsOf(request, decision.stage);
    return stillApproved(await jira.approvals(request.issueId), stage, partiesTo(request.pin));
  }
  const changes = await jira.statusChanges(request.issueId);
  return stillMoved(changes, requestType.statuses, decision, partiesTo(request.pin));
}
