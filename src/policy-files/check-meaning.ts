import type { Catalog } from "../catalog/catalog.ts";
import { factsOfEntries } from "../catalog/shown-entries.ts";
import { factsIn } from "../policy/condition.ts";
import { secondsOf } from "../policy/duration.ts";
import type { Policy } from "../policy/policy.ts";
import type { Site } from "../policy/site.ts";
import { checkReferences } from "./check-references.ts";
import type { Problem, Source } from "./positions.ts";

type Files = {
  site: { value: Site; source: Source };
  policy: { value: Policy; source: Source };
  catalog: { value: Catalog; source: Source };
};

/** The longest that access with an end may last: an execution lives a year, approval and all. */
const longest = "300d";

/** What the shape cannot say: names that must exist, ids that must be unique, times that must fit together. */
export function checkMeaning({ site, policy, catalog }: Files): Problem[] {
  return [
    ...checkSite(site, catalog.value),
    ...checkPolicy(policy),
    ...checkCatalog(catalog, policy.value),
    ...checkReferences({ policy, catalog }),
    ...checkForms(catalog, site.value),
  ];
}

type Path = (string | number)[];

function problem(source: Source, path: Path, message: string): Problem {
  return { file: source.file, ...source.at(path), message: `${path.join(".")}: ${message}` };
}

function checkSite({ value, source }: Files["site"], catalog: Catalog): Problem[] {
  const ids = value.requestTypes.map(({ id }, index) => ({ id, path: ["requestTypes", index, "id"] }));
  return [
    ...repeated(source, ids),
    ...value.requestTypes.flatMap((requestType, index) => checkOther(source, requestType, index, catalog)),
    ...(catalog.applications.some(({ entitlements }) =>
      entitlements.some(({ groups }) => groups.length === 0),
    )
      ? value.requestTypes.flatMap(({ statuses }, index) =>
          statuses.manual === undefined
            ? [
                problem(
                  source,
                  ["requestTypes", index, "statuses"],
                  "catalog.yaml has entitlements without groups: the status manual is needed for those",
                ),
              ]
            : [],
        )
      : []),
    ...value.requestTypes.flatMap(({ fields, statuses }, index) =>
      fields.incident && statuses.review === undefined
        ? [problem(source, ["requestTypes", index, "fields", "incident"], "needs the status review")]
        : [],
    ),
    ...value.requestTypes.flatMap(({ fields, durations, statuses }, index) => {
      const at = ["requestTypes", index];
      const durationProblems =
        fields.duration && !durations
          ? [
              problem(
                source,
                [...at, "fields", "duration"],
                "the options of this field must be listed under durations",
              ),
            ]
          : [];
      for (const [option, length] of Object.entries(durations ?? {}))
        if (length !== "permanent" && secondsOf(length) > secondsOf(longest))
          durationProblems.push(
            problem(source, [...at, "durations", option], `found ${length}; expected ${longest} at most`),
          );
      const waitsAtOnce = statuses.waiting.includes(statuses.approved);
      return waitsAtOnce
        ? [...durationProblems, problem(source, [...at, "statuses", "approved"], "is also a waiting status")]
        : durationProblems;
    }),
  ];
}

/** The option for something else goes to people, so there must be a status for that, and no entry behind the option. */
function checkOther(
  source: Source,
  { otherOption, statuses }: Site["requestTypes"][number],
  index: number,
  { applications }: Catalog,
): Problem[] {
  const path = ["requestTypes", index, "otherOption"];
  if (otherOption === undefined) return [];
  const taken = applications.flatMap(({ id, entitlements }) =>
    entitlements.flatMap((entitlement) =>
      entitlement.option === otherOption ? [`${id}/${entitlement.id}`] : [],
    ),
  );
  return [
    ...(statuses.triage === undefined ? [problem(source, path, "needs the status triage")] : []),
    ...taken.map((id) => problem(source, path, `is the option of ${id} in catalog.yaml`)),
  ];
}

function checkPolicy({ value, source }: Files["policy"]): Problem[] {
  const reminders = value.reminders.reduce((sum, reminder) => sum + secondsOf(reminder), 0);
  return reminders >= secondsOf(value.expiresAfter)
    ? [problem(source, ["expiresAfter"], "must be longer than all reminders together")]
    : [];
}

