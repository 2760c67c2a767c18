import type { Account } from "./accounts.ts";
import { type Approval, canAnswer } from "./approvals.ts";
import { fieldValueJson } from "./field-json.ts";
import { knownField } from "./fields.ts";
import { type Issue, type IssueComment, reporterOf, summaryOf } from "./issues.ts";
import { accessProject, issueType, type RequestType, requestTypeById, serviceDeskId } from "./project.ts";
import { htmlText, wikiText } from "./rich-text.ts";
import { avatarUrls, seesEmail, serviceDeskDate, type View } from "./view.ts";
import { statusIds, statusOf } from "./workflow.ts";

/** How the service desk API shows things. Its words differ from the platform's for the same things. */

export function serviceDeskUserJson(account: Account, { base, viewer }: View) {
  const self = `${base}/rest/api/2/user?accountId=${encodeURIComponent(account.accountId)}`;
  return {
    accountId: account.accountId,
    ...(seesEmail(account, viewer) ? { emailAddress: account.email } : {}),
    displayName: account.displayName,
    active: account.active,
    timeZone: account.timeZone,
    _links: { jiraRest: self, avatarUrls: avatarUrls(base, account.accountId), self },
  };
}

export function serviceDeskJson({ base }: View) {
  return {
    id: serviceDeskId,
    projectId: accessProject.id,
    projectName: accessProject.name,
    projectKey: accessProject.key,
    projectTypeKey: accessProject.typeKey,
    _links: { self: `${base}/rest/servicedeskapi/servicedesk/${serviceDeskId}` },
  };
}

export function requestTypeJson(requestType: RequestType, { base }: View) {
  const icon = (size: string) =>
    `${base}/rest/api/2/universal_avatar/view/type/SD_REQTYPE/avatar/10500?size=${size}`;
  return {
    _expands: ["field"],
    id: requestType.id,
    _links: {
      self: `${base}/rest/servicedeskapi/servicedesk/${serviceDeskId}/requesttype/${requestType.id}`,
    },
    name: requestType.name,
    description: requestType.description,
    helpText: requestType.helpText,
    issueTypeId: issueType.id,
    serviceDeskId,
    portalId: serviceDeskId,
    groupIds: ["1"],
    icon: {
      id: "10500",
      _links: {
        iconUrls: {
          "48x48": icon("large"),
          "24x24": icon("small"),
          "16x16": icon("xsmall"),
          "32x32": icon("medium"),
        },
      },
    },
  };
}

export function requestStatusJson(statusId: string, since: number) {
  const status = statusOf(statusId);
  return {
    status: status.name,
    statusCategory: status.category.toUpperCase(),
    statusDate: serviceDeskDate(since),
  };
}

/** The statuses that the request has been in, newest first, as the portal shows them. */
export function statusHistoryJson(issue: Issue) {
  const visits = issue.history.flatMap((entry) =>
    entry.items.flatMap((item) =>
      item.fieldId === "status" && item.to !== null ? requestStatusJson(item.to, entry.at) : [],
    ),
  );
  return [requestStatusJson(statusIds.open, issue.created), ...visits].reverse();
}

export function requestLinks(issue: Issue, { base }: View) {
  return {
    jiraRest: `${base}/rest/api/2/issue/${issue.id}`,
    web: `${base}/servicedesk/customer/portal/${serviceDeskId}/${issue.key}`,
    agent: `${base}/browse/${issue.key}`,
    self: `${base}/rest/servicedeskapi/request/${issue.id}`,
  };
}

export function approvalJson(issue: Issue, approval: Approval, view: View) {
  const { accounts } = view.site;
  return {
    id: approval.id,
    name: approval.name,
    finalDecision: approval.finalDecision,
    canAnswerApproval: view.viewer !== null && canAnswer(issue, approval, view.viewer.accountId),
    approvers: approval.approvers.map(({ accountId, decision }) => ({
      approver: serviceDeskUserJson(accounts.get(accountId), view),
      approverDecision: decision,
    })),
    createdDate: serviceDeskDate(approval.created),
    ...(approval.completed === null ? {} : { completedDate: serviceDeskDate(approval.completed) }),
    _links: { self: `${view.base}/rest/servicedeskapi/request/${issue.id}/approval/${approval.id}` },
  };
}

export function requestCommentJson(issue: Issue, comment: IssueComment, view: View, rendered: boolean) {
  return {
    _expands: ["attachment", "renderedBody"],
    id: comment.id,
    body: wikiText(comment.document),
    ...(rendered ? { renderedBody: { html: htmlText(comment.document) } } : {}),
    public: comment.public,
    author: serviceDeskUserJson(view.site.accounts.get(comment.author), view),
    created: serviceDeskDate(comment.at),
    _links: { self: `${view.base}/rest/servicedeskapi/request/${issue.id}/comment/${comment.id}` },
  };
}

/** A request without what has to be asked for by `expand`. */
export function requestJson(issue: Issue, view: View) {
  const requestType = requestTypeById(issue.requestTypeId);
  return {
    _expands: [
      "participant",
      "status",
      "sla",
      "requestType",
      "serviceDesk",
      "attachment",
      "action",
      "comment",
    ],
    issueId: issue.id,
    issueKey: issue.key,
    summary: summaryOf(issue),
    requestTypeId: issue.requestTypeId ?? "",
    serviceDeskId,
    createdDate: serviceDeskDate(issue.created),
    reporter: serviceDeskUserJson(view.site.accounts.get(reporterOf(issue)), view),
    requestFieldValues: (requestType?.form ?? []).flatMap(({ fieldId }) => answerJson(issue, fieldId, view)),
    currentStatus: requestStatusJson(issue.statusId, issue.statusSince),
    _links: requestLinks(issue, view),
  };
}

function answerJson(issue: Issue, fieldId: string, view: View) {
  const field = knownField(fieldId);
  const value = issue.fields[fieldId];
  if (!value) return [];
  return {
    fieldId,
    label: field.name,
    value: fieldValueJson(field, value, { ...view, version: 2 }),
    ...(value.type === "richText" ? { renderedValue: { html: htmlText(value.document) } } : {}),
  };
}
