import * as v from "valibot";
import { object, record, wholeNumber } from "../../json-schemas.ts";
import { expressionV1, type ListAnswer, pageV1, partialMatch } from "./query-v1.ts";
import { comparison, type DirectoryRecord, isRecord, type Predicate, valuesAt } from "./record-query.ts";
import { refusal } from "./refusal.ts";

/** The body of `POST /api/search/systemusers`. */
export const searchBody = object({
  filter: v.exactOptional(v.unknown()),
  searchFilter: v.exactOptional(record(v.unknown())),
  fields: v.exactOptional(v.string()),
  sort: v.exactOptional(v.string()),
  limit: v.exactOptional(wholeNumber),
  skip: v.exactOptional(wholeNumber),
});

/** Searches; paging may stand in the body or, as in the older document, in the query. */
export function search(
  records: DirectoryRecord[],
  body: v.InferOutput<typeof searchBody>,
  query: URLSearchParams,
): ListAnswer {
  const { filter, searchFilter, ...page } = body;
  const fits = filter === undefined ? () => true : predicate(filter);
  const contains = searchFilter ? partialMatch(searchFilter) : () => true;
  const found = records.filter((record) => fits(record) && contains(record));
  return pageV1(found, { ...Object.fromEntries(query), ...page });
}

/**
 * A filter is `{ and: [...] }`, `{ or: [...] }` or a bare array (all must match) of expressions. An expression is
 * `{ field: value }`, `{ field: { $operator: value } }`, the text `field:$operator:value`, or again a filter.
 */
function predicate(filter: unknown): Predicate {
  if (typeof filter === "string") return expressionV1(filter);
  if (Array.isArray(filter)) return every(filter.map(predicate));
  if (!isRecord(filter)) throw refusal(400, "a filter is an object or an array of expressions");
  return every(
    Object.entries(filter).map(([name, value]) => {
      if ((name === "and" || name === "or") && !Array.isArray(value))
        throw refusal(400, `"${name}" in a filter needs an array of expressions`);
      if (name === "and" && Array.isArray(value)) return every(value.map(predicate));
      if (name === "or" && Array.isArray(value)) return some(value.map(predicate));
      return fieldPredicate(name, value);
    }),
  );
}

function fieldPredicate(field: string, condition: unknown): Predicate {
  if (!isRecord(condition)) return (record) => valuesAt(record, field).includes(condition);
  return every(
    Object.entries(condition).map(([operator, wanted]) => {
      const holds = operation(operator, wanted);
      return (record: DirectoryRecord) => holds(valuesAt(record, field));
    }),
  );
}

/** Unlike in filters written as text, a value must have the wanted value's type: `"true"` is not `true`. */
function operation(operator: string, wanted: unknown): (values: unknown[]) => boolean {
  if (operator === "$regex") {
    const expression = regularExpression(wanted);
    return (values) => values.some((value) => typeof value === "string" && expression.test(value));
  }
  const terms = operator === "$in" || operator === "$nin" ? listed(operator, wanted) : [wanted];
  const holds = operator.startsWith("$")
    ? comparison(operator.slice(1), wanted, (value) => terms.includes(value))
    : undefined;
  if (!holds) throw refusal(400, `unknown operator ${operator}`);
  return holds;
}

function listed(operator: string, wanted: unknown): unknown[] {
  if (!Array.isArray(wanted)) throw refusal(400, `${operator} needs an array`);
  return wanted;
}

/** A regular expression as the server reads it: `(?i)` in front makes it ignore case. */
function regularExpression(source: unknown): RegExp {
  if (typeof source !== "string") throw refusal(400, "$regex needs a text");
  const ignoresCase = source.startsWith("(?i)");
  try {
    return new RegExp(ignoresCase ? source.slice(4) : source, ignoresCase ? "i" : "");
  } catch {
    throw refusal(400, "$regex is not a valid regular expression");
  }
}

function every(predicates: Predicate[]): Predicate {
  return (record) => predicates.every((matches) => matches(record));
}

function some(predicates: Predicate[]): Predicate {
  return (record) => predicates.some((matches) => matches(record));
}
