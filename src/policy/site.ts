import * as v from "valibot";
import { Duration } from "./duration.ts";

/**
 * The settings of one Jira site and one JumpCloud organisation: `site.yaml`. The descriptions are what editors show: the JSON
 * Schema of the file is made of them.
 */

const customField = v.pipe(v.string(), v.regex(/^customfield_\d+$/, "customfield_ and a number"));
const jumpcloudId = v.pipe(v.string(), v.regex(/^[0-9a-f]{24}$/, "24 hexadecimal digits"));
const numericId = v.pipe(v.string(), v.regex(/^\d+$/, "a number in quotes"));

const FormField = v.strictObject({
  id: v.pipe(customField, v.description("Id of the field, such as customfield_10050.")),
  name: v.pipe(v.string(), v.description("What the form calls it; comments to people name it so.")),
});

const formField = (text: string) => v.pipe(FormField, v.description(text));

const status = (text: string) => v.pipe(numericId, v.description(text));

const everyRequestType = {
  id: v.pipe(numericId, v.description("Id of the request type.")),
  project: v.pipe(numericId, v.description("Jira's numeric id of the project.")),
  proof: v.pipe(
    v.picklist(["jsm-approval", "transition"]),
    v.description(
      "How an approval is proven: by Jira's approval record, or by who moved the ticket to the status approved.",
    ),
  ),
};

const everyForm = {
  requestType: v.pipe(customField, v.description("Jira's own field “Request Type”.")),
  approvers: v.pipe(customField, v.description("Jira's own field “Approvers”, which Latchkey fills.")),
  approverGroups: v.optional(
    v.pipe(
      customField,
      v.description(
        "Jira's own field “Approver groups”, which Latchkey fills when a group in Jira is asked, and empties when not.",
      ),
    ),
  ),
};

const everyWorkflow = {
  open: status("A new ticket."),
  waiting: v.pipe(
    v.array(numericId),
    v.minLength(1),
    v.description(
      "Waiting for approval: one status per approval stage; the last one is used for every further stage.",
    ),
  ),
  approved: status("Approved, and not fulfilled yet."),
  declined: status("An approver said no."),
  refused: status("The request cannot be fulfilled, by what the rules say."),
  expired: status("Nobody decided in time."),
  withdrawn: status("The requester cancelled it."),
  failed: status("Something went wrong, and an operator is needed."),
};

const ActionType = v.strictObject({
  ...everyRequestType,
  meaning: v.pipe(
    v.literal("action"),
    v.description("What is asked for by it: something that the rules about actions in policy.yaml do."),
  ),
  fields: v.pipe(v.strictObject(everyForm), v.description("The fields that every ticket has.")),
  statuses: v.pipe(
    v.strictObject({
      ...everyWorkflow,
      held: v.optional(status("Part of it is done, and the rest is to come on a later day.")),
      done: status("Everything is done."),
    }),
    v.description("Ids of the workflow's statuses, in quotes."),
  ),
});

const AccessType = v.strictObject({
  ...everyRequestType,
  meaning: v.pipe(v.literal("access"), v.description("What is asked for by it: access to an application.")),
  onBehalf: v.optional(
    v.pipe(
      v.picklist(["nobody", "managers", "owners", "anyone"]),
      v.description(
        "Who may ask for somebody else: nobody (if left out), the person's manager, the application's owner or that manager, or anyone.",
      ),
    ),
  ),
  fields: v.pipe(
    v.strictObject({
      ...everyForm,
      entitlement: formField("The cascading select of applications and their entitlements."),
      duration: v.optional(formField("The select of how long access shall last.")),
      reason: v.optional(
        v.pipe(
          v.strictObject({
            ...FormField.entries,
            required: v.pipe(v.boolean(), v.description("Whether a request without a reason is refused.")),
          }),
          v.description("The text that says why."),
        ),
      ),
      beneficiary: v.optional(formField("The person for whom it is, if not for the requester.")),
      start: v.optional(formField("When the access shall begin: a date, or a date with a time.")),
      until: v.optional(formField("The key of another ticket, with which the access ends.")),
      incident: v.optional(
        formField("The key of the incident for which access is taken without an approval."),
      ),
      other: v.optional(formField("What is wanted, in words, when the catalog does not have it.")),
    }),
    v.description("The fields of the form."),
  ),
  otherOption: v.optional(
    v.pipe(
      numericId,
      v.description(
        "Id of the option that asks for something else than the catalog has: a person looks at it, and nothing is given.",
      ),
    ),
  ),
  durations: v.optional(
    v.pipe(
      v.record(numericId, v.union([Duration, v.literal("permanent")])),
      v.description("What each option of the duration field means, by option id: 4h, 30d, … or permanent."),
    ),
  ),
  statuses: v.pipe(
    v.strictObject({
      ...everyWorkflow,
      granted: status("The access is there."),
      ending: v.optional(status("People move a ticket here to end its access early.")),
      ended: status("The access was there, and is gone."),
      extending: v.optional(status("People move a ticket here to ask for more time.")),
      review: v.optional(status("Access that was taken in an emergency is over, and has to be looked at.")),
      triage: v.optional(status("A person looks at what the catalog does not have.")),
      manual: v.optional(status("A person gives or takes away by hand what no JumpCloud group gives.")),
    }),
    v.description("Ids of the workflow's statuses, in quotes."),
  ),
});

