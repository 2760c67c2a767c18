import { basename } from "node:path";
import type { LocalClock } from "../../local/clock.ts";
import { errorAnswer, FunctionError } from "../../local/runtime/functions/function-error.ts";
import type { FunctionHost } from "../../local/runtime/functions/function-pool.ts";
import type { Platform } from "../../src/lambda/platform.ts";

type Invocable = (event: unknown, context: unknown) => Promise<unknown>;

type Interruption = { name: string; happening: () => Promise<unknown> };

export type Failure = {
  function: string;
  error: string;
  times: number;
  /** Only invocations with such a payload. */
  when?: (payload: unknown) => boolean;
  /** The function does its work first, and only its answer is lost. */
  after?: boolean;
};

function failed({ error }: Pick<Failure, "error">): Error {
  return Object.assign(new Error(`${error}, for a test`), { name: error });
}

/**
 * Runs the functions of `functions/` in this process, on the given clock: the same handlers as in Lambda, so that a story
 * of days takes a moment. Warm, as Lambda's are: what a handler keeps in memory is there at its next event.
 */
export class InProcessHost implements FunctionHost {
  readonly #clock: LocalClock;
  readonly #warm = new Map<string, Invocable>();
  #running: { name: string; die: (reason: Error) => void }[] = [];
  #failures: Failure[] = [];
  #interruptions: Interruption[] = [];
  /** Functions that are not run: their work is not what the story is about. */
  readonly idle = new Set<string>();
  /** What another version of a function answers, made from what this one does. */
  readonly answers = new Map<string, (answer: unknown) => unknown>();
  /** Variables that win over those of every function; they count from its next start on. */
  readonly environment: Record<string, string> = {};
  /** Every line that a function wrote. */
  readonly lines: string[] = [];
  /** What was invoked, oldest first, with how it ended. */
  readonly invocations: { name: string; payload: unknown; error?: string; answer?: unknown }[] = [];

  constructor(clock: LocalClock) {
    this.#clock = clock;
  }

  async invoke({ function: definition, payload }: Parameters<FunctionHost["invoke"]>[0]): Promise<unknown> {
    const name = basename(definition.name).replace(/^latchkey-[a-z]+-/, "");
    const invocation: (typeof this.invocations)[number] = { name, payload };
    this.invocations.push(invocation);
    if (this.idle.has(name)) return null;
    await this.#interrupt(name);
    const failure = this.#failures.find((one) => one.function === name && (one.when?.(payload) ?? true));
    if (failure && --failure.times === 0) this.#failures = this.#failures.filter((one) => one !== failure);
    try {
      if (failure && !failure.after) throw failed(failure);
      const handler = await this.#handler(name, definition.environment);
      const own = await this.#mortal(name, handler(structuredClone(payload), {}));
      const answer = this.answers.get(name)?.(own) ?? own;
      if (failure) throw failed(failure);
      invocation.answer = answer;
      return answer === undefined ? null : JSON.parse(JSON.stringify(answer));
    } catch (error) {
      const answer = errorAnswer(error);
      invocation.error = answer.errorType;
      invocation.answer = answer;
      throw new FunctionError(answer);
    }
  }

  /** Makes the next invocations that fit fail with an error of that name, before the function does anything, or after. */
  fail(failure: Failure): void {
    this.#failures.push({ ...failure });
  }

  /** Lets something happen just before the function's next invocation. */
  before(name: string, happening: () => Promise<unknown>): void {
    this.#interruptions.push({ name, happening });
  }

  async #interrupt(name: string): Promise<void> {
    const due = this.#interruptions.filter((one) => one.name === name);
    this.#interruptions = this.#interruptions.filter((one) => one.name !== name);
    for (const { happening } of due) await happening();
  }

  async #mortal(name: string, work: Promise<unknown>): Promise<unknown> {
    const death = Promise.withResolvers<never>();
    const life = { name, die: death.reject };
    this.#running.push(life);
    return Promise.race([work, death.promise]).finally(() => {
      this.#running = this.#running.filter((one) => one !== life);
    });
  }

  /** Cold again: nothing is in memory any more. */
  forget(): void {
    this.#warm.clear();
  }

  /**
   * The process that works on the function's latest invocation dies: whoever invoked it learns that, and not what came of it. A
   * call that never answers must keep what is left of it from going on.
   */
  kill(name: string): void {
    this.#warm.delete(name);
    this.#running.findLast((one) => one.name === name)?.die(failed({ error: "Lambda.Unknown" }));
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
      environment: { ...environment, ...this.environment },
      write: (line) => this.lines.push(line),
    };
    const module: { on(platform: Platform): Invocable } = await import(`../../functions/${name}.ts`);
    const handler = module.on(platform);
    this.#warm.set(name, handler);
    return handler;
  }
}
