import { holds } from "../policy/condition.ts";
import type { Catalog, CatalogEntry } from "./catalog.ts";

type Described = Pick<CatalogEntry, "entitlementId" | "application" | "category" | "tags">;

/** The facts that a catalog may ask for: whatever else there is depends on who asks, and forms show everybody the same. */
export const factsOfEntries = ["application", "entitlement", "category", "tag"];

const nobody = { userId: "", attributes: {}, groups: undefined, manager: undefined };

/**
 * Ids of the request types whose form offers the entry, in the order of the file.
 *
 * @returns undefined when the file has no `catalogs`: every form offers everything then
 */
export function formsShowing(
  { catalogs }: Pick<Catalog, "catalogs">,
  { entitlementId, application, category, tags }: Described,
): string[] | undefined {
  if (!catalogs) return undefined;
  const facts = {
    requester: nobody,
    beneficiary: nobody,
    entitlement: { entitlementId, application, category, tags, owner: undefined },
    seconds: undefined,
    at: 0,
  };
  const showing = catalogs.filter(({ when }) => when === undefined || holds(when, facts) === true);
  return [...new Set(showing.flatMap(({ requestTypes }) => requestTypes))];
}

/** The entries that the form of the request type offers, whether or not they are open for requests at the moment. */
export function entriesShownOn(requestTypeId: string, entries: CatalogEntry[]): CatalogEntry[] {
  return entries.filter((entry) => isShownOn(requestTypeId, entry));
}

export function isShownOn(requestTypeId: string, { requestTypes }: CatalogEntry): boolean {
  return requestTypes === undefined || requestTypes.includes(requestTypeId);
}
