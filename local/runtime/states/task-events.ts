import type { StateFailure } from "./failure.ts";
import { type EventDraft, errorDetails } from "./history.ts";
import type { Resource } from "./resource.ts";

type Story = {
  scheduled(args: unknown, region: string, seconds: Seconds): EventDraft[];
  submitted(output: string): EventDraft;
  succeeded(output: string): EventDraft;
  failed(failure: StateFailure): EventDraft;
  timedOut(failure: StateFailure): EventDraft;
};

type Seconds = { timeout: number | undefined; heartbeat: number | undefined };

/** What the history says of an attempt. AWS has events of their own for plain functions. */
export function storyOf(resource: Resource): Story {
  return resource.kind === "function" ? storyOfFunction(resource.functionArn) : storyOfService(resource);
}

const whole = { truncated: false };

function storyOfFunction(functionArn: string): Story {
  const succeeded = (output: string) => ({
    type: "LambdaFunctionSucceeded",
    details: { output, outputDetails: whole },
  });
  return {
    scheduled: (args, _region, { timeout: seconds }) => [
      {
        type: "LambdaFunctionScheduled",
        details: {
          resource: functionArn,
          input: JSON.stringify(args),
          inputDetails: whole,
          ...(seconds === undefined ? {} : { timeoutInSeconds: seconds }),
        },
      },
      { type: "LambdaFunctionStarted" },
    ],
    submitted: succeeded,
    succeeded,
    failed: (failure) => ({ type: "LambdaFunctionFailed", details: errorDetails(failure) }),
    timedOut: (failure) => ({ type: "LambdaFunctionTimedOut", details: errorDetails(failure) }),
  };
}

function storyOfService(service: Exclude<Resource, { kind: "function" }>): Story {
  const suffix = service.pattern === "requestResponse" ? "" : `.${service.pattern}`;
  const what = {
    resource: `${service.action}${suffix}`,
    resourceType: service.kind === "sdk" ? `aws-sdk:${service.service}` : service.service,
  };
  const withOutput = (type: string) => (output: string) => ({
    type,
    details: { ...what, output, outputDetails: whole },
  });
  return {
    scheduled: (args, region, { timeout: seconds, heartbeat }) => [
      {
        type: "TaskScheduled",
        details: {
          ...what,
          region,
          parameters: JSON.stringify(args),
          ...(seconds === undefined ? {} : { timeoutInSeconds: seconds }),
          ...(heartbeat === undefined ? {} : { heartbeatInSeconds: heartbeat }),
        },
      },
      { type: "TaskStarted", details: what },
    ],
    submitted: withOutput("TaskSubmitted"),
    succeeded: withOutput("TaskSucceeded"),
    failed: (failure) => ({ type: "TaskFailed", details: { ...what, ...errorDetails(failure) } }),
    timedOut: (failure) => ({ type: "TaskTimedOut", details: { ...what, ...errorDetails(failure) } }),
  };
}
