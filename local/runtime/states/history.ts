/** An event of an execution's history before it has a number. `details` is what AWS puts under `…EventDetails`. */
export type EventDraft = {
  type: string;
  details?: Record<string, unknown>;
  /** True for an event that the next one does not follow from: AWS lets both name the same predecessor. */
  aside?: boolean;
};

/** An event as GetExecutionHistory gives it; `timestamp` in seconds since 1970. */
export type HistoryEvent = { id: number; previousEventId: number; timestamp: number; type: string } & Record<
  string,
  unknown
>;

/** The most events that AWS keeps of one execution; it fails with the next one. */
export const longestHistory = 25_000;

export function historyEvent(
  draft: EventDraft,
  at: { id: number; previousEventId: number; now: number },
): HistoryEvent {
  return {
    timestamp: at.now / 1000,
    type: draft.type,
    id: at.id,
    previousEventId: at.previousEventId,
    ...(draft.details ? { [detailsKey(draft.type)]: draft.details } : {}),
  };
}

function detailsKey(type: string): string {
  if (type.endsWith("StateEntered")) return "stateEnteredEventDetails";
  if (type.endsWith("StateExited")) return "stateExitedEventDetails";
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
}

const executionData = new Set(["input", "output", "parameters", "assignedVariables"]);

/** The event as GetExecutionHistory gives it without execution data. */
export function withoutData(event: HistoryEvent): HistoryEvent {
  const bare: HistoryEvent = { ...event };
  for (const [key, details] of Object.entries(event))
    if (typeof details === "object" && details !== null)
      bare[key] = Object.fromEntries(Object.entries(details).filter(([name]) => !executionData.has(name)));
  return bare;
}

const whole = { truncated: false };

export function stateEntered(type: string, name: string, input: unknown): EventDraft {
  return {
    type: `${type}StateEntered`,
    details: { name, input: JSON.stringify(input), inputDetails: whole },
  };
}

export function stateExited(
  type: string,
  name: string,
  output: unknown,
  assigned: Record<string, unknown> | undefined,
): EventDraft {
  return {
    type: `${type}StateExited`,
    details: {
      name,
      output: JSON.stringify(output),
      outputDetails: whole,
      ...(assigned
        ? {
            assignedVariables: Object.fromEntries(
              Object.entries(assigned).map(([key, value]) => [key, JSON.stringify(value)]),
            ),
            assignedVariablesDetails: whole,
          }
        : {}),
    },
  };
}

export function executionStarted(
  { input, aliasArn, versionArn }: { input: string; aliasArn?: string; versionArn?: string },
  roleArn: string,
): EventDraft {
  return {
    type: "ExecutionStarted",
    details: {
      input,
      inputDetails: whole,
      roleArn,
      ...(aliasArn === undefined ? {} : { stateMachineAliasArn: aliasArn }),
      ...(versionArn === undefined ? {} : { stateMachineVersionArn: versionArn }),
    },
  };
}

export function executionSucceeded(output: string): EventDraft {
  return { type: "ExecutionSucceeded", details: { output, outputDetails: whole } };
}

export function errorDetails(failure: {
  error?: string | undefined;
  cause?: string | undefined;
}): Record<string, string> {
  return {
    ...(failure.error === undefined ? {} : { error: failure.error }),
    ...(failure.cause === undefined ? {} : { cause: failure.cause }),
  };
}
