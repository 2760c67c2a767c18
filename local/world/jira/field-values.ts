import * as v from "valibot";
import { object } from "../../json-schemas.ts";
import { fitting } from "../json-body.ts";
import type { Account, Accounts } from "./accounts.ts";
import type { FieldDefinition } from "./fields.ts";
import type { Option, Options } from "./options.ts";
import { type AdfDocument, adfSchema, documentFromText, wikiText } from "./rich-text.ts";

/** What an issue stores for a field that has a value. */
export type FieldValue =
  | { type: "text"; text: string }
  | { type: "richText"; document: AdfDocument }
  | { type: "option"; id: string }
  | { type: "cascadingOption"; id: string; childId?: string }
  | { type: "user"; accountId: string }
  | { type: "users"; accountIds: string[] }
  | { type: "groups"; groupIds: string[] }
  | { type: "labels"; labels: string[] };

/** Thrown when values can't be accepted; says why for each field id. */
export class InvalidFields extends Error {
  override readonly name = "InvalidFields";
  readonly errors: Record<string, string>;

  constructor(errors: Record<string, string>) {
    super(
      Object.entries(errors)
        .map(([field, text]) => `${field}: ${text}`)
        .join("; "),
    );
    this.errors = errors;
  }
}

/** What field values refer to. */
type Referred = { accounts: Accounts; options: Options };

/** Rich text comes as a document in REST v3, as plain text in the service desk API. */
export type TextFormat = "document" | "plain";

const id = v.union([v.string(), v.number()]);
const optionInput = v.union([object({ id }), object({ value: v.string() })]);
const cascadingInput = v.union([
  object({ id, child: v.nullish(optionInput) }),
  object({ value: v.string(), child: v.nullish(optionInput) }),
]);
const userInput = v.union([object({ accountId: v.string() }), object({ id: v.string() })]);
const groupInput = v.union([object({ groupId: v.string() }), object({ name: v.string() })]);

/**
 * Reads a value as a caller sends it. Null and empty lists clear the field: the result is null.
 * @throws InvalidFields
 */
export function parseFieldValue(
  field: FieldDefinition,
  input: unknown,
  format: TextFormat,
  referred: Referred,
): FieldValue | null {
  const refuse = (text: string) => new InvalidFields({ [field.id]: text });
  const read = <Output>(schema: v.GenericSchema<unknown, Output>, expected: string): Output =>
    fitting(schema, input, () => refuse(`Operation value must be ${expected}`));
  if (input === null || input === undefined) {
    if (field.id === "summary") throw refuse("You must specify a summary of the issue.");
    return null;
  }

  switch (field.kind) {
    case "text": {
      const text = read(v.string(), "a string");
      if (text.trim() === "" && field.id !== "summary") return null;
      if (text.trim() === "") throw refuse("You must specify a summary of the issue.");
      if (text.includes("\n")) throw refuse(`The ${field.name.toLowerCase()} can't have more than one line.`);
      if (text.length > 255)
        throw refuse(`The ${field.name.toLowerCase()} can't have more than 255 characters.`);
      return { type: "text", text };
    }
    case "dateTime": {
      const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{3})?)?(Z|[+-]\d\d:?\d\d)$/;
      return {
        type: "text",
        text: read(v.pipe(v.string(), v.regex(moment)), "a date and time with an offset"),
      };
    }
    case "richText": {
      if (format === "document") {
        const document = read(adfSchema, "an Atlassian Document (see the Atlassian Document Format)");
        return wikiText(document).trim() === "" ? null : { type: "richText", document };
      }
      const text = read(v.string(), "a string");
      return text.trim() === "" ? null : { type: "richText", document: documentFromText(text) };
    }
    case "option": {
      const option = chosen(referred.options.list(field.id), read(optionInput, "an object"));
      if (!option) throw refuse(`Option '${named(input)}' is not valid`);
      return { type: "option", id: option.id };
    }
    case "cascadingOption": {
      const wanted = read(cascadingInput, "an object");
      const options = referred.options.list(field.id);
      const parent = chosen(
        options.filter((option) => option.parentId === undefined),
        wanted,
      );
      if (!parent) throw refuse(`Option '${named(input)}' is not valid`);
      if (!wanted.child) return { type: "cascadingOption", id: parent.id };
      const child = chosen(
        options.filter((option) => option.parentId === parent.id),
        wanted.child,
      );
      if (!child) throw refuse(`Option '${named(wanted.child)}' is not valid for '${parent.value}'`);
      return { type: "cascadingOption", id: parent.id, childId: child.id };
    }
    case "user": {
      const account = accountOf(read(userInput, "an object with an accountId"), referred.accounts);
      if (!account) throw refuse(`User '${named(input)}' does not exist`);
      return { type: "user", accountId: account.accountId };
    }
    case "users": {
      const accountIds = read(v.array(userInput), "an array of users").map((user) => {
        const account = accountOf(user, referred.accounts);
        if (!account) throw refuse(`User '${named(user)}' does not exist`);
        return account.accountId;
      });
      return accountIds.length === 0 ? null : { type: "users", accountIds: [...new Set(accountIds)] };
    }
    case "groups": {
      const groupIds = read(v.array(groupInput), "an array of groups").map((wanted) => {
        const group = referred.accounts.group("groupId" in wanted ? wanted.groupId : wanted.name);
        if (!group) throw refuse(`Group '${named(wanted)}' does not exist`);
        return group.groupId;
      });
      return groupIds.length === 0 ? null : { type: "groups", groupIds: [...new Set(groupIds)] };
    }
    case "labels": {
      const labels = read(
        v.array(v.pipe(v.string(), v.regex(/^\S+$/))),
        "an array of strings without spaces",
      );
      return labels.length === 0 ? null : { type: "labels", labels: [...new Set(labels)] };
    }
    case "computed":
      throw refuse(`Field '${field.id}' cannot be set. It is not on the appropriate screen, or unknown.`);
  }
}

