import * as v from "valibot";
import { Duration } from "./duration.ts";

/** Who must say yes, how long they have, and what nobody may touch: `policy.yaml`. */

const JiraGroup = v.strictObject({ id: v.string(), name: v.string() });

/** Somebody to ask. `manager` and `owner` are found in JumpCloud and must have an active Jira account. */
const ApproverSource = v.union([
  v.picklist(["manager", "owner"]),
  v.strictObject({ jiraUser: v.string() }),
  v.strictObject({ jiraGroup: JiraGroup }),
]);

/** One approval. The first source with somebody who may approve is asked; any one of them decides. */
const ApprovalStage = v.strictObject({ ask: v.pipe(v.array(ApproverSource), v.minLength(1)) });

/** Either stages, one after the other, or the reason for which no approval is needed. */
const ApprovalPolicy = v.union([
  v.strictObject({ automatic: v.pipe(v.string(), v.minLength(1)) }),
  v.strictObject({ stages: v.pipe(v.array(ApprovalStage), v.minLength(1), v.maxLength(5)) }),
]);

export const Policy = v.strictObject({
  approvals: v.record(v.string(), ApprovalPolicy),
  /** Members are asked when a stage's sources give nobody. */
  fallbackGroup: JiraGroup,
  /** How long to wait before each reminder, one after the other. */
  reminders: v.pipe(v.array(Duration), v.maxLength(8)),
  /** How long a stage may stay undecided, reminders included. */
  expiresAfter: Duration,
  /** JumpCloud groups that no request may touch, by id. */
  protectedGroups: v.optional(v.array(v.string())),
});

export type Policy = v.InferOutput<typeof Policy>;
export type ApproverSource = v.InferOutput<typeof ApproverSource>;
