import * as v from "valibot";
import { TrailHead } from "../audit/audit-trail.ts";
import { ApprovalStage } from "../policy/policy.ts";

/**
 * One request, as it is stored: a union on its status. `Request` is one for access, `ActionRequest` one for what is done to accounts
 * and groups. What was checked, and will be granted or done, is in `pin`. Only ids of people are kept, never names or addresses.
 * Times are milliseconds since 1970.
 */

/** A Jira account and the JumpCloud user that is the same person. */
const Person = v.object({ accountId: v.string(), userId: v.string() });

/** Who has to say yes, and by which policy. */
const approval = {
  /** Id of the policy's rule that decided. */
  rule: v.optional(v.string()),
  /** Name of the approval in policy.yaml. */
  approval: v.optional(v.string()),
  /** Why nobody needs to be asked; or who must say yes, stage by stage. */
  automatic: v.optional(v.string()),
  stages: v.array(ApprovalStage),
  /** Where the approvers are told what they decide on; nowhere when left out. */
  context: v.optional(v.picklist(["internal", "public"])),
  policyVersion: v.number(),
  /** The requester's time zone, for times on the ticket. */
  timeZone: v.optional(v.string()),
};

/** What was checked of a request for access: from here on it is for exactly this. */
const Pin = v.object({
  /** Hash of what the form said. */
  form: v.string(),
  /** Option of the form that asks for the entitlement. */
  option: v.string(),
  entitlementId: v.string(),
  title: v.string(),
  groups: v.array(v.string()),
  requester: Person,
  beneficiary: Person,
  /** JumpCloud user id of the beneficiary's manager. */
  manager: v.optional(v.string()),
  /** How long the access lasts from the verified grant on; none: it has no end. */
  seconds: v.optional(v.number()),
  /**
   * More time for access that is there: when the person first got it, and when it is to end then. `seconds` is all of
   * that, so that the policy decides on the whole of it.
   */
  extension: v.optional(v.object({ since: v.number(), endsAt: v.number() })),
  /** What was asked for before an approver made it less; no `seconds`: without an end. */
  narrowedFrom: v.optional(
    v.object({ seconds: v.optional(v.number()), entitlementId: v.optional(v.string()) }),
  ),
  /** When the access shall begin; none: as soon as it is approved. */
  startsAt: v.optional(v.number()),
  /** Key of another ticket, with which the access ends. */
  until: v.optional(v.string()),
  /** Taken in an emergency: for which incident, and the account ids of those who are told. */
  emergency: v.optional(
    v.object({ incident: v.string(), approvers: v.array(v.string()), notified: v.array(v.string()) }),
  ),
  /** Where the policy counts the request: the person's standing, and those of groups. */
  countedIn: v.optional(v.array(v.string())),
  ...approval,
});

/** What was checked of a request for actions: from here on it is for exactly these. */
const ActionPin = v.object({
  /** Hash of what the rule makes of the ticket. */
  form: v.string(),
  /** What is done, in words. */
  title: v.string(),
  /** Who asked for it: the reporter, or whoever moved the ticket to where it is done. */
  requester: v.object({ accountId: v.string() }),
  /** Account ids of those to whom it is done: nobody decides on what is done to themselves. */
  affected: v.array(v.string()),
  /** JumpCloud user id of their manager, if all of them have the same. */
  manager: v.optional(v.string()),
  /** How many items of work it has: one for each person whom it is about, or one. */
  rows: v.number(),
  ...approval,
});

/** The approval that Jira was asked for last. */
const Asked = v.object({
  stage: v.number(),
  /** Account ids of those who may decide. */
  approvers: v.array(v.string()),
  source: v.string(),
  /** The group in Jira that was asked as such, and which of the approvers it gave. Its members may change until somebody decides. */
  group: v.optional(v.object({ id: v.string(), approvers: v.array(v.string()) })),
  /** How many of them have to say yes; one when left out. */
  needed: v.optional(v.number()),
  /** Who decides in whose place, by account id. */
  delegated: v.optional(v.array(v.object({ from: v.string(), to: v.string() }))),
  /** Jira's time just before the issue entered the approval status: an older record of an approval does not count. */
  at: v.number(),
  /** Id of a record that was pending already when Latchkey came, and counts although it is older. */
  pendingApproval: v.optional(v.string()),
  reminders: v.number(),
  /** Whether others are asked too by now, because nobody answered. */
  escalated: v.optional(v.boolean()),
});

