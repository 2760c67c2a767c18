import * as v from "valibot";
import { Condition } from "../policy/condition.ts";
import { Duration } from "../policy/duration.ts";
import { formsShowing } from "./shown-entries.ts";

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

const optionId = v.pipe(v.string(), v.regex(/^\d+$/, "a number in quotes"));
const entitlementId = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, "application/entitlement, such as github/developer"),
);

const BreakGlass = v.strictObject({
  who: v.pipe(Condition, v.description("Who may take it.")),
  max: v.pipe(Duration, v.description("The longest that it lasts then.")),
});

const Entitlement = v.strictObject({
  id: v.pipe(kebab, v.description("Name in audit trails, unique in its application.")),
  name: v.pipe(v.string(), v.description("What people read.")),
  option: v.optional(
    v.pipe(
      optionId,
      v.description(
        "Id of the form's option that asks for it, in quotes. “latchkey catalog publish” makes one and keeps its id in options.yaml if left out.",
      ),
    ),
  ),
  groups: v.pipe(
    v.array(jumpcloudId),
    v.description("Ids of the JumpCloud groups that give it; an empty list when a person gives it by hand."),
  ),
  approval: v.optional(
    v.pipe(v.string(), v.description("Name of an approval in policy.yaml; the application's if left out.")),
  ),
  durations: v.pipe(Durations, v.description("How long it may last.")),
  eligibility: v.optional(
    v.pipe(Condition, v.description("Who may have it; the application's if left out, and else everybody.")),
  ),
  breakGlass: v.optional(
    v.pipe(
      BreakGlass,
      v.description("That it may be taken in an emergency, without an approval; nobody may if left out."),
    ),
  ),
  requires: v.optional(
    v.pipe(v.array(entitlementId), v.description("Entitlements that the person must have already.")),
  ),
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
  option: v.optional(v.pipe(optionId, v.description("Id of its own option on a cascading form, in quotes."))),
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
  approval: v.optional(
    v.pipe(
      v.string(),
      v.description(
        "Name of an approval in policy.yaml, for entitlements that name none; else the policy's default.",
      ),
    ),
  ),
  eligibility: v.optional(
    v.pipe(Condition, v.description("Who may have its entitlements, where they do not say it themselves.")),
  ),
  entitlements: v.pipe(v.array(Entitlement), v.description("The kinds of access that can be asked for.")),
  levels: v.optional(
    v.pipe(
      v.array(kebab),
      v.minLength(2),
      v.description(
        "Ids of entitlements of which nobody has two, the lowest first: whoever is given one loses the other.",
      ),
    ),
  ),
});

const Shown = v.strictObject({
  id: v.pipe(kebab, v.description("Name of this part of the catalog.")),
  requestTypes: v.pipe(
    v.array(v.string()),
    v.minLength(1),
    v.description("Ids of the request types whose form offers it."),
  ),
  when: v.optional(v.pipe(Condition, v.description("Which entitlements; all of them if left out."))),
});

export const Catalog = v.strictObject({
  applications: v.pipe(v.array(Application), v.description("Every application that can be asked for.")),
  catalogs: v.optional(
    v.pipe(v.array(Shown), v.description("What each form offers; every form offers everything if left out.")),
  ),
});

/** One entitlement with what it needs of its application: what is stored, and read to decide a request. */
export const CatalogEntry = v.object({
  /** `<application>/<entitlement>` */
  entitlementId: v.string(),
  application: v.string(),
  /** JumpCloud's id of it; JumpCloud does not know the application when there is none. */
  jumpcloudApplication: v.optional(v.string()),
  /** What people read, such as `GitHub: Developer`. */
  title: v.string(),
  option: v.string(),
  owner: v.string(),
  status: Application.entries.status,
  category: v.optional(v.string()),
  tags: v.array(v.string()),
  groups: Entitlement.entries.groups,
  /** The policy's default when there is none. */
  approval: v.optional(v.string()),
  durations: Durations,
  eligibility: v.optional(Condition),
  /** Entitlements of which nobody has two, this one among them, the lowest first. */
  levels: v.optional(v.array(v.string())),
  breakGlass: v.optional(BreakGlass),
  requires: v.optional(v.array(v.string())),
  /** Ids of the request types whose form offers it; every form does when there are none. */
  requestTypes: v.optional(v.array(v.string())),
});

export type Catalog = v.InferOutput<typeof Catalog>;
export type CatalogEntry = v.InferOutput<typeof CatalogEntry>;
/** An entry that a form may not have an option for yet. */
type Unpublished = Omit<CatalogEntry, "option"> & { option?: string | undefined };

/** What can be requested, in the order of the file. What no form has an option for cannot. */
export function entriesOf(catalog: Catalog): CatalogEntry[] {
  return entitlementsOf(catalog).flatMap(({ option, ...entry }) =>
    option === undefined ? [] : [{ ...entry, option }],
  );
}

/** Every entitlement of the catalog, whether or not there is an option for it, in the order of the file. */
export function entitlementsOf({ applications, catalogs }: Catalog): Unpublished[] {
  return applications.flatMap((application) =>
    application.entitlements.map((entitlement): Unpublished => {
      const { id, name, ...given } = entitlement;
      const approval = given.approval ?? application.approval;
      const eligibility = given.eligibility ?? application.eligibility;
      const described = {
        entitlementId: `${application.id}/${id}`,
        application: application.id,
        ...(application.jumpcloudApplication === undefined
          ? {}
          : { jumpcloudApplication: application.jumpcloudApplication }),
        ...(application.category === undefined ? {} : { category: application.category }),
        tags: application.tags ?? [],
      };
      const requestTypes = formsShowing({ catalogs }, described);
      return {
        ...given,
        ...described,
        title: `${application.name}: ${name}`,
        owner: application.owner,
        status: application.status,
        ...(approval === undefined ? {} : { approval }),
        ...(eligibility === undefined ? {} : { eligibility }),
        ...(application.levels?.includes(id)
          ? { levels: application.levels.map((level) => `${application.id}/${level}`) }
          : {}),
        ...(requestTypes === undefined ? {} : { requestTypes }),
      };
    }),
  );
}
