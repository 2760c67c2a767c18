import * as v from "valibot";
import { Actions } from "../actions/action-rules.ts";
import { BusinessHours } from "./business-hours.ts";
import { Duration } from "./duration.ts";
import { Rule } from "./rules.ts";

/**
 * Who must say yes, how long they have, and what nobody may touch: `policy.yaml`. The descriptions are what editors show: the
 * JSON Schema of the file is made of them.
 */

const JiraGroup = v.strictObject({
  id: v.pipe(v.string(), v.description("Id of the group in Jira.")),
  name: v.pipe(v.string(), v.description("Its name, for people who read this file and the audit trail.")),
});

const kebab = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "lower case letters, digits and hyphens"),
);
const text = v.pipe(v.string(), v.minLength(1));
const day = v.pipe(
  v.string(),
  v.regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, "a day, such as 2026-12-31"),
);
const accountId = v.pipe(text, v.description("Account id of a person in Jira."));
const approvalName = v.pipe(text, v.description("Name of one of the approvals."));

const ApproverSource = v.union([
  v.pipe(
    v.picklist(["manager", "managers-manager", "owner"]),
    v.description(
      "Found in JumpCloud: the manager of the person who gets the access, that manager's own, or the application's owner.",
    ),
  ),
  v.strictObject({ jiraUser: v.pipe(v.string(), v.description("Account id of a person in Jira.")) }),
  v.strictObject({ jiraGroup: v.pipe(JiraGroup, v.description("Anybody of a group in Jira.")) }),
  v.strictObject({
    jumpcloudGroup: v.pipe(
      v.strictObject({
        id: v.pipe(v.string(), v.description("Id of the group in JumpCloud.")),
        name: v.pipe(
          v.string(),
          v.description("Its name, for people who read this file and the audit trail."),
        ),
      }),
      v.description("Anybody of a group in JumpCloud who has an account in Jira."),
    ),
  }),
]);

export const ApprovalStage = v.strictObject({
  ask: v.pipe(
    v.array(ApproverSource),
    v.minLength(1),
    v.description("Whom to ask: the first source with somebody who may approve. Anybody's no declines."),
  ),
  need: v.optional(
    v.pipe(
      v.union([v.literal("all"), v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10))]),
      v.description("How many of them have to say yes: one if left out, a number, or all."),
    ),
  ),
});

const ApprovalPolicy = v.union([
  v.strictObject({
    automatic: v.pipe(v.string(), v.minLength(1), v.description("Why nobody needs to approve.")),
  }),
  v.strictObject({
    stages: v.pipe(
      v.array(ApprovalStage),
      v.minLength(1),
      v.maxLength(5),
      v.description("The approvals that are needed, one after the other."),
    ),
    context: v.optional(
      v.pipe(
        v.picklist(["internal", "public"]),
        v.description(
          "Tells the approvers, by an internal or a public comment, what the access gives, what the person has already, and who else has it.",
        ),
      ),
    ),
  }),
]);

const Delegation = v.strictObject({
  from: v.pipe(accountId, v.description("Account id in Jira of whoever is away.")),
  to: v.pipe(
    accountId,
    v.description("Account id in Jira of whoever decides instead, never on access of their own."),
  ),
  first: v.pipe(day, v.description("The first day.")),
  last: v.pipe(day, v.description("The last day.")),
});

const Escalation = v.strictObject({
  afterReminder: v.pipe(
    v.number(),
    v.integer(),
    v.minValue(1),
    v.description("With which of the reminders, counted from 1."),
  ),
  ask: v.pipe(ApproverSource, v.description("Who is asked too.")),
});

const entitlements = v.pipe(v.array(v.string()), v.minLength(1));

const Separation = v.strictObject({
  id: v.pipe(kebab, v.description("Name in tickets and audit trails.")),
  why: v.pipe(text, v.description("Why nobody should have both; people read it.")),
  one: v.pipe(entitlements, v.description("Whoever has one of these entitlements, such as aws/billing …")),
  other: v.pipe(entitlements, v.description("… does not get one of these, and the other way round.")),
  exceptionBy: v.optional(
    v.pipe(
      approvalName,
      v.description("The approval that may allow it all the same; nobody may if left out."),
    ),
  ),
  exceptions: v.optional(
    v.pipe(
      v.array(
        v.strictObject({
          user: v.pipe(text, v.description("Id of the person in JumpCloud.")),
          until: v.pipe(day, v.description("The last day on which it counts.")),
          why: v.pipe(text, v.description("Who decided so, and why.")),
        }),
      ),
      v.description("People who may have both for a time."),
    ),
  ),
});

