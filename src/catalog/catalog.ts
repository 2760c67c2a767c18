import * as v from "valibot";
import { Duration } from "../policy/duration.ts";

/** What can be asked for: `catalog.yaml`. */

const kebab = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "lower case letters, digits and hyphens"),
);
const jumpcloudId = v.pipe(v.string(), v.regex(/^[0-9a-f]{24}$/, "24 hexadecimal digits"));

const Durations = v.strictObject({
  /** Used when the form says nothing. Left out: what the form says is compulsory, unless `permanent`. */
  default: v.optional(Duration),
  max: v.optional(Duration),
  /** Whether access without an end may be asked for. */
  permanent: v.boolean(),
});

/** Who may have it: for each attribute of the person in JumpCloud, the values of which one must be there. */
const Eligibility = v.strictObject({
  attributes: v.record(
    v.picklist(["department", "jobTitle", "employeeType", "location", "company", "costCenter"]),
    v.optional(v.pipe(v.array(v.string()), v.minLength(1))),
  ),
});

const Entitlement = v.strictObject({
  id: kebab,
  name: v.string(),
  /** Id of the form's option that asks for it. */
  option: v.pipe(v.string(), v.regex(/^\d+$/, "a number in quotes")),
  groups: v.pipe(v.array(jumpcloudId), v.minLength(1)),
  /** Name of an approval in policy.yaml. */
  approval: v.string(),
  durations: Durations,
  eligibility: v.optional(Eligibility),
});

const Application = v.strictObject({
  id: kebab,
  name: v.string(),
  /** Id of the application in JumpCloud; none for one that JumpCloud does not know. */
  jumpcloudApplication: v.optional(jumpcloudId),
  /** E-mail of the owner in JumpCloud. */
  owner: v.pipe(v.string(), v.regex(/^[^@\s]+@[^@\s]+$/, "an e-mail address")),
  status: v.picklist(["approved", "unassigned", "disabled"]),
  category: v.optional(v.string()),
  tags: v.optional(v.array(v.string())),
  entitlements: v.array(Entitlement),
});

export const Catalog = v.strictObject({ applications: v.array(Application) });

/** One entitlement with what it needs of its application: what is stored, and read to decide a request. */
export const CatalogEntry = v.object({
  /** `<application>/<entitlement>` */
  entitlementId: v.string(),
  /** What people read, such as `GitHub: Developer`. */
  title: v.string(),
  option: v.string(),
  owner: v.string(),
  status: Application.entries.status,
  groups: Entitlement.entries.groups,
  approval: v.string(),
  durations: Durations,
  eligibility: v.optional(Eligibility),
});

export type Catalog = v.InferOutput<typeof Catalog>;
export type CatalogEntry = v.InferOutput<typeof CatalogEntry>;
export type Eligibility = v.InferOutput<typeof Eligibility>;

/** The catalog as single entries, in the order of the file. */
export function entriesOf(catalog: Catalog): CatalogEntry[] {
  return catalog.applications.flatMap((application) =>
    application.entitlements.map((entitlement) => ({
      entitlementId: `${application.id}/${entitlement.id}`,
      title: `${application.name}: ${entitlement.name}`,
      option: entitlement.option,
      owner: application.owner,
      status: application.status,
      groups: entitlement.groups,
      approval: entitlement.approval,
      durations: entitlement.durations,
      ...(entitlement.eligibility ? { eligibility: entitlement.eligibility } : {}),
    })),
  );
}
