/** What may be logged: ids and plain words. Whatever is not listed here cannot be. */
export type LogEntry = {
  level: "info" | "warn" | "error";
  function: string;
  requestId?: string;
  issueId?: string;
  did?: string;
  noop?: string;
  error?: string;
  message?: string;
  operatorHint?: string;
  status?: number;
  milliseconds?: number;
};

/** One line of JSON to stdout, which CloudWatch Logs Insights reads as fields. */
export function log(entry: LogEntry): void {
  process.stdout.write(`${JSON.stringify(entry)}\n`);
}
