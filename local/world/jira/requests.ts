import type { Account } from "./accounts.ts";
import { type FieldValue, InvalidFields, parseFieldValue, type TextFormat } from "./field-values.ts";
import { type FieldDefinition, fieldIds, knownField } from "./fields.ts";
import { IssueChange } from "./issue-change.ts";
import type { Issue } from "./issues.ts";
import { accessProject, type RequestType } from "./project.ts";
import type { Site } from "./site.ts";
import { statusIds } from "./workflow.ts";

type NewRequest = {
  requestType: RequestType;
  /** Who sends the form. */
  actor: Account;
  /** For whom it is sent; the actor, unless an agent raises it on behalf of somebody. */
  reporter: Account;
  /** Answers by field id, as they came. */
  answers: Record<string, unknown>;
  participants: string[];
  format: TextFormat;
};

/**
 * Creates a request as the portal's form does: the answers have to be on the form, and the required ones there.
 * @throws InvalidFields
 */
export function createRequest(site: Site, request: NewRequest): Issue {
  const values = readAnswers(site, request);
  const now = site.clock.now();
  const change = new IssueChange(site, request.actor, {
    id: String(site.counters.next("issue", 10000)),
    key: `${accessProject.key}-${site.counters.next(`issues of ${accessProject.key}`)}`,
    formerKeys: [],
    projectId: accessProject.id,
    requestTypeId: request.requestType.id,
    creator: request.actor.accountId,
    created: now,
    updated: now,
    statusId: statusIds.open,
    statusSince: now,
    categorySince: now,
    resolutionId: null,
    resolved: null,
    fields: {},
    history: [],
    comments: [],
    approvals: [],
    properties: {},
    remoteLinks: [],
  });
  for (const [field, value] of values) change.setField(field, value);
  change.startIn(statusIds.open);
  const summary = values.find(([field]) => field.id === fieldIds.summary)?.[1];
  return change.commit({
    created: true,
    fact: {
      type: "request created",
      by: request.actor.displayName,
      reporter: request.reporter.displayName,
      requestType: request.requestType.name,
      summary: summary?.type === "text" ? summary.text : "",
    },
  });
}

function readAnswers(site: Site, request: NewRequest): [FieldDefinition, FieldValue][] {
  const errors: Record<string, string> = {};
  const values: [FieldDefinition, FieldValue][] = [];
  const { form } = request.requestType;
  for (const fieldId of Object.keys(request.answers))
    if (!form.some((question) => question.fieldId === fieldId))
      errors[fieldId] = `The form of '${request.requestType.name}' does not have this field.`;

  for (const { fieldId, required } of form) {
    const field = knownField(fieldId);
    try {
      const answer = request.answers[fieldId];
      const value = answer == null ? null : parseFieldValue(field, answer, request.format, site);
      if (value) values.push([field, value]);
      else if (required) errors[fieldId] = `'${field.name}' is required.`;
    } catch (error) {
      if (!(error instanceof InvalidFields)) throw error;
      Object.assign(errors, error.errors);
    }
  }
  if (Object.keys(errors).length > 0) throw new InvalidFields(errors);

  values.push([knownField(fieldIds.reporter), { type: "user", accountId: request.reporter.accountId }]);
  if (request.participants.length > 0)
    values.push([
      knownField(fieldIds.participants),
      { type: "users", accountIds: [...new Set(request.participants)] },
    ]);
  return values;
}
