/** What the list calls of both API versions and the search share: fields by path, comparison, sorting, projection. */

/** A record of the directory as the list calls see it. */
export type DirectoryRecord = Record<string, unknown>;
export type Predicate = (record: DirectoryRecord) => boolean;

/** The values at a dotted path; arrays on the way are looked into, so there can be several, or none. */
export function valuesAt(value: unknown, path: string): unknown[] {
  const dot = path.indexOf(".");
  const name = dot < 0 ? path : path.slice(0, dot);
  const rest = dot < 0 ? undefined : path.slice(dot + 1);
  return listOf(value)
    .flatMap((holder) => listOf(isRecord(holder) ? holder[name] : undefined))
    .flatMap((found) => (rest === undefined ? [found] : valuesAt(found, rest)))
    .filter((found) => found !== undefined && found !== null);
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}

export function isRecord(value: unknown): value is DirectoryRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Numbers by size; everything else, ISO dates too, as text. Ids of digits only are no numbers. */
function compare(a: unknown, b: unknown): number {
  if (typeof a === "number") return a - Number(b);
  const [left, right] = [text(a), text(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

export function text(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/**
 * What an operator that the API versions share, by its v1 name, says of a field's values; undefined for another one.
 * @param equals whether a value is the wanted one, or one of the wanted.
 */
export function comparison(
  operator: string,
  wanted: unknown,
  equals: (value: unknown) => boolean,
): ((values: unknown[]) => boolean) | undefined {
  switch (operator) {
    case "eq":
    case "in":
      return (values) => values.some(equals);
    case "ne":
    case "nin":
      return (values) => !values.some(equals);
    case "gt":
      return (values) => values.some((value) => compare(value, wanted) > 0);
    case "gte":
      return (values) => values.some((value) => compare(value, wanted) >= 0);
    case "lt":
      return (values) => values.some((value) => compare(value, wanted) < 0);
    case "lte":
      return (values) => values.some((value) => compare(value, wanted) <= 0);
    default:
      return undefined;
  }
}

/** Orders by the fields in turn; a leading `-` means descending, and records without the field come first. */
export function sorted<Item extends DirectoryRecord>(records: Item[], fields: string[]): Item[] {
  return records.toSorted((a, b) => {
    for (const field of fields) {
      const path = field.replace(/^[-+]/, "");
      const order = compare(valuesAt(a, path)[0] ?? "", valuesAt(b, path)[0] ?? "");
      if (order !== 0) return field.startsWith("-") ? -order : order;
    }
    return 0;
  });
}

/** Only the named top-level fields, and always the id. */
export function projected(record: DirectoryRecord, fields: string[]): DirectoryRecord {
  if (fields.length === 0) return record;
  const kept = new Set(["_id", "id", ...fields.map((field) => field.split(".")[0])]);
  return Object.fromEntries(Object.entries(record).filter(([name]) => kept.has(name)));
}
