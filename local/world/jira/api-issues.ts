import * as v from "valibot";
import type { HttpAnswer } from "../../http.ts";
import { object } from "../../json-schemas.ts";
import {
  type ApiCall,
  type ApiRoutes,
  bodyOf,
  flag,
  listed,
  pageBean,
  part,
  platformError,
  viewOf,
  withFieldErrors,
} from "./api-call.ts";
import { type FieldDefinition, fields, knownField } from "./fields.ts";
import { IssueChange } from "./issue-change.ts";
import { applyEdit, commentSchema, editSchema, readComment, readEdit } from "./issue-edits.ts";
import {
  commentJson,
  historyJson,
  issueJson,
  renderedFields,
  selectFields,
  visibleComments,
} from "./issue-json.ts";
import type { Issue, IssueComment } from "./issues.ts";
import { canSee, transitionsFor } from "./site.ts";
import { leavesFrom, resolutions, type Transition, transitions } from "./workflow.ts";
import { resolutionJson, transitionJson } from "./workflow-json.ts";

/** Issues on the platform: read, edit, transition, comment, history. */
export const issueRoutes: ApiRoutes = {
  "GET /rest/api/3/issue/{issueIdOrKey}": (call) => ({ status: 200, body: shownIssue(call) }),
  "PUT /rest/api/3/issue/{issueIdOrKey}": editIssue,
  "DELETE /rest/api/3/issue/{issueIdOrKey}": deleteIssue,
  "GET /rest/api/3/issue/{issueIdOrKey}/transitions": listTransitions,
  "POST /rest/api/3/issue/{issueIdOrKey}/transitions": transitionIssue,
  "GET /rest/api/3/issue/{issueIdOrKey}/comment": listComments,
  "POST /rest/api/3/issue/{issueIdOrKey}/comment": addComment,
  "GET /rest/api/3/issue/{issueIdOrKey}/comment/{id}": showComment,
  "GET /rest/api/3/issue/{issueIdOrKey}/changelog": (call) => ({
    status: 200,
    body: pageBean(
      call,
      issueToRead(call).history.map((entry) => historyJson(entry, viewOf(call))),
      100,
    ),
  }),
};

/** The issue that the path names, as readers see it. What the caller may not see is not found. */
export function issueToRead(call: ApiCall): Issue {
  return visible(call, call.site.issues.read(part(call, "issueIdOrKey")));
}

/** The issue that the path names, as it is now, for a change. */
export function issueToChange(call: ApiCall): Issue {
  return visible(call, call.site.issues.find(part(call, "issueIdOrKey")));
}

function visible(call: ApiCall, issue: Issue | undefined): Issue {
  if (issue && canSee(issue, call.actor)) return issue;
  throw platformError(404, "Issue does not exist or you do not have permission to see it.");
}

function shownIssue(call: ApiCall): object {
  const issue = issueToRead(call);
  const view = viewOf(call);
  const selection = selectFields(listed(call, "fields"), "*all");
  const expand = new Set(listed(call, "expand"));
  const properties = selectFields(listed(call, "properties"), "id");
  const named = (value: (field: FieldDefinition) => unknown) =>
    Object.fromEntries(fields.filter(({ id }) => selection(id)).map((field) => [field.id, value(field)]));
  return {
    expand: "renderedFields,names,schema,transitions,operations,editmeta,changelog,versionedRepresentations",
    ...issueJson(issue, view, selection),
    ...(call.query.has("properties")
      ? {
          properties: Object.fromEntries(Object.entries(issue.properties).filter(([key]) => properties(key))),
        }
      : {}),
    ...(expand.has("names") ? { names: named((field) => field.name) } : {}),
    ...(expand.has("schema") ? { schema: named((field) => field.schema) } : {}),
    ...(expand.has("renderedFields") ? { renderedFields: renderedFields(issue, selection) } : {}),
    ...(expand.has("transitions")
      ? {
          transitions: transitionsFor(issue, call.actor).map((transition) =>
            transitionJson(transition, view, { available: true }),
          ),
        }
      : {}),
    ...(expand.has("changelog") ? { changelog: recentHistory(issue, call) } : {}),
  };
}

/** Newest first, at most a hundred entries. */
function recentHistory(issue: Issue, call: ApiCall): object {
  const histories = issue.history.slice(-100).reverse();
  return {
    startAt: 0,
    maxResults: histories.length,
    total: issue.history.length,
    histories: histories.map((entry) => historyJson(entry, viewOf(call))),
  };
}

function editIssue(call: ApiCall): HttpAnswer {
  const issue = issueToChange(call);
  const body = bodyOf(call, editSchema, platformError);
  // An edit is not bound to screens; somebody without the permission is told of each field that it can't be set.
  const edit = withFieldErrors(() => readEdit(call.site, call.actor, issue, body, () => call.actor.agent));
  if (!call.actor.agent)
    throw platformError(400, "You do not have permission to edit issues in this project.");
  const change = new IssueChange(call.site, call.actor, issue);
  applyEdit(change, edit);
  change.commit(edit.metadata ? { metadata: edit.metadata } : {});
  return flag(call, "returnIssue", false) ? { status: 200, body: shownIssue(call) } : { status: 204 };
}