function checkCatalog({ value, source }: Files["catalog"], policy: Policy): Problem[] {
  const applications = value.applications.map(({ id }, index) => ({
    id,
    path: ["applications", index, "id"],
  }));
  const entitlements = value.applications.flatMap((application, index) =>
    application.entitlements.map((entitlement, inner) => ({
      application,
      entitlement,
      path: ["applications", index, "entitlements", inner],
    })),
  );
  return [
    ...repeated(source, applications),
    ...repeated(
      source,
      entitlements.map(({ application, entitlement, path }) => ({
        id: `${application.id}/${entitlement.id}`,
        path: [...path, "id"],
      })),
    ),
    ...repeated(
      source,
      entitlements.flatMap(({ entitlement: { option }, path }) =>
        option === undefined ? [] : [{ id: option, path: [...path, "option"] }],
      ),
    ),
    ...entitlements.flatMap(({ entitlement, path }) => [
      ...checkDurations(source, [...path, "durations"], entitlement.durations),
      ...entitlement.groups.flatMap((group, index) =>
        policy.protectedGroups?.includes(group)
          ? [problem(source, [...path, "groups", index], "policy.yaml protects this group")]
          : [],
      ),
    ]),
  ];
}

/** That there is an option for everything: what is in force can be asked for. */
export function checkPublished({ value, source }: Files["catalog"]): Problem[] {
  return value.applications.flatMap(({ entitlements }, index) =>
    entitlements.flatMap(({ option }, inner) =>
      option === undefined
        ? [
            problem(
              source,
              ["applications", index, "entitlements", inner],
              "no option of the form stands for it; “latchkey catalog publish” makes one",
            ),
          ]
        : [],
    ),
  );
}

/** What the parts of the catalog say of forms, and that no form is left without anything to ask for. */
function checkForms({ value, source }: Files["catalog"], site: Site): Problem[] {
  const { catalogs } = value;
  if (!catalogs) return [];
  const known = site.requestTypes.map(({ id }) => id);
  const named = new Set(catalogs.flatMap(({ requestTypes }) => requestTypes));
  return [
    ...repeated(
      source,
      catalogs.map(({ id }, index) => ({ id, path: ["catalogs", index, "id"] })),
    ),
    ...catalogs.flatMap(({ requestTypes, when }, index) => [
      ...requestTypes.flatMap((id, inner) => {
        const message = `site.yaml has no request type “${id}”; expected ${known.join(", ")}`;
        return known.includes(id)
          ? []
          : [problem(source, ["catalogs", index, "requestTypes", inner], message)];
      }),
      ...(when ? factsIn(when) : []).flatMap((fact) => {
        const [key = ""] = Object.keys(fact);
        const message = `a form shows everybody the same, so “${key}” cannot be asked for here; expected ${factsOfEntries.join(", ")}`;
        return factsOfEntries.some((one) => one in fact)
          ? []
          : [problem(source, ["catalogs", index, "when"], message)];
      }),
    ]),
    ...known
      .filter((id) => !named.has(id))
      .map((id) =>
        problem(source, ["catalogs"], `nothing is offered on the form of request type “${id}” of site.yaml`),
      ),
  ];
}

type Durations = Catalog["applications"][number]["entitlements"][number]["durations"];

function checkDurations(source: Source, path: Path, durations: Durations): Problem[] {
  const { default: usual, max, permanent } = durations;
  const limit = max ?? longest;
  const problems: Problem[] = [];
  if (max !== undefined && secondsOf(max) > secondsOf(longest))
    problems.push(problem(source, [...path, "max"], `found ${max}; expected ${longest} at most`));
  if (usual !== undefined && secondsOf(usual) > secondsOf(limit))
    problems.push(problem(source, [...path, "default"], `found ${usual}; expected ${limit} at most`));
  if (!permanent && usual === undefined && max === undefined)
    problems.push(problem(source, path, "access that is not permanent needs a default or a max"));
  return problems;
}

function repeated(source: Source, ids: { id: string; path: Path }[]): Problem[] {
  const seen = new Set<string>();
  return ids.flatMap(({ id, path }) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [problem(source, path, `“${id}” is used twice`)];
  });
}
