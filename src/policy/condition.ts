import * as v from "valibot";
import { Duration, secondsOf } from "./duration.ts";

/**
 * The small language in which policy says when something holds: of who asks, for whom, for what, how long, and when.
 * It has no functions and no variables; `all`, `any` and `not` combine plain facts.
 */

const text = v.pipe(v.string(), v.minLength(1));
const texts = v.pipe(v.array(text), v.minLength(1));
const jumpcloudId = v.pipe(v.string(), v.regex(/^[0-9a-f]{24}$/, "24 hexadecimal digits"));
const clockTime = v.pipe(
  v.string(),
  v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of the day, such as 08:30"),
);

const attributes = ["department", "jobTitle", "employeeType", "location", "company", "costCenter"] as const;
const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const Who = v.optional(
  v.pipe(
    v.picklist(["requester", "beneficiary"]),
    v.description("Of whom: the person who gets the access if left out."),
  ),
  "beneficiary",
);

const Hours = {
  days: v.optional(
    v.pipe(v.array(v.picklist(days)), v.minLength(1), v.description("On these days; on all if left out.")),
  ),
  from: v.optional(v.pipe(clockTime, v.description("From this time of the day on."))),
  until: v.optional(
    v.pipe(clockTime, v.description("Until this time of the day; earlier than from: the next day.")),
  ),
  timeZone: v.pipe(text, v.description("The place whose clock counts, such as Europe/Berlin.")),
};
const TimesOfWeek = v.strictObject(Hours);
export type TimesOfWeek = v.InferOutput<typeof TimesOfWeek>;

const ByAttribute = v.strictObject({
  attribute: v.pipe(v.picklist(attributes), v.description("An attribute of the person in JumpCloud …")),
  in: v.pipe(texts, v.description("… is one of these.")),
  of: Who,
});
const ByGroup = v.strictObject({
  inGroup: v.pipe(
    v.array(jumpcloudId),
    v.minLength(1),
    v.description("The person is in one of these JumpCloud groups, by id."),
  ),
  of: Who,
});
const ByRequester = v.strictObject({
  requesterIs: v.pipe(
    v.picklist(["beneficiary", "manager", "owner"]),
    v.description("Who asks: the person who gets it, that person's manager, or the application's owner."),
  ),
});
const ByApplication = v.strictObject({
  application: v.pipe(texts, v.description("It is one of these applications.")),
});
const ByEntitlement = v.strictObject({
  entitlement: v.pipe(texts, v.description("It is one of these entitlements, such as github/developer.")),
});
const ByCategory = v.strictObject({
  category: v.pipe(texts, v.description("The application is in one of these categories.")),
});
const ByTag = v.strictObject({ tag: v.pipe(texts, v.description("The application has one of these tags.")) });
const ByDuration = v.strictObject({
  durationAtMost: v.pipe(
    Duration,
    v.description("It is for so long at most; access without an end is longer than any."),
  ),
});
const ByTime = v.strictObject({
  at: v.pipe(TimesOfWeek, v.description("It is asked for, or given, at these times.")),
});

const Fact = v.union([
  ByAttribute,
  ByGroup,
  ByRequester,
  ByApplication,
  ByEntitlement,
  ByCategory,
  ByTag,
  ByDuration,
  ByTime,
]);

type FactCondition = v.InferOutput<typeof Fact>;
export type Condition = FactCondition | { all: Condition[] } | { any: Condition[] } | { not: Condition };

export const Condition: v.GenericSchema<unknown, Condition> = v.lazy(() =>
  v.union([
    v.strictObject({
      all: v.pipe(v.array(Condition), v.minLength(1), v.description("All of these hold.")),
    }),
    v.strictObject({
      any: v.pipe(v.array(Condition), v.minLength(1), v.description("At least one of these holds.")),
    }),
    v.strictObject({ not: v.pipe(Condition, v.description("This does not hold.")) }),
    Fact,
  ]),
);

/** A person as policy sees them. What is undefined could not be looked up, or is not set. */
export type PersonFacts = {
  userId: string;
  attributes: Readonly<Record<string, string>>;
  /** Ids of the person's groups in JumpCloud. */
  groups: readonly string[] | undefined;
  /** User id of the manager. */
  manager: string | undefined;
};

