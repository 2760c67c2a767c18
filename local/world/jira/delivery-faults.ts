import * as v from "valibot";
import { notNegative, positive, strictObject } from "../../json-schemas.ts";
import { FaultList } from "../faults.ts";

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

export class DeliveryFaults extends FaultList<DeliveryFault> {
  /** The first fault with one of the effects that a delivery of this event meets. */
  met(event: string, effects: DeliveryFault["effect"][]): DeliveryFault | undefined {
    return this.take((one) => effects.includes(one.effect) && (one.event ?? event) === event);
  }
}
