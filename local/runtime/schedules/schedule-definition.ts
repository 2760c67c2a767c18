import * as v from "valibot";
import { object } from "../../json-schemas.ts";
import { strictObject, TemplateError } from "../template/parse.ts";
import type { Named, StackReader } from "../template/stack-reader.ts";

export type ScheduleDefinition = Named & {
  /** An EventBridge rule, or a schedule of EventBridge Scheduler. They call their targets with different events. */
  kind: "rule" | "schedule";
  /** `rate(…)` or `cron(…)`. */
  expression: string;
  timezone: string;
  isEnabled: boolean;
  targets: ScheduleTarget[];
};

/** `roleArn` is the role that EventBridge takes on for the call; rules call functions without one. */
export type ScheduleTarget = {
  id: string;
  arn: string;
  input?: string | undefined;
  roleArn?: string | undefined;
};

// No EventPattern: nothing produces events for a bus locally, so such a rule is refused.
const ruleShape = strictObject({
  ScheduleExpression: v.string(),
  State: v.optional(v.picklist(["ENABLED", "DISABLED"])),
  Targets: v.optional(
    v.array(
      strictObject({
        Arn: v.string(),
        Id: v.string(),
        Input: v.optional(v.string()),
        RoleArn: v.optional(v.string()),
        RetryPolicy: v.optional(v.unknown()),
        DeadLetterConfig: v.optional(v.unknown()),
      }),
    ),
  ),
});
const scheduleShape = strictObject({
  FlexibleTimeWindow: object({ Mode: v.picklist(["OFF", "FLEXIBLE"]) }),
  ScheduleExpression: v.string(),
  ScheduleExpressionTimezone: v.optional(v.string()),
  State: v.optional(v.picklist(["ENABLED", "DISABLED"])),
  Target: strictObject({
    Arn: v.string(),
    RoleArn: v.string(),
    Input: v.optional(v.string()),
    RetryPolicy: v.optional(v.unknown()),
    DeadLetterConfig: v.optional(v.unknown()),
  }),
});

/**
 * A flexible time window is served at its beginning. Retry policies are for targets that cannot be reached, which are none.
 * @param callable ARNs of the functions and state machines of the template
 */
export function readSchedules(reader: StackReader, callable: string[]): ScheduleDefinition[] {
  const rules = reader.all("AWS::Events::Rule", ruleShape, ["Name", "Description", "Tags"]).map(
    ({ resource, properties }): ScheduleDefinition => ({
      ...reader.named(resource, "Arn"),
      kind: "rule",
      expression: properties.ScheduleExpression,
      timezone: "UTC",
      isEnabled: properties.State !== "DISABLED",
      targets: (properties.Targets ?? []).map(({ Arn, Id, Input, RoleArn }) => ({
        id: Id,
        arn: Arn,
        input: Input,
        roleArn: RoleArn,
      })),
    }),
  );
  const schedules = reader
    .all("AWS::Scheduler::Schedule", scheduleShape, ["Name", "GroupName", "Description", "KmsKeyArn"])
    .map(({ resource, properties }): ScheduleDefinition => {
      const { Arn, RoleArn, Input } = properties.Target;
      return {
        ...reader.named(resource, "Arn"),
        kind: "schedule",
        expression: properties.ScheduleExpression,
        timezone: properties.ScheduleExpressionTimezone ?? "UTC",
        isEnabled: properties.State !== "DISABLED",
        targets: [{ id: "target", arn: Arn, roleArn: RoleArn, input: Input }],
      };
    });
  const all = [...rules, ...schedules];
  for (const { logicalId, targets } of all)
    for (const { arn } of targets)
      if (!callable.includes(arn))
        throw new TemplateError(
          `${logicalId}: only functions and state machines of the template can be called, not ${arn}`,
        );
  return all;
}
