import { isDeepStrictEqual } from "node:util";
import type { Account } from "./accounts.ts";
import { type Approval, newApproval, openApproval, withApproversOfField } from "./approvals.ts";
import type { IssueEvent, JiraFact } from "./events.ts";
import { describeFieldValue, type FieldValue } from "./field-values.ts";
import { type FieldDefinition, isCustom } from "./fields.ts";
import type { HistoryItem, Issue, IssueComment } from "./issues.ts";
import type { Project } from "./project.ts";
import { wikiText } from "./rich-text.ts";
import type { Site } from "./site.ts";
import { approvalStep, resolutions, statusOf, type Transition } from "./workflow.ts";

export type NewComment = Pick<IssueComment, "document" | "public" | "properties">;

/**
 * One write of one issue: collects what changes, then `commit` stores it as one entry of the history and lets
 * webhooks know. Nothing is stored before.
 */
export class IssueChange {
  /** The issue as it will be. */
  readonly issue: Issue;
  readonly #site: Site;
  readonly #actor: Account;
  readonly #items: HistoryItem[] = [];
  readonly #comments: IssueComment[] = [];
  readonly #facts: JiraFact[] = [];

  constructor(site: Site, actor: Account, issue: Issue) {
    this.#site = site;
    this.#actor = actor;
    this.issue = structuredClone(issue);
  }

