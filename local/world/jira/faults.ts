import * as v from "valibot";
import type { LocalClock } from "../../clock.ts";
import { ConnectionLost, type HttpAnswer, type HttpRequest } from "../../http.ts";
import { notNegative, positive, record, strictObject, wholeNumber } from "../json-schemas.ts";

/** A fault as it comes over HTTP. What is left out matches every call, or does nothing. */
export const faultSchema = strictObject({
  method: v.exactOptional(v.string()),
  /** The text of a pattern that the path has to match. */
  path: v.exactOptional(v.string()),
  /** For how many calls; for all until it is taken away when left out. */
  times: v.exactOptional(positive),
  /** The answer instead of the real one; the call then has no effect. */
  status: v.exactOptional(v.pipe(wholeNumber, v.minValue(200), v.maxValue(599))),
  headers: v.exactOptional(record(v.string())),
  body: v.exactOptional(v.union([record(v.unknown()), v.string()])),
  /** The connection is lost, before or after the call had its effect. */
  drop: v.exactOptional(v.picklist(["before", "after"])),
  /** How long the call waits before anything happens. */
  delayMs: v.exactOptional(notNegative),
});

/** Something that goes wrong with calls. */
type Fault = Omit<v.InferOutput<typeof faultSchema>, "path"> & { path?: RegExp | undefined };

/** The faults of a server, used around its handler. The first fault that matches a call is the one that it meets. */
export class Faults {
  readonly #clock: LocalClock;
  #faults: Fault[] = [];

  constructor(clock: LocalClock) {
    this.#clock = clock;
  }

  add(fault: Fault): void {
    this.#faults.push({ ...fault });
  }

  list(): Fault[] {
    return this.#faults.map((fault) => ({ ...fault }));
  }

  clear(): void {
    this.#faults = [];
  }

  /**
   * The answer of `handle`, which must not throw, or what a fault makes of it.
   * @throws ConnectionLost
   */
  async around(request: HttpRequest, handle: () => HttpAnswer): Promise<HttpAnswer> {
    const fault = this.#take(request);
    if (fault?.delayMs) await this.#clock.sleep(fault.delayMs);
    if (fault?.drop === "before") throw new ConnectionLost();
    const answer = fault?.status === undefined ? handle() : answerOf(fault.status, fault);
    if (fault?.drop === "after") throw new ConnectionLost();
    return answer;
  }

  #take(request: HttpRequest): Fault | undefined {
    const fault = this.#faults.find(
      ({ method, path }) =>
        (method === undefined || method.toUpperCase() === request.method) &&
        (path === undefined || path.test(request.path)),
    );
    if (fault?.times !== undefined) {
      fault.times--;
      if (fault.times === 0) this.#faults = this.#faults.filter((one) => one !== fault);
    }
    return fault;
  }
}

function answerOf(status: number, { headers, body }: Fault): HttpAnswer {
  return { status, ...(headers ? { headers } : {}), ...(body === undefined ? {} : { body }) };
}
