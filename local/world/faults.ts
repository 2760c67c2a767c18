import { STATUS_CODES } from "node:http";
import type { LocalClock } from "../clock.ts";
import { ConnectionLost, type HttpAnswer, HttpError, type HttpRequest } from "../http.ts";

export type Handler = (request: HttpRequest) => Promise<HttpAnswer> | HttpAnswer;

/** What shall go wrong. A call meets the oldest fault that fits it, and only that one. */
export type Fault = {
  /** Only calls with this method. */
  method?: string;
  /** Only calls whose path, without the query, this finds. */
  path?: RegExp;
  /** How many calls meet it; without this, every call until the fault is removed. */
  times?: number;
  /** Waits first, on the clock. Alone it only makes the call slow. */
  delayMs?: number;
  /** Closes the connection without an answer, `before` or `after` the call had its effect. */
  drop?: "before" | "after";
  /** Answers this in place of handling the call. */
  status?: number;
  headers?: Record<string, string>;
  body?: object | string;
};

export class Faults {
  readonly #clock: LocalClock;
  #faults: Fault[] = [];

  constructor(clock: LocalClock) {
    this.#clock = clock;
  }

  /** Returns what takes the fault away again. */
  add(fault: Fault): () => void {
    const pending = { ...fault };
    this.#faults.push(pending);
    return () => this.#remove(pending);
  }

  /** The faults still to come; `times` counts down. */
  list(): Fault[] {
    return this.#faults.map((fault) => ({ ...fault }));
  }

  clear(): void {
    this.#faults = [];
  }

  around(handle: Handler): Handler {
    return async (request) => {
      const fault = this.#take(request);
      if (!fault) return handle(request);
      if (fault.delayMs) await this.#clock.sleep(fault.delayMs);
      if (fault.drop === "before") throw new ConnectionLost();
      if (fault.status !== undefined) {
        const body = fault.body ?? { message: STATUS_CODES[fault.status] ?? "Error" };
        throw new HttpError(fault.status, body, fault.headers);
      }
      const answer = await handle(request);
      if (fault.drop === "after") throw new ConnectionLost();
      return answer;
    };
  }

  #take(request: HttpRequest): Fault | undefined {
    const fault = this.#faults.find(
      ({ method, path }) =>
        (method === undefined || method === request.method) &&
        (path === undefined || request.path.search(path) >= 0),
    );
    if (fault?.times !== undefined && --fault.times <= 0) this.#remove(fault);
    return fault;
  }

  #remove(fault: Fault): void {
    this.#faults = this.#faults.filter((other) => other !== fault);
  }
}

/** One call as it came in and was answered. Bodies are parsed when they are JSON, and absent when empty. */
export type LoggedCall = {
  at: number;
  method: string;
  path: string;
  /** A parameter that came several times is joined with commas. */
  query: Record<string, string>;
  /** Who called, in the words of the simulated system; absent when nobody it knows. */
  by?: string;
  request?: unknown;
  /** Absent while the call is handled, and when the connection was lost. */
  status?: number;
  answer?: unknown;
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

  around(handle: Handler): Handler {
    return async (request) => {
      const call = this.#begin(request);
      const end = (answer: HttpAnswer) => {
        call.status = answer.status;
        if (answer.body !== undefined) call.answer = readable(answer.body);
      };
      try {
        const answer = await handle(request);
        end(answer);
        return answer;
      } catch (error) {
        if (error instanceof HttpError) end(error.answer);
        else if (!(error instanceof ConnectionLost)) end({ status: 500 });
        throw error;
      }
    };
  }

  #begin(request: HttpRequest): LoggedCall {
    const by = this.#caller(request);
    const query: Record<string, string> = {};
    for (const name of request.query.keys()) query[name] = request.query.getAll(name).join(",");
    const call: LoggedCall = {
      at: this.#clock.now(),
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
