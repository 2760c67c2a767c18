import { automationBody } from "./automation.ts";
import type { Deliveries, NewDelivery } from "./deliveries.ts";
import type { IssueEvent } from "./events.ts";
import type { Issue } from "./issues.ts";
import { JqlError } from "./jql.ts";
import { findProject, otherRequestTypes } from "./project.ts";
import { prepareSearch } from "./search.ts";
import type { Site } from "./site.ts";
import { webhookBody } from "./webhook-body.ts";
import type { Webhooks } from "./webhooks.ts";

/** Sends an event to every webhook that wants it, and to the automation rule if that is switched on. */
export function announce(event: IssueEvent, site: Site, webhooks: Webhooks, deliveries: Deliveries): void {
  const about = aboutIssue(event.issue);
  const interested = webhooks
    .all()
    .filter(
      ({ enabled, events, jql }) =>
        enabled && events.includes(event.name) && concerns(jql, event.issue, site),
    );
  if (interested.length > 0) {
    const body = webhookBody(event, site);
    for (const { id } of interested)
      deliveries.add({ to: { webhookId: id }, event: event.name, about, body });
  }

  const { automation } = site.settings;
  const { requestTypeId } = event.issue;
  const isOurs = requestTypeId !== null && !otherRequestTypes.includes(requestTypeId);
  const triggers = event.name === "jira:issue_created" && isOurs;
  if (automation !== "off" && triggers)
    deliveries.add({
      to: "automation",
      event: "automation",
      about,
      body: automationBody(automation, event.issue, site),
    });
}

function aboutIssue(issue: Issue): NewDelivery["about"] {
  const projectKey = findProject(issue.projectId)?.key ?? "";
  return { issueId: issue.id, issueKey: issue.key, projectId: issue.projectId, projectKey };
}

/** A filter that no longer makes sense, because what it names is gone, matches nothing. */
function concerns(jql: string, issue: Issue, site: Site): boolean {
  try {
    return prepareSearch(jql, site, null).matches(issue);
  } catch (error) {
    if (error instanceof JqlError) return false;
    throw error;
  }
}
