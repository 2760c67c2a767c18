/** The metrics that functions write and alarms watch. */
export const metricsNamespace = "Latchkey";

export const metricNames = {
  /** Requests that nobody had looked after for too long. */
  due: "DueRequests",
  /** Tickets that changed without a webhook that reached us. */
  missed: "MissedWebhooks",
  /** Grants whose end is over. */
  overdue: "OverdueGrants",
  /** How long the most overdue grant is overdue. */
  latenessSeconds: "LatenessSeconds",
  /** Entitlements that cannot be requested because something that they need is not there. */
  closed: "ClosedEntitlements",
} as const;

/**
 * Metrics as one line of CloudWatch's embedded metric format, which CloudWatch takes out of the log by itself:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @param service the stack's name, by which the metrics of several stacks are told apart
 */
export function metricsLine(
  service: string,
  at: number,
  values: Partial<Record<keyof typeof metricNames, number>>,
): string {
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