const Caps = v.strictObject({
  tags: v.pipe(
    v.array(text),
    v.minLength(1),
    v.description("Entitlements of applications with one of these tags are counted together."),
  ),
  within: v.pipe(Duration, v.description("How far back grants are counted: 7d, for example.")),
  perPerson: v.pipe(
    v.number(),
    v.integer(),
    v.minValue(1),
    v.description("How many one person gets before people have to look."),
  ),
  perGroup: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.description("How many people get into one group before people have to look."),
    ),
  ),
  approval: v.pipe(approvalName, v.description("The approval that decides on every further one.")),
});

const BreakGlass = v.strictObject({
  notify: v.pipe(
    JiraGroup,
    v.description("Told at once, besides those who would have approved: security, for example."),
  ),
});

/** What `policy.yaml` itself says. */
export const PolicyFile = v.strictObject({
  approvals: v.pipe(
    v.record(v.string(), ApprovalPolicy),
    v.description("Ways to approve, by the names that the catalog uses."),
  ),
  defaultApproval: v.optional(
    v.pipe(approvalName, v.description("The approval of entitlements and applications that name none.")),
  ),
  rules: v.optional(
    v.pipe(
      v.array(Rule),
      v.description(
        "What policy decides by itself. A denial beats a question, a question beats a waiver, in whatever order they stand.",
      ),
    ),
  ),
  fallbackGroup: v.pipe(
    JiraGroup,
    v.description("The group that is asked when the sources of a stage give nobody."),
  ),
  reminders: v.pipe(
    v.array(Duration),
    v.maxLength(8),
    v.description("How long to wait before each reminder, one after the other."),
  ),
  expiresAfter: v.pipe(
    Duration,
    v.description("How long a stage may stay undecided, reminders included: 7d, for example."),
  ),
  escalation: v.optional(
    v.pipe(Escalation, v.description("Who is asked too when the approvers do not answer.")),
  ),
  businessHours: v.optional(
    v.pipe(
      BusinessHours,
      v.description(
        "When approvers are expected to answer: other time counts neither for reminders nor for the expiry.",
      ),
    ),
  ),
  delegations: v.optional(
    v.pipe(v.array(Delegation), v.description("Who decides for whom, and from when to when.")),
  ),
  warnings: v.optional(
    v.pipe(
      v.array(Duration),
      v.maxLength(4),
      v.description("How long before the end of access its holder is warned, the longest first."),
    ),
  ),
  graceAfterTicket: v.optional(
    v.pipe(
      Duration,
      v.description(
        "How long access goes on after the ticket is done to which it is bound; it ends at once if left out.",
      ),
    ),
  ),
  protectedGroups: v.optional(
    v.pipe(v.array(v.string()), v.description("Ids of JumpCloud groups that no request may touch.")),
  ),
  protectedPeople: v.optional(
    v.pipe(v.array(v.string()), v.description("Ids of JumpCloud users whom no request may touch.")),
  ),
  separation: v.optional(
    v.pipe(v.array(Separation), v.description("What one person must not have together.")),
  ),
  breakGlass: v.optional(
    v.pipe(BreakGlass, v.description("Access that is taken in an emergency, without an approval.")),
  ),
  secondPerson: v.optional(
    v.pipe(
      v.strictObject({
        tags: v.pipe(
          v.array(text),
          v.description("Changes of entitlements of applications with one of these tags, too."),
        ),
      }),
      v.description(
        "Changes of site.yaml and policy.yaml come into force only when a second person applies the same files.",
      ),
    ),
  ),
  caps: v.optional(v.pipe(Caps, v.description("How much is granted before people have to look."))),
});

/** With what `actions.yaml` says, if there is one. */
export const Policy = v.strictObject({ ...PolicyFile.entries, actions: v.optional(Actions) });

export type PolicyFile = v.InferOutput<typeof PolicyFile>;
export type Policy = v.InferOutput<typeof Policy>;
export type ApproverSource = v.InferOutput<typeof ApproverSource>;
export type ApprovalStage = v.InferOutput<typeof ApprovalStage>;
export type Separation = v.InferOutput<typeof Separation>;
