import { EntitlementUnavailableError } from "../errors.ts";
import type { CatalogEntry } from "./catalog.ts";

/** What was found when JumpCloud and Jira were last compared with the catalog. */
export type CatalogState = {
  /** Why it cannot be requested at present, though the catalog says so; undefined when it can. */
  closed(entitlementId: string): Promise<string | undefined>;
};

/** @throws EntitlementUnavailableError while something that the entitlement needs is not there */
export async function expectOpen(
  catalog: CatalogState,
  { entitlementId, title }: Pick<CatalogEntry, "entitlementId" | "title">,
): Promise<void> {
  const fault = await catalog.closed(entitlementId);
  if (fault !== undefined) throw new EntitlementUnavailableError(title, fault);
}
