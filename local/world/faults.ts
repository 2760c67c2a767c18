import { STATUS_CODES } from "node:http";
import * as v from "valibot";
import type { LocalClock } from "../clock.ts";
import { answerOf, ConnectionLost, type Handler, type HttpAnswer, type HttpRequest } from "../http.ts";
import { notNegative, positive, record, strictObject, wholeNumber } from "../json-schemas.ts";

/** Faults that are still to come. */
export class FaultList<Fault extends { times?: number }> {
  #faults: Fault[] = [];

  /** Returns what takes the fault away again. */
  add(fault: Fault): () => void {
    const pending = { ...fault };
    this.#faults.push(pending);
    return () => this.#remove(pending);
  }

  /** Oldest first; `times` counts down. */
  list(): Fault[] {
    return this.#faults.map((fault) => ({ ...fault }));
  }

  clear(): void {
    this.#faults = [];
  }

  /** The oldest fault that fits; one that has been met `times` often is used up. */
  protected take(fits: (fault: Fault) => boolean): Fault | undefined {
    const fault = this.#faults.find(fits);
    if (fault?.times !== undefined && --fault.times <= 0) this.#remove(fault);
    return fault;
  }

  #remove(fault: Fault): void {
    this.#faults = this.#faults.filter((other) => other !== fault);
  }
}

const pattern = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return new RegExp(dataset.value);
    } catch (error) {
      addIssue({ message: String(error) });
      return NEVER;
    }
  }),
);

export const faultSchema = strictObject({
  /** Only calls with this method. */
  method: v.exactOptional(v.string()),
  /** Only calls whose path, without the query, this finds. */
  path: v.exactOptional(pattern),
  /** How many calls meet it; without this, every call until the fault is removed. */
  times: v.exactOptional(positive),
  /** Waits first, on the clock. Alone it only makes the call slow. */
  delayMs: v.exactOptional(notNegative),
  /** Closes the connection without an answer, `before` or `after` the call had its effect. */
  drop: v.exactOptional(v.picklist(["before", "after"])),
  /** Answers this in place of handling the call, which then has no effect. */
  status: v.exactOptional(v.pipe(wholeNumber, v.minValue(200), v.maxValue(599))),
  headers: v.exactOptional(record(v.string())),
  /** Without it, an error has its status' name as `message`. */
  body: v.exactOptional(v.union([v.string(), record(v.unknown()), v.array(v.unknown())])),
});

/** What shall go wrong. A call meets the oldest fault that fits it, and only that one. */
export type Fault = v.InferOutput<typeof faultSchema>;

/** The faults of a simulated system's calls. */
export class Faults extends FaultList<Fault> {
  readonly #clock: LocalClock;
  readonly #closing = new AbortController();

  constructor(clock: LocalClock) {
    super();
    this.#clock = clock;
  }

  around(handle: Handler): Handler {
    return async (request) => {
      const fault = this.take((one) => fits(one, request));
      if (fault?.delayMs) await this.#clock.sleep(fault.delayMs, this.#closing.signal);
      if (fault?.drop === "before" || this.#closing.signal.aborted) throw new ConnectionLost();
      const answer =
        fault?.status === undefined ? await answerOf(handle, request) : instead(fault.status, fault);
      if (fault?.drop === "after") throw new ConnectionLost(answer);
      return answer;
    };
  }

  /** From now on calls are lost without an effect, those that wait at this moment too. */
  close(): void {
    this.#closing.abort();
  }
}

function fits({ method, path }: Fault, request: HttpRequest): boolean {
  return (
    (method === undefined || method.toUpperCase() === request.method) &&
    (path === undefined || request.path.search(path) >= 0)
  );
}

function instead(status: number, { headers, body }: Fault): HttpAnswer {
  const usual = status >= 400 ? { message: STATUS_CODES[status] ?? "Error" } : "";
  return { status, body: body ?? usual, ...(headers ? { headers } : {}) };
}
