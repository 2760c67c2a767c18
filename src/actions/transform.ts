import * as v from "valibot";

/** What a field of a ticket holds: one or several of text, an option of a select field, a person, a date. */
export type Value = string | number | boolean | null | readonly Value[];

const text = v.pipe(v.string(), v.minLength(1));

/**
 * One step from what a field holds to what an action takes. Of a list, each is transformed by itself; `split`, `first` and `join` go
 * from one to the other.
 */
export const Transform = v.union([
  v.pipe(
    v.picklist(["trim", "lower", "upper", "first", "number", "time", "user-id", "group-id"]),
    v.description(
      "trim, lower, upper: of text. first: of a list. number: a whole number in text. time: a date as milliseconds since 1970. user-id: an e-mail address or a Jira account as the id of the person in JumpCloud. group-id: the name of a group as its id.",
    ),
  ),
  v.strictObject({
    split: v.pipe(text, v.description("Text as a list, where this stands between its parts.")),
  }),
  v.strictObject({ join: v.pipe(v.string(), v.description("A list as text, with this between its parts.")) }),
  v.strictObject({ default: v.pipe(v.string(), v.description("What an empty field means.")) }),
  v.strictObject({
    lookup: v.pipe(
      v.record(v.string(), v.string()),
      v.description("What each value means. A value that is not there cannot be used."),
    ),
  }),
]);
export type Transform = v.InferOutput<typeof Transform>;

/** What cannot be told from the ticket itself. */
export type Lookups = {
  /** Ids in JumpCloud of the people of an e-mail address or a Jira account id. */
  userIds(emailOrAccountId: string): Promise<string[]>;
  /** Ids in JumpCloud of the groups of that name. */
  groupIds(name: string): Promise<string[]>;
  /** Ids of the groups of all bundles for somebody with these attributes. */
  bundleGroups(attributes: Readonly<Record<string, string>>): string[];
};

/** The value cannot be used; the message goes on after the field's name: “For whom” … */
export class ValueError extends Error {
  override readonly name = "ValueError";
}

/**
 * The value after all steps. An empty field, an empty text and an empty list are null, and stay so unless a step says what they mean.
 *
 * @throws ValueError when a step has no answer for the value, or several
 */
export async function transformed(
  value: Value,
  steps: readonly Transform[],
  lookups: Lookups,
): Promise<Value> {
  let current = emptyAsNull(value);
  for (const step of steps) current = emptyAsNull(await take(step, current, lookups));
  return current;
}

function emptyAsNull(value: Value): Value {
  if (typeof value === "string") return value === "" ? null : value;
  if (!isList(value)) return value;
  const kept = value.map(emptyAsNull).filter((one) => one !== null);
  return kept.length === 0 ? null : kept;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

async function take(step: Transform, value: Value, lookups: Lookups): Promise<Value> {
  if (typeof step === "object" && "default" in step) return value ?? step.default;
  if (value === null) return null;
  if (step === "first") return isList(value) ? (value[0] ?? null) : value;
  if (typeof step === "object" && "join" in step)
    return isList(value) ? value.map(textOf).join(step.join) : value;
  if (!isList(value)) return ofOne(step, value, lookups);
  const each: Value[] = [];
  for (const one of value) each.push(await ofOne(step, one, lookups));
  return each.flat();
}

async function ofOne(
  step: Exclude<Transform, "first" | { join: string } | { default: string }>,
  value: Value,
  lookups: Lookups,
): Promise<Value> {
  const one = textOf(value);
  if (typeof step === "object") {
    if ("split" in step) return one.split(step.split).map((part) => part.trim());
    if (!Object.hasOwn(step.lookup, one)) throw new ValueError("says something that has no meaning here");
    return step.lookup[one] ?? null;
  }
  switch (step) {
    case "trim":
      return one.trim();
    case "lower":
      return one.toLowerCase();
    case "upper":
      return one.toUpperCase();
    case "number":
      return numberIn(one);
    case "time":
      return timeIn(one);
    case "user-id":
      return theOnly(await lookups.userIds(one), "person");
    case "group-id":
      return theOnly(await lookups.groupIds(one), "group");
  }
}

function textOf(value: Value): string {
  if (value === null || typeof value === "object") throw new ValueError("is a list of lists");
  return String(value);
}

function numberIn(value: string): number {
  if (!/^-?\d{1,15}$/.test(value.trim())) throw new ValueError("is no whole number");
  return Number(value);
}

/** A date without a time is its first moment, in UTC; a time without an offset would be anybody's. */
function timeIn(value: string): number {
  const time = /^\d{4}-\d{2}-\d{2}(T.+(Z|[+-]\d{2}:?\d{2}))?$/.test(value)
    ? Date.parse(value.replace(/([+-]\d{2})(\d{2})$/, "$1:$2"))
    : Number.NaN;
  if (Number.isNaN(time)) throw new ValueError("is no date");
  return time;
}

function theOnly(ids: string[], what: string): string {
  const [id, ...more] = ids;
  if (id === undefined) throw new ValueError(`names no ${what} that JumpCloud has`);
  if (more.length > 0) throw new ValueError(`names more than one ${what} in JumpCloud`);
  return id;
}