  /** Sets or, with null, clears a field. The same value again is no change. */
  setField(field: FieldDefinition, value: FieldValue | null): void {
    const before = this.issue.fields[field.id] ?? null;
    if (isDeepStrictEqual(before, value)) return;
    const from = describeFieldValue(field, before, this.#site);
    const to = describeFieldValue(field, value, this.#site);
    this.#record(field.id, isCustom(field) ? field.name : field.id, from, to);
    if (value) this.issue.fields[field.id] = value;
    else delete this.issue.fields[field.id];

    const open = openApproval(this.issue);
    if (open?.condition.field === field.id && this.#site.settings.approversFollowField)
      this.replaceApproval(withApproversOfField(open, this.issue, this.#site.accounts));
  }

  /** Moves the issue through a transition: status, resolution and, in the approval status, a new approval. */
  setStatus(transition: Transition, resolutionId?: string): void {
    const now = this.#site.clock.now();
    const from = statusOf(this.issue.statusId);
    const to = statusOf(transition.to);
    this.#setResolution(to.resolution ? (resolutionId ?? to.resolution.id) : null);
    this.#record("status", "status", { id: from.id, text: from.name }, { id: to.id, text: to.name });
    this.issue.statusId = to.id;
    this.issue.statusSince = now;
    if (to.category !== from.category) this.issue.categorySince = now;
    this.#tell({
      type: "status changed",
      by: this.#actor.displayName,
      transition: transition.name,
      from: from.name,
      to: to.name,
    });
    if (to.id === approvalStep.status) this.#askForApproval();
  }

  /** The status of a new issue. In the history of creations Jira calls the field `Status`. */
  startIn(statusId: string): void {
    const { id, name } = statusOf(statusId);
    this.#record("status", "Status", { id: null, text: null }, { id, text: name });
  }

  replaceApproval(changed: Approval): void {
    this.issue.approvals = this.issue.approvals.map((approval) =>
      approval.id === changed.id ? changed : approval,
    );
  }

  addComment(added: NewComment): IssueComment {
    const comment: IssueComment = {
      id: String(this.#site.counters.next("comment", 10000)),
      author: this.#actor.accountId,
      at: this.#site.clock.now(),
      ...added,
    };
    this.issue.comments.push(comment);
    this.#comments.push(comment);
    this.#tell({
      type: "comment added",
      by: this.#actor.displayName,
      public: comment.public,
      text: wikiText(comment.document),
    });
    return comment;
  }

  /** Gives the issue a key of another project. What belongs to the service desk stays behind. */
  moveTo(project: Project, previous: Project): void {
    const key = `${project.key}-${this.#site.counters.next(`issues of ${project.key}`)}`;
    this.#record(
      "project",
      "project",
      { id: previous.id, text: previous.name },
      { id: project.id, text: project.name },
    );
    this.#record("issuekey", "Key", { id: null, text: this.issue.key }, { id: null, text: key });
    this.#tell({ type: "issue moved", by: this.#actor.displayName, from: this.issue.key });
    this.issue.formerKeys.push(this.issue.key);
    this.issue.key = key;
    this.issue.projectId = project.id;
    if (project.typeKey !== "service_desk") this.issue.requestTypeId = null;
  }

  #askForApproval(): void {
    const approval = newApproval(
      String(this.#site.counters.next("approval")),
      this.issue,
      this.#site.clock.now(),
      { ...this.#site.settings.approval },
      this.#site.accounts,
    );
    this.issue.approvals.push(approval);
    const names = approval.approvers.map(({ accountId }) => this.#site.accounts.get(accountId).displayName);
    this.#tell({ type: "approval asked", approvers: names });
  }

  #setResolution(id: string | null): void {
    if (id === this.issue.resolutionId) return;
    const described = (wanted: string | null) => ({
      id: wanted,
      text: resolutions.find((resolution) => resolution.id === wanted)?.name ?? null,
    });
    this.#record("resolution", "resolution", described(this.issue.resolutionId), described(id));
    this.issue.resolutionId = id;
    this.issue.resolved = id === null ? null : this.#site.clock.now();
  }

  #record(
    fieldId: string,
    field: string,
    from: { id: string | null; text: string | null },
    to: { id: string | null; text: string | null },
  ): void {
    const fieldtype = fieldId.startsWith("customfield_") ? "custom" : "jira";
    this.#items.push({
      field,
      fieldtype,
      fieldId,
      from: from.id,
      fromText: from.text,
      to: to.id,
      toText: to.text,
    });
  }

  #tell(fact: JiraFact): void {
    this.#facts.push(fact);
  }

  /** Stores the change. `metadata` is shown in the history as the caller gave it. */
  commit(options: { created?: boolean; metadata?: object; fact?: JiraFact } = {}): Issue {
    const { issue } = this;
    const at = this.#site.clock.now();
    const event = this.#event(options.created ?? false);
    if (this.#items.length > 0) {
      const entry = {
        id: String(this.#site.counters.next("history", 10000)),
        author: this.#actor.accountId,
        at,
        items: this.#items,
        ...(options.metadata ? { metadata: options.metadata } : {}),
      };
      // A creation is announced with a changelog, but the history does not show it.
      if (!options.created) issue.history.push(entry);
      event.entry = entry;
    }
    if (this.#items.length > 0 || this.#comments.length > 0) issue.updated = at;
    this.#site.issues.save(issue);

    if (this.#items.length > 0) this.#site.announce(event);
    for (const comment of this.#comments)
      this.#site.announce({ name: "comment_created", actor: this.#actor, issue, comment });
    for (const fact of [...(options.fact ? [options.fact] : this.#edited()), ...this.#facts])
      this.#site.tell(issue.key, fact);
    return issue;
  }

  #event(created: boolean): Exclude<IssueEvent, { name: "comment_created" }> {
    const { issue } = this;
    const actor = this.#actor;
    if (created) return { name: "jira:issue_created", kind: "issue_created", actor, issue };
    const changed = new Set(this.#items.map((item) => item.fieldId));
    let kind: "issue_updated" | "issue_assigned" | "issue_generic" | "issue_moved" = "issue_updated";
    if (changed.has("issuekey")) kind = "issue_moved";
    else if (changed.has("status")) kind = "issue_generic";
    else if (changed.size === 1 && changed.has("assignee")) kind = "issue_assigned";
    return { name: "jira:issue_updated", kind, actor, issue };
  }

  #edited(): JiraFact[] {
    const fields = this.#items.filter(
      ({ fieldId }) => !["status", "resolution", "project", "issuekey"].includes(fieldId),
    );
    if (fields.length === 0) return [];
    return [{ type: "issue edited", by: this.#actor.displayName, fields: fields.map(({ field }) => field) }];
  }
}
