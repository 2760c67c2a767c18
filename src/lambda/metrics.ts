import type { Platform } from "./platform.ts";

/** The metrics that functions write and alarms watch. */
export const metricsNamespace = "Latchkey";

export const metricNames = {
  /** Tickets that changed without a webhook that reached us. */
  missed: "MissedWebhooks",
  /** How long the most overdue grant is overdue. */
  latenessSeconds: "LatenessSeconds",
  /** How long that request stands still which has done so longest, although it is not people's turn. */
  standstillSeconds: "StandstillSeconds",
  /** Latchkey's own requests that are not done in time. */
  late: "LateSyntheticRequests",
  /** Entitlements that cannot be requested because something that they need is not there. */
  closed: "ClosedEntitlements",
  /** How long ago the oldest of the keys was put into its secret. */
  keyAgeDays: "KeyAgeDays",
  /** How long what was written to the audit trails has not been anchored. */
  hoursSinceAnchor: "HoursSinceAnchor",
} as const;

type Values = Partial<Record<keyof typeof metricNames, number>>;

/**
 * Writes those that are not 0: CloudWatch bills a metric for the hours in which it has a value, and the alarms take none for
 * all being well.
 */
export function writeTrouble({ clock, write }: Platform, service: string, values: Values): void {
  const troubles = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== 0));
  if (Object.keys(troubles).length > 0) write(metricsLine(service, clock.now(), troubles));
}

/** Writes the values, whatever they are: for those whose silence is an alarm. */
export function writeMetrics({ clock, write }: Platform, service: string, values: Values): void {
  write(metricsLine(service, clock.now(), values));
}

/**
 * Metrics as one line of CloudWatch's embedded metric format, which CloudWatch takes out of the log by itself:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param service the stack's name, by which the metrics of several stacks are told apart
 */
function metricsLine(service: string, at: number, values: Values): string {
  const named = Object.entries(metricNames).flatMap(([key, name]) =>
    Object.entries(values).flatMap(([other, value]) => (other === key ? [{ name, value }] : [])),
  );
  return JSON.stringify({
    _aws: {
      Timestamp: at,
      CloudWatchMetrics: [
        {
          Namespace: metricsNamespace,
          Dimensions: [["service"]],
          Metrics: named.map(({ name }) => ({
            Name: name,
            Unit: name.endsWith("Seconds") ? "Seconds" : "Count",
          })),
        },
      ],
    },
    service,
    ...Object.fromEntries(named.map(({ name, value }) => [name, value])),
  });
}
