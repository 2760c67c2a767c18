import * as v from "valibot";
import { Duration } from "./duration.ts";

/** The settings of one Jira site and one JumpCloud organisation: `site.yaml`. */

const customField = v.pipe(v.string(), v.regex(/^customfield_\d+$/, "customfield_ and a number"));
const numericId = v.pipe(v.string(), v.regex(/^\d+$/, "a number in quotes"));

/** A field of the form, and what people call it: comments name a field in the portal's words. */
const FormField = v.strictObject({ id: customField, name: v.string() });

const RequestType = v.strictObject({
  id: numericId,
  /** Jira's numeric id of the project. */
  project: numericId,
  meaning: v.literal("access"),
  /** How an approval is proven: by Jira's approval record, or by who moved the issue to `approved`. */
  proof: v.picklist(["jsm-approval", "transition"]),
  /** For whom somebody may ask, other than for themselves. */
  onBehalf: v.optional(v.picklist(["nobody", "managers", "anyone"])),
  fields: v.strictObject({
    requestType: customField,
    approvers: customField,
    entitlement: FormField,
    duration: v.optional(FormField),
    reason: v.optional(v.strictObject({ ...FormField.entries, required: v.boolean() })),
    beneficiary: v.optional(FormField),
  }),
  /** What each option of the duration field means, by option id. */
  durations: v.optional(v.record(numericId, v.union([Duration, v.literal("permanent")]))),
  /** Ids of the workflow's statuses. */
  statuses: v.strictObject({
    open: numericId,
    /** One per approval stage, or one for all: the last is used for every further stage. */
    waiting: v.pipe(v.array(numericId), v.minLength(1)),
    approved: numericId,
    granted: numericId,
    /** Moving a ticket here ends its access early. */
    ending: v.optional(numericId),
    ended: numericId,
    declined: numericId,
    refused: numericId,
    expired: numericId,
    withdrawn: numericId,
    failed: numericId,
  }),
});

export const Site = v.strictObject({
  jira: v.strictObject({
    /** Host name of the site, such as `fernhill.atlassian.net`. */
    site: v.pipe(v.string(), v.regex(/^[a-z0-9.-]+$/i, "a host name, without https://")),
    cloudId: v.pipe(v.string(), v.regex(/^[0-9a-f-]{36}$/i, "the site's cloud id, a UUID")),
    /** `gateway` for scoped tokens and service accounts, `site` for a personal token without scopes. */
    api: v.picklist(["gateway", "site"]),
    /** Account id of the service account: what it writes is not answered. */
    serviceAccount: v.string(),
  }),
  jumpcloud: v.strictObject({
    region: v.picklist(["us", "eu", "in"]),
    organization: v.pipe(v.string(), v.regex(/^[0-9a-f]{24}$/, "24 hexadecimal digits")),
  }),
  requestTypes: v.pipe(v.array(RequestType), v.minLength(1)),
});

export type Site = v.InferOutput<typeof Site>;
export type RequestType = v.InferOutput<typeof RequestType>;

/** The statuses of a ticket that is over, whoever moved it there: nothing may be granted for it any more. */
export function closedStatuses({ statuses }: RequestType): string[] {
  return [statuses.refused, statuses.expired, statuses.withdrawn, statuses.declined, statuses.ended];
}

/** The statuses into which people move a ticket to end its access. */
export function endingStatuses({ statuses }: RequestType): string[] {
  return statuses.ending === undefined ? [statuses.ended] : [statuses.ending, statuses.ended];
}

/** Whether a ticket in that status may be one that nothing was done for yet. */
export function isFresh({ statuses }: RequestType, statusId: string): boolean {
  return [statuses.open, ...statuses.waiting, statuses.approved].includes(statusId);
}

/** Ids of the custom fields that Latchkey reads, of all request types. */
export function fieldIds({ requestTypes }: Site): string[] {
  const ids = requestTypes.flatMap(({ fields }) => [
    fields.requestType,
    fields.entitlement.id,
    fields.duration?.id,
    fields.reason?.id,
    fields.beneficiary?.id,
  ]);
  return [...new Set(ids.flatMap((id) => id ?? []))];
}
