import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as v from "valibot";
import { schemaFiles } from "./generate-schemas.ts";

/** The page that is made of the schemas of the policy files. */
export const pageFile = join(import.meta.dirname, "settings.md");

/** As much of JSON Schema as the published schemas use. */
type Schema = {
  type?: string | undefined;
  description?: string | undefined;
  default?: unknown;
  const?: unknown;
  enum?: unknown[] | undefined;
  pattern?: string | undefined;
  required?: string[] | undefined;
  properties?: Record<string, Schema> | undefined;
  additionalProperties?: Schema | boolean | undefined;
  items?: Schema | undefined;
  anyOf?: Schema[] | undefined;
  oneOf?: Schema[] | undefined;
  $ref?: string | undefined;
  $defs?: Record<string, Schema> | undefined;
};

const Schema: v.GenericSchema<unknown, Schema> = v.object({
  type: v.optional(v.string()),
  description: v.optional(v.string()),
  default: v.optional(v.unknown()),
  const: v.optional(v.unknown()),
  enum: v.optional(v.array(v.unknown())),
  pattern: v.optional(v.string()),
  required: v.optional(v.array(v.string())),
  properties: v.optional(
    v.record(
      v.string(),
      v.lazy(() => Schema),
    ),
  ),
  additionalProperties: v.optional(v.union([v.boolean(), v.lazy(() => Schema)])),
  items: v.optional(v.lazy(() => Schema)),
  anyOf: v.optional(v.array(v.lazy(() => Schema))),
  oneOf: v.optional(v.array(v.lazy(() => Schema))),
  $ref: v.optional(v.string()),
  $defs: v.optional(
    v.record(
      v.string(),
      v.lazy(() => Schema),
    ),
  ),
});

type Row = { path: string; kinds: string[]; required: boolean; texts: string[] };

/** The page docs/settings.md: every setting of every file, once. @param files JSON Schemas as text, by path */
export function settingsPage(files: Record<string, string>): string {
  const schemas = Object.entries(files).map(
    ([file, text]) => [basename(file, ".schema.json"), v.parse(Schema, JSON.parse(text))] as const,
  );
  // The only part that refers to itself, and the same wherever it is used.
  const condition = schemas.flatMap(([, { $defs = {} }]) => Object.values($defs))[0];
  return `${[
    "<!-- Generated from the schemas of the policy files by `npm run generate`. Do not edit. -->",
    "# Settings",
    "Every setting of the three files in `policy/`. An unknown one is an error, and so is a missing one that is marked • where the settings around it are used. " +
      "`[]` is each of a list, `NAME` a name of your own. How they work together is told in [policy.md](policy.md).",
    ...schemas.map(([name, schema]) => section(`${name}.yaml`, schema)),
    ...(condition ? [section("Conditions", condition)] : []),
  ].join("\n\n")}\n`;
}

function section(title: string, schema: Schema): string {
  const rows = merged(rowsOf(schema, ""));
  return [
    `## ${title}`,
    "",
    "| Setting | Value | What it means |",
    "| --- | --- | --- |",
    ...rows.map(
      ({ path, kinds, required, texts }) =>
        `| \`${path}\`${required ? " •" : ""} | ${kinds.join(" or ")} | ${texts.join(" ")} |`,
    ),
  ].join("\n");
}

/** A row for each setting below the path, in the order of the schema. */
function rowsOf(schema: Schema, path: string): Row[] {
  const { properties = {}, additionalProperties, items } = schema;
  const dot = path === "" ? "" : `${path}.`;
  return [
    ...Object.entries(properties).flatMap(([name, child]) => [
      {
        path: dot + name,
        kinds: kindsOf(child),
        required: schema.required?.includes(name) === true,
        texts: textsOf(child),
      },
      ...rowsOf(child, dot + name),
    ]),
    ...(typeof additionalProperties === "object" ? rowsOf(additionalProperties, `${dot}NAME`) : []),
    ...(items ? rowsOf(items, `${path}[]`) : []),
    ...alternatives(schema).flatMap((one) =>
      rowsOf(one, path).map((row) => ({ ...row, required: row.required && isAlwaysIn(schema, row, dot) })),
    ),
  ];
}

/** Whether all alternatives that are settings need this one, if it is one of their own. */
function isAlwaysIn(schema: Schema, { path }: Row, dot: string): boolean {
  const name = path.slice(dot.length);
  if (name.includes(".") || name.includes("[")) return true;
  return alternatives(schema).every((one) => !one.properties || one.required?.includes(name) === true);
}

/** Alternatives of the same setting become one row; what only some of them need is not needed. */
function merged(rows: Row[]): Row[] {
  const byPath = new Map<string, Row>();
  for (const row of rows) {
    const known = byPath.get(row.path) ?? { ...row, kinds: [], texts: [] };
    byPath.set(row.path, {
      path: row.path,
      kinds: [...new Set([...known.kinds, ...row.kinds])],
      required: known.required && row.required,
      texts: [...new Set([...known.texts, ...row.texts])],
    });
  }
  return [...byPath.values()];
}

function alternatives({ anyOf = [], oneOf = [] }: Schema): Schema[] {
  return [...anyOf, ...oneOf];
}

function textsOf(schema: Schema): string[] {
  const { description, const: value, default: usual } = schema;
  const about = value === undefined ? "" : `\`${String(value)}\`: `;
  return [
    ...(description === undefined ? [] : [about + escaped(description)]),
    ...(usual === undefined ? [] : [`Otherwise \`${String(usual)}\`.`]),
  ];
}

/** What the setting may be, in words. */
function kindsOf(schema: Schema): string[] {
  const { type, const: value, enum: values, items, properties, pattern, $ref } = schema;
  if ($ref !== undefined) return ["[condition](#conditions)"];
  if (value !== undefined) return [`\`${String(value)}\``];
  if (values) return values.map((one) => `\`${String(one)}\``);
  const others = alternatives(schema);
  if (others.length > 0) return [...new Set(others.flatMap(kindsOf))];
  if (items) return [`list of ${plural(kindsOf(items))}`];
  if (properties || type === "object") return ["settings"];
  if (type === "string") return [kindOfText(pattern)];
  return [type === "integer" ? "whole number" : type === "boolean" ? "`true` or `false`" : "number"];
}

function plural(kinds: string[]): string {
  return kinds.map((kind) => kind.replace(/^(text|duration|JumpCloud id)(?=$|,)/, "$1s")).join(" or ");
}

const kindsOfText: [like: string, kind: string][] = [
  ["4h", "duration, such as `4h`"],
  ["2026-11-20", "date, such as `2026-11-20`"],
  ["09:30", "time, such as `09:30`"],
  ["6a00000000000000000b0001", "JumpCloud id"],
];

/** Known by what the pattern lets through. */
function kindOfText(pattern: string | undefined): string {
  if (pattern === undefined) return "text";
  const expected = new RegExp(pattern);
  if (expected.test("no text of any kind!") || expected.test("abc-def")) return "text";
  return kindsOfText.find(([like]) => expected.test(like))?.[1] ?? "text";
}

function escaped(text: string): string {
  return text.replaceAll("|", "\\|");
}

if (import.meta.main) writeFileSync(pageFile, settingsPage(schemaFiles()));
