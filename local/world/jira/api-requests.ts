import * as v from "valibot";
import type { HttpAnswer } from "../../http.ts";
import { object, record } from "../../json-schemas.ts";
import type { Account } from "./accounts.ts";
import {
  type ApiCall,
  type ApiRoutes,
  bodyOf,
  listed,
  part,
  serviceDeskError,
  serviceDeskPage,
  viewOf,
} from "./api-call.ts";
import { canAnswer } from "./approvals.ts";
import { InvalidFields } from "./field-values.ts";
import { visibleComments } from "./issue-json.ts";
import { type Issue, participantsOf, reporterOf, summaryOf } from "./issues.ts";
import { isServiceDesk, requestTypeById } from "./project.ts";
import {
  requestCommentJson,
  requestJson,
  requestTypeJson,
  serviceDeskJson,
  serviceDeskUserJson,
  statusHistoryJson,
} from "./request-json.ts";
import { createRequest } from "./requests.ts";
import { canSee } from "./site.ts";
import { statusOf } from "./workflow.ts";

/** Requests on the portal: raise, read, list. */
export const requestRoutes: ApiRoutes = {
  "POST /rest/servicedeskapi/request": raiseRequest,
  "GET /rest/servicedeskapi/request": listRequests,
  "GET /rest/servicedeskapi/request/{issueIdOrKey}": (call) => ({
    status: 200,
    body: expandedRequest(requestToRead(call), call, listed(call, "expand")),
  }),
};

/** The request that the path names, as readers see it. */
export function requestToRead(call: ApiCall): Issue {
  return visible(call, call.site.issues.read(part(call, "issueIdOrKey")));
}

/** The request that the path names, as it is now, for a change. */
export function requestToChange(call: ApiCall): Issue {
  return visible(call, call.site.issues.find(part(call, "issueIdOrKey")));
}

function visible(call: ApiCall, issue: Issue | undefined): Issue {
  if (issue && issue.requestTypeId !== null && canSee(issue, call.actor)) return issue;
  throw serviceDeskError(404, "The request does not exist or you do not have permission to see it.");
}

const raiseSchema = object({
  serviceDeskId: v.string(),
  requestTypeId: v.string(),
  requestFieldValues: v.exactOptional(record(v.unknown())),
  requestParticipants: v.exactOptional(v.array(v.string())),
  raiseOnBehalfOf: v.exactOptional(v.string()),
  isAdfRequest: v.exactOptional(v.boolean()),
  channel: v.exactOptional(v.string()),
  form: v.exactOptional(object({ answers: record(v.unknown()) })),
});

function raiseRequest(call: ApiCall): HttpAnswer {
  const input = bodyOf(call, raiseSchema, serviceDeskError);
  const requestType = requestTypeById(input.requestTypeId);
  if (!isServiceDesk(input.serviceDeskId) || !requestType)
    throw serviceDeskError(400, "The service desk or its request type does not exist.");
  if (input.form) throw serviceDeskError(400, "The request type has no form (ProForma) attached.");

  const { raiseOnBehalfOf, requestParticipants = [] } = input;
  if ((raiseOnBehalfOf !== undefined || requestParticipants.length > 0) && !call.actor.agent)
    throw serviceDeskError(403, "Only agents can raise requests on behalf of others or name participants.");
  const reporter = raiseOnBehalfOf === undefined ? call.actor : customer(call, raiseOnBehalfOf);
  for (const accountId of requestParticipants) customer(call, accountId);
  try {
    const issue = createRequest(call.site, {
      requestType,
      actor: call.actor,
      reporter,
      answers: input.requestFieldValues ?? {},
      participants: requestParticipants,
      format: input.isAdfRequest ? "document" : "plain",
    });
    return { status: 201, body: requestJson(issue, viewOf(call)) };
  } catch (error) {
    if (!(error instanceof InvalidFields)) throw error;
    throw serviceDeskError(
      400,
      `Your request could not be created. Please check the fields have been correctly filled in. ${error.message}`,
      "sd.request.create.error.fields",
    );
  }
}