/** A decision on one stage, and where in Jira it can be seen. */
const Decision = v.object({
  stage: v.number(),
  outcome: v.picklist(["approved", "declined"]),
  /** Account ids of those who decided. */
  by: v.array(v.string()),
  /** Account ids of those who might have. */
  approvers: v.array(v.string()),
  /** `approval:<id>` or `changelog:<id>` */
  evidence: v.string(),
  /** How many more people have to say yes before the stage is approved; none when left out. */
  more: v.optional(v.number()),
  /** Who decides in whose place, by account id. */
  delegated: v.optional(v.array(v.object({ from: v.string(), to: v.string() }))),
  at: v.number(),
});

/** What a person does by hand: since when it is wanted; who said that it is done, and where in Jira that can be seen. */
const Handwork = v.object({
  askedAt: v.number(),
  /** Account id. */
  by: v.optional(v.string()),
  /** `changelog:<id>` */
  evidence: v.optional(v.string()),
});

const Grant = v.object({
  at: v.number(),
  /** When the access ends; none: it has no end. */
  endsAt: v.optional(v.number()),
  /** When the holder is warned of the end, earliest first. */
  warnAt: v.optional(v.array(v.number())),
  /** When the ticket to which the access is bound was seen to be done; the end was set by that. */
  ticketDoneAt: v.optional(v.number()),
  /** Ids of the requests in the place of which it comes: they gave another level of the same application. */
  replaces: v.optional(v.array(v.string())),
});

/** An end before its time, or the end at its time. */
const End = v.object({
  /**
   * `ticket`: with the ticket to which it was bound; `extended`: a later request of the same ticket gives it now; `replaced`:
   * another request gives another level.
   */
  why: v.picklist(["time", "early", "ticket", "extended", "replaced"]),
  /** Account id of whoever ended it early, if Jira says. */
  by: v.optional(v.string()),
  at: v.number(),
  /** Groups that the person is still in after the end, and why. */
  kept: v.optional(v.array(v.object({ group: v.string(), why: v.string() }))),
  /** Of access that no group gives. */
  byHand: v.optional(Handwork),
});

const Failure = v.object({ error: v.string(), message: v.string(), at: v.number() });

const Common = {
  schemaVersion: v.literal(1),
  kind: v.optional(v.literal("access")),
  /** `<issueId>-<generation>` */
  requestId: v.string(),
  issueId: v.string(),
  /** Changes when the issue is moved to another project. */
  issueKey: v.string(),
  /** 1, or more when the ticket was opened again after its request had ended. */
  generation: v.number(),
  requestTypeId: v.string(),
  /** Whose access it is to make longer, who asked for that, and by which change of the ticket. */
  extends: v.optional(v.object({ requestId: v.string(), by: v.string(), change: v.string() })),
  createdAt: v.number(),
  updatedAt: v.number(),
  /** Status id in which the issue was read last, and the transitions that Jira offered from there. */
  seen: v.object({
    status: v.string(),
    transitions: v.array(v.object({ id: v.string(), to: v.string(), isGlobal: v.optional(v.boolean()) })),
  }),
  /** How many executions were started for it. */
  runs: v.number(),
  /** Last entry of its audit trail. */
  trail: TrailHead,
  /** What the ticket was told, such as `granted`. */
  told: v.array(v.string()),
  version: v.number(),
};

const Pinned = { ...Common, pin: Pin, decisions: v.array(Decision) };
const Token = { token: v.optional(v.string()) };

const Working = v.variant("status", [
  v.object({ ...Common, status: v.literal("requested") }),
  v.object({ ...Pinned, ...Token, status: v.literal("checked") }),
  v.object({ ...Pinned, ...Token, status: v.literal("asked"), asked: Asked }),
  /** Somebody moved the ticket on without an approval that counts; the request still waits for one. */
  v.object({ ...Pinned, ...Token, status: v.literal("blocked"), asked: Asked, why: v.string() }),
  v.object({ ...Pinned, ...Token, status: v.literal("approved"), byHand: v.optional(Handwork) }),
  v.object({ ...Pinned, ...Token, status: v.literal("granted"), grant: Grant }),
  v.object({ ...Pinned, ...Token, status: v.literal("ending"), grant: Grant, end: End }),
  v.object({
    ...Pinned,
    status: v.literal("ended"),
    grant: Grant,
    end: End,
    /** Who looked at access that was taken in an emergency. */
    reviewed: v.optional(v.object({ by: v.string(), at: v.number() })),
  }),
  v.object({ ...Pinned, ...Token, status: v.literal("declined") }),
  v.object({
    ...Common,
    ...Token,
    status: v.literal("refused"),
    pin: v.optional(Pin),
    why: v.string(),
    triage: v.optional(v.boolean()),
  }),
  v.object({ ...Pinned, status: v.literal("expired") }),
  v.object({ ...Common, ...Token, status: v.literal("withdrawn"), pin: v.optional(Pin) }),
]);

