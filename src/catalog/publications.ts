import { accessTypes, type Site } from "../policy/site.ts";
import { type Catalog, entitlementsOf } from "./catalog.ts";
import { OptionsUnclearError, type WantedOption } from "./plan-options.ts";
import type { Publication } from "./publish-options.ts";

/** Ids of options by field, and by what they stand for. */
type Options = Record<string, Record<string, string>>;

/**
 * What the fields of the access forms shall show: the open part of the catalog that their forms offer, in the order of the
 * catalog. A cascading field shows applications with their entitlements below them, another one all entitlements in one list.
 *
 * @param cascading ids of the fields that are cascading
 * @param published ids of options that the catalog does not name itself
 * @throws OptionsUnclearError when an entitlement would need two options
 */
export function accessPublications(
  site: Site,
  catalog: Catalog,
  cascading: ReadonlySet<string>,
  published: Options,
): Publication[] {
  const entitlements = entitlementsOf(catalog);
  const fields = Map.groupBy(accessTypes(site), ({ fields: { entitlement } }) => entitlement.id);
  const named = namedIn(catalog);
  const shown = new Map<string, string>();
  return [...fields].map(([fieldId, requestTypes]) => {
    const open = entitlements.filter(
      ({ status, requestTypes: forms }) =>
        status === "approved" && (forms === undefined || requestTypes.some(({ id }) => forms.includes(id))),
    );
    for (const { entitlementId } of open) {
      const other = shown.get(entitlementId);
      if (other !== undefined)
        throw new OptionsUnclearError(
          `${entitlementId} would be shown by ${other} and ${fieldId}, but has one option only: let “catalogs” of catalog.yaml tell them apart.`,
        );
      shown.set(entitlementId, fieldId);
    }
    const ids = new Set(open.map(({ entitlementId }) => entitlementId));
    const wanted = cascading.has(fieldId)
      ? treeOf(catalog, ids)
      : open.map(({ entitlementId, title }) => ({ owner: entitlementId, label: title }));
    const isHere = (owner: string) =>
      fields.size === 1 || wanted.some((one) => one.owner === owner) || ids.has(owner);
    return {
      fieldId,
      projects: requestTypes.map(({ project }) => project),
      forms: requestTypes.map(({ id, project }) => ({ project, requestTypeId: id })),
      wanted,
      owned: new Map([
        ...Object.entries(published[fieldId] ?? {}),
        ...[...named].filter(([owner]) => isHere(owner)),
      ]),
      reserved: requestTypes.flatMap(({ otherOption }) => otherOption ?? []),
    };
  });
}

function treeOf({ applications }: Catalog, shown: ReadonlySet<string>): WantedOption[] {
  return applications.flatMap((application): WantedOption[] => {
    const children = application.entitlements.flatMap(({ id, name }) => {
      const owner = `${application.id}/${id}`;
      return shown.has(owner) ? [{ owner, label: name }] : [];
    });
    return children.length === 0 ? [] : [{ owner: application.id, label: application.name, children }];
  });
}

/** What the fields of groups shall show, by the names of the groups. */
export function groupPublications(
  { groupFields = [] }: Pick<Site, "groupFields">,
  groups: { groupId: string; name: string }[],
  protectedGroups: readonly string[],
  published: Options,
): Publication[] {
  const open = groups.filter(({ groupId }) => !protectedGroups.includes(groupId));
  return groupFields.map(({ id, project, requestTypes, groups: wanted }) => ({
    fieldId: id,
    projects: [project],
    forms: requestTypes.map((requestTypeId) => ({ project, requestTypeId })),
    wanted: open
      .filter(({ groupId, name }) =>
        "ids" in wanted ? wanted.ids.includes(groupId) : name.startsWith(wanted.startWith),
      )
      .toSorted((a, b) => a.name.localeCompare(b.name))
      .map(({ groupId, name }) => ({ owner: groupId, label: name })),
    owned: new Map(Object.entries(published[id] ?? {})),
    reserved: [],
  }));
}

/** Options that the catalog names itself, by what they stand for. */
export function namedIn({ applications }: Catalog): Map<string, string> {
  return new Map(
    applications.flatMap(({ id, option, entitlements }) => [
      ...(option === undefined ? [] : [[id, option] as const]),
      ...entitlements.flatMap((entitlement) =>
        entitlement.option === undefined ? [] : [[`${id}/${entitlement.id}`, entitlement.option] as const],
      ),
    ]),
  );
}
