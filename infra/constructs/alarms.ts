import { Duration, Stack } from "aws-cdk-lib";
import type { HttpApi } from "aws-cdk-lib/aws-apigatewayv2";
import { ComparisonOperator, MathExpression, Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { FilterPattern, type LogGroup, MetricFilter } from "aws-cdk-lib/aws-logs";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { StateMachine } from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";
import { metricNames, metricsNamespace } from "../../src/lambda/metrics.ts";
import { ImpactAlarm } from "./impact-alarm.ts";
import type { IssueQueue } from "./issue-queue.ts";

export type AlarmsProps = {
  email: string | undefined;
  issues: IssueQueue;
  stateMachines: StateMachine[];
  api: HttpApi;
  sweep: LambdaFunction;
  sync: LambdaFunction;
  /** Where `check-request` logs. */
  checks: LogGroup;
};

const period = Duration.minutes(5);
const { GREATER_THAN_THRESHOLD, GREATER_THAN_OR_EQUAL_TO_THRESHOLD, LESS_THAN_THRESHOLD } =
  ComparisonOperator;

/** The metrics of all machines together; one that has no value at the time counts as 0. */
function sumOf(machines: StateMachine[], names: ("metricFailed" | "metricTimedOut" | "metricThrottled")[]) {
  const metrics = machines.flatMap((machine) => names.map((name) => machine[name]()));
  const named = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  const expression = Object.keys(named)
    .map((name) => `FILL(${name}, 0)`)
    .join(" + ");
  return { expression, usingMetrics: named };
}

/** What wakes somebody, and the topic that it goes to. */
export class Alarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { email, issues, stateMachines, api, sweep, sync, checks }: AlarmsProps,
  ) {
    super(scope, id);
    const { stackName } = Stack.of(this);
    const topic = new Topic(this, "Topic", { topicName: `${stackName}-alarms`, enforceSSL: true });
    topic.addToResourcePolicy(
      new PolicyStatement({
        actions: ["sns:Publish"],
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        resources: [topic.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      }),
    );
    if (email !== undefined) topic.addSubscription(new EmailSubscription(email));

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
    new ImpactAlarm(this, "NeedsOperator", {
      metric: new MathExpression({
        // A run also ends, without a word, when it is a year old: Step Functions' limit.
        ...sumOf(stateMachines, ["metricFailed", "metricTimedOut"]),
        period,
      }),
      comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      impact: "A request stopped half-way; somebody waits for access, or has it for too long.",
      runbook: "A run needs an operator",
      topic,
    });
    new ImpactAlarm(this, "RunsThrottled", {
      metric: new MathExpression({ ...sumOf(stateMachines, ["metricThrottled"]), period }),
      comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 3,
      impact: "Requests take longer because AWS slows their runs down.",
      runbook: "Runs are throttled",
      topic,
    });
    new ImpactAlarm(this, "MoreThanUsual", {
      metric: new MetricFilter(this, "CapsReached", {
        logGroup: checks,
        filterPattern: FilterPattern.all(
          FilterPattern.stringValue("$.rule", "=", "caps"),
          FilterPattern.stringValue("$.did", "=", "next: ask"),
        ),
        metricNamespace: `${metricsNamespace}/${stackName}`,
        metricName: "CapsReached",
      }).metric({ period, statistic: Stats.SUM }),
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
      metric: api.metricServerError({ period, statistic: Stats.SUM }),
      comparison: GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 5,
      impact: "Jira's webhooks are not taken in; Jira tries again, and people wait.",
      runbook: "Webhooks fail",
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
  }
}
