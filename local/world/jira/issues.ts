import type { LocalClock } from "../../clock.ts";
import type { Collection, Store } from "../../store.ts";
import { versionAt, withVersion } from "../versions.ts";
import type { Approval } from "./approvals.ts";
import type { FieldValue } from "./field-values.ts";
import { fieldIds } from "./fields.ts";
import type { AdfDocument } from "./rich-text.ts";
import type { JiraSettings } from "./settings.ts";

/** One changed field in the history. The wire names are `from`, `fromString`, `to` and `toString`. */
export type HistoryItem = {
  field: string;
  fieldtype: "jira" | "custom";
  fieldId: string;
  from: string | null;
  fromText: string | null;
  to: string | null;
  toText: string | null;
};

export type HistoryEntry = {
  id: string;
  author: string;
  at: number;
  items: HistoryItem[];
  metadata?: object;
};

export type IssueComment = {
  id: string;
  author: string;
  at: number;
  document: AdfDocument;
  /** Whether customers see it; the others are internal. */
  public: boolean;
  properties: { key: string; value: unknown }[];
};

export type RemoteLink = {
  id: number;
  globalId?: string;
  relationship?: string;
  application: object;
  object: object;
};

/** An issue with all that hangs on it. Accounts are account ids, times milliseconds. */
export type Issue = {
  id: string;
  key: string;
  /** Keys that it had before it was moved; they still find it. */
  formerKeys: string[];
  projectId: string;
  /** Null when it is not, or no longer, a request of the service desk. */
  requestTypeId: string | null;
  creator: string;
  created: number;
  updated: number;
  statusId: string;
  statusSince: number;
  /** When its status last changed to another category. */
  categorySince: number;
  resolutionId: string | null;
  resolved: number | null;
  fields: Record<string, FieldValue>;
  /** Oldest first, as all lists here. */
  history: HistoryEntry[];
  comments: IssueComment[];
  approvals: Approval[];
  properties: Record<string, unknown>;
  remoteLinks: RemoteLink[];
};

export function reporterOf(issue: Issue): string {
  const reporter = issue.fields[fieldIds.reporter];
  return reporter?.type === "user" ? reporter.accountId : issue.creator;
}

export function participantsOf(issue: Issue): string[] {
  const participants = issue.fields[fieldIds.participants];
  return participants?.type === "users" ? participants.accountIds : [];
}

export function summaryOf(issue: Issue): string {
  const summary = issue.fields[fieldIds.summary];
  return summary?.type === "text" ? summary.text : "";
}

/**
 * The issues of the site. A stored issue is never changed: a change is a new document, and `save` keeps it.
 * Readers may lag behind, as the settings say; what they read is then an earlier version.
 */
export class Issues {
  readonly #clock: LocalClock;
  readonly #settings: JiraSettings;
  readonly #issues: Collection<Issue>;
  readonly #idByKey = new Map<string, string>();
  /** Versions by issue id, oldest first, as far back as readers lag. Forgotten when the process ends. */
  readonly #versions = new Map<string, { at: number; issue: Issue }[]>();

  constructor(store: Store, clock: LocalClock, settings: JiraSettings) {
    this.#clock = clock;
    this.#settings = settings;
    this.#issues = store.collection("jira.issues");
    for (const issue of this.#issues.values()) this.#index(issue);
  }

  /** The issue of an id or key as it is now. */
  find(idOrKey: string): Issue | undefined {
    return this.#issues.get(this.#idByKey.get(idOrKey.toUpperCase()) ?? idOrKey);
  }

  /** The issue as reads of one issue see it; its first version when it is younger than their lag. */
  read(idOrKey: string): Issue | undefined {
    const issue = this.find(idOrKey);
    return issue && this.#asOf(issue, this.#settings.readsLagMs);
  }

  /** All issues as searches see them: too young ones are missing, except those whose ids are `current`. */
  search(current: ReadonlySet<string>): Issue[] {
    const lag = this.#settings.searchLagMs;
    const all = this.#issues.values();
    if (lag === 0) return all;
    const known = all.filter((issue) => current.has(issue.id) || issue.created <= this.#clock.now() - lag);
    return known.map((issue) => (current.has(issue.id) ? issue : this.#asOf(issue, lag)));
  }

  save(issue: Issue): void {
    const now = this.#clock.now();
    const lag = Math.max(this.#settings.readsLagMs, this.#settings.searchLagMs);
    const before = this.#issues.get(issue.id);
    const versions = this.#versions.get(issue.id) ?? (before ? [{ at: 0, issue: before }] : []);
    if (lag === 0) this.#versions.delete(issue.id);
    else this.#versions.set(issue.id, withVersion(versions, { at: now, issue }, lag));
    this.#issues.set(issue.id, issue);
    this.#index(issue);
  }

  delete(issue: Issue): void {
    this.#issues.delete(issue.id);
    for (const key of [issue.key, ...issue.formerKeys]) this.#idByKey.delete(key);
    this.#versions.delete(issue.id);
  }

  #index(issue: Issue): void {
    for (const key of [issue.key, ...issue.formerKeys]) this.#idByKey.set(key, issue.id);
  }

  #asOf(issue: Issue, lag: number): Issue {
    const versions = lag === 0 ? [] : (this.#versions.get(issue.id) ?? []);
    const seen = versionAt(versions, this.#clock.now() - lag) ?? versions[0];
    return seen?.issue ?? issue;
  }
}
