import { ArnFormat, Duration, Stack } from "aws-cdk-lib";
import { ComparisonOperator, MathExpression, Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import { ImpactAlarm } from "./impact-alarm.ts";
import { workflowNames } from "./workflow-names.ts";

/**
 * Rings for every run that failed. It knows the state machines by their names: they wait for functions that are shifted by this
 * alarm, so it cannot wait for them.
 */
export class NeedsOperatorAlarm extends ImpactAlarm {
  constructor(scope: Construct, id: string, topic: ITopic) {
    const period = Duration.minutes(5);
    const metrics = workflowNames
      .map((name) => ({ StateMachineArn: machineArn(scope, `${Stack.of(scope).stackName}-${name}`) }))
      .flatMap((dimensionsMap) =>
        // A run also ends, without a word, when it is a year old: Step Functions' limit.
        ["ExecutionsFailed", "ExecutionsTimedOut"].map(
          (metricName) =>
            new Metric({ namespace: "AWS/States", metricName, dimensionsMap, statistic: Stats.SUM, period }),
        ),
      );
    super(scope, id, {
      metric: new MathExpression({
        // One that has no value at the time counts as 0.
        expression: metrics.map((_, index) => `FILL(m${index}, 0)`).join(" + "),
        usingMetrics: Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric])),
        period,
      }),
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      impact: "A request stopped half-way; somebody waits for access, or has it for too long.",
      runbook: "A run needs an operator",
      topic,
    });
  }
}

function machineArn(scope: Construct, resourceName: string): string {
  const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
  return Stack.of(scope).formatArn({ service: "states", resource: "stateMachine", resourceName, arnFormat });
}
