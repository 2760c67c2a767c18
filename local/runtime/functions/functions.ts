import { AwsError } from "../endpoint/aws-error.ts";
import type { FunctionDefinition } from "./function-definition.ts";
import { errorAnswer, FunctionError } from "./function-error.ts";
import type { FunctionHost } from "./function-pool.ts";

/** Lambda's limit for payloads and answers. */
const maximumBytes = 6 * 1024 * 1024;

/** The stack's functions by name or ARN, run by a host. */
export class Functions {
  readonly #host: FunctionHost;
  readonly #definitions: Map<string, FunctionDefinition>;

  constructor(definitions: FunctionDefinition[], host: FunctionHost) {
    this.#host = host;
    this.#definitions = new Map(definitions.map((definition) => [definition.name, definition]));
  }

  /** By name or ARN, also with a version or alias. Throws ResourceNotFoundException. */
  find(id: string): FunctionDefinition {
    const definition = this.#find(id);
    if (!definition) throw new AwsError("ResourceNotFoundException", `Function not found: ${id}`);
    return definition;
  }

  has(id: string): boolean {
    return this.#find(id) !== undefined;
  }

  #find(id: string): FunctionDefinition | undefined {
    const [name = "", qualifier = "$LATEST"] = partsOf(id);
    const definition = this.#definitions.get(name);
    return ["$LATEST", ...(definition?.qualifiers ?? [])].includes(qualifier) ? definition : undefined;
  }

  /**
   * Runs a function and waits for its answer. Rejects with `FunctionError`, or with `AwsError` when it cannot run.
   * Whoever calls has announced work to the clock, once: a handler in this process that sleeps on the clock takes that back.
   */
  async invoke(definition: FunctionDefinition, payload: unknown, signal?: AbortSignal): Promise<unknown> {
    if (definition.concurrency === 0) throw new AwsError("TooManyRequestsException", "Rate Exceeded.");
    const sent = asJson(payload);
    if (Buffer.byteLength(sent) > maximumBytes)
      throw new AwsError(
        "RequestTooLargeException",
        `Request must be smaller than ${maximumBytes} bytes for the InvokeFunction operation`,
      );
    try {
      const answer = asJson(
        await this.#host.invoke({ function: definition, payload: JSON.parse(sent), signal }),
      );
      if (Buffer.byteLength(answer) > maximumBytes)
        throw new FunctionError({
          errorType: "Function.ResponseSizeTooLarge",
          errorMessage: `Response payload size exceeded maximum allowed payload size (${maximumBytes} bytes).`,
        });
      const received: unknown = JSON.parse(answer);
      return received;
    } catch (error) {
      if (error instanceof FunctionError || signal?.aborted) throw error;
      throw new FunctionError(errorAnswer(error));
    }
  }

  stop(): Promise<void> {
    return this.#host.stop();
  }
}

/** A function's name, and the version or alias if the name or ARN has one. */
export function partsOf(id: string): string[] {
  return id.replace(/^.*:function:/, "").split(":");
}

function asJson(value: unknown): string {
  return JSON.stringify(value) ?? "null";
}