function chosen(options: Option[], wanted: { id: string | number } | { value: string }): Option | undefined {
  const option = options.find((one) =>
    "id" in wanted ? one.id === String(wanted.id) : one.value === wanted.value,
  );
  return option?.disabled ? undefined : option;
}

function accountOf(user: { accountId: string } | { id: string }, accounts: Accounts): Account | undefined {
  return accounts.find("accountId" in user ? user.accountId : user.id);
}

/** What an input calls the thing that it refers to, for messages. */
function named(input: unknown): string {
  return typeof input === "object" && input !== null ? String(Object.values(input)[0]) : String(input);
}

/** A value as the changelog shows it: the id, where there is one, and the text. */
export function describeFieldValue(
  field: FieldDefinition,
  value: FieldValue | null,
  referred: Referred,
): { id: string | null; text: string | null } {
  if (value === null) return { id: null, text: null };
  const optionText = (optionId: string) => referred.options.find(field.id, optionId)?.value ?? optionId;
  switch (value.type) {
    case "text":
      return { id: null, text: value.text };
    case "richText":
      return { id: null, text: wikiText(value.document) };
    case "option":
      return { id: value.id, text: optionText(value.id) };
    case "cascadingOption": {
      const parent = `Parent values: ${optionText(value.id)}(${value.id})`;
      const child = value.childId ? `Level 1 values: ${optionText(value.childId)}(${value.childId})` : "";
      return { id: null, text: parent + child };
    }
    case "user":
      return { id: value.accountId, text: referred.accounts.get(value.accountId).displayName };
    case "users": {
      const names = value.accountIds.map((accountId) => referred.accounts.get(accountId).displayName);
      return { id: `[${value.accountIds.join(", ")}]`, text: `[${names.join(", ")}]` };
    }
    case "groups": {
      const names = value.groupIds.map((groupId) => referred.accounts.group(groupId)?.name ?? groupId);
      return { id: `[${value.groupIds.join(", ")}]`, text: `[${names.join(", ")}]` };
    }
    case "labels":
      return { id: null, text: value.labels.join(" ") };
  }
}
