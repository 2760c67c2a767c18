import type { ActionPin, Pin } from "./request.ts";

/** Account ids of those whom a request is about: who asked for it, and whose access it is or to whom something is done. */
export function partiesTo(pin: Pin | ActionPin): string[] {
  return [pin.requester.accountId, ...("affected" in pin ? pin.affected : [pin.beneficiary.accountId])];
}
