import { randomUUID } from "node:crypto";
import * as v from "valibot";
import type { HttpAnswer } from "../../http.ts";
import { notNegative, object, record, timestamp } from "../../json-schemas.ts";
import type { InsightsEvent } from "./journal.ts";
import { isRecord, type Predicate, text, valuesAt } from "./record-query.ts";
import { refusal } from "./refusal.ts";

const services = [
  "access_management",
  "alert",
  "alerts",
  "all",
  "asset_management",
  "directory",
  "ldap",
  "mdm",
  "notifications",
  "object_storage",
  "password_manager",
  "radius",
  "reports",
  "saas_app_management",
  "software",
  "sso",
  "systems",
  "workflows",
];

const unsearchable = ["changes", "useragent", "system_timestamp"];
const retentionMs = 90 * 24 * 3_600_000;
const usualLimit = 1000;
const highestLimit = 10_000;

/** The body of the Directory Insights queries. */
export const insightsQuery = object({
  service: v.pipe(v.array(v.picklist(services)), v.nonEmpty()),
  start_time: timestamp,
  end_time: v.exactOptional(timestamp),
  limit: v.exactOptional(v.unknown()),
  skip: v.exactOptional(notNegative),
  sort: v.exactOptional(v.string()),
  fields: v.exactOptional(v.array(v.string())),
  search_term: v.exactOptional(record(v.unknown())),
  q: v.exactOptional(v.string()),
  search_after: v.exactOptional(v.strictTuple([v.union([v.number(), v.string()]), v.string()])),
});
export type InsightsQuery = v.InferOutput<typeof insightsQuery>;

/** All events that a query finds, oldest first. `visibleUntil` is the time of the newest that is ingested. */
export function matchingEvents(
  events: InsightsEvent[],
  query: InsightsQuery,
  visibleUntil: number,
): InsightsEvent[] {
  const start = Date.parse(query.start_time);
  const end = query.end_time === undefined ? Number.POSITIVE_INFINITY : Date.parse(query.end_time);
  if (end < start) throw refusal(400, "end_time must come after start_time");
  const fits = query.search_term ? conjunctions(query.search_term) : () => true;
  const q = query.q?.toLowerCase();
  return events
    .filter((event) => {
      const time = Date.parse(event.timestamp);
      if (time < Math.max(start, visibleUntil - retentionMs)) return false;
      if (time > Math.min(end, visibleUntil)) return false;
      if (!query.service.includes("all") && !query.service.includes(event.service)) return false;
      return fits(event) && (q === undefined || JSON.stringify(event).toLowerCase().includes(q));
    })
    .sort(inTime);
}

/** One page as `/events` answers it. `X-Search_after` is there on the last page too; a short page is the sign of the end. */
export function eventsPage(matching: InsightsEvent[], query: InsightsQuery): HttpAnswer {
  const limit = pageLimit(query.limit);
  const descending = query.sort?.toUpperCase() === "DESC";
  const ordered = descending ? matching.toReversed() : matching;
  const after = query.search_after;
  const rest = after ? ordered.filter((event) => isAfter(event, after, descending)) : ordered;
  const page = rest.slice(query.skip ?? 0, (query.skip ?? 0) + limit);
  const last = page.at(-1);
  return {
    status: 200,
    headers: {
      "x-result-count": String(page.length),
      "x-limit": String(limit),
      "x-sort": descending ? "DESC" : "ASC",
      "x-search_after": JSON.stringify(last ? [Date.parse(last.timestamp), last.id] : []),
      "x-request-id": randomUUID(),
    },
    body: query.fields ? onlyFields(page, query.fields) : page,
  };
}

function pageLimit(asked: unknown): number {
  const usable = typeof asked === "number" && Number.isInteger(asked) && asked > 0 && asked <= highestLimit;
  return usable ? asked : usualLimit;
}

function inTime(a: InsightsEvent, b: InsightsEvent): number {
  return a.timestamp.localeCompare(b.timestamp) || a.id.localeCompare(b.id);
}

function isAfter(event: InsightsEvent, [time, id]: [number | string, string], descending: boolean): boolean {
  const order = Date.parse(event.timestamp) - Number(time) || event.id.localeCompare(id);
  return descending ? order < 0 : order > 0;
}

function onlyFields(events: InsightsEvent[], fields: string[]): object[] {
  const names = new Set(fields.map((field) => field.split(".")[0] ?? ""));
  if (!knownFields.some((known) => names.has(known)))
    throw refusal(400, `fields must name at least one of ${knownFields.join(", ")}`);
  return events.map((event) => Object.fromEntries(Object.entries(event).filter(([name]) => names.has(name))));
}

const knownFields = [
  "id",
  "timestamp",
  "service",
  "event_type",
  "organization",
  "initiated_by",
  "resource",
  "association",
  "changes",
  "success",
  "client_ip",
  "error_message",
];

/** `{ and | or | not: [{ field: value | [values] }, …] }`; conditions may hold further such objects. */
function conjunctions(term: Record<string, unknown>): Predicate {
  const parts = Object.entries(term).map(([conjunction, conditions]): Predicate => {
    const list = (Array.isArray(conditions) ? conditions : [conditions]).map(condition);
    if (conjunction === "and") return (event) => list.every((holds) => holds(event));
    if (conjunction === "or") return (event) => list.some((holds) => holds(event));
    if (conjunction === "not") return (event) => !list.some((holds) => holds(event));
    throw refusal(400, 'search_term knows only "and", "or" and "not"');
  });
  return (event) => parts.every((holds) => holds(event));
}

function condition(given: unknown): Predicate {
  if (!isRecord(given)) throw refusal(400, "a condition of search_term must be an object");
  if (["and", "or", "not"].some((word) => word in given)) return conjunctions(given);
  const tests = Object.entries(given).map(([field, wanted]): Predicate => {
    if (unsearchable.includes(field)) throw refusal(400, `${field} cannot be searched`);
    const terms = (Array.isArray(wanted) ? wanted : [wanted]).map(text);
    // Values are kept in lower case: a term with capitals finds nothing.
    return (event) => valuesAt(event, field).some((value) => terms.includes(text(value).toLowerCase()));
  });
  return (event) => tests.every((holds) => holds(event));
}
