import { isHandedOver } from "./life.ts";
import type { AnyRequest } from "./request.ts";

export type ResumeDeps = {
  workflow: {
    /** Answers the task token; false when the run no longer waits for it. */
    succeed(token: string, output: { outcome: string }): Promise<boolean>;
  };
};

/**
 * Tells the run that waits what has happened. The run takes nothing else from this than where to look next: each of its
 * tasks reads the request again. No answer is lost when this fails: the token stays on the item, and the next doorbell tries again.
 */
export async function resumeRun({ workflow }: ResumeDeps, request: AnyRequest): Promise<boolean> {
  const outcome = outcomeOf(request);
  if (outcome === undefined || !("token" in request) || request.token === undefined) return false;
  return workflow.succeed(request.token, { outcome });
}

function outcomeOf(request: AnyRequest): string | undefined {
  if (isHandedOver(request)) return undefined;
  switch (request.status) {
    case "checked":
      return "stage approved";
    case "approved":
    case "declined":
    case "withdrawn":
    case "refused":
      return request.status;
    case "ending":
      return request.end.byHand ? "stage approved" : "ended";
    default:
      return undefined;
  }
}
