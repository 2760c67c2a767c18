/**
 * Every error that Latchkey raises on purpose. The class says who must hear it and whether trying again helps; its literal `name` is
 * what the state machine's `Catch` and `Retry` see. Messages go to execution histories, logs and tickets: ids and words of the form
 * may be in them, personal data and secrets may not.
 */
export abstract class LatchkeyError extends Error {
  abstract override readonly name: string;
  /** What an operator who sees this should do. */
  abstract readonly operatorHint: string;
}

/** The request cannot be fulfilled as asked; the message is shown to the requester. Trying again does not help. */
export abstract class RefusedError extends LatchkeyError {
  readonly operatorHint: string = "Nothing. The requester was told; a new request can be made.";
}

export class FieldMissingError extends RefusedError {
  override readonly name = "FieldMissingError";
  /** @param field the field's name as people see it on the portal */
  constructor(field: string) {
    super(`“${field}” is empty. Please make a new request and fill it in.`);
  }
}

export class FieldInvalidError extends RefusedError {
  override readonly name = "FieldInvalidError";
  /** @param field the field's name as people see it on the portal */
  constructor(field: string, why: string) {
    super(`“${field}” cannot be used as it is: ${why}. Please make a new request.`);
  }
}

export class EntitlementUnavailableError extends RefusedError {
  override readonly name = "EntitlementUnavailableError";
  constructor(entitlement: string, why: string) {
    super(`${entitlement} cannot be requested: ${why}.`);
  }
}

/** Nothing is given, but the request is not over: the ticket goes to people who look at what is wanted. */
export class NotInCatalogError extends RefusedError {
  override readonly name = "NotInCatalogError";
  override readonly operatorHint =
    "Nothing, if the ticket is in the status “triage” of site.yaml: agents deal with it there.";
  constructor() {
    super("What is asked for is not in the catalog.");
  }
}

export class FormChangedError extends RefusedError {
  override readonly name = "FormChangedError";
  constructor() {
    super(
      "The request was changed after it had been checked. What is granted must be what was approved, so nothing was granted. Please make a new request.",
    );
  }
}

export class PersonNotFoundError extends RefusedError {
  override readonly name = "PersonNotFoundError";
  override readonly operatorHint =
    "Find out why the Jira account has no counterpart in JumpCloud: the e-mail addresses must be the same.";
  constructor(whose: string) {
    super(
      `No JumpCloud account with ${whose} e-mail address was found. IT can say which address is on record.`,
    );
  }
}

export class PersonNotUniqueError extends RefusedError {
  override readonly name = "PersonNotUniqueError";
  override readonly operatorHint =
    "Remove or rename the double accounts in JumpCloud, then ask for a new request.";
  constructor(whose: string) {
    super(`More than one JumpCloud account has ${whose} e-mail address, so nobody was given anything.`);
  }
}

export class PersonInactiveError extends RefusedError {
  override readonly name = "PersonInactiveError";
  constructor(whose: string, state: string) {
    super(`${whose} JumpCloud account is not active (${state.toLowerCase()}).`);
  }
}

export class NotEligibleError extends RefusedError {
  override readonly name = "NotEligibleError";
  constructor(entitlement: string) {
    super(`${entitlement} is not open to this person.`);
  }
}

/** What a rule of the policy, or another of its limits, does not allow. */
export class DeniedByPolicyError extends RefusedError {
  override readonly name = "DeniedByPolicyError";
  /** @param say in words for the requester */
  constructor(say: string) {
    super(say);
  }
}

export class OnBehalfNotAllowedError extends RefusedError {
  override readonly name = "OnBehalfNotAllowedError";
  constructor(field: string) {
    super(`“${field}”: this form does not let you ask for that person.`);
  }
}

export class DynamicGroupError extends RefusedError {
  override readonly name = "DynamicGroupError";
  override readonly operatorHint =
    "The catalog names a group whose members JumpCloud computes itself; adding somebody would not last. Name a static group.";
  constructor(entitlement: string) {
    super(`${entitlement} cannot be given by request: its members are chosen by a rule in JumpCloud.`);
  }
}

export class ProtectedGroupError extends RefusedError {
  override readonly name = "ProtectedGroupError";
  override readonly operatorHint = "The policy protects this group. Take it out of the catalog entry.";
  constructor(entitlement: string) {
    super(`${entitlement} cannot be given by request: it is protected.`);
  }
}

/** What was to be done in JumpCloud cannot be done as things are there. */
export class ActionImpossibleError extends RefusedError {
  override readonly name = "ActionImpossibleError";
  override readonly operatorHint = "Put right in JumpCloud what the message names, then ask again.";
  /** @param why without a person's name */
  constructor(why: string) {
    super(`This cannot be done: ${why}.`);
  }
}

/** Something was done that does not count, or is no longer true. The run goes on waiting for what does count. */
export abstract class NotAllowedError extends LatchkeyError {
  readonly operatorHint: string = "Nothing. The request waits for an approval that counts.";
}

