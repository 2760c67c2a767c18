import * as v from "valibot";
import { Duration } from "../policy/duration.ts";

/**
 * What can be asked for: `catalog.yaml`. The descriptions are what editors show: the JSON Schema of the file is made of them.
 */

const kebab = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "lower case letters, digits and hyphens"),
);
const jumpcloudId = v.pipe(v.string(), v.regex(/^[0-9a-f]{24}$/, "24 hexadecimal digits"));

const Durations = v.strictObject({
  default: v.optional(
    v.pipe(
      Duration,
      v.description(
        "Used when the form says nothing. Without it the form must say how long, unless permanent is true.",
      ),
    ),
  ),
  max: v.optional(v.pipe(Duration, v.description("The longest that may be asked for."))),
  permanent: v.pipe(v.boolean(), v.description("Whether access without an end may be asked for.")),
});

const values = (what: string) =>
  v.optional(
    v.pipe(v.array(v.string()), v.minLength(1), v.description(`The person's ${what} must be one of these.`)),
  );

const Eligibility = v.strictObject({
  attributes: v.pipe(
    v.strictObject({
      department: values("department"),
      jobTitle: values("job title"),
      employeeType: values("employee type"),
      location: values("location"),
      company: values("company"),
      costCenter: values("cost center"),
    }),
    v.description("What JumpCloud must say of the person; every attribute that is listed must fit."),
  ),
});

const Entitlement = v.strictObject({
  id: v.pipe(kebab, v.description("Name in audit trails, unique in its application.")),
  name: v.pipe(v.string(), v.description("What people read.")),
  option: v.pipe(
    v.string(),
    v.regex(/^\d+$/, "a number in quotes"),
    v.description("Id of the form's option that asks for it, in quotes."),
  ),
  groups: v.pipe(
    v.array(jumpcloudId),
    v.minLength(1),
    v.description("Ids of the JumpCloud groups that give it."),
  ),
  approval: v.pipe(v.string(), v.description("Name of an approval in policy.yaml.")),
  durations: v.pipe(Durations, v.description("How long it may last.")),
  eligibility: v.optional(v.pipe(Eligibility, v.description("Who may have it; everybody if left out."))),
});

const Application = v.strictObject({
  id: v.pipe(kebab, v.description("Name in audit trails, unique.")),
  name: v.pipe(v.string(), v.description("What people read.")),
  jumpcloudApplication: v.optional(
    v.pipe(
      jumpcloudId,
      v.description("Id of the application in JumpCloud; none for one that JumpCloud does not know."),
    ),
  ),
  owner: v.pipe(
    v.string(),
    v.regex(/^[^@\s]+@[^@\s]+$/, "an e-mail address"),
    v.description("E-mail of the owner in JumpCloud."),
  ),
  status: v.pipe(
    v.picklist(["approved", "unassigned", "disabled"]),
    v.description("Only what is approved is given."),
  ),
  category: v.optional(v.pipe(v.string(), v.description("To sort by."))),
  tags: v.optional(v.pipe(v.array(v.string()), v.description("To find it by."))),
  entitlements: v.pipe(v.array(Entitlement), v.description("The kinds of access that can be asked for.")),
});

export const Catalog = v.strictObject({
  applications: v.pipe(v.array(Application), v.description("Every application that can be asked for.")),
});

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
