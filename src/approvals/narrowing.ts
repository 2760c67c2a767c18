import type { CatalogEntry } from "../catalog/catalog.ts";
import { isShownOn } from "../catalog/shown-entries.ts";
import { RefusedError } from "../errors.ts";
import { accessLength } from "../policy/access-length.ts";
import { secondsOf } from "../policy/duration.ts";
import type { RequestType } from "../policy/site.ts";
import { type Form, hashOfForm, readForm } from "../requests/form.ts";
import type { FieldChange, Issue } from "../requests/issue.ts";
import type { Pin, RequestIn } from "../requests/request.ts";

export type Narrowable = RequestIn<"asked" | "blocked" | "approved">;

/** `by`: who made the changes; `evidence`: where in the issue's history they are. */
export type Narrowing = { pin: Pin; by: string[]; evidence: string[] };

/**
 * What the request is for after those who were asked have made it less, and nobody else has changed anything: each change of the
 * duration or the entitlement since the request was pinned is by somebody who had been asked, and had not been overtaken by the
 * decision; and the time is shorter than it was, or the entitlement a lower level of the same application, or both. Undefined for
 * every other change of the form.
 *
 * @param changes the issue's history, in any order
 * @param chosen the entry of the option that the form has now, where that is another one than was pinned
 */
export function narrowingOf(
  request: Narrowable,
  issue: Issue,
  requestType: RequestType,
  changes: FieldChange[],
  chosen?: CatalogEntry,
): Narrowing | undefined {
  const { pin } = request;
  const form = readForm(issue, requestType);
  const less = lessThan(pin, requestType, form, chosen);
  if (!less) return undefined;
  const since: FieldChange[] = [];
  let before = form;
  for (const change of latestFirst(changes, requestType)) {
    if (!mayNarrow(request, change)) return undefined;
    since.push(change);
    // Everything else on the form is as it was, or the hash would be another one.
    before = undone(before, change, requestType);
    if (hashOfForm(issue, before) === pin.form)
      return {
        pin: { ...pin, ...less, form: hashOfForm(issue, form), narrowedFrom: whole(pin) },
        by: [...new Set(since.flatMap(({ author }) => author?.accountId ?? []))],
        evidence: since.map(({ id }) => `changelog:${id}`),
      };
  }
  return undefined;
}

/** What was asked for before anybody made it less. */
function whole({ narrowedFrom, seconds, entitlementId }: Pin): NonNullable<Pin["narrowedFrom"]> {
  return narrowedFrom ?? { ...(seconds === undefined ? {} : { seconds }), entitlementId };
}

/** What the form asks for now, if that is less. A request for more time is not made less: its length depends on what is there already. */
function lessThan(
  { option, seconds: pinned = Number.POSITIVE_INFINITY, extension, entitlementId }: Pin,
  requestType: RequestType,
  form: Form,
  chosen: CatalogEntry | undefined,
): Partial<Pin> | undefined {
  if (extension || form.option === undefined) return undefined;
  if (form.option === option) {
    const length =
      form.durationOption === undefined ? undefined : requestType.durations?.[form.durationOption];
    if (length === undefined || length === "permanent") return undefined;
    const seconds = secondsOf(length);
    return seconds < pinned ? { seconds } : undefined;
  }
  if (!chosen || !isLower(chosen, entitlementId)) return undefined;
  if (chosen.status !== "approved" || !isShownOn(requestType.id, chosen)) return undefined;
  const seconds = lengthOf(form, requestType, chosen);
  if (seconds === "too long" || (seconds ?? Number.POSITIVE_INFINITY) > pinned) return undefined;
  return {
    option: chosen.option,
    entitlementId: chosen.entitlementId,
    title: chosen.title,
    groups: chosen.groups,
    seconds,
  };
}

function isLower({ entitlementId, levels = [] }: CatalogEntry, than: string): boolean {
  const [lower, higher] = [levels.indexOf(entitlementId), levels.indexOf(than)];
  return lower >= 0 && lower < higher;
}

function lengthOf(
  form: Form,
  requestType: RequestType,
  entry: CatalogEntry,
): number | undefined | "too long" {
  try {
    return accessLength(form, requestType, entry);
  } catch (error) {
    if (error instanceof RefusedError) return "too long";
    throw error;
  }
}

/** The form before the change. */
function undone(form: Form, { fieldId, from }: FieldChange, { fields }: RequestType): Form {
  const { option: _, ...withoutOption } = form;
  const { durationOption: __, ...withoutDuration } = form;
  if (fieldId === fields.entitlement.id)
    return from === undefined ? withoutOption : { ...form, option: from };
  return from === undefined ? withoutDuration : { ...form, durationOption: from };
}

/** Of two changes in the same millisecond the one that Jira tells later is the later one. */
function latestFirst(changes: FieldChange[], { fields }: RequestType): FieldChange[] {
  return changes
    .filter(({ fieldId }) => fieldId === fields.entitlement.id || fieldId === fields.duration?.id)
    .toReversed()
    .sort((a, b) => b.at - a.at);
}

/** Whether it was made by somebody of a stage, before that was decided. */
function mayNarrow(request: Narrowable, { author, at }: FieldChange): boolean {
  if (!author) return false;
  const { pin, decisions } = request;
  const parties = [pin.requester.accountId, pin.beneficiary.accountId];
  const stages = [
    ...decisions.map(({ approvers, at: until }, index) => ({
      approvers,
      from: decisions[index - 1]?.at ?? 0,
      until,
    })),
    ...("asked" in request
      ? [{ approvers: request.asked.approvers, from: request.asked.at, until: Number.POSITIVE_INFINITY }]
      : []),
  ];
  return (
    !parties.includes(author.accountId) &&
    stages.some(
      ({ approvers, from, until }) => approvers.includes(author.accountId) && from <= at && at <= until,
    )
  );
}