export class ApprovalMissingError extends NotAllowedError {
  override readonly name = "ApprovalMissingError";
  /** @param why what is wrong with what Jira shows, for the audit trail */
  constructor(why: string) {
    super(`Jira does not show an approval that counts: ${why}.`);
  }
}

/** What no group gives is not done yet. */
export class HandworkMissingError extends NotAllowedError {
  override readonly name = "HandworkMissingError";
  override readonly operatorHint = "Nothing. The request waits for somebody to do it by hand.";
  constructor(requestId: string) {
    super(`Request ${requestId} waits for what a person does by hand.`);
  }
}

/** Somebody was quicker: what a task came to wait for has happened. Not a failure; the graph catches it by name and goes on. */
export abstract class SettledError extends LatchkeyError {
  readonly operatorHint = "Nothing. The run goes on with what was decided.";
  constructor(requestId: string) {
    super(`Request ${requestId} was decided before the run came to wait for it.`);
  }
}

export class AlreadyApprovedError extends SettledError {
  override readonly name = "AlreadyApprovedError";
}
export class AlreadyStageApprovedError extends SettledError {
  override readonly name = "AlreadyStageApprovedError";
}
export class AlreadyDeclinedError extends SettledError {
  override readonly name = "AlreadyDeclinedError";
}
export class AlreadyWithdrawnError extends SettledError {
  override readonly name = "AlreadyWithdrawnError";
}
export class AlreadyRefusedError extends SettledError {
  override readonly name = "AlreadyRefusedError";
}
export class AlreadyEndedError extends SettledError {
  override readonly name = "AlreadyEndedError";
}

/** Another system did not do its part this time. Trying again later may help; when it does not, an operator must look. */
export abstract class UpstreamError extends LatchkeyError {
  readonly operatorHint: string =
    "Look at the other system's status page; when it is well again, retry the request.";
  /** Whether the other system may have done what was asked although it did not say so. */
  readonly mayHaveHappened: boolean = false;
}

export class JiraUnavailableError extends UpstreamError {
  override readonly name = "JiraUnavailableError";
  override readonly mayHaveHappened: boolean;
  constructor(what: string, options: { cause?: unknown; mayHaveHappened?: boolean } = {}) {
    super(`Jira: ${what}.`, { cause: options.cause });
    this.mayHaveHappened = options.mayHaveHappened ?? false;
  }
}

export class JumpCloudUnavailableError extends UpstreamError {
  override readonly name = "JumpCloudUnavailableError";
  override readonly mayHaveHappened: boolean;
  constructor(what: string, options: { cause?: unknown; mayHaveHappened?: boolean } = {}) {
    super(`JumpCloud: ${what}.`, { cause: options.cause });
    this.mayHaveHappened = options.mayHaveHappened ?? false;
  }
}

export class StorageUnavailableError extends UpstreamError {
  override readonly name = "StorageUnavailableError";
  constructor(what: string, options: { cause?: unknown } = {}) {
    super(`DynamoDB: ${what}.`, options);
  }
}

/** What was written to JumpCloud is not to be seen there, some seconds later. */
export class NotVerifiedError extends UpstreamError {
  override readonly name = "NotVerifiedError";
  constructor(what: string) {
    super(`JumpCloud accepted a change that cannot be seen there: ${what}.`);
  }
}

/** Somebody else is changing the same thing at this moment. */
export class BusyError extends UpstreamError {
  override readonly name = "BusyError";
  override readonly operatorHint =
    "Look for another run that stopped half-way with the same person and group.";
  constructor(what: string) {
    super(`Busy: ${what}.`);
  }
}

/** This kind of work has to wait: an operator has stopped it, or there is too much of it. The run waits, and tries again for weeks. */
export abstract class PausedError extends LatchkeyError {}

export class GrantsStoppedError extends PausedError {
  override readonly name = "GrantsStoppedError";
  readonly operatorHint = "Run `latchkey grants resume` when access may be given again.";
  constructor() {
    super("All grants are stopped.");
  }
}

export class TooManyCallsError extends PausedError {
  override readonly name = "TooManyCallsError";
  readonly operatorHint = "Nothing: requests wait for their turn, and go on by themselves.";
  constructor() {
    super("Too many calls to JumpCloud wait for their turn.");
  }
}

/** Something is set up wrongly, here or in the other system. Trying again does not help; an operator must act now. */
export abstract class SetupError extends LatchkeyError {}

export class JiraRefusedError extends SetupError {
  override readonly name = "JiraRefusedError";
  readonly operatorHint =
    "Check the service account's permissions, scopes and the field and status ids in site.yaml.";
  readonly status: number;
  constructor(what: string, status: number) {
    super(`Jira refused: ${what} (HTTP ${status}).`);
    this.status = status;
  }
}

