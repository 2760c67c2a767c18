import {
  comparison,
  type DirectoryRecord,
  type Predicate,
  projected,
  sorted,
  text,
  valuesAt,
} from "./record-query.ts";
import { refusal } from "./refusal.ts";

/** The answer of the v1 list calls. */
export type ListAnswer = { results: DirectoryRecord[]; totalCount: number };

/** Which part of a v1 list is asked for; `fields` and `sort` are separated by spaces. */
export type Page = { limit?: unknown; skip?: unknown; sort?: unknown; fields?: unknown };

/**
 * A v1 list call: `filter=field:$op:value` (several: all must match; `filter[or][0]`: one must), `search`, `sort`,
 * `skip`, `limit` (10, at most 100) and `fields`.
 */
export function listV1(records: DirectoryRecord[], query: URLSearchParams, defaultSort?: string): ListAnswer {
  const filter = filterV1(query);
  const search = searchParameter(query);
  const found = records.filter((record) => filter(record) && search(record));
  return pageV1(found, { sort: defaultSort, ...Object.fromEntries(query) });
}

/** Sorts, cuts and projects. Throws 400 for a limit above 100, as JumpCloud does. */
export function pageV1(found: DirectoryRecord[], page: Page): ListAnswer {
  const limit = wholeNumber("limit", page.limit, 10);
  const skip = wholeNumber("skip", page.skip, 0);
  if (limit > 100) throw refusal(400, 'Bad Request: request parameter "limit" exceeds maximum value of 100');
  const fields = spaceSeparated(page.fields);
  return {
    results: sorted(found, spaceSeparated(page.sort))
      .slice(skip, skip + limit)
      .map((record) => projected(record, fields)),
    totalCount: found.length,
  };
}

/** The fields of a v1 `fields` or `sort`. Commas are v2's separator: here they make the whole parameter ignored, silently. */
export function spaceSeparated(value: unknown): string[] {
  if (typeof value !== "string" || value.includes(",")) return [];
  return value.split(" ").filter((field) => field !== "");
}

function filterV1(query: URLSearchParams): Predicate {
  const all: Predicate[] = [];
  const any: Predicate[] = [];
  for (const [name, value] of query) {
    if (name === "filter" || /^filter\[(and\]\[)?\d*\]$/.test(name)) all.push(expressionV1(value));
    else if (/^filter\[or\]\[\d*\]$/.test(name)) any.push(expressionV1(value));
  }
  return (record) =>
    all.every((matches) => matches(record)) && (any.length === 0 || any.some((matches) => matches(record)));
}

/** One `field:$op:value`. Values are compared as text, in the case given. */
export function expressionV1(expression: string): Predicate {
  const [, field, operator, value] = /^([^:]+):\$([a-z]+):(.*)$/s.exec(expression) ?? [];
  if (field === undefined || operator === undefined || value === undefined)
    throw refusal(400, `the filter "${expression}" is not of the form field:$operator:value`);
  const terms = operator.endsWith("in") ? pipeSeparated(value) : [value];
  const holds =
    operator === "sw"
      ? (values: unknown[]) => values.some((found) => text(found).startsWith(value))
      : comparison(operator, value, (found) => terms.includes(text(found)));
  if (!holds) throw refusal(400, `the filter "${expression}" has the unknown operator $${operator}`);
  return (record) => holds(valuesAt(record, field));
}

/** Terms separated by `|`; a pipe that belongs to a term is written `\|`. */
function pipeSeparated(value: string): string[] {
  return value.split(/(?<!\\)\|/).map((term) => term.replaceAll("\\|", "|"));
}

function searchParameter(query: URLSearchParams): Predicate {
  const given = query.get("search");
  if (given === null) return () => true;
  let search: unknown;
  try {
    search = JSON.parse(given);
  } catch {
    throw refusal(400, 'request parameter "search" must be a JSON object');
  }
  return partialMatch(search);
}

/** `{ searchTerm, fields }`: some field contains some term, in any case. */
export function partialMatch(search: unknown): Predicate {
  const terms = valuesAt(search, "searchTerm");
  const fields = valuesAt(search, "fields");
  if (!terms.every((term) => typeof term === "string") || !fields.every((field) => typeof field === "string"))
    throw refusal(400, "a search needs a searchTerm, a text or several, and a list of fields");
  return (record) =>
    fields.some((field) =>
      valuesAt(record, field).some((value) =>
        terms.some((term) => text(value).toLowerCase().includes(term.toLowerCase())),
      ),
    );
}

function wholeNumber(name: string, value: unknown, absent: number): number {
  if (value === undefined || value === "") return absent;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0)
    throw refusal(400, `Bad Request: request parameter "${name}" must be a whole number`);
  return number;
}
