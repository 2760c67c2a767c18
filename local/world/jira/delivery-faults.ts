import * as v from "valibot";
import { notNegative, positive, strictObject } from "../json-schemas.ts";

export const deliveryFaultSchema = strictObject({
  /**
   * `drop`: never sent. `duplicate`: sent twice. `delay`: late by `delayMs`. `shuffle`: late by something between 0
   * and `delayMs`, so that deliveries overtake each other. `lose-answer`: received, but Jira does not learn of it and
   * sends it again later.
   */
  effect: v.picklist(["drop", "duplicate", "delay", "shuffle", "lose-answer"]),
  /** The event, such as `jira:issue_updated`, or `automation`; every one when left out. */
  event: v.exactOptional(v.string()),
  /** How many deliveries it is for; all until it is taken away when left out. */
  times: v.exactOptional(positive),
  delayMs: v.exactOptional(notNegative),
});

/** Something that goes wrong with deliveries of webhooks. */
type DeliveryFault = v.InferOutput<typeof deliveryFaultSchema>;

export class DeliveryFaults {
  #faults: DeliveryFault[] = [];

  add(fault: DeliveryFault): void {
    this.#faults.push({ ...fault });
  }

  list(): DeliveryFault[] {
    return this.#faults.map((fault) => ({ ...fault }));
  }

  clear(): void {
    this.#faults = [];
  }

  /** Uses up the first fault with one of the effects for a delivery of this event. */
  take(event: string, effects: DeliveryFault["effect"][]): DeliveryFault | undefined {
    const fault = this.#faults.find(
      (one) => effects.includes(one.effect) && (one.event === undefined || one.event === event),
    );
    if (fault?.times !== undefined) {
      fault.times--;
      if (fault.times === 0) this.#faults = this.#faults.filter((one) => one !== fault);
    }
    return fault;
  }
}
