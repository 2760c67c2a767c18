import { basename } from "node:path";
import type { LocalClock } from "../../local/clock.ts";
import { errorAnswer, FunctionError } from "../../local/runtime/functions/function-error.ts";
import type { FunctionHost } from "../../local/runtime/functions/function-pool.ts";
import type { Platform } from "../../src/lambda/platform.ts";

type Invocable = (event: unknown, context: unknown) => Promise<unknown>;

/**
 * Runs the functions of `functions/` in this process, on the given clock: the same handlers as in Lambda, so that a story
 * of days takes a moment. Warm, as Lambda's are: what a handler keeps in memory is there at its next event.
 */
export class InProcessHost implements FunctionHost {
  readonly #clock: LocalClock;
  readonly #warm = new Map<string, Invocable>();
  /** Every line that a function wrote. */
  readonly lines: string[] = [];
  /** What was invoked, oldest first, with how it ended. */
  readonly invocations: { name: string; payload: unknown; error?: string }[] = [];

  constructor(clock: LocalClock) {
    this.#clock = clock;
  }

  async invoke({ function: definition, payload }: Parameters<FunctionHost["invoke"]>[0]): Promise<unknown> {
    const name = basename(definition.name).replace(/^latchkey-[a-z]+-/, "");
    const invocation: (typeof this.invocations)[number] = { name, payload };
    this.invocations.push(invocation);
    try {
      const handler = await this.#handler(name, definition.environment);
      const answer = await handler(structuredClone(payload), {});
      return answer === undefined ? null : JSON.parse(JSON.stringify(answer));
    } catch (error) {
      const answer = errorAnswer(error);
      invocation.error = answer.errorType;
      throw new FunctionError(answer);
    }
  }

  /** Cold again: nothing is in memory any more. */
  forget(): void {
    this.#warm.clear();
  }

  async stop(): Promise<void> {}

  async #handler(name: string, environment: Record<string, string>): Promise<Invocable> {
    const known = this.#warm.get(name);
    if (known) return known;
    const platform: Platform = {
      clock: {
        now: () => this.#clock.now(),
        sleep: (milliseconds) => this.#clock.sleep(milliseconds),
      },
      environment,
      write: (line) => this.lines.push(line),
    };
    const module: { on(platform: Platform): Invocable } = await import(`../../functions/${name}.ts`);
    const handler = module.on(platform);
    this.#warm.set(name, handler);
    return handler;
  }
}
