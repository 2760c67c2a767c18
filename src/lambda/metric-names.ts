/** The metrics that functions write and alarms watch. */
export const metricsNamespace = "Latchkey";

export const metricNames = {
  /** Requests that nobody had looked after for too long. */
  due: "DueRequests",
  /** Tickets that changed without a webhook that reached us. */
  missed: "MissedWebhooks",
  /** Grants whose end is over. */
  overdue: "OverdueGrants",
  /** How long the most overdue grant is overdue, in seconds. */
  lateness: "LatenessSeconds",
};
