import { type Catalog, type CatalogEntry, entriesOf } from "../catalog/catalog.ts";
import { weeklySeconds } from "../policy/business-hours.ts";
import { type Condition, factsIn } from "../policy/condition.ts";
import { secondsOf } from "../policy/duration.ts";
import type { PolicyFile } from "../policy/policy.ts";
import { nearest } from "./check-shape.ts";
import type { Source } from "./positions.ts";
import { type Path, type Problem, problem } from "./problem.ts";

type Files = {
  policy: { value: PolicyFile; source: Source };
  catalog: { value: Catalog; source: Source };
};

/** Names in policy.yaml and catalog.yaml that must lead to something: approvals, entitlements, applications, places, days. */
export function checkReferences({ policy, catalog }: Files): Problem[] {
  const names = namesIn(policy.value, catalog.value);
  const { value, source } = policy;
  const { defaultApproval, rules = [], separation = [], caps, delegations = [], escalation } = value;
  return [
    ...optional(source, ["defaultApproval"], defaultApproval, names.approval),
    ...rules.flatMap((rule, index) => [
      ...conditionProblems(source, ["rules", index, "when"], rule.when, names),
      ...(rule.decide === "ask"
        ? known(source, ["rules", index, "approval"], rule.approval, names.approval)
        : []),
    ]),
    ...separation.flatMap(({ one, other, exceptionBy }, index) => [
      ...one.flatMap((id, at) => known(source, ["separation", index, "one", at], id, names.entitlement)),
      ...other.flatMap((id, at) => known(source, ["separation", index, "other", at], id, names.entitlement)),
      ...optional(source, ["separation", index, "exceptionBy"], exceptionBy, names.staged),
    ]),
    ...(caps ? known(source, ["caps", "approval"], caps.approval, names.staged) : []),
    ...delegations.flatMap(({ from, to, first, last }, index) => [
      ...(from === to ? [problem(source, ["delegations", index, "to"], "is the person who is away")] : []),
      ...(last < first ? [problem(source, ["delegations", index, "last"], "is before the first day")] : []),
    ]),
    ...hoursProblems(source, value),
    ...(escalation && escalation.afterReminder > value.reminders.length
      ? [
          problem(
            source,
            ["escalation", "afterReminder"],
            `found ${escalation.afterReminder}; there are ${value.reminders.length} reminders`,
          ),
        ]
      : []),
    ...catalogProblems(catalog, names),
    ...(catalog.value.catalogs ?? []).flatMap(({ when }, index) =>
      conditionProblems(catalog.source, ["catalogs", index, "when"], when, names),
    ),
  ];
}

/** The longest that a stage may really wait; the run has to hold the access afterwards. */
const longestWait = 60 * 86_400;

function hoursProblems(source: Source, { businessHours, expiresAfter }: PolicyFile): Problem[] {
  if (!businessHours) return [];
  const { timeZone, from, to } = businessHours;
  if (!isPlace(timeZone))
    return [
      problem(
        source,
        ["businessHours", "timeZone"],
        `found “${timeZone}”; expected a place such as Europe/Berlin`,
      ),
    ];
  if (to <= from) return [problem(source, ["businessHours", "to"], `is not after ${from}`)];
  const weeks = secondsOf(expiresAfter) / weeklySeconds(businessHours);
  return weeks * 7 * 86_400 > longestWait
    ? [
        problem(
          source,
          ["expiresAfter"],
          `takes ${Math.ceil(weeks * 7)} days, counted in businessHours; expected 60 days at most`,
        ),
      ]
    : [];
}

type Names = ReturnType<typeof namesIn>;

function namesIn({ approvals, breakGlass }: PolicyFile, catalog: Catalog) {
  return {
    isAnybodyTold: breakGlass !== undefined,
    approval: { what: "policy.yaml has no approval", names: Object.keys(approvals) },
    staged: {
      what: "policy.yaml has no approval with stages",
      names: Object.keys(approvals).filter((name) => "stages" in (approvals[name] ?? {})),
    },
    entitlement: {
      what: "catalog.yaml has no entitlement",
      names: entriesOf(catalog).map(({ entitlementId }) => entitlementId),
    },
    application: {
      what: "catalog.yaml has no application",
      names: catalog.applications.map(({ id }) => id),
    },
  };
}

function catalogProblems({ value, source }: Files["catalog"], names: Names): Problem[] {
  return value.applications.flatMap((application, index) => {
    const path = ["applications", index];
    return [
      ...conditionProblems(source, [...path, "eligibility"], application.eligibility, names),
      ...optional(source, [...path, "approval"], application.approval, names.approval),
      ...levelProblems(source, [...path, "levels"], application),
      ...application.entitlements.flatMap(({ eligibility, breakGlass, requires = [], approval }, inner) => {
        const at = [...path, "entitlements", inner];
        return [
          ...conditionProblems(source, [...at, "eligibility"], eligibility, names),
          ...breakGlassProblems(source, [...at, "breakGlass"], breakGlass, names),
          ...optional(source, [...at, "approval"], approval, names.approval),
          ...requires.flatMap((id, place) =>
            known(source, [...at, "requires", place], id, names.entitlement),
          ),
        ];
      }),
    ];
  });
}

function breakGlassProblems(
  source: Source,
  path: Path,
  breakGlass: CatalogEntry["breakGlass"],
  names: Names,
): Problem[] {
  if (!breakGlass) return [];
  const isTold = names.isAnybodyTold;
  return [
    ...conditionProblems(source, [...path, "who"], breakGlass.who, names),
    ...(isTold ? [] : [problem(source, path, "policy.yaml must say in breakGlass whom to tell")]),
  ];
}

function levelProblems(
  source: Source,
  path: Path,
  { id, levels = [], entitlements }: Catalog["applications"][number],
): Problem[] {
  const named = {
    what: `${id} has no entitlement`,
    names: entitlements.map((entitlement) => entitlement.id),
  };
  return levels.flatMap((level, at) => [
    ...known(source, [...path, at], level, named),
    ...(levels.indexOf(level) < at ? [problem(source, [...path, at], `“${level}” is there twice`)] : []),
  ]);
}

/** Problems are shown where the condition begins: it may be deep. */
function conditionProblems(
  source: Source,
  path: Path,
  condition: Condition | undefined,
  names: Names,
): Problem[] {
  return (condition ? factsIn(condition) : []).flatMap((fact) => {
    if ("application" in fact)
      return fact.application.flatMap((id) => known(source, path, id, names.application));
    if ("entitlement" in fact)
      return fact.entitlement.flatMap((id) => known(source, path, id, names.entitlement));
    if ("at" in fact && !isPlace(fact.at.timeZone))
      return [problem(source, path, `found “${fact.at.timeZone}”; expected a place such as Europe/Berlin`)];
    return [];
  });
}

function isPlace(timeZone: string): boolean {
  return timeZone === "UTC" || Intl.supportedValuesOf("timeZone").includes(timeZone);
}

type Known = { what: string; names: string[] };

function optional(source: Source, path: Path, name: string | undefined, named: Known): Problem[] {
  return name === undefined ? [] : known(source, path, name, named);
}

function known(source: Source, path: Path, name: string, { what, names }: Known): Problem[] {
  if (names.includes(name)) return [];
  const near = nearest(name, names);
  return [
    problem(
      source,
      path,
      `${what} “${name}”; ${near ? `did you mean ${near}?` : `expected ${names.join(", ")}`}`,
    ),
  ];
}
