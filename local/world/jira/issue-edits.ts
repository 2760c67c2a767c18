import * as v from "valibot";
import { object, record } from "../../json-schemas.ts";
import type { Account } from "./accounts.ts";
import { type FieldValue, InvalidFields, parseFieldValue } from "./field-values.ts";
import { type FieldDefinition, fieldById } from "./fields.ts";
import type { IssueChange, NewComment } from "./issue-change.ts";
import type { Issue } from "./issues.ts";
import { adfSchema, wikiText } from "./rich-text.ts";
import type { Site } from "./site.ts";

const properties = v.exactOptional(v.array(object({ key: v.string(), value: v.unknown() })));

/** The body of an edit or a transition (`IssueUpdateDetails` in Jira's documents). */
export const editSchema = object({
  fields: v.exactOptional(record(v.unknown())),
  update: v.exactOptional(record(v.array(record(v.unknown())))),
  properties,
  historyMetadata: v.exactOptional(record(v.unknown())),
  transition: v.exactOptional(object({ id: v.union([v.string(), v.number()]) })),
});

/** An edit that was read and found right. */
export type Edit = {
  fields: [FieldDefinition, FieldValue | null][];
  comments: NewComment[];
  properties: { key: string; value: unknown }[];
  metadata?: object;
};

export const commentSchema = object({ body: v.optional(v.unknown()), properties });

const internal = object({ internal: v.literal(true) });
const longestComment = 32_767;

/**
 * Reads a comment. It is public unless its property `sd.public.comment` says `{"internal": true}`, as only agents may.
 * @throws InvalidFields
 */
export function readComment(input: v.InferOutput<typeof commentSchema>, actor: Account): NewComment {
  const document = v.safeParse(adfSchema, input.body);
  if (!document.success) throw new InvalidFields({ comment: "Comment body is not valid!" });
  const text = wikiText(document.output);
  if (text.trim() === "") throw new InvalidFields({ comment: "Comment body can not be empty!" });
  if (text.length > longestComment)
    throw new InvalidFields({
      comment: `The entered text is too long. The limit is ${longestComment} characters.`,
    });
  const properties = input.properties ?? [];
  const visibility = properties.find((property) => property.key === "sd.public.comment")?.value;
  const isPublic = !v.is(internal, visibility);
  if (!isPublic && !actor.agent)
    throw new InvalidFields({ comment: "Customers can write only public comments." });
  return { document: document.output, public: isPublic, properties };
}

/**
 * Reads an edit of an issue. `settable` says which fields may be set.
 * @throws InvalidFields
 */
export function readEdit(
  site: Site,
  actor: Account,
  issue: Issue,
  body: v.InferOutput<typeof editSchema>,
  settable: (field: FieldDefinition) => boolean,
): Edit {
  const errors: Record<string, string> = {};
  const fields: Edit["fields"] = [];
  const comments: NewComment[] = [];
  const attempt = (read: () => void) => {
    try {
      read();
    } catch (error) {
      if (!(error instanceof InvalidFields)) throw error;
      Object.assign(errors, error.errors);
    }
  };
  const settableField = (fieldId: string): FieldDefinition => {
    const field = fieldById(fieldId);
    if (field && field.kind !== "computed" && settable(field)) return field;
    throw new InvalidFields({
      [fieldId]: `Field '${fieldId}' cannot be set. It is not on the appropriate screen, or unknown.`,
    });
  };

  const { fields: set = {}, update = {} } = body;
  for (const [fieldId, input] of Object.entries(set))
    attempt(() => {
      if (Object.hasOwn(update, fieldId))
        throw new InvalidFields({
          [fieldId]: `Field '${fieldId}' cannot appear in both 'fields' and 'update'`,
        });
      const field = settableField(fieldId);
      fields.push([field, parseFieldValue(field, input, "document", site)]);
    });
  for (const [fieldId, operations] of Object.entries(update))
    attempt(() => {
      if (fieldId === "comment")
        comments.push(...operations.map((operation) => readAddedComment(operation, actor)));
      else {
        const field = settableField(fieldId);
        fields.push([field, operated(site, field, issue.fields[fieldId] ?? null, operations)]);
      }
    });
  if (Object.keys(errors).length > 0) throw new InvalidFields(errors);
  const { properties = [], historyMetadata } = body;
  return { fields, comments, properties, ...(historyMetadata ? { metadata: historyMetadata } : {}) };
}

function readAddedComment(operation: Record<string, unknown>, actor: Account): NewComment {
  const added = v.safeParse(commentSchema, operation.add);
  if (!added.success) throw new InvalidFields({ comment: "A comment can only be added, with a body." });
  return readComment(added.output, actor);
}

/** The field's value after the operations `set`, `add` and `remove`, in their order. */
function operated(
  site: Site,
  field: FieldDefinition,
  before: FieldValue | null,
  operations: Record<string, unknown>[],
): FieldValue | null {
  let value = before;
  for (const operation of operations)
    for (const [verb, input] of Object.entries(operation)) {
      if (verb === "set") value = parseFieldValue(field, input, "document", site);
      else if ((verb === "add" || verb === "remove") && ["users", "groups", "labels"].includes(field.kind))
        value = combined(verb, value, parseFieldValue(field, [input], "document", site));
      else throw new InvalidFields({ [field.id]: `Field does not support the operation '${verb}'` });
    }
  return value;
}

function combined(
  verb: "add" | "remove",
  before: FieldValue | null,
  one: FieldValue | null,
): FieldValue | null {
  const join = (own: string[], other: string[]) =>
    verb === "add" ? [...new Set([...own, ...other])] : own.filter((entry) => !other.includes(entry));
  if (before === null) return verb === "add" ? one : null;
  if (before.type === "users" && one?.type === "users") {
    const accountIds = join(before.accountIds, one.accountIds);
    return accountIds.length === 0 ? null : { type: "users", accountIds };
  }
  if (before.type === "groups" && one?.type === "groups") {
    const groupIds = join(before.groupIds, one.groupIds);
    return groupIds.length === 0 ? null : { type: "groups", groupIds };
  }
  if (before.type === "labels" && one?.type === "labels") {
    const labels = join(before.labels, one.labels);
    return labels.length === 0 ? null : { type: "labels", labels };
  }
  return before;
}

export function applyEdit(change: IssueChange, edit: Edit): void {
  for (const [field, value] of edit.fields) change.setField(field, value);
  for (const comment of edit.comments) change.addComment(comment);
  for (const { key, value } of edit.properties) change.issue.properties[key] = value;
}
