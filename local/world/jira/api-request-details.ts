import * as v from "valibot";
import type { HttpAnswer } from "../../http.ts";
import { object } from "../../json-schemas.ts";
import {
  type ApiCall,
  type ApiRoutes,
  bodyOf,
  flag,
  listed,
  part,
  serviceDeskError,
  serviceDeskPage,
  viewOf,
} from "./api-call.ts";
import { customer, requestToChange, requestToRead } from "./api-requests.ts";
import { type Approval, ApprovalRefused, answered } from "./approvals.ts";
import { fieldIds, knownField } from "./fields.ts";
import { IssueChange } from "./issue-change.ts";
import { visibleComments } from "./issue-json.ts";
import { type Issue, type IssueComment, participantsOf, reporterOf } from "./issues.ts";
import { approvalJson, requestCommentJson, serviceDeskUserJson, statusHistoryJson } from "./request-json.ts";
import { documentFromText } from "./rich-text.ts";
import { canSee, transitionsFor } from "./site.ts";
import { approvalStep } from "./workflow.ts";

/** What happens on a request on the portal: comments, approvals, transitions, participants, statuses. */
export const requestDetailRoutes: ApiRoutes = {
  "GET /rest/servicedeskapi/request/{issueIdOrKey}/comment": listComments,
  "POST /rest/servicedeskapi/request/{issueIdOrKey}/comment": addComment,
  "GET /rest/servicedeskapi/request/{issueIdOrKey}/comment/{commentId}": showComment,
  "GET /rest/servicedeskapi/request/{issueIdOrKey}/approval": listApprovals,
  "GET /rest/servicedeskapi/request/{issueIdOrKey}/approval/{approvalId}": showApproval,
  "POST /rest/servicedeskapi/request/{issueIdOrKey}/approval/{approvalId}": answerApproval,
  "GET /rest/servicedeskapi/request/{issueIdOrKey}/transition": listTransitions,
  "POST /rest/servicedeskapi/request/{issueIdOrKey}/transition": transitionRequest,
  "GET /rest/servicedeskapi/request/{issueIdOrKey}/participant": listParticipants,
  "POST /rest/servicedeskapi/request/{issueIdOrKey}/participant": addParticipants,
  "DELETE /rest/servicedeskapi/request/{issueIdOrKey}/participant": removeParticipants,
  "GET /rest/servicedeskapi/request/{issueIdOrKey}/status": (call) => ({
    status: 200,
    body: serviceDeskPage(call, statusHistoryJson(requestToRead(call))),
  }),
};

const longestComment = 32_767;

/** To somebody who may not see the request the list is empty, as Jira documents; other calls answer 404. */
function listComments(call: ApiCall): HttpAnswer {
  const known = call.site.issues.read(part(call, "issueIdOrKey"));
  if (known && !canSee(known, call.actor)) return { status: 200, body: serviceDeskPage(call, []) };
  const issue = requestToRead(call);
  const rendered = listed(call, "expand").includes("renderedBody");
  const shown = visibleComments(issue, viewOf(call)).filter((comment) =>
    flag(call, comment.public ? "public" : "internal", true),
  );
  const page = serviceDeskPage(
    call,
    shown.map((comment) => requestCommentJson(issue, comment, viewOf(call), rendered)),
  );
  return { status: 200, body: page };
}

const commentSchema = object({ body: v.pipe(v.string(), v.minLength(1)), public: v.boolean() });

function addComment(call: ApiCall): HttpAnswer {
  const issue = requestToChange(call);
  const { body, public: isPublic } = bodyOf(call, commentSchema, serviceDeskError);
  if (body.length > longestComment)
    throw serviceDeskError(400, `The comment is longer than ${longestComment} characters.`);
  if (!isPublic && !call.actor.agent)
    throw serviceDeskError(403, "Customers can write only public comments.");
  const change = new IssueChange(call.site, call.actor, issue);
  const comment = change.addComment({ document: documentFromText(body), public: isPublic, properties: [] });
  change.commit();
  return { status: 201, body: requestCommentJson(issue, comment, viewOf(call), false) };
}

function showComment(call: ApiCall): HttpAnswer {
  const issue = requestToRead(call);
  const comment: IssueComment | undefined = visibleComments(issue, viewOf(call)).find(
    ({ id }) => id === part(call, "commentId"),
  );
  if (!comment) throw serviceDeskError(404, "The comment does not exist.");
  const rendered = listed(call, "expand").includes("renderedBody");
  return { status: 200, body: requestCommentJson(issue, comment, viewOf(call), rendered) };
}

function listApprovals(call: ApiCall): HttpAnswer {
  const issue = requestToRead(call);
  const approvals = issue.approvals.map((approval) => approvalJson(issue, approval, viewOf(call)));
  return { status: 200, body: serviceDeskPage(call, approvals) };
}

