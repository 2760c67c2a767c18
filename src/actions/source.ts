import * as v from "valibot";
import { Transform } from "./transform.ts";

const fieldId = v.pipe(v.string(), v.regex(/^(customfield_\d+|[a-z]+)$/, "the id of a field"));
const constant = v.union([v.string(), v.number(), v.boolean()]);

const Field = v.strictObject({
  field: v.pipe(fieldId, v.description("Id of the ticket's field, such as customfield_10053.")),
  name: v.pipe(v.string(), v.description("What the form calls it; comments to people name it so.")),
  as: v.optional(v.pipe(v.array(Transform), v.description("The steps to what the action takes."))),
  optional: v.optional(
    v.pipe(v.boolean(), v.description("Whether the input is left out when the field is empty.")),
  ),
});

/** A name in a template. */
export const place = /\{(\w+)\}/g;

/** The names in a template. */
export function placesIn(template: string): string[] {
  return [...template.matchAll(place)].map(([, name = ""]) => name);
}

/** Where the value of one of an action's inputs comes from. */
export const Source = v.union([
  Field,
  v.strictObject({
    value: v.pipe(
      v.union([constant, v.array(constant)]),
      v.description("A constant: text, a number, true or false, or a list of them."),
    ),
  }),
  v.strictObject({
    template: v.pipe(
      v.string(),
      v.description("Text with fields in it, such as {first}.{last}: all of them must have a value."),
    ),
    of: v.pipe(v.record(v.string(), Field), v.description("The fields, by the names in the template.")),
    as: v.optional(v.pipe(v.array(Transform), v.description("The steps to what the action takes."))),
  }),
  v.strictObject({
    bundles: v.pipe(
      v.record(v.string(), Field),
      v.description(
        "The groups of all bundles that fit somebody with these attributes: fields, by attribute.",
      ),
    ),
  }),
]);
export type Source = v.InferOutput<typeof Source>;

/** What the form calls the field, or the fields, that the value comes from. */
export function nameOf(source: Source | undefined): string {
  if (source && "field" in source) return source.name;
  const fields = source && partsOf(source);
  return fields?.map(({ name }) => name).join(", ") || "actions.yaml";
}

/** Ids of the fields that the value comes from. */
export function fieldsIn(source: Source): string[] {
  if ("field" in source) return [source.field];
  return partsOf(source).map(({ field }) => field);
}

function partsOf(source: Source) {
  if ("of" in source) return Object.values(source.of);
  return "bundles" in source ? Object.values(source.bundles) : [];
}
