import { Duration, Stack } from "aws-cdk-lib";
import { ComparisonOperator, MathExpression, Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import {
  FilterPattern,
  type IFilterPattern,
  type ILogGroup,
  type LogGroup,
  MetricFilter,
} from "aws-cdk-lib/aws-logs";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { StateMachine } from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";
import { metricNames, metricsNamespace } from "../../src/lambda/metrics.ts";
import type { FrontDoor } from "./front-door.ts";
import { ImpactAlarm } from "./impact-alarm.ts";
import type { IssueQueue } from "./issue-queue.ts";

export type AlarmsProps = {
  topic: ITopic;
  issues: IssueQueue;
  stateMachines: StateMachine[];
  door: FrontDoor;
  sweep: IFunction;
  sync: IFunction;
  synthetic: IFunction;
  /** After how many days a key is to be changed. */
  keyAgeDays: number;
  /** Where `check-request` logs. */
  checks: LogGroup;
};

const period = Duration.minutes(5);
const { GREATER_THAN_THRESHOLD, GREATER_THAN_OR_EQUAL_TO_THRESHOLD, LESS_THAN_THRESHOLD } =
  ComparisonOperator;

/** The runs that wait, of all machines together; a machine that has none at the time counts as 0. */
function throttled(machines: StateMachine[]) {
  return {
    expression: machines.map((_, index) => `FILL(m${index}, 0)`).join(" + "),
    usingMetrics: Object.fromEntries(
      machines.map((machine, index) => [`m${index}`, machine.metricThrottled()]),
    ),
  };
}

/** What wakes somebody. */
export class Alarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { topic, issues, stateMachines, door, sweep, sync, synthetic, keyAgeDays, checks }: AlarmsProps,
  ) {
    super(scope, id);
    const { stackName } = Stack.of(this);
    const swept = (metricName: string) =>
      new Metric({
        namespace: metricsNamespace,
        metricName,
        dimensionsMap: { service: stackName },
        period,
        statistic: Stats.MAXIMUM,
      });

    new ImpactAlarm(this, "DeadLetters", {
      metric: issues.deadLetters.metricApproximateNumberOfMessagesVisible({
        period,
        statistic: Stats.MAXIMUM,
      }),
      comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      impact:
        "What happened on a ticket could not be dealt with five times in a row: its request may stand still.",
      runbook: "Dead letters",
      topic,
    });
    new ImpactAlarm(this, "QueueAge", {
      metric: issues.queue.metricApproximateAgeOfOldestMessage({ period }),
      comparison: GREATER_THAN_THRESHOLD,
      threshold: Duration.minutes(15).toSeconds(),
      impact: "Approvals and new requests have waited for more than a quarter of an hour.",
      runbook: "The queue does not drain",
      topic,
    });
    new ImpactAlarm(this, "RunsThrottled", {
      metric: new MathExpression({ ...throttled(stateMachines), period }),
      comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 3,
      impact: "Requests take longer because AWS slows their runs down.",
      runbook: "Runs are throttled",
      topic,
    });
    new ImpactAlarm(this, "MoreThanUsual", {
      metric: this.#filtered(
        "CapsReached",
        checks,
        FilterPattern.all(
          FilterPattern.stringValue("$.rule", "=", "caps"),
          FilterPattern.stringValue("$.did", "=", "next: ask"),
        ),
      ),
      comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      impact: "Somebody asks for more access than the policy calls usual.",
      runbook: "More access than usual",
      topic,
    });
    new ImpactAlarm(this, "OverdueAccess", {
      metric: swept(metricNames.latenessSeconds),
      comparison: GREATER_THAN_THRESHOLD,
      threshold: Duration.minutes(10).toSeconds(),
      impact: "Somebody still has access whose time was over ten minutes ago.",
      runbook: "Access is overdue",
      topic,
    });
    new ImpactAlarm(this, "Standstill", {
      // The sweeper comes upon some of them only once in an hour.
      metric: swept(metricNames.standstillSeconds).with({ period: Duration.hours(1) }),
      comparison: GREATER_THAN_THRESHOLD,
      threshold: Duration.hours(1).toSeconds(),
      impact: "A request has not gone on for more than an hour, although nobody has to decide anything.",
      runbook: "A request stands still",
      topic,
    });
    new ImpactAlarm(this, "MissedWebhooks", {
      metric: swept(metricNames.missed),
      comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 3,
      impact: "Requests and approvals are found by the sweeper only, up to ten minutes late.",
      runbook: "Webhooks are missing",
      topic,
    });
    new ImpactAlarm(this, "WebhooksFail", {
      metric: door.api.metricServerError({ period, statistic: Stats.SUM }),
      comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 5,
      impact: "Jira's webhooks are not taken in; Jira tries again, and people wait.",
      runbook: "Webhooks fail",
      topic,
    });
    new ImpactAlarm(this, "WebhooksRefused", {
      metric: new MathExpression({
        // Somebody who tries the address once or twice is nobody's trouble.
        expression: "IF(FILL(refused, 0) >= 5, 100 * FILL(refused, 0) / FILL(calls, 1), 0)",
        usingMetrics: {
          refused: this.#filtered("Refused", door.calls, FilterPattern.stringValue("$.status", "=", "401")),
          calls: door.api.metricCount(),
        },
        period: Duration.minutes(15),
      }),
      comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 50,
      impact: "Most webhooks are refused: the key in Jira is another one, or somebody tries to forge them.",
      runbook: "Webhooks are refused",
      topic,
    });
    new ImpactAlarm(this, "SweeperSilent", {
      metric: sweep.metricInvocations({ period: Duration.minutes(15), statistic: Stats.SUM }),
      comparison: LESS_THAN_THRESHOLD,
      threshold: 1,
      // Lambda counts no invocations as no data, not as none.
      isSilenceBad: true,
      impact: "Nobody looks for missed webhooks and overdue access.",
      runbook: "The sweeper is silent",
      topic,
    });
    new ImpactAlarm(this, "SweeperFails", {
      metric: sweep.metricErrors({ period: Duration.minutes(15), statistic: Stats.SUM }),
      comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 2,
      impact: "Nobody looks for missed webhooks and overdue access.",
      runbook: "The sweeper fails",
      topic,
    });
    new ImpactAlarm(this, "SyntheticRequestLate", {
      metric: new MathExpression({
        expression: "FILL(late, 0) + FILL(errors, 0)",
        usingMetrics: { late: swept(metricNames.late), errors: synthetic.metricErrors() },
        period: Duration.minutes(15),
      }),
      comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      impact:
        "Access that Latchkey asks for by itself was not given, or not ended, in time: others wait, too.",
      runbook: "The synthetic request is late",
      topic,
    });
    new ImpactAlarm(this, "CatalogClosed", {
      metric: swept(metricNames.closed),
      comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      impact:
        "Something in the catalog cannot be requested, because what it needs is not in JumpCloud or Jira.",
      runbook: "Part of the catalog is closed",
      topic,
    });
    new ImpactAlarm(this, "CatalogUnchecked", {
      metric: sync.metricErrors({ period: Duration.minutes(15), statistic: Stats.SUM }),
      comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      impact: "Nobody looks whether what the catalog gives is still there.",
      runbook: "The catalog is not checked",
      topic,
    });
    new ImpactAlarm(this, "KeyOld", {
      metric: swept(metricNames.keyAgeDays).with({ period: Duration.hours(12) }),
      comparison: GREATER_THAN_THRESHOLD,
      threshold: keyAgeDays,
      isSilenceBad: true,
      impact: "A key will soon stop to work, or is used for longer than it should be.",
      runbook: "A key is old",
      topic,
    });
    new ImpactAlarm(this, "AuditUnanchored", {
      metric: swept(metricNames.hoursSinceAnchor).with({ period: Duration.hours(12) }),
      comparison: GREATER_THAN_THRESHOLD,
      // Yesterday ends 24 hours before today does; the run that comes next anchors it, within 7 hours.
      threshold: 36,
      isSilenceBad: true,
      impact: "Who changes the audit trails of the last days, and may do so, leaves no trace.",
      runbook: "The audit trails are not anchored",
      topic,
    });
  }
  /** How many lines of the log are like this; no value, and no cost, while there are none. */
  #filtered(metricName: string, logGroup: ILogGroup, filterPattern: IFilterPattern): Metric {
    const metricNamespace = `${metricsNamespace}/${Stack.of(this).stackName}`;
    const filter = new MetricFilter(this, metricName, {
      logGroup,
      filterPattern,
      metricNamespace,
      metricName,
    });
    return filter.metric({ period, statistic: Stats.SUM });
  }
}