function showApproval(call: ApiCall): HttpAnswer {
  const issue = requestToRead(call);
  const approval = issue.approvals.find(({ id }) => id === part(call, "approvalId"));
  if (!approval) throw serviceDeskError(404, "The approval does not exist.");
  return { status: 200, body: approvalJson(issue, approval, viewOf(call)) };
}

const decisionSchema = object({ decision: v.picklist(["approve", "decline"]) });

/** A person's own answer. The one that decides also runs the workflow's transition, as that person. */
function answerApproval(call: ApiCall): HttpAnswer {
  const issue = requestToChange(call);
  const { decision } = bodyOf(call, decisionSchema, serviceDeskError);
  const answer = decision === "approve" ? "approved" : "declined";
  const approval = refusing(() =>
    answered(issue, part(call, "approvalId"), call.actor.accountId, answer, call.site.clock.now()),
  );
  const change = new IssueChange(call.site, call.actor, issue);
  change.replaceApproval(approval);
  if (approval.finalDecision !== "pending") change.setStatus(approvalStep[approval.finalDecision]);
  const changed = change.commit({
    fact: {
      type: "approval answered",
      by: call.actor.displayName,
      decision: answer,
      outcome: approval.finalDecision,
    },
  });
  return { status: 200, body: approvalJson(changed, approval, viewOf(call)) };
}

const statusOfRefusal: Record<ApprovalRefused["reason"], number> = {
  unknown: 404,
  "not an approver": 403,
  "too late": 409,
};

function refusing(answer: () => Approval): Approval {
  try {
    return answer();
  } catch (error) {
    if (error instanceof ApprovalRefused)
      throw serviceDeskError(statusOfRefusal[error.reason], error.message);
    throw error;
  }
}

/** Only transitions that the workflow shows to customers. */
function customerTransitions(issue: Issue, call: ApiCall) {
  return transitionsFor(issue, call.actor).filter((transition) => transition.by === "portal");
}

function listTransitions(call: ApiCall): HttpAnswer {
  const issue = requestToRead(call);
  const shown = customerTransitions(issue, call).map(({ id, name }) => ({ id, name }));
  return { status: 200, body: serviceDeskPage(call, shown) };
}

const transitionSchema = object({
  id: v.string(),
  additionalComment: v.exactOptional(object({ body: v.pipe(v.string(), v.maxLength(longestComment)) })),
});

function transitionRequest(call: ApiCall): HttpAnswer {
  const issue = requestToChange(call);
  const { id, additionalComment } = bodyOf(call, transitionSchema, serviceDeskError);
  const transition = customerTransitions(issue, call).find((one) => one.id === id);
  if (!transition)
    throw serviceDeskError(400, `The transition '${id}' is not available to you on this request.`);
  const change = new IssueChange(call.site, call.actor, issue);
  if (additionalComment)
    change.addComment({ document: documentFromText(additionalComment.body), public: true, properties: [] });
  change.setStatus(transition);
  change.commit();
  return { status: 204 };
}

const participantsSchema = object({ accountIds: v.pipe(v.array(v.string()), v.minLength(1)) });

function participantsPage(issue: Issue, call: ApiCall): HttpAnswer {
  const { accounts } = call.site;
  const users = participantsOf(issue).map((accountId) =>
    serviceDeskUserJson(accounts.get(accountId), viewOf(call)),
  );
  return { status: 200, body: serviceDeskPage(call, users) };
}

function listParticipants(call: ApiCall): HttpAnswer {
  return participantsPage(requestToRead(call), call);
}

function addParticipants(call: ApiCall): HttpAnswer {
  const issue = requestToChange(call);
  mayManageParticipants(issue, call);
  const { accountIds } = bodyOf(call, participantsSchema, serviceDeskError);
  const added = accountIds.map((accountId) => customer(call, accountId).accountId);
  return setParticipants(issue, [...new Set([...participantsOf(issue), ...added])], call);
}

function removeParticipants(call: ApiCall): HttpAnswer {
  const issue = requestToChange(call);
  mayManageParticipants(issue, call);
  const { accountIds } = bodyOf(call, participantsSchema, serviceDeskError);
  const participants = participantsOf(issue);
  const strangers = accountIds.filter((accountId) => !participants.includes(accountId));
  if (strangers.length > 0) throw serviceDeskError(400, `Not participants: ${strangers.join(", ")}.`);
  const left = participants.filter((accountId) => !accountIds.includes(accountId));
  return setParticipants(issue, left, call);
}

function setParticipants(issue: Issue, accountIds: string[], call: ApiCall): HttpAnswer {
  const change = new IssueChange(call.site, call.actor, issue);
  change.setField(
    knownField(fieldIds.participants),
    accountIds.length === 0 ? null : { type: "users", accountIds },
  );
  return participantsPage(change.commit(), call);
}

function mayManageParticipants(issue: Issue, call: ApiCall): void {
  if (call.actor.agent || reporterOf(issue) === call.actor.accountId) return;
  throw serviceDeskError(403, "Only the reporter and agents can change who participates.");
}
