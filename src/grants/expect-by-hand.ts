import type { Clock } from "../clock.ts";
import { HandworkMissingError } from "../errors.ts";
import type { RequestIn, RequestStore } from "../requests/request.ts";

/**
 * Hands the access over to be given by hand, once everything else holds; nothing is done when somebody has given it.
 *
 * @throws HandworkMissingError until somebody else than those whose access it is has moved the ticket to “granted”
 */
export async function expectGivenByHand(
  { clock, requests }: { clock: Clock; requests: RequestStore },
  request: RequestIn<"approved">,
): Promise<void> {
  const { pin, byHand } = request;
  if (pin.groups.length > 0 || request.extends !== undefined || byHand?.by !== undefined) return;
  if (!byHand) await requests.save(request, { ...request, byHand: { askedAt: clock.now() } });
  throw new HandworkMissingError(request.requestId);
}

/**
 * Hands the access over to be taken away by hand; nothing is done when somebody has, or when another request gives it on.
 *
 * @throws HandworkMissingError until somebody else than those whose access it is has moved the ticket to “ended”
 */
export async function expectTakenByHand(
  { clock, requests }: { clock: Clock; requests: RequestStore },
  request: RequestIn<"ending">,
): Promise<void> {
  const { pin, end } = request;
  if (pin.groups.length > 0 || end.why === "extended" || end.byHand?.by !== undefined) return;
  if (!end.byHand)
    await requests.save(request, { ...request, end: { ...end, byHand: { askedAt: clock.now() } } });
  throw new HandworkMissingError(request.requestId);
}
