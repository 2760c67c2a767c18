import type { HttpAnswer } from "../../http.ts";
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

/**
 * A v2 list call: a bare array, with the number of all matches in `X-Total-Count`. `filter=field:op:value`, `fields`
 * and `sort` are separated by commas. A limit above 100 is cut to 100, silently.
 * @param filterable the names that a filter may use and the fields they mean; another name is a 400.
 */
export function listV2(
  records: DirectoryRecord[],
  query: URLSearchParams,
  filterable: Record<string, string> = {},
): HttpAnswer {
  const conditions = query
    .getAll("filter")
    .flatMap(commaSeparated)
    .map((expression) => expressionV2(expression, filterable));
  const found = records.filter((record) => conditions.every((matches) => matches(record)));
  const limit = Math.min(wholeNumber("limit", query, 10), 100);
  const skip = wholeNumber("skip", query, 0);
  const fields = names(query, "fields");
  return {
    status: 200,
    headers: { "x-total-count": String(found.length) },
    body: sorted(found, names(query, "sort"))
      .slice(skip, skip + limit)
      .map((record) => projected(record, fields)),
  };
}

/** The operators by their v1 names; v1's own names are no operators here. */
const operators: Record<string, string> = {
  eq: "eq",
  ne: "ne",
  gt: "gt",
  ge: "gte",
  lt: "lt",
  le: "lte",
  in: "in",
};

/** One condition on a field, also of a dynamic group's rule. */
export function conditionV2(field: string, operator: string, value: string): Predicate {
  const terms = operator === "in" ? value.split("|") : [value];
  const patterns = terms.map(wildcard);
  const holds =
    operator === "search"
      ? (values: unknown[]) => values.some((found) => text(found).toLowerCase().includes(value.toLowerCase()))
      : comparison(operators[operator] ?? "", value, (found) =>
          patterns.some((pattern) => pattern.test(text(found))),
        );
  if (!holds) throw refusal(400, `the filter operator "${operator}" is not one that is simulated`);
  return (record) => holds(valuesAt(record, field));
}

function expressionV2(expression: string, filterable: Record<string, string>): Predicate {
  const [, field, operator, value] = /^([^:]+):([a-z]+):(.*)$/s.exec(expression) ?? [];
  if (field === undefined || operator === undefined || value === undefined)
    throw refusal(400, `the filter "${expression}" is not of the form field:operator:value`);
  const meant = filterable[field];
  if (meant === undefined)
    throw refusal(
      400,
      `cannot filter by "${field}", only by: ${Object.keys(filterable).join(", ") || "nothing"}`,
    );
  return conditionV2(meant, operator, value);
}

/** The text, in the case given, where `*` stands for anything. */
function wildcard(wanted: string): RegExp {
  const parts = wanted.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s");
}

/** Spaces are v1's separator: here they make one name that no record has, so they change nothing. */
function names(query: URLSearchParams, name: string): string[] {
  const given = query.get(name) ?? "";
  return given.includes(" ") ? [] : commaSeparated(given);
}

function commaSeparated(value: string): string[] {
  return value.split(",").filter((part) => part !== "");
}

function wholeNumber(name: string, query: URLSearchParams, absent: number): number {
  const given = query.get(name);
  if (given === null || given === "") return absent;
  const number = Number(given);
  if (!Number.isInteger(number) || number < 0) throw refusal(400, `${name} must be a whole number`);
  return number;
}
