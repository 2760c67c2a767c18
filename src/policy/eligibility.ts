import type { Eligibility } from "../catalog/catalog.ts";
import type { DirectoryUser } from "../people/directory-user.ts";

/** Whether the person may have the entitlement. An attribute that the person does not have fits no list. */
export function isEligible(user: DirectoryUser, eligibility: Eligibility | undefined): boolean {
  return Object.entries(eligibility?.attributes ?? {}).every(([attribute, allowed]) => {
    const value = user.attributes[attribute];
    return allowed === undefined || (value !== undefined && allowed.includes(value));
  });
}
