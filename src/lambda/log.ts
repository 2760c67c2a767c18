/** What may be logged: ids and plain words. Whatever is not listed here cannot be. */
export type LogEntry = {
  level: "info" | "warn" | "error";
  function: string;
  requestId?: string;
  issueId?: string;
  did?: string;
  /** Id of the policy's rule that decided. */
  rule?: string;
  noop?: string;
  error?: string;
  message?: string;
  /** Where in the code a bug showed, innermost first. */
  at?: string[];
  operatorHint?: string;
  status?: number;
  milliseconds?: number;
};

/** One line of JSON, which CloudWatch Logs Insights reads as fields. */
export function logLine(entry: LogEntry): string {
  return JSON.stringify(entry);
}