/** Everything that a decision may depend on. */
export type Facts = {
  requester: PersonFacts;
  beneficiary: PersonFacts;
  entitlement: EntitlementFacts;
  /** none: without an end. */
  seconds: number | undefined;
  /** Milliseconds since 1970. */
  at: number;
};

type EntitlementFacts = {
  entitlementId: string;
  application: string;
  category: string | undefined;
  tags: readonly string[];
  /** User id of the application's owner; undefined when it is not known. */
  owner: string | undefined;
};

/** `unknown`: something that the condition asks for could not be looked up. Whoever decides must not grant on it. */
export type Truth = boolean | "unknown";

/** Whether the condition holds, in the logic of three values: what is unknown stays so unless the rest decides. */
export function holds(condition: Condition, facts: Facts): Truth {
  if ("all" in condition) return every(condition.all.map((one) => holds(one, facts)));
  if ("any" in condition) return negated(every(condition.any.map((one) => negated(holds(one, facts)))));
  if ("not" in condition) return negated(holds(condition.not, facts));
  return holdsFact(condition, facts);
}

function every(truths: Truth[]): Truth {
  if (truths.includes(false)) return false;
  return truths.includes("unknown") ? "unknown" : true;
}

function negated(truth: Truth): Truth {
  return truth === "unknown" ? truth : !truth;
}

function holdsFact(fact: FactCondition, facts: Facts): Truth {
  const { entitlement } = facts;
  if ("attribute" in fact) {
    const value = facts[fact.of].attributes[fact.attribute];
    return value === undefined ? "unknown" : fact.in.includes(value);
  }
  if ("inGroup" in fact) {
    const { groups } = facts[fact.of];
    return groups === undefined ? "unknown" : fact.inGroup.some((group) => groups.includes(group));
  }
  if ("requesterIs" in fact) return isRequester(fact.requesterIs, facts);
  if ("application" in fact) return fact.application.includes(entitlement.application);
  if ("entitlement" in fact) return fact.entitlement.includes(entitlement.entitlementId);
  if ("category" in fact)
    return entitlement.category !== undefined && fact.category.includes(entitlement.category);
  if ("tag" in fact) return fact.tag.some((tag) => entitlement.tags.includes(tag));
  if ("durationAtMost" in fact)
    return facts.seconds !== undefined && facts.seconds <= secondsOf(fact.durationAtMost);
  return isWithin(fact.at, facts.at);
}

function isRequester(
  who: "beneficiary" | "manager" | "owner",
  { requester, beneficiary, entitlement }: Facts,
): Truth {
  const wanted = { beneficiary: beneficiary.userId, manager: beneficiary.manager, owner: entitlement.owner }[
    who
  ];
  return wanted === undefined ? "unknown" : wanted === requester.userId;
}

/** Hours that end before they begin go over midnight; the day is the one on which the moment is. */
function isWithin({ days: onDays, from = "00:00", until, timeZone }: TimesOfWeek, at: number): Truth {
  const local = localTime(at, timeZone);
  if (!local) return "unknown";
  if (onDays && !onDays.some((day) => day === local.day)) return false;
  if (until === undefined) return local.time >= from;
  return from <= until ? local.time >= from && local.time < until : local.time >= from || local.time < until;
}

function localTime(at: number, timeZone: string): { day: string; time: string } | undefined {
  try {
    const parts = clockOf(timeZone).formatToParts(at);
    const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "";
    return { day: part("weekday").toLowerCase(), time: `${part("hour")}:${part("minute")}` };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Making a formatter takes longer than everything else that a decision does. */
function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known) return known;
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  clocks.set(timeZone, clock);
  return clock;
}

/** The single facts that a condition is made of. */
export function factsIn(condition: Condition): FactCondition[] {
  if ("all" in condition) return condition.all.flatMap(factsIn);
  if ("any" in condition) return condition.any.flatMap(factsIn);
  return "not" in condition ? factsIn(condition.not) : [condition];
}
