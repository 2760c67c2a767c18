/** What the engine asks of the runtime that it lives in. Calls are made as the machine's role, which the host checks. */
export type Host = {
  /** Invokes a Lambda function. Rejects with `TaskFailure`. An aborted signal means that nobody waits for the answer any more. */
  invokeFunction(call: {
    functionArn: string;
    payload: unknown;
    roleArn: string;
    signal: AbortSignal;
  }): Promise<unknown>;
  /**
   * One AWS API call; names and shapes as in the service's JSON protocol (`PutItem`, and camelCase members for `sfn`).
   * Rejects with an error whose `name` is the wire's error code.
   */
  call(call: {
    service: CalledService;
    operation: string;
    input: unknown;
    roleArn: string;
  }): Promise<unknown>;
};

export type CalledService = "dynamodb" | "sqs" | "secretsmanager" | "sfn";

/** Why an invoked function failed: `error` is what the graph retries and catches by, `cause` is JSON text or a sentence. */
export class TaskFailure extends Error {
  override readonly name = "TaskFailure";
  readonly error: string;
  override readonly cause: string;

  constructor(error: string, cause: string) {
    super(`${error}: ${cause}`);
    this.error = error;
    this.cause = cause;
  }
}
