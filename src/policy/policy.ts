import * as v from "valibot";
import { Duration } from "./duration.ts";

/**
 * Who must say yes, how long they have, and what nobody may touch: `policy.yaml`. The descriptions are what editors show: the
 * JSON Schema of the file is made of them.
 */

const JiraGroup = v.strictObject({
  id: v.pipe(v.string(), v.description("Id of the group in Jira.")),
  name: v.pipe(v.string(), v.description("Its name, for people who read this file and the audit trail.")),
});

const ApproverSource = v.union([
  v.pipe(
    v.picklist(["manager", "owner"]),
    v.description("Found in JumpCloud: the requester's manager, or the application's owner."),
  ),
  v.strictObject({ jiraUser: v.pipe(v.string(), v.description("Account id of a person in Jira.")) }),
  v.strictObject({ jiraGroup: v.pipe(JiraGroup, v.description("Anybody of a group in Jira.")) }),
]);

const ApprovalStage = v.strictObject({
  ask: v.pipe(
    v.array(ApproverSource),
    v.minLength(1),
    v.description("Whom to ask: the first source with somebody who may approve. Any one of them decides."),
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
  }),
]);

export const Policy = v.strictObject({
  approvals: v.pipe(
    v.record(v.string(), ApprovalPolicy),
    v.description("Ways to approve, by the names that the catalog uses."),
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
  protectedGroups: v.optional(
    v.pipe(v.array(v.string()), v.description("Ids of JumpCloud groups that no request may touch.")),
  ),
});

export type Policy = v.InferOutput<typeof Policy>;
export type ApproverSource = v.InferOutput<typeof ApproverSource>;
