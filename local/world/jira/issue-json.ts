import { fieldValueJson } from "./field-json.ts";
import { fieldIds, fields } from "./fields.ts";
import type { HistoryEntry, HistoryItem, Issue, IssueComment } from "./issues.ts";
import { findProject, requestTypeById } from "./project.ts";
import { issueTypeJson, projectJson } from "./project-json.ts";
import { approvalJson, requestLinks, requestStatusJson, requestTypeJson } from "./request-json.ts";
import { htmlText, wikiText } from "./rich-text.ts";
import { platformDate, userJson, type View } from "./view.ts";
import { resolutionJson, statusJson } from "./workflow-json.ts";

/** Which fields an answer shows. Jira's words: ids, `*all`, `*navigable`, and either with a minus to leave it out. */
type FieldSelection = (fieldId: string) => boolean;

const notNavigable = new Set<string>(["comment", fieldIds.description]);

/** Reads a list of wanted fields; `fallback` is meant when nothing, or only something to leave out, is named. */
export function selectFields(wanted: string[], fallback: "*all" | "*navigable" | "id"): FieldSelection {
  const without = new Set(wanted.filter((name) => name.startsWith("-")).map((name) => name.slice(1)));
  const named = wanted.filter((name) => !name.startsWith("-"));
  const shown = new Set(named.length > 0 ? named : [fallback]);
  return (fieldId) =>
    !without.has(fieldId) &&
    (shown.has(fieldId) || shown.has("*all") || (shown.has("*navigable") && !notNavigable.has(fieldId)));
}

/** An issue with the selected fields. Fields that are empty are shown as null. */
export function issueJson(issue: Issue, view: View, selection: FieldSelection) {
  const values: Record<string, () => unknown> = {
    statuscategorychangedate: () => platformDate(issue.categorySince),
    ...storedFields(issue, view),
    ...computedFields(issue, view),
  };
  const shown = Object.entries(values).filter(([fieldId]) => selection(fieldId));
  return {
    id: issue.id,
    self: `${view.base}/rest/api/${view.version}/issue/${issue.id}`,
    key: issue.key,
    fields: Object.fromEntries(shown.map(([fieldId, value]) => [fieldId, value()])),
  };
}

function storedFields(issue: Issue, view: View): Record<string, () => unknown> {
  return Object.fromEntries(
    fields
      .filter((field) => field.kind !== "computed")
      .map((field) => [field.id, () => fieldValueJson(field, issue.fields[field.id], view)]),
  );
}

function computedFields(issue: Issue, view: View): Record<string, () => unknown> {
  const project = findProject(issue.projectId);
  return {
    status: () => statusJson(issue.statusId, view),
    issuetype: () => issueTypeJson(view),
    project: () => project && projectJson(project, view),
    creator: () => userJson(view.site.accounts.get(issue.creator), view),
    priority: () => ({
      self: `${view.base}/rest/api/${view.version}/priority/3`,
      iconUrl: `${view.base}/images/icons/priorities/medium.svg`,
      name: "Medium",
      id: "3",
    }),
    resolution: () => issue.resolutionId && resolutionJson(issue.resolutionId, view),
    resolutiondate: () => (issue.resolved === null ? null : platformDate(issue.resolved)),
    created: () => platformDate(issue.created),
    updated: () => platformDate(issue.updated),
    [fieldIds.approvals]: () => issue.approvals.map((approval) => approvalJson(issue, approval, view)),
    [fieldIds.requestType]: () => requestTypeFieldJson(issue, view),
    comment: () => {
      const comments = visibleComments(issue, view).map((comment) => commentJson(issue, comment, view));
      return {
        comments,
        self: `${view.base}/rest/api/${view.version}/issue/${issue.id}/comment`,
        maxResults: comments.length,
        total: comments.length,
        startAt: 0,
      };
    },
  };
}

function requestTypeFieldJson(issue: Issue, view: View) {
  const requestType = requestTypeById(issue.requestTypeId);
  if (!requestType) return null;
  return {
    _links: requestLinks(issue, view),
    requestType: requestTypeJson(requestType, view),
    currentStatus: requestStatusJson(issue.statusId, issue.statusSince),
  };
}

/** Customers are shown public comments only. */
export function visibleComments(issue: Issue, { viewer }: View): IssueComment[] {
  return issue.comments.filter((comment) => comment.public || viewer?.agent);
}

export function commentJson(issue: Issue, comment: IssueComment, view: View) {
  const author = userJson(view.site.accounts.get(comment.author), view);
  return {
    self: `${view.base}/rest/api/${view.version}/issue/${issue.id}/comment/${comment.id}`,
    id: comment.id,
    author,
    body: view.version === 3 ? comment.document : wikiText(comment.document),
    updateAuthor: author,
    created: platformDate(comment.at),
    updated: platformDate(comment.at),
    jsdPublic: comment.public,
  };
}

export function renderedFields(issue: Issue, selection: FieldSelection): Record<string, unknown> {
  return Object.fromEntries(
    fields
      .filter((field) => selection(field.id))
      .map((field) => {
        const value = issue.fields[field.id];
        return [field.id, value?.type === "richText" ? htmlText(value.document) : null];
      }),
  );
}

export function historyJson(entry: HistoryEntry, view: View) {
  return {
    id: entry.id,
    author: userJson(view.site.accounts.get(entry.author), view),
    created: platformDate(entry.at),
    items: entry.items.map(historyItemJson),
    ...(entry.metadata ? { historyMetadata: entry.metadata } : {}),
  };
}

/** On the wire the new text's name is `toString`, which every JavaScript object has anyway. */
export function historyItemJson(item: HistoryItem) {
  return {
    field: item.field,
    fieldtype: item.fieldtype,
    fieldId: item.fieldId,
    from: item.from,
    fromString: item.fromText,
    to: item.to,
    toString: item.toText,
  };
}
