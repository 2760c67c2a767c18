import type { LocalClock } from "../clock.ts";
import { answerOf, ConnectionLost, type Handler, type HttpAnswer, type HttpRequest } from "../http.ts";

/** One call as it came in and was answered. Bodies are parsed when they are JSON, and absent when empty. */
export type LoggedCall = {
  at: number;
  /** Which of its addresses was called, of a system that has several. */
  host?: string;
  method: string;
  path: string;
  /** A parameter that came several times is joined with commas. */
  query: Record<string, string>;
  /** Who called, in the words of the simulated system; absent when nobody it knows. */
  by?: string;
  request?: unknown;
  /** What the call came to; absent while it is handled, and when the connection was lost before it had any effect. */
  status?: number;
  answer?: unknown;
  /** Whether the caller never got the answer. */
  lost?: true;
};

/** The latest calls, oldest first, those that met a fault included. */
export class CallLog {
  readonly #clock: LocalClock;
  readonly #caller: (request: HttpRequest) => string | undefined;
  readonly #keep: number;
  #calls: LoggedCall[] = [];

  constructor(options: {
    clock: LocalClock;
    caller: (request: HttpRequest) => string | undefined;
    keep?: number;
  }) {
    this.#clock = options.clock;
    this.#caller = options.caller;
    this.#keep = options.keep ?? 10_000;
  }

  all(): LoggedCall[] {
    return [...this.#calls];
  }

  /** The calls with this method whose path this finds. */
  of(method: string, path: RegExp): LoggedCall[] {
    return this.#calls.filter((call) => call.method === method && call.path.search(path) >= 0);
  }

  clear(): void {
    this.#calls = [];
  }

  around(handle: Handler, host?: string): Handler {
    return async (request) => {
      const call = this.#begin(request, host);
      const end = (answer: HttpAnswer) => {
        call.status = answer.status;
        const content = answer.body === undefined ? undefined : readable(answer.body);
        if (content !== undefined) call.answer = content;
      };
      try {
        const answer = await answerOf(handle, request);
        end(answer);
        return answer;
      } catch (error) {
        if (error instanceof ConnectionLost) {
          call.lost = true;
          if (error.answer) end(error.answer);
        } else end({ status: 500 });
        throw error;
      }
    };
  }

  #begin(request: HttpRequest, host?: string): LoggedCall {
    const by = this.#caller(request);
    const query: Record<string, string> = {};
    for (const name of request.query.keys()) query[name] = request.query.getAll(name).join(",");
    const call: LoggedCall = {
      at: this.#clock.now(),
      ...(host === undefined ? {} : { host }),
      method: request.method,
      path: request.path,
      query,
      ...(by === undefined ? {} : { by }),
      ...(request.body.length === 0 ? {} : { request: readable(request.body) }),
    };
    this.#calls.push(call);
    if (this.#calls.length > this.#keep) this.#calls.shift();
    return call;
  }
}

/** The body as the other side reads it, so that the log does not change when the simulation's records do. */
function readable(body: object | string | Buffer): unknown {
  const text = typeof body === "string" || Buffer.isBuffer(body) ? body.toString() : JSON.stringify(body);
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch {
    return text === "" ? undefined : text;
  }
}
