import * as v from "valibot";
import type { Problem, Source } from "./positions.ts";

type Issue = v.BaseIssue<unknown>;
type Path = (string | number)[];

/** Parses a source by a schema, or names everything in it that does not fit. */
export function checkShape<Schema extends v.GenericSchema>(
  source: Source,
  schema: Schema,
): { value: v.InferOutput<Schema> } | { problems: Problem[] } {
  const result = v.safeParse(schema, source.value);
  if (result.success) return { value: result.output };
  const problems = [
    ...result.issues.flatMap((issue) => deepest(schema, issue)).map((issue) => describe(source, issue)),
    ...unknownKeys(source, schema, source.value, []),
  ];
  // Whatever the search for the best words leaves out: a file that does not fit is never without a problem.
  return { problems: problems.length > 0 ? problems : result.issues.map((issue) => describe(source, issue)) };
}

/**
 * Of a union, only what the alternative says that gets furthest into the value: it is the one that was meant. Unknown
 * keys are left out here, because the schema library names only the first of each object.
 */
function deepest(schema: v.GenericSchema, issue: Issue): Issue[] {
  if (isUnknownKey(issue)) return [];
  if (issue.type !== "union" || !issue.issues) return [issue];
  const outer = issue.path ?? [];
  const meant = alternativesMeant(schemasAt(schema, pathOf(issue)), issue.input);
  const inner = issue.issues.flatMap((one) => {
    const [first, ...rest] = [...outer, ...(one.path ?? [])];
    return isUnknownKey(one) || !first ? [] : deepest(schema, { ...one, path: [first, ...rest] });
  });
  const fitting = inner.filter(
    (one) =>
      !isMissingKey(one) || meant.length === 0 || meant.some((alternative) => hasKey(alternative, one)),
  );
  const isMisspelt = unknownIn(schemasAt(schema, pathOf(issue)), issue.input).length > 0;
  const deeper = fitting.filter((one) => (one.path?.length ?? 0) > outer.length);
  const depth = Math.max(0, ...deeper.map((one) => one.path?.length ?? 0));
  if (depth > outer.length)
    return deeper.filter((one) => one.path?.length === depth && !(isMisspelt && isMissingKey(one)));
  return isMisspelt || meant.length > 0 ? [] : [issue];
}

/** The alternatives that have one of the keys that the value has. */
function alternativesMeant(schemas: v.GenericSchema[], value: unknown): ObjectSchema[] {
  if (value === null || typeof value !== "object") return [];
  return schemas
    .filter(isObjectSchema)
    .filter((schema) => Object.keys(value).some((key) => key in schema.entries));
}

function hasKey(schema: ObjectSchema, issue: Issue): boolean {
  return String(issue.path?.at(-1)?.key) in schema.entries;
}

function isMissingKey(issue: Issue): boolean {
  return issue.type === "strict_object" && issue.input === undefined;
}

function isUnknownKey(issue: Issue): boolean {
  return issue.type === "strict_object" && issue.expected === "never";
}

function describe(source: Source, issue: Issue): Problem {
  const path = pathOf(issue);
  const isKey = issue.path?.at(-1)?.origin === "key" && issue.input !== undefined;
  const expected =
    issue.kind === "validation"
      ? issue.message
      : isMissingKey(issue)
        ? "this key, which is compulsory"
        : expectation(issue);
  const place = isKey ? source.atKey(path.slice(0, -1), String(path.at(-1))) : source.at(path);
  const where = path.length > 0 ? `${path.join(".")}: ` : "";
  return {
    file: source.file,
    ...place,
    message: `${where}found ${shown(issue.input)}; expected ${expected}`,
  };
}