const GroupField = v.strictObject({
  id: v.pipe(customField, v.description("Id of the field.")),
  project: v.pipe(numericId, v.description("Jira's numeric id of the project in which it is used.")),
  requestTypes: v.pipe(
    v.array(numericId),
    v.description("Ids of the request types whose form has it; those are read back."),
  ),
  groups: v.pipe(
    v.union([
      v.strictObject({
        startWith: v.pipe(v.string(), v.minLength(1), v.description("How their names begin.")),
      }),
      v.strictObject({ ids: v.pipe(v.array(jumpcloudId), v.description("Their ids in JumpCloud.")) }),
    ]),
    v.description("Which groups. Those that the policy protects are left out."),
  ),
});

export const Site = v.strictObject({
  jira: v.pipe(
    v.strictObject({
      site: v.pipe(
        v.string(),
        v.regex(/^[a-zA-Z0-9.-]+$/, "a host name, without https://"),
        v.description("Host name of the site, such as fernhill.atlassian.net."),
      ),
      cloudId: v.pipe(
        v.string(),
        v.regex(/^[0-9a-fA-F-]{36}$/, "the site's cloud id, a UUID"),
        v.description("Cloud id of the site: see https://SITE/_edge/tenant_info."),
      ),
      api: v.pipe(
        v.picklist(["gateway", "site"]),
        v.description(
          "gateway for scoped tokens and service accounts, site for a personal token without scopes.",
        ),
      ),
      serviceAccount: v.pipe(
        v.string(),
        v.description("Account id of Latchkey's own account in Jira: what it writes is not answered."),
      ),
    }),
    v.description("The Jira site."),
  ),
  jumpcloud: v.pipe(
    v.strictObject({
      region: v.pipe(
        v.picklist(["us", "eu", "in"]),
        v.description("Where JumpCloud keeps the organisation."),
      ),
      organization: v.pipe(
        v.string(),
        v.regex(/^[0-9a-f]{24}$/, "24 hexadecimal digits"),
        v.description("Id of the organisation."),
      ),
      jiraApplications: v.optional(
        v.pipe(
          v.array(jumpcloudId),
          v.description(
            "Ids of the applications by which JumpCloud makes accounts in Jira: who loses them loses the account there.",
          ),
        ),
      ),
    }),
    v.description("The JumpCloud organisation."),
  ),
  requestTypes: v.pipe(
    v.array(v.variant("meaning", [AccessType, ActionType])),
    v.minLength(1),
    v.description("The request types of the portal that Latchkey fulfils."),
  ),
  groupFields: v.optional(
    v.pipe(
      v.array(GroupField),
      v.description("Select fields that “latchkey catalog publish” keeps filled with groups of JumpCloud."),
    ),
  ),
  syntheticRequest: v.optional(
    v.pipe(
      v.strictObject({
        serviceDesk: v.pipe(numericId, v.description("Id of the service desk.")),
        requestType: v.pipe(numericId, v.description("Id of one of the request types for access.")),
        parent: v.optional(
          v.pipe(numericId, v.description("Id of the option above, if the option is on the second level.")),
        ),
        option: v.pipe(
          numericId,
          v.description("Id of the option of an entitlement of the application “synthetic” in catalog.yaml."),
        ),
        duration: v.pipe(
          numericId,
          v.description("Id of the option of the duration field: an hour at most."),
        ),
        reporter: v.pipe(
          v.string(),
          v.regex(/^[\w:-]+$/, "an account id"),
          v.description("Account id in Jira of the customer in whose name it is made: a test person."),
        ),
      }),
      v.description(
        "A request that Latchkey makes by itself every hour, to show that requests are fulfilled. None is made if left out.",
      ),
    ),
  ),
  operations: v.optional(
    v.pipe(
      v.strictObject({
        serviceDesk: v.pipe(numericId, v.description("Id of the service desk.")),
        requestType: v.pipe(
          numericId,
          v.description(
            "Id of the request type. Its form needs a summary and a description, and nothing else.",
          ),
        ),
      }),
      v.description(
        "Where owners are told that something of theirs cannot be requested: a request is made there in their name. Nobody is told if left out, but for an alarm.",
      ),
    ),
  ),
});

export type Site = v.InferOutput<typeof Site>;
export type RequestType = v.InferOutput<typeof AccessType>;
export type ActionType = v.InferOutput<typeof ActionType>;
export type AnyType = RequestType | ActionType;

/** The statuses of a ticket that is over, whoever moved it there: nothing may be granted or done for it any more. */
export function closedStatuses({ statuses }: AnyType): string[] {
  const last = "done" in statuses ? statuses.done : statuses.ended;
  return [statuses.refused, statuses.expired, statuses.withdrawn, statuses.declined, last];
}

/** The statuses into which people move a ticket to end its access. */
export function endingStatuses({ statuses }: RequestType): string[] {
  return statuses.ending === undefined ? [statuses.ended] : [statuses.ending, statuses.ended];
}

/** Whether a ticket in that status may be one that nothing was done for yet. */
export function isFresh({ statuses }: AnyType, statusId: string): boolean {
  return [statuses.open, ...statuses.waiting, statuses.approved].includes(statusId);
}

/** The request types by which access is asked for. */
export function accessTypes({ requestTypes }: Site): RequestType[] {
  return requestTypes.filter((one) => one.meaning === "access");
}

/** Ids of the custom fields that Latchkey reads of access forms, and of its own on every form. */
export function fieldIds({ requestTypes }: Site): string[] {
  const ids = requestTypes.flatMap((requestType) => [
    requestType.fields.requestType,
    ...(requestType.meaning === "access" ? accessFields(requestType) : []),
  ]);
  return [...new Set(ids)];
}

function accessFields({ fields }: RequestType): string[] {
  const { entitlement, duration, reason, beneficiary, start, until, incident, other } = fields;
  const read = [entitlement, duration, reason, beneficiary, start, until, incident, other];
  return read.flatMap((field) => field?.id ?? []);
}
