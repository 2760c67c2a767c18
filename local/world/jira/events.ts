import type { Account } from "./accounts.ts";
import type { HistoryEntry, Issue, IssueComment } from "./issues.ts";

/** Something that happened in the simulated Jira, `at` in milliseconds since 1970. People are display names. */
export type JiraEvent = { source: "jira"; at: number; issueKey: string } & JiraFact;

export type JiraFact =
  | { type: "request created"; by: string; reporter: string; requestType: string; summary: string }
  | { type: "issue edited"; by: string; fields: string[] }
  | { type: "status changed"; by: string; transition: string; from: string; to: string }
  | { type: "approval asked"; approvers: string[] }
  | {
      type: "approval answered";
      by: string;
      decision: "approved" | "declined";
      outcome: "approved" | "declined" | "pending";
    }
  | { type: "comment added"; by: string; public: boolean; text: string }
  | { type: "issue moved"; by: string; from: string }
  | { type: "issue deleted"; by: string }
  | { type: "webhook delivered"; event: string; url: string; attempt: number; status: number }
  | {
      type: "webhook failed";
      event: string;
      url: string;
      attempt: number;
      problem: string;
      retryAt: number | null;
    };

/** A change of an issue as Jira's webhooks and automation rules learn of it. */
export type IssueEvent =
  | {
      name: "jira:issue_created" | "jira:issue_updated" | "jira:issue_deleted";
      /** Jira's `issue_event_type_name`; deletions have none. */
      kind?: "issue_created" | "issue_updated" | "issue_assigned" | "issue_generic" | "issue_moved";
      actor: Account;
      issue: Issue;
      entry?: HistoryEntry;
    }
  | { name: "comment_created"; actor: Account; issue: Issue; comment: IssueComment };
