import { Duration, Stack } from "aws-cdk-lib";
import { ComparisonOperator, Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import { FilterPattern, type LogGroup, MetricFilter } from "aws-cdk-lib/aws-logs";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import { metricsNamespace } from "../../src/lambda/metrics.ts";
import { ImpactAlarm } from "./impact-alarm.ts";

/** What Latchkey did not raise on purpose, and what it raises when it does not understand its own data. */
const bugs = FilterPattern.all(
  FilterPattern.stringValue("$.level", "=", "error"),
  FilterPattern.any(
    FilterPattern.stringValue("$.error", "=", "InconsistentError"),
    // The log of an error that is not Latchkey's own has its name and nothing else.
    FilterPattern.notExists("$.message"),
  ),
);

/** What Lambda itself writes of a function that did not start, did not end or was ended. */
const crashes = FilterPattern.anyTerm(
  "Uncaught Exception",
  "Unhandled Promise Rejection",
  "Task timed out",
  "Runtime exited",
);

/**
 * Rings for what no healthy version does. Lambda's own metric of errors cannot tell: a refused request is an error there too.
 */
export class FaultsAlarm extends ImpactAlarm {
  readonly #faults: { metricNamespace: string; metricName: string };

  constructor(scope: Construct, id: string, topic: ITopic) {
    const namespace = `${metricsNamespace}/${Stack.of(scope).stackName}`;
    const metricName = "Faults";
    super(scope, id, {
      metric: new Metric({ namespace, metricName, statistic: Stats.SUM, period: Duration.minutes(1) }),
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      impact:
        "Latchkey fails in a way that was not foreseen; a version that is just taking over is taken back.",
      runbook: "A version fails",
      topic,
    });
    this.#faults = { metricNamespace: namespace, metricName };
  }

  /** Counts what goes wrong in a function whose log this is. */
  watch(scope: Construct, logGroup: LogGroup): void {
    new MetricFilter(scope, "Bugs", { logGroup, filterPattern: bugs, ...this.#faults });
    new MetricFilter(scope, "Crashes", { logGroup, filterPattern: crashes, ...this.#faults });
  }
}
