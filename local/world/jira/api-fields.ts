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
} from "./api-call.ts";
import { type FieldDefinition, fieldById, fields, isCustom } from "./fields.ts";
import { type Option, OptionsRefused } from "./options.ts";
import { findProject, issueType } from "./project.ts";

/** Fields, and the contexts and options of the select fields. All but the list of fields needs Administer Jira. */
export const fieldRoutes: ApiRoutes = {
  "GET /rest/api/3/field": () => ({ status: 200, body: fields.map(fieldJson) }),
  "GET /rest/api/3/field/{fieldId}/context": (call) => page(call, contexts),
  "GET /rest/api/3/field/{fieldId}/context/projectmapping": (call) =>
    page(call, ({ contextId }) => [{ contextId, isGlobalContext: true }]),
  "GET /rest/api/3/field/{fieldId}/context/issuetypemapping": (call) =>
    page(call, ({ contextId }) => [{ contextId, isAnyIssueType: true }]),
  "POST /rest/api/3/field/{fieldId}/context/mapping": (call) =>
    page(call, (select) => mappings(call, select)),
  "GET /rest/api/3/field/{fieldId}/context/{contextId}/option": listOptions,
  "POST /rest/api/3/field/{fieldId}/context/{contextId}/option": addOptions,
  "PUT /rest/api/3/field/{fieldId}/context/{contextId}/option": changeOptions,
  "PUT /rest/api/3/field/{fieldId}/context/{contextId}/option/move": moveOptions,
  "DELETE /rest/api/3/field/{fieldId}/context/{contextId}/option/{optionId}": deleteOption,
};

type SelectField = { field: FieldDefinition; contextId: string };

function fieldJson(field: FieldDefinition): object {
  const custom = isCustom(field);
  return {
    id: field.id,
    key: field.id,
    name: field.name,
    custom,
    orderable: true,
    navigable: true,
    searchable: true,
    clauseNames: custom ? [`cf[${field.schema.customId}]`, field.name] : [field.id],
    schema: field.schema,
  };
}

function selectField(call: ApiCall): SelectField {
  if (!call.actor.administrator)
    throw platformError(403, "Only Jira administrators can access custom field contexts.");
  const field = fieldById(part(call, "fieldId"));
  if (!field || !isCustom(field)) throw platformError(404, "The custom field was not found.");
  if (field.contextId === undefined) throw platformError(400, "The custom field doesn't support options.");
  return { field, contextId: field.contextId };
}

function fieldOfContext(call: ApiCall): FieldDefinition {
  const { field, contextId } = selectField(call);
  if (contextId !== part(call, "contextId"))
    throw platformError(404, "The context was not found or doesn't match the custom field.");
  return field;
}

function page(call: ApiCall, items: (select: SelectField) => object[]): HttpAnswer {
  const select = selectField(call);
  const wanted = listed(call, "contextId");
  const shown = wanted.length === 0 || wanted.includes(select.contextId) ? items(select) : [];
  return { status: 200, body: pageBean(call, shown) };
}

function contexts({ field, contextId }: SelectField): object[] {
  return [
    {
      id: contextId,
      name: `Default configuration of ${field.name}`,
      description: "",
      isGlobalContext: true,
      isAnyIssueType: true,
    },
  ];
}

const mappingSchema = object({
  mappings: v.array(object({ projectId: v.string(), issueTypeId: v.string() })),
});

function mappings(call: ApiCall, { contextId }: SelectField): object[] {
  const asked = bodyOf(call, mappingSchema, platformError).mappings;
  const unknown = asked.filter(
    ({ projectId, issueTypeId }) => !findProject(projectId) || issueTypeId !== issueType.id,
  );
  if (unknown.length > 0) throw platformError(404, "These projects or issue types were not found.");
  return asked.map((one) => ({ ...one, contextId }));
}

function optionJson({ id, value, disabled, parentId }: Option): object {
  return { id, value, ...(parentId === undefined ? {} : { optionId: parentId }), disabled };
}

function listOptions(call: ApiCall): HttpAnswer {
  const field = fieldOfContext(call);
  const wanted = call.query.get("optionId");
  const onlyParents = flag(call, "onlyOptions", false);
  const options = call.site.options
    .list(field.id)
    .filter((option) => wanted === null || option.id === wanted || option.parentId === wanted)
    .filter((option) => !onlyParents || option.parentId === undefined);
  return { status: 200, body: pageBean(call, options.map(optionJson), 100, 1000) };
}

const mostOptions = 1000;
const mostOptionsOfField = 10_000;

const newOptionsSchema = object({
  options: v.pipe(
    v.array(
      object({
        value: v.string(),
        disabled: v.exactOptional(v.boolean()),
        optionId: v.exactOptional(v.string()),
      }),
    ),
    v.minLength(1),
    v.maxLength(mostOptions),
  ),
});

function addOptions(call: ApiCall): HttpAnswer {
  const field = fieldOfContext(call);
  const { options } = bodyOf(call, newOptionsSchema, platformError);
  if (field.kind !== "cascadingOption" && options.some(({ optionId }) => optionId !== undefined))
    throw platformError(400, "The custom field doesn't support cascading options.");
  if (call.site.options.list(field.id).length + options.length > mostOptionsOfField)
    throw platformError(400, `A custom field can't have more than ${mostOptionsOfField} options.`);
  const added = refusing(() =>
    call.site.options.add(
      field.id,
      options.map(({ value, disabled = false, optionId }) => ({
        value,
        disabled,
        ...(optionId === undefined ? {} : { parentId: optionId }),
      })),
    ),
  );
  return { status: 200, body: { options: added.map(optionJson) } };
}

const changedOptionsSchema = object({
  options: v.pipe(
    v.array(
      object({ id: v.string(), value: v.exactOptional(v.string()), disabled: v.exactOptional(v.boolean()) }),
    ),
    v.minLength(1),
    v.maxLength(mostOptions),
  ),
});

function changeOptions(call: ApiCall): HttpAnswer {
  const field = fieldOfContext(call);
  const { options } = bodyOf(call, changedOptionsSchema, platformError);
  const changed = refusing(() => call.site.options.change(field.id, options));
  return {
    status: 200,
    body: { options: changed.map(({ id, value, disabled }) => ({ id, value, disabled })) },
  };
}

const orderSchema = object({
  customFieldOptionIds: v.pipe(v.array(v.string()), v.minLength(1)),
  position: v.exactOptional(v.picklist(["First", "Last"])),
  after: v.exactOptional(v.string()),
});

function moveOptions(call: ApiCall): HttpAnswer {
  const field = fieldOfContext(call);
  const { customFieldOptionIds: ids, position, after } = bodyOf(call, orderSchema, platformError);
  if ((position === undefined) === (after === undefined))
    throw platformError(400, "Exactly one of 'after' and 'position' has to be given.");
  const place = after === undefined ? { position: position ?? "Last" } : { after };
  refusing(() => call.site.options.move(field.id, ids, place));
  return { status: 204 };
}

function deleteOption(call: ApiCall): HttpAnswer {
  const field = fieldOfContext(call);
  refusing(() => call.site.options.remove(field.id, part(call, "optionId")));
  return { status: 204 };
}

function refusing<Result>(change: () => Result): Result {
  try {
    return change();
  } catch (error) {
    if (error instanceof OptionsRefused) throw platformError(error.notFound ? 404 : 400, error.message);
    throw error;
  }
}
