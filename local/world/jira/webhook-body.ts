import type { IssueEvent } from "./events.ts";
import { commentJson, historyItemJson, issueJson, selectFields } from "./issue-json.ts";
import type { Site } from "./site.ts";
import { userJson, type View } from "./view.ts";

const allButComments = selectFields(["*all", "-comment"], "*all");
const commentedIssue = selectFields(
  ["summary", "issuetype", "project", "assignee", "priority", "status"],
  "*all",
);

/**
 * What an admin webhook is sent: the issue as REST v2 shows it, and people without e-mail addresses.
 * https://developer.atlassian.com/cloud/jira/platform/webhooks/
 */
export function webhookBody(event: IssueEvent, site: Site): object {
  const view: View = { site, base: site.url, version: 2, viewer: null };
  const head = { timestamp: site.clock.now(), webhookEvent: event.name };
  if (event.name === "comment_created")
    return {
      ...head,
      comment: commentJson(event.issue, event.comment, view),
      issue: issueJson(event.issue, view, commentedIssue),
    };
  return {
    ...head,
    ...(event.kind ? { issue_event_type_name: event.kind } : {}),
    user: userJson(event.actor, view),
    issue: issueJson(event.issue, view, allButComments),
    ...(event.entry
      ? { changelog: { id: event.entry.id, items: event.entry.items.map(historyItemJson) } }
      : {}),
  };
}
