import * as v from "valibot";

const LambdaError = v.object({ errorMessage: v.string() });

/** What an error's `Cause` says, which is often JSON of Lambda's making. */
export function messageIn(cause: string): string {
  try {
    return v.parse(LambdaError, JSON.parse(cause)).errorMessage;
  } catch {
    return cause.slice(0, 500);
  }
}
