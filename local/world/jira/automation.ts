import { issueJson, selectFields } from "./issue-json.ts";
import { type Issue, reporterOf } from "./issues.ts";
import { findProject } from "./project.ts";
import type { JiraSettings } from "./settings.ts";
import type { Site } from "./site.ts";

/**
 * What the automation rule "when an access request is created: send web request" sends, in each of the three
 * formats that the rule's editor offers.
 * https://support.atlassian.com/cloud-automation/docs/issue-data-automation-format-payload-for-send-web-request-action/
 */
export function automationBody(
  format: Exclude<JiraSettings["automation"], "off">,
  issue: Issue,
  site: Site,
): object {
  if (format === "custom") return customBody(issue, site);
  const { id, key, self, fields } = issueJson(
    issue,
    { site, base: site.url, version: 2, viewer: null },
    selectFields(["*all", "-comment"], "*all"),
  );
  const changelog = { startAt: 0, maxResults: 0, total: 0, histories: null };
  const shown = { self, id: Number(id), key, changelog, fields: asAutomationShows(fields) };
  return format === "jira-format" ? { issue: shown } : shown;
}

function customBody(issue: Issue, site: Site) {
  const reporter = site.accounts.get(reporterOf(issue));
  return {
    v: 1,
    event: "request_created",
    issueKey: issue.key,
    issueId: issue.id,
    projectKey: findProject(issue.projectId)?.key ?? "",
    reporterAccountId: reporter.accountId,
    reporterEmail: reporter.emailHidden ? "" : reporter.email,
  };
}

/** Ids that REST shows as strings are numbers here, and things that have a name carry it again as `namedValue`. */
function asAutomationShows(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asAutomationShows);
  if (typeof value !== "object" || value === null) return value;
  const entries: [string, unknown][] = Object.entries(value);
  const shown = entries.map(([name, inner]) => [
    name,
    name === "id" && typeof inner === "string" && /^\d+$/.test(inner)
      ? Number(inner)
      : asAutomationShows(inner),
  ]);
  const names = new Map(entries);
  const namedValue = names.get("name") ?? names.get("value") ?? names.get("displayName");
  return Object.fromEntries(namedValue === undefined ? shown : [...shown, ["namedValue", namedValue]]);
}
