import type { Clock } from "../clock.ts";
import { InconsistentError, type SetupError, type UpstreamError } from "../errors.ts";
import { type Incoming, NoAnswerError, type Outgoing, send } from "./send.ts";

export type Call = {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below the client's base URL; whatever comes from outside in it is encoded by `path`. */
  path: string;
  query?: Record<string, string>;
  body?: object;
  /** Statuses that the caller understands, besides 2xx. */
  accept?: number[];
  /** Whether sending it twice does no more than sending it once. GET always is. */
  repeatable?: boolean;
};

/** What lets a call in. `renew`: says whether there is another, now that this one was refused. */
export type Pass = { headers: Record<string, string>; renew(): Promise<boolean> };

/** How one system is reached, and how its failures are called. */
export type System = {
  baseUrl: string;
  pass(): Promise<Pass>;
  /** Waits for the system's pace; called before each try. */
  turn?(): Promise<void>;
  /** Told when the system says that it was asked too much. */
  tooMuch?(): Promise<void>;
  unavailable(what: string, options: { cause?: unknown; mayHaveHappened: boolean }): UpstreamError;
  refused(what: string, status: number): SetupError;
  clock: Clock;
};

/** Tries and seconds that a call may take before it is handed back to whoever retries runs. */
const tries = 4;
const patience = 15_000;
/** The key that was kept, the one that is current, the one before, and no more: who tries too often is locked out. */
const passes = 3;

/**
 * Calls one system, with its credentials, at its pace.
 *
 * Answers 429 are waited out; 5xx and lost answers only where repeating is harmless. When the other system asks for more
 * patience than a function has, the call fails as unavailable, and the state machine tries again later.
 *
 * A refused key is replaced by another one. When all are refused, a new one may be on its way: the call fails as unavailable.
 *
 * @throws UpstreamError when the system did not do its part, or takes no key
 * @throws SetupError when it refused the call
 */
export class HttpClient {
  readonly #system: System;

  constructor(system: System) {
    this.#system = system;
  }

  async call(call: Call): Promise<Incoming> {
    const { clock } = this.#system;
    const what = `${call.method} ${call.path}`;
    const started = clock.now();
    let passed = 0;
    for (let attempt = 1; ; attempt++) {
      const { outcome, pass } = await this.#attempt(call);
      if (outcome instanceof NoAnswerError) {
        const harmless = call.method === "GET" || call.repeatable === true || !outcome.mayHaveHappened;
        const wait = backoff(attempt);
        if (!harmless || attempt === tries || clock.now() + wait - started > patience)
          throw this.#system.unavailable(`${what}: ${outcome.message}`, {
            cause: outcome,
            mayHaveHappened: outcome.mayHaveHappened,
          });
        await clock.sleep(wait);
        continue;
      }
      const { status } = outcome;
      if ((status >= 200 && status < 300) || call.accept?.includes(status)) return outcome;
      if (status === 401) {
        if (++passed < passes && (await pass.renew())) continue;
        throw this.#system.unavailable(`${what}: HTTP 401, no key is accepted`, { mayHaveHappened: false });
      }
      if (status === 429) await this.#system.tooMuch?.();
      if (!isPassing(status)) throw this.#system.refused(what, status);
      const harmless = call.method === "GET" || call.repeatable === true || status === 429;
      const wait = waitAskedFor(outcome, clock.now()) ?? backoff(attempt);
      if (!harmless || attempt === tries || clock.now() + wait - started > patience)
        throw this.#system.unavailable(`${what}: HTTP ${status}`, { mayHaveHappened: status !== 429 });
      await clock.sleep(wait);
    }
  }

  async #attempt(call: Call): Promise<{ outcome: Incoming | NoAnswerError; pass: Pass }> {
    await this.#system.turn?.();
    const pass = await this.#system.pass();
    const url = new URL(this.#system.baseUrl + call.path);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
    const outgoing: Outgoing = {
      method: call.method,
      url: url.href,
      headers: {
        accept: "application/json",
        "user-agent": "latchkey",
        ...(call.body ? { "content-type": "application/json" } : {}),
        ...pass.headers,
      },
      ...(call.body ? { body: JSON.stringify(call.body) } : {}),
    };
    try {
      return { outcome: await send(outgoing), pass };
    } catch (error) {
      if (error instanceof NoAnswerError) return { outcome: error, pass };
      throw error;
    }
  }
}

/**
 * A path from fixed text and ids; what is put in cannot leave its place.
 *
 * @throws InconsistentError for what is no id: among them what URLs have no way to write as one part: nothing, `.` and `..`
 */
export function path(strings: TemplateStringsArray, ...ids: string[]): string {
  return strings.reduce((text, fixed, index) => text + part(ids[index - 1] ?? "") + fixed);
}

function part(id: string): string {
  if (/^\.{0,2}$/.test(id) || id.length > 255 || !id.isWellFormed())
    throw new InconsistentError("A call needs an id.");
  return encodeURIComponent(id);
}

/** 408, 409, 425, 429 and 5xx say: perhaps later. */
function isPassing(status: number): boolean {
  return [408, 409, 425, 429].includes(status) || status >= 500;
}

/** 1, 2, 4 seconds, with full jitter from half of it on. */
function backoff(attempt: number): number {
  return 1_000 * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
}

/** Milliseconds that the answer asks to wait; Jira's gateway was seen to give the time of the reset only. */
function waitAskedFor({ headers }: Incoming, now: number): number | undefined {
  const after = Number(headers.get("retry-after") ?? Number.NaN);
  if (after >= 0) return after * 1_000;
  const reset = Date.parse(headers.get("x-ratelimit-reset") ?? "");
  return reset > now ? reset - now : undefined;
}
