import type { LocalClock } from "../../clock.ts";
import type { Account, Accounts } from "./accounts.ts";
import type { Counters } from "./counters.ts";
import type { IssueEvent, JiraFact } from "./events.ts";
import { type Issue, type Issues, participantsOf, reporterOf } from "./issues.ts";
import type { Options } from "./options.ts";
import type { JiraSettings } from "./settings.ts";
import { leavesFrom, type Transition, transitions } from "./workflow.ts";

/** All parts of the running site, as its routes use them. */
export type Site = {
  /** Where the site answers, without a slash at the end. */
  url: string;
  clock: LocalClock;
  settings: JiraSettings;
  counters: Counters;
  accounts: Accounts;
  options: Options;
  issues: Issues;
  /** Lets webhooks and automation rules know. */
  announce(event: IssueEvent): void;
  /** Lets the narrator know. */
  tell(issueKey: string, fact: JiraFact): void;
};

/** Agents see every issue; others those that they reported, participate in, or were asked to approve. */
export function canSee(issue: Issue, account: Account): boolean {
  return (
    account.agent ||
    reporterOf(issue) === account.accountId ||
    issue.creator === account.accountId ||
    participantsOf(issue).includes(account.accountId) ||
    issue.approvals.some((approval) =>
      approval.approvers.some((approver) => approver.accountId === account.accountId),
    )
  );
}

/** The transitions that this person can do by hand now. Those of the approval step nobody can. */
export function transitionsFor(issue: Issue, account: Account): Transition[] {
  const own = reporterOf(issue) === account.accountId;
  const allowed = (by: Transition["by"]) =>
    by === "agent" ? account.agent : by === "portal" && (account.agent || own);
  return transitions.filter((transition) => allowed(transition.by) && leavesFrom(transition, issue.statusId));
}