export class JumpCloudRefusedError extends SetupError {
  override readonly name = "JumpCloudRefusedError";
  readonly operatorHint = "Check the key, its role's scopes and the ids in catalog.yaml.";
  readonly status: number;
  constructor(what: string, status: number) {
    super(`JumpCloud refused: ${what} (HTTP ${status}).`);
    this.status = status;
  }
}

/** An answer that does not have the shape that its vendor documents. */
export class UnexpectedAnswerError extends SetupError {
  override readonly name = "UnexpectedAnswerError";
  readonly operatorHint =
    "The other system changed its answers, or something in between answers in its place.";
  constructor(what: string) {
    super(`An answer could not be understood: ${what}.`);
  }
}

export class GroupMissingError extends SetupError {
  override readonly name = "GroupMissingError";
  readonly operatorHint =
    "The catalog names a group that JumpCloud does not have. Correct catalog.yaml and apply it.";
  constructor(groupId: string) {
    super(`JumpCloud has no group ${groupId}.`);
  }
}

export class ProtectedMembershipError extends SetupError {
  override readonly name = "ProtectedMembershipError";
  readonly operatorHint =
    "The policy protects this group or person, so nothing was changed. Change the membership in JumpCloud by hand, or take the protection out of policy.yaml, then try again.";
  constructor(userId: string, groupId: string) {
    super(`The policy protects user ${userId} or group ${groupId}: the membership is to be changed by hand.`);
  }
}

export class NoApproverError extends SetupError {
  override readonly name = "NoApproverError";
  readonly operatorHint = "Give the fallback group in policy.yaml an active member who may approve.";
  constructor(why: string) {
    super(`Nobody can be asked for approval, not even in the fallback group: ${why}.`);
  }
}

export class TransitionMissingError extends SetupError {
  override readonly name = "TransitionMissingError";
  readonly operatorHint =
    "Add the transition to the Jira workflow (docs/jira-setup.md) or correct the status id in site.yaml.";
  constructor(from: string, to: string) {
    super(`Jira offers no transition from status ${from} to status ${to}.`);
  }
}

export class PolicyMissingError extends SetupError {
  override readonly name = "PolicyMissingError";
  readonly operatorHint = "Run `latchkey apply`.";
  constructor(what: string) {
    super(`The applied policy has no ${what}.`);
  }
}

export class CatalogSuspectError extends SetupError {
  override readonly name = "CatalogSuspectError";
  override readonly operatorHint =
    "Look whether the read key still sees all of JumpCloud. If so much has really changed, “latchkey catalog sync --force” closes it.";
  constructor(closing: number, all: number) {
    super(`${closing} of ${all} entitlements would be closed for requests at once, so nothing was closed.`);
  }
}

export class UnclearActionError extends SetupError {
  override readonly name = "UnclearActionError";
  override readonly operatorHint =
    "Look in JumpCloud whether it was done: nothing shows it, and doing it twice would do harm. Then go on with the next step.";
  constructor(what: string) {
    super(`It is not known whether this was done: ${what}.`);
  }
}

export class SecretMissingError extends SetupError {
  override readonly name = "SecretMissingError";
  readonly operatorHint = "Put the secret's value into Secrets Manager (docs/operations.md).";
  constructor(secret: string, why: string) {
    super(`Secret ${secret} cannot be used: ${why}.`);
  }
}

/** A stored item or an id does not say what it must say at this point. A bug, or somebody edited the table. */
export class InconsistentError extends SetupError {
  override readonly name = "InconsistentError";
  readonly operatorHint =
    "Read the request's audit trail; if nobody edited the tables, report this as a bug.";
}

/** Why a webhook is turned away, as an HTTP status. Jira retries 5xx; 4xx are final for it. */
export abstract class RejectedWebhookError extends LatchkeyError {
  abstract readonly status: 400 | 401 | 404 | 413 | 503;
}

export class NotProvenError extends RejectedWebhookError {
  override readonly name = "NotProvenError";
  override readonly status = 401;
  readonly operatorHint = "Compare the secret in Jira with the one in Secrets Manager.";
}

export class MalformedError extends RejectedWebhookError {
  override readonly name = "MalformedError";
  override readonly status = 400;
  readonly operatorHint = "Compare the automation rule's body with docs/jira-setup.md.";
}

export class TooLargeError extends RejectedWebhookError {
  override readonly name = "TooLargeError";
  override readonly status = 413;
  readonly operatorHint = "Nothing; the sweeper finds the issue.";
}

export class UnknownRouteError extends RejectedWebhookError {
  override readonly name = "UnknownRouteError";
  override readonly status = 404;
  readonly operatorHint = "Compare the webhook's URL with the stack's outputs.";
}

export class NotReadyError extends RejectedWebhookError {
  override readonly name = "NotReadyError";
  override readonly status = 503;
  readonly operatorHint = "Look at Secrets Manager and the queue; Jira delivers again.";
}
