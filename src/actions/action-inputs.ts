import * as v from "valibot";
import { FieldInvalidError, FieldMissingError } from "../errors.ts";
import { fieldsIn, nameOf, place, type Source } from "./source.ts";
import { type Lookups, transformed, type Value, ValueError } from "./transform.ts";

/**
 * The inputs of an action, from a ticket.
 *
 * @param fields what the ticket's fields hold, as Jira's API has it
 * @throws FieldMissingError when a field that is needed is empty, by its name on the form
 * @throws FieldInvalidError when what it holds cannot be used
 */
export async function inputsFrom(
  sources: Readonly<Record<string, Source>>,
  fields: Readonly<Record<string, unknown>>,
  lookups: Lookups,
): Promise<Inputs> {
  const inputs: Inputs = {};
  for (const [name, source] of Object.entries(sources)) {
    const value = await valueFrom(source, fields, lookups);
    if (value === undefined) continue;
    const [outer = name, inner] = name.split(".");
    if (inner === undefined) inputs[name] = value;
    else inputs[outer] = { ...partsOf(inputs[outer]), [inner]: value };
  }
  return inputs;
}

/** `fields.department` is the part `department` of the input `fields`. */
export type Inputs = Record<string, Value | { readonly [part: string]: Value }>;

function partsOf(input: Inputs[string] | undefined): { readonly [part: string]: Value } {
  return typeof input === "object" && input !== null && !isList(input) ? input : {};
}

function isList(input: Inputs[string]): input is readonly Value[] {
  return Array.isArray(input);
}

async function valueFrom(
  source: Source,
  fields: Readonly<Record<string, unknown>>,
  lookups: Lookups,
): Promise<Value | undefined> {
  if ("value" in source) return source.value;
  if ("field" in source) {
    const value = await named(source.name, () =>
      transformed(valueIn(fields[source.field]), source.as ?? [], lookups),
    );
    if (value !== null) return value;
    if (source.optional) return undefined;
    throw new FieldMissingError(source.name);
  }
  if ("bundles" in source) {
    const attributes: Record<string, string> = {};
    for (const [name, field] of Object.entries(source.bundles)) {
      const value = await valueFrom(field, fields, lookups);
      if (value !== undefined && value !== null && typeof value !== "object")
        attributes[name] = String(value);
    }
    return lookups.bundleGroups(attributes);
  }
  const parts = new Map<string, string>();
  for (const [name, part] of Object.entries(source.of)) {
    const value = await valueFrom(part, fields, lookups);
    if (value === undefined || value === null || typeof value === "object")
      throw new FieldInvalidError(part.name, "it is not one text");
    parts.set(name, String(value));
  }
  const text = source.template.replaceAll(place, (_, name: string) => parts.get(name) ?? "");
  return named(nameOf(source), () => transformed(text, source.as ?? [], lookups));
}

/** With the field's name on the form in what goes wrong. */
async function named(field: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ValueError) throw new FieldInvalidError(field, `it ${error.message}`);
    throw error;
  }
}

const Option = v.object({ value: v.string(), child: v.optional(v.object({ value: v.string() })) });
const Account = v.object({ accountId: v.string() });
const Named = v.object({ name: v.string() });
const Document = v.object({ content: v.array(v.unknown()) });
const Leaf = v.object({ text: v.string() });

/** Account ids of the people whom the fields of a source hold. */
export function accountsIn(source: Source, fields: Readonly<Record<string, unknown>>): string[] {
  return fieldsIn(source).flatMap((field) =>
    [fields[field]].flat().flatMap((raw) => (v.is(Account, raw) ? [raw.accountId] : [])),
  );
}

/**
 * What a field holds, for people: text; the label of an option, of a cascading one the inner; the account id of a person; the name of
 * a group or a version; a list of those. Null for an empty field, and for what is nothing of these.
 */
export function valueIn(raw: unknown): Value {
  if (typeof raw === "string" || typeof raw === "number" || typeof raw === "boolean") return raw;
  if (Array.isArray(raw)) return raw.map(valueIn).filter((one) => one !== null);
  if (v.is(Account, raw)) return raw.accountId;
  if (v.is(Option, raw)) return raw.child?.value ?? raw.value;
  if (v.is(Document, raw)) return textIn(raw).trim();
  return v.is(Named, raw) ? raw.name : null;
}

function textIn(node: unknown): string {
  if (v.is(Leaf, node)) return node.text;
  return v.is(Document, node) ? node.content.map(textIn).join("") : "";
}
