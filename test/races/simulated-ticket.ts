import type { ApprovalRecord } from "../../src/approvals/approval-proof.ts";
import { JiraRefusedError } from "../../src/errors.ts";
import type { Account, Issue, StatusChange } from "../../src/requests/issue.ts";
import { issue, requestType, site } from "../support/use-cases.ts";

const { statuses } = requestType;
const everyStatus = [
  ...new Set(
    Object.values(statuses)
      .flat()
      .filter((status) => status !== undefined),
  ),
];

/** A ticket in Jira, with its approvals, its history and its comments. Every method is one call to Jira. */
export class SimulatedTicket {
  readonly #now: () => number;
  readonly #changed: () => void;
  readonly #asked: (record: ApprovalRecord) => void;
  readonly #id: string;
  readonly #fields: Record<string, unknown>;
  statusId: string = statuses.open;
  readonly records: ApprovalRecord[] = [];
  readonly moves: StatusChange[] = [];
  readonly said: string[] = [];
  #approvers: string[] = [];
  #updatedAt: number;

  /** @param events are told of every change, whoever makes it, and of every approval that is asked for */
  constructor(
    id: string,
    option: string,
    now: () => number,
    { changed, asked }: { changed: () => void; asked: (record: ApprovalRecord) => void },
  ) {
    this.#id = id;
    this.#now = now;
    this.#changed = changed;
    this.#asked = asked;
    this.#updatedAt = now();
    this.#fields = { [requestType.fields.entitlement.id]: { id: "1", child: { id: option } } };
  }

  issue(): Issue {
    const { statusId } = this;
    const transitions = everyStatus.filter((to) => to !== statusId).map((to) => ({ id: to, to }));
    const parts = { id: this.#id, key: `ACC-${this.#id}`, statusId, transitions, updatedAt: this.#updatedAt };
    return issue(parts, this.#fields);
  }

  approvals(): ApprovalRecord[] {
    return structuredClone(this.records);
  }

  /** An approver decides; Jira moves the ticket. */
  decide(record: ApprovalRecord, decision: "approved" | "declined"): string {
    const [approver] = record.approvers;
    if (!approver) throw new Error("nobody was asked");
    approver.decision = decision;
    record.finalDecision = decision;
    record.completedAt = this.#now();
    this.move(statuses[decision], approver.accountId);
    return approver.accountId;
  }

  move(to: string, by: string): void {
    if (to === this.statusId) throw new JiraRefusedError("a move to where the ticket is", 400);
    const author: Account = { accountId: by, active: true, kind: "atlassian", displayName: by };
    const id = String(this.moves.length + 1);
    this.moves.push({ id, at: this.#now(), author, from: this.statusId, to });
    this.statusId = to;
    if (statuses.waiting.includes(to)) this.#ask();
    this.#touch();
  }

  #ask(): void {
    if (this.records.some(({ finalDecision }) => finalDecision === "pending")) return;
    const record: ApprovalRecord = {
      id: String(this.records.length + 1),
      finalDecision: "pending",
      createdAt: this.#now(),
      completedAt: undefined,
      approvers: this.#approvers.map((accountId) => ({ accountId, active: true, decision: "pending" })),
    };
    this.records.push(record);
    this.#asked(record);
  }

  transition(id: string, comment?: unknown): void {
    this.move(id, site.jira.serviceAccount);
    if (comment) this.comment(comment);
  }

  comment(comment: unknown): void {
    this.said.push(JSON.stringify(comment));
    this.#touch();
  }

  setApprovers(accountIds: string[]): number {
    this.#approvers = accountIds;
    this.#touch();
    return Math.floor(this.#now() / 1_000) * 1_000;
  }

  changedWithin(minutes: number): Issue[] {
    return this.#updatedAt >= this.#now() - minutes * 60_000 ? [this.issue()] : [];
  }

  #touch(): void {
    this.#updatedAt = this.#now();
    this.#changed();
  }
}

/** The memberships of one person in JumpCloud, and what was changed of them. */
export class SimulatedMemberships {
  readonly #groups = new Set<string>();
  readonly changes: { did: "added" | "removed"; at: number; wasApproved: boolean }[] = [];
  readonly #state: () => { at: number; wasApproved: boolean };

  constructor(state: () => { at: number; wasApproved: boolean }) {
    this.#state = state;
  }

  has(groupId: string): boolean {
    return this.#groups.has(groupId);
  }

  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }

  add(groupId: string): void {
    if (!this.#groups.has(groupId)) this.changes.push({ did: "added", ...this.#state() });
    this.#groups.add(groupId);
  }

  remove(groupId: string): void {
    if (this.#groups.delete(groupId)) this.changes.push({ did: "removed", ...this.#state() });
  }
}