/** Every key that no schema for its object has, with the nearest one that there is. */
function unknownKeys(source: Source, schema: v.GenericSchema, value: unknown, path: Path): Problem[] {
  if (value === null || typeof value !== "object") return [];
  const unknown = Array.isArray(value) ? [] : unknownIn(schemasAt(schema, path), value);
  const problems = unknown.map(({ key, known }) => {
    const near = nearest(key, known);
    const message = `${[...path, key].join(".")}: this key is not known; ${near ? `did you mean ${near}?` : `expected ${known.join(", ")}`}`;
    return { file: source.file, ...source.atKey(path, key), message };
  });
  const parts: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return [...problems, ...parts.flatMap(([key, part]) => unknownKeys(source, schema, part, [...path, key]))];
}

function unknownIn(schemas: v.GenericSchema[], value: unknown): { key: string; known: string[] }[] {
  const objects = schemas.filter(isObjectSchema).filter(({ type }) => type === "strict_object");
  if (objects.length === 0 || value === null || typeof value !== "object") return [];
  const known = [...new Set(objects.flatMap((schema) => Object.keys(schema.entries)))];
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => ({ key, known }));
}

/** The schemas that the value at the path may follow: several below a union, none where the path leads out of them. */
function schemasAt(schema: v.GenericSchema, [step, ...rest]: Path): v.GenericSchema[] {
  return unwrapped(schema).flatMap((one) => {
    if (step === undefined) return [one];
    if (isObjectSchema(one)) {
      const next = one.entries[String(step)];
      return next ? schemasAt(next, rest) : [];
    }
    if ("item" in one && isSchema(one.item)) return schemasAt(one.item, rest);
    return one.type === "record" && "value" in one && isSchema(one.value) ? schemasAt(one.value, rest) : [];
  });
}

/** The alternatives of a union, and what is inside of an optional or of a schema that contains itself. */
function unwrapped(schema: v.GenericSchema): v.GenericSchema[] {
  if (schema.type === "optional" && "wrapped" in schema && isSchema(schema.wrapped))
    return unwrapped(schema.wrapped);
  if (isLazySchema(schema)) return unwrapped(schema.getter(undefined));
  if (
    (schema.type === "union" || schema.type === "variant") &&
    "options" in schema &&
    Array.isArray(schema.options)
  )
    return schema.options.filter(isSchema).flatMap(unwrapped);
  return [schema];
}

type ObjectSchema = v.GenericSchema & { entries: Record<string, v.GenericSchema> };

function isObjectSchema(schema: v.GenericSchema): schema is ObjectSchema {
  return "entries" in schema;
}

type LazySchema = v.GenericSchema & { getter: (input: unknown) => v.GenericSchema };

function isLazySchema(schema: v.GenericSchema): schema is LazySchema {
  return schema.type === "lazy";
}

function isSchema(value: unknown): value is v.GenericSchema {
  return value !== null && typeof value === "object" && "kind" in value && value.kind === "schema";
}

function pathOf(issue: Issue): Path {
  return (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
}

/** The schema library's words for what it expects, in the words of this file's readers. */
function expectation({ expected, message }: Issue): string {
  return (expected ?? message)
    .replaceAll(/[()]/g, "")
    .replaceAll(" | ", " or ")
    .replaceAll("Array", "a list")
    .replaceAll("Object", "an object")
    .replaceAll("string", "a text")
    .replaceAll("boolean", "true or false");
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (value !== null && typeof value === "object") return "an object";
  return JSON.stringify(value);
}

/** The word that takes the fewest changes of a letter, when it takes few enough for a slip. */
export function nearest(word: string, words: string[]): string | undefined {
  const ranked = words
    .map((candidate) => ({ candidate, distance: distance(word, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(2, Math.floor(word.length / 3)) ? best.candidate : undefined;
}

/** Levenshtein's distance, letters in upper and lower case being the same. */
function distance(a: string, b: string): number {
  let row = [...Array(b.length + 1).keys()];
  for (const [i, letter] of [...a.toLowerCase()].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b.toLowerCase()].entries())
      next.push(
        Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)),
      );
    row = next;
  }
  return row.at(-1) ?? 0;
}