function deleteIssue(call: ApiCall): HttpAnswer {
  const issue = issueToChange(call);
  if (!call.actor.administrator)
    throw platformError(403, "You do not have permission to delete issues in this project.");
  const { site, actor } = call;
  site.issues.delete(issue);
  site.announce({ name: "jira:issue_deleted", actor, issue });
  site.tell(issue.key, { type: "issue deleted", by: actor.displayName });
  return { status: 204 };
}

function listTransitions(call: ApiCall): HttpAnswer {
  const issue = issueToRead(call);
  const available = transitionsFor(issue, call.actor);
  const withFields = listed(call, "expand").includes("transitions.fields");
  const wanted = call.query.get("transitionId");
  const all = flag(call, "includeUnavailableTransitions", false)
    ? transitions.filter((transition) => leavesFrom(transition, issue.statusId))
    : available;
  return {
    status: 200,
    body: {
      expand: "transitions",
      transitions: all
        .filter((transition) => wanted === null || transition.id === wanted)
        .map((transition) =>
          transitionJson(transition, viewOf(call), {
            available: available.includes(transition),
            ...(withFields ? { fields: screenFields(transition, call) } : {}),
          }),
        ),
    },
  };
}

function screenFields({ screen = [] }: Transition, call: ApiCall): Record<string, object> {
  return Object.fromEntries(screen.map((fieldId) => [fieldId, screenField(knownField(fieldId), call)]));
}

function screenField({ id, name, schema, kind }: FieldDefinition, call: ApiCall): object {
  const isList = kind === "users" || kind === "groups";
  return {
    required: false,
    schema,
    name,
    key: id,
    operations: isList ? ["add", "set", "remove"] : ["set"],
    ...(id === "resolution"
      ? { allowedValues: resolutions.map((one) => resolutionJson(one.id, viewOf(call))) }
      : {}),
  };
}

const resolutionInput = v.union([object({ id: v.string() }), object({ name: v.string() })]);

function transitionIssue(call: ApiCall): HttpAnswer {
  const issue = issueToChange(call);
  const body = bodyOf(call, editSchema, platformError);
  if (!body.transition) throw platformError(400, "Missing 'transition' identifier");
  const id = String(body.transition.id);
  const transition = transitionsFor(issue, call.actor).find((one) => one.id === id);
  if (!transition)
    throw platformError(
      400,
      `Transition id '${id}' is not valid for this issue: it does not leave from its status, or not by you.`,
    );

  const { resolution, ...fieldsSet } = body.fields ?? {};
  const screen = transition.screen ?? [];
  const edit = withFieldErrors(() =>
    readEdit(call.site, call.actor, issue, { ...body, fields: fieldsSet }, ({ id }) => screen.includes(id)),
  );
  const change = new IssueChange(call.site, call.actor, issue);
  applyEdit(change, edit);
  change.setStatus(transition, resolution === undefined ? undefined : chosenResolution(resolution, screen));
  change.commit(edit.metadata ? { metadata: edit.metadata } : {});
  return { status: 204 };
}

function chosenResolution(input: unknown, screen: string[]): string {
  const refuse = (text: string) => platformError(400, [], { resolution: text });
  if (!screen.includes("resolution"))
    throw refuse("Field 'resolution' cannot be set. It is not on the appropriate screen, or unknown.");
  const { success, output: wanted } = v.safeParse(resolutionInput, input);
  const found =
    success && resolutions.find(({ id, name }) => ("id" in wanted ? wanted.id === id : wanted.name === name));
  if (!found) throw refuse("The resolution is not valid.");
  return found.id;
}

function listComments(call: ApiCall): HttpAnswer {
  const issue = issueToRead(call);
  const orderBy = call.query.get("orderBy") ?? "created";
  if (!["created", "+created", "-created"].includes(orderBy))
    throw platformError(400, "Comments can be ordered only by 'created'.");
  const comments = visibleComments(issue, viewOf(call)).map((comment) => shownComment(issue, comment, call));
  if (orderBy === "-created") comments.reverse();
  const { startAt, maxResults, total, values } = pageBean(call, comments, 100);
  return { status: 200, body: { startAt, maxResults, total, comments: values } };
}

function addComment(call: ApiCall): HttpAnswer {
  const issue = issueToChange(call);
  const input = bodyOf(call, commentSchema, platformError);
  const added = withFieldErrors(() => readComment(input, call.actor));
  const change = new IssueChange(call.site, call.actor, issue);
  const comment = change.addComment(added);
  change.commit();
  return { status: 201, body: shownComment(issue, comment, call) };
}

function showComment(call: ApiCall): HttpAnswer {
  const issue = issueToRead(call);
  const comment = visibleComments(issue, viewOf(call)).find(({ id }) => id === part(call, "id"));
  if (!comment)
    throw platformError(404, "Can not find a comment for the id: it does not exist, or is not for you.");
  return { status: 200, body: shownComment(issue, comment, call) };
}

function shownComment(issue: Issue, comment: IssueComment, call: ApiCall): object {
  const withProperties = listed(call, "expand").includes("properties");
  return {
    ...commentJson(issue, comment, viewOf(call)),
    ...(withProperties ? { properties: comment.properties } : {}),
  };
}
