import type { Catalog } from "../catalog/catalog.ts";
import { factsOfEntries } from "../catalog/shown-entries.ts";
import { factsIn } from "../policy/condition.ts";
import { secondsOf } from "../policy/duration.ts";
import type { PolicyFile } from "../policy/policy.ts";
import { accessTypes, type Site } from "../policy/site.ts";
import { checkReferences } from "./check-references.ts";
import { checkSite, longestAccess } from "./check-site.ts";
import type { Source } from "./positions.ts";
import { type Path, type Problem, problem, repeated } from "./problem.ts";

type Files = {
  site: { value: Site; source: Source };
  policy: { value: PolicyFile; source: Source };
  catalog: { value: Catalog; source: Source };
};

/** What the shape cannot say: names that must exist, ids that must be unique, times that must fit together. */
export function checkMeaning({ site, policy, catalog }: Files): Problem[] {
  return [
    ...checkSite(site, catalog.value, policy.value),
    ...checkPolicy(policy),
    ...checkCatalog(catalog, policy.value),
    ...checkReferences({ policy, catalog }),
    ...checkForms(catalog, site.value),
  ];
}

function checkPolicy({ value, source }: Files["policy"]): Problem[] {
  const reminders = value.reminders.reduce((sum, reminder) => sum + secondsOf(reminder), 0);
  return reminders >= secondsOf(value.expiresAfter)
    ? [problem(source, ["expiresAfter"], "must be longer than all reminders together")]
    : [];
}

function checkCatalog({ value, source }: Files["catalog"], policy: PolicyFile): Problem[] {
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
  const known = accessTypes(site).map(({ id }) => id);
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
  const limit = max ?? longestAccess;
  const problems: Problem[] = [];
  if (max !== undefined && secondsOf(max) > secondsOf(longestAccess))
    problems.push(problem(source, [...path, "max"], `found ${max}; expected ${longestAccess} at most`));
  if (usual !== undefined && secondsOf(usual) > secondsOf(limit))
    problems.push(problem(source, [...path, "default"], `found ${usual}; expected ${limit} at most`));
  if (!permanent && usual === undefined && max === undefined)
    problems.push(problem(source, path, "access that is not permanent needs a default or a max"));
  return problems;
}