/** An account that can be named on a request. */
export function customer(call: ApiCall, accountId: string): Account {
  const account = call.site.accounts.find(accountId);
  if (!account) throw serviceDeskError(400, `The user '${accountId}' does not exist.`);
  return account;
}

function expandedRequest(issue: Issue, call: ApiCall, expand: string[]): object {
  const view = viewOf(call);
  const { accounts } = call.site;
  const requestType = requestTypeById(issue.requestTypeId);
  const participants = participantsOf(issue).map((accountId) =>
    serviceDeskUserJson(accounts.get(accountId), view),
  );
  const rendered = expand.includes("comment.renderedBody");
  const comments = visibleComments(issue, view).map((comment) =>
    requestCommentJson(issue, comment, view, rendered),
  );
  const manages = call.actor.agent || reporterOf(issue) === call.actor.accountId;
  const expansions: Record<string, [property: string, value: object | undefined]> = {
    serviceDesk: ["serviceDesk", serviceDeskJson(view)],
    requestType: ["requestType", requestType && requestTypeJson(requestType, view)],
    participant: ["participants", wholePage(participants)],
    status: ["status", wholePage(statusHistoryJson(issue))],
    comment: ["comments", wholePage(comments)],
    attachment: ["attachments", wholePage([])],
    sla: ["sla", wholePage([])],
    action: [
      "actions",
      {
        addAttachment: { allowed: false },
        addComment: { allowed: true },
        addParticipant: { allowed: manages },
        removeParticipant: { allowed: manages },
      },
    ],
  };
  const wanted = Object.entries(expansions).filter(([name]) =>
    expand.some((one) => one === name || one.startsWith(`${name}.`)),
  );
  return { ...requestJson(issue, view), ...Object.fromEntries(wanted.map(([, expansion]) => expansion)) };
}

function wholePage(values: object[]): object {
  return { size: values.length, start: 0, limit: 50, isLastPage: true, values };
}

/** The caller's requests, those with the latest activity first. */
function listRequests(call: ApiCall): HttpAnswer {
  const owned = call.query.getAll("requestOwnership");
  const ownership = owned.length > 0 ? owned : ["OWNED_REQUESTS", "PARTICIPATED_REQUESTS"];
  const status = call.query.get("requestStatus") ?? "ALL_REQUESTS";
  const requestTypeId = call.query.get("requestTypeId");
  const desk = call.query.get("serviceDeskId");
  if (desk !== null && !isServiceDesk(desk)) throw serviceDeskError(404, "The service desk does not exist.");
  const term = (call.query.get("searchTerm") ?? "").toLowerCase();
  const found = call.site.issues
    .search(new Set())
    .filter(
      (issue) =>
        issue.requestTypeId !== null &&
        (requestTypeId === null || issue.requestTypeId === requestTypeId) &&
        ownership.some((kind) => isMine(issue, kind, call)) &&
        (status === "ALL_REQUESTS" ||
          (statusOf(issue.statusId).category === "done") === (status === "CLOSED_REQUESTS")) &&
        summaryOf(issue).toLowerCase().includes(term),
    )
    .sort((a, b) => b.updated - a.updated || Number(b.id) - Number(a.id));
  const page = serviceDeskPage(call, found);
  const expand = listed(call, "expand");
  return {
    status: 200,
    body: { ...page, values: page.values.map((issue) => expandedRequest(issue, call, expand)) },
  };
}

function isMine(issue: Issue, ownership: string, call: ApiCall): boolean {
  const { accountId } = call.actor;
  const asked = (approval: Issue["approvals"][number]) =>
    approval.approvers.some((approver) => approver.accountId === accountId);
  switch (ownership) {
    case "OWNED_REQUESTS":
      return reporterOf(issue) === accountId;
    case "PARTICIPATED_REQUESTS":
      return participantsOf(issue).includes(accountId);
    case "APPROVER":
      return call.query.get("approvalStatus") === "MY_PENDING_APPROVAL"
        ? issue.approvals.some((approval) => canAnswer(issue, approval, accountId))
        : issue.approvals.some(asked);
    case "ALL_REQUESTS":
      return canSee(issue, call.actor);
    default:
      return false;
  }
}
