import type { CatalogEntry } from "../catalog/catalog.ts";
import { EntitlementUnavailableError, FieldInvalidError, FieldMissingError } from "../errors.ts";
import type { Form } from "../requests/form.ts";
import { inWords, secondsOf } from "./duration.ts";
import type { RequestType } from "./site.ts";

/**
 * How long the access shall last, in seconds; undefined for access without an end.
 *
 * @throws FieldInvalidError when the form asks for longer than the entitlement allows, or for no end where it must have one
 * @throws FieldMissingError when neither the form nor the entitlement says how long
 */
export function accessLength(form: Form, requestType: RequestType, entry: CatalogEntry): number | undefined {
  if (form.incident !== undefined && entry.breakGlass)
    return emergencyLength(form, requestType, secondsOf(entry.breakGlass.max));
  const { default: usual, max, permanent } = entry.durations;
  const fieldName = requestType.fields.duration?.name ?? "Duration";
  if (form.durationOption === undefined) {
    if (usual !== undefined) return secondsOf(usual);
    if (permanent) return undefined;
    if (requestType.fields.duration) throw new FieldMissingError(fieldName);
    throw new EntitlementUnavailableError(entry.title, "the catalog does not say how long it lasts");
  }
  const asked = requestType.durations?.[form.durationOption];
  if (asked === undefined) throw new FieldInvalidError(fieldName, "this choice is not known to Latchkey");
  if (asked === "permanent") {
    if (!permanent) throw new FieldInvalidError(fieldName, `${entry.title} is given for a limited time only`);
    return undefined;
  }
  const seconds = secondsOf(asked);
  if (max !== undefined && seconds > secondsOf(max))
    throw new FieldInvalidError(fieldName, `${entry.title} is given for ${inWords(secondsOf(max))} at most`);
  return seconds;
}

/** Access in an emergency is short, whatever the form says. */
function emergencyLength({ durationOption = "" }: Form, { durations }: RequestType, most: number): number {
  const asked = durations?.[durationOption];
  return asked === undefined || asked === "permanent" ? most : Math.min(most, secondsOf(asked));
}
