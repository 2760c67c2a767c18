import type { Account, StatusChange } from "../requests/issue.ts";
import type { Asked, Decision } from "../requests/request.ts";

/** An approval as JSM keeps it. Times are milliseconds since 1970, by Jira's clock. */
export type ApprovalRecord = {
  id: string;
  finalDecision: "approved" | "declined" | "pending";
  createdAt: number;
  completedAt: number | undefined;
  approvers: { accountId: string; active: boolean; decision: "approved" | "declined" | "pending" }[];
};

/** What Jira shows about the stage that was asked for. `evidence` names where it can be seen. */
export type Verdict =
  | { kind: "approved" | "declined"; by: string[]; evidence: string; at: number }
  | { kind: "pending" }
  | { kind: "invalid"; why: string; by: string[]; evidence: string };

/** Who was asked, and who may not decide whatever any list says: the requester and the beneficiary. */
type Electorate = { approvers: string[]; excluded: string[] };
type Stage = Electorate & { asked: Asked };

/**
 * Reads the decision from JSM's approval records. Only the newest record of the stage counts. It approves when every
 * approver who said yes was asked by Latchkey, has an active account, and is neither requester nor beneficiary.
 * A decline counts whoever said it: Jira has moved the ticket already, and saying no gives nobody anything.
 */
export function proveByApprovals(records: ApprovalRecord[], stage: Stage): Verdict {
  const { asked } = stage;
  const newest = newestFirst(records).find(
    (record) => record.createdAt >= asked.at || record.id === asked.pendingApproval,
  );
  return newest ? judge(newest, stage) : { kind: "pending" };
}

/**
 * Whether the newest completed record of all still is the approval that was decided on last, and that and the ones that
 * the same stage needed before still count: an approver's account may have been deactivated since, or somebody may have
 * declined after all.
 */
export function stillApproved(records: ApprovalRecord[], decisions: Decision[], excluded: string[]): boolean {
  const completed = newestFirst(records).filter((record) => record.finalDecision !== "pending");
  const last = decisions.at(-1);
  return (
    last !== undefined &&
    completed[0] !== undefined &&
    `approval:${completed[0].id}` === last.evidence &&
    decisions.every(({ evidence, approvers }) => {
      const record = completed.find(({ id }) => `approval:${id}` === evidence);
      return record && judge(record, { approvers, excluded }).kind === "approved";
    })
  );
}

/** Of two records of the same millisecond the one that Jira tells later is the newer one. */
export function newestFirst(records: ApprovalRecord[]): ApprovalRecord[] {
  return records.toReversed().sort((a, b) => b.createdAt - a.createdAt);
}

function judge(record: ApprovalRecord, electorate: Electorate): Verdict {
  if (record.finalDecision === "pending") return { kind: "pending" };
  const deciders = record.approvers.filter((approver) => approver.decision === record.finalDecision);
  const by = deciders.map((approver) => approver.accountId);
  const evidence = `approval:${record.id}`;
  const at = record.completedAt ?? record.createdAt;
  if (record.finalDecision === "declined") return { kind: "declined", by, evidence, at };

  const invalid = (why: string): Verdict => ({ kind: "invalid", why, by, evidence });
  if (by.length === 0) return invalid("the record names nobody who approved");
  for (const decider of deciders) {
    const why = objection(decider, electorate);
    if (why) return invalid(why);
  }
  return { kind: "approved", by, evidence, at };
}

/**
 * Reads the decision from the history of the status, for workflows without approvals: the last move,
 * if it was into the approved status, since Latchkey asked, by somebody who may decide.
 */
export function proveByTransition(changes: StatusChange[], statuses: Statuses, stage: Stage): Verdict {
  const last = latestFirst(changes)[0];
  if (!last || last.at < stage.asked.at) return { kind: "pending" };
  if (last.to !== statuses.approved && last.to !== statuses.declined) return { kind: "pending" };

  const by = last.author ? [last.author.accountId] : [];
  const evidence = `changelog:${last.id}`;
  if (last.to === statuses.declined) return { kind: "declined", by, evidence, at: last.at };
  const why = last.author ? objection(last.author, stage) : "the history does not say who moved the ticket";
  return why ? { kind: "invalid", why, by, evidence } : { kind: "approved", by, evidence, at: last.at };
}

/** Jira tells its history oldest first; of two moves in the same millisecond the one that is told later is the later one. */
function latestFirst(changes: StatusChange[]): StatusChange[] {
  return changes.toReversed().sort((a, b) => b.at - a.at);
}

type Statuses = { approved: string; declined: string };

/** Whether the move that was decided on is still the last one into the approved or declined status, and still approves. */
export function stillMoved(
  changes: StatusChange[],
  statuses: Statuses,
  decision: Decision,
  excluded: string[],
): boolean {
  const last = latestFirst(changes).find(
    (change) => change.to === statuses.approved || change.to === statuses.declined,
  );
  return (
    last?.to === statuses.approved &&
    last.author !== undefined &&
    `changelog:${last.id}` === decision.evidence &&
    objection(last.author, { approvers: decision.approvers, excluded }) === undefined
  );
}

/** Why this account's yes does not count, if it does not. An approval record does not say what kind of account it was. */
function objection(
  account: Pick<Account, "accountId" | "active"> & { kind?: Account["kind"] },
  { approvers, excluded }: Electorate,
): string | undefined {
  if (excluded.includes(account.accountId)) return "nobody may approve access for themselves";
  if (!approvers.includes(account.accountId)) return "it was given by somebody who was not asked";
  if (!account.active) return "the approver's account is not active";
  if (account.kind === "app") return "it was given by a bot";
  return undefined;
}
