import type { CatalogEntry } from "../catalog/catalog.ts";
import { DeniedByPolicyError } from "../errors.ts";
import { inWords, secondsOf } from "../policy/duration.ts";
import { isIn } from "./life.ts";
import type { Pin, Request, RequestIn } from "./request.ts";

/** An execution lives a year; it has to hold the access and take it away. */
const longest = 300 * 86_400_000;

/**
 * The grant that a request for more time is to continue.
 *
 * @throws DeniedByPolicyError when there is nothing to continue
 */
export function extendable(earlier: Request): RequestIn<"granted"> {
  if (!isIn(earlier, ["granted"])) throw refusal("The access has ended meanwhile");
  return earlier;
}

/**
 * More time: as long again as the form says, counted from the end of what is there, so that nobody loses anything by asking
 * early. All of it together never exceeds what the entitlement allows, counted from the first grant.
 *
 * @param seconds what the form asks for
 * @throws DeniedByPolicyError when no more time can be had
 */
export function extensionOf(
  { grant, pin }: RequestIn<"granted">,
  entry: CatalogEntry,
  seconds: number | undefined,
  now: number,
): NonNullable<Pin["extension"]> {
  const { endsAt } = grant;
  if (pin.emergency) throw refusal("Access that was taken in an emergency is not made longer");
  if (endsAt === undefined) throw refusal(`${entry.title} has no end date here and needs no more time`);
  if (seconds === undefined || entry.entitlementId !== pin.entitlementId)
    throw refusal("The form is not the one any more for which the access was given");
  const since = pin.extension?.since ?? grant.at;
  const { max } = entry.durations;
  const last = max === undefined ? Number.POSITIVE_INFINITY : since + secondsOf(max) * 1_000;
  if (max !== undefined && last <= endsAt)
    throw refusal(`${entry.title} is given for ${inWords(secondsOf(max))} at most, all extensions together`);
  return { since, endsAt: Math.min(endsAt + seconds * 1_000, last, now + longest) };
}

function refusal(why: string): DeniedByPolicyError {
  return new DeniedByPolicyError(`${why}. Please make a new request if you still need it.`);
}