/** `before` is the request as it was, so that another run can go on from there. */
const Failed = v.object({ ...Common, status: v.literal("failed"), failure: Failure, before: Working });

export const Request = v.variant("status", [Working, Failed]);

const ForActions = {
  ...Common,
  kind: v.literal("actions"),
  /** Id of the rule that says what is done; by which change of the ticket, and by whom, if it was not done when the ticket was made. */
  trigger: v.object({ rule: v.string(), by: v.optional(v.string()), change: v.optional(v.string()) }),
};
const ActionsPinned = { ...ForActions, pin: ActionPin, decisions: v.array(Decision) };

const WorkingActions = v.variant("status", [
  v.object({ ...ForActions, status: v.literal("requested") }),
  v.object({ ...ActionsPinned, ...Token, status: v.literal("checked") }),
  v.object({ ...ActionsPinned, ...Token, status: v.literal("asked"), asked: Asked }),
  v.object({ ...ActionsPinned, ...Token, status: v.literal("blocked"), asked: Asked, why: v.string() }),
  /** Being done, step by step: each row knows how far it is. */
  v.object({
    ...ActionsPinned,
    ...Token,
    status: v.literal("approved"),
    /** When the next step is to be done, if nothing is to be done before. */
    heldUntil: v.optional(v.number()),
  }),
  /** Everything was done, or was so already. */
  v.object({ ...ActionsPinned, status: v.literal("done") }),
  v.object({ ...ActionsPinned, ...Token, status: v.literal("declined") }),
  v.object({
    ...ForActions,
    ...Token,
    status: v.literal("refused"),
    pin: v.optional(ActionPin),
    why: v.string(),
  }),
  v.object({ ...ActionsPinned, status: v.literal("expired") }),
  v.object({ ...ForActions, ...Token, status: v.literal("withdrawn"), pin: v.optional(ActionPin) }),
]);

const FailedActions = v.object({
  ...ForActions,
  status: v.literal("failed"),
  failure: Failure,
  before: WorkingActions,
});

export const ActionRequest = v.variant("status", [WorkingActions, FailedActions]);

export const AnyRequest = v.union([ActionRequest, Request]);

export type Request = v.InferOutput<typeof Request>;
export type Status = Request["status"];
export type RequestIn<S extends Status> = Extract<Request, { status: S }>;
export type ActionRequest = v.InferOutput<typeof ActionRequest>;
export type ActionStatus = ActionRequest["status"];
export type ActionIn<S extends ActionStatus> = Extract<ActionRequest, { status: S }>;
export type AnyRequest = Request | ActionRequest;
export type AnyStatus = Status | ActionStatus;
export type AnyIn<S extends AnyStatus> = Extract<AnyRequest, { status: S }>;
export type Pin = v.InferOutput<typeof Pin>;
export type ActionPin = v.InferOutput<typeof ActionPin>;
export type Asked = v.InferOutput<typeof Asked>;
export type End = v.InferOutput<typeof End>;
export type Handwork = v.InferOutput<typeof Handwork>;
export type Grant = v.InferOutput<typeof Grant>;
export type Decision = v.InferOutput<typeof Decision>;
export type Seen = v.InferOutput<typeof Common.seen>;

/** Where requests are kept; of one kind, or of both. */
export type RequestStore<Kind extends AnyRequest = Request> = {
  /** @throws InconsistentError when there is no such request of that kind */
  get(requestId: string): Promise<Kind>;
  /**
   * Writes `after` in place of `before`, as one step.
   *
   * @throws BusyError when somebody else wrote in between: read again, decide again
   * @throws InconsistentError when a request may not go from the one status to the other
   */
  save<R extends Kind>(before: Kind, after: R): Promise<R>;
};
