import { secondsOf } from "../policy/duration.ts";
import type { RequestType } from "../policy/site.ts";
import { hashOfForm, readForm } from "../requests/form.ts";
import type { FieldChange, Issue } from "../requests/issue.ts";
import type { Pin, RequestIn } from "../requests/request.ts";

export type Narrowable = RequestIn<"asked" | "blocked" | "approved">;

/** `by`: who made the changes; `evidence`: where in the issue's history they are. */
export type Narrowing = { pin: Pin; by: string[]; evidence: string[] };

/**
 * What the request is for after those who were asked have made it less, and nobody else has changed anything: each change
 * of the duration since the request was pinned is by somebody who had been asked, and had not been overtaken by the
 * decision; and the time is shorter than it was. Undefined for every other change of the form.
 *
 * @param changes the issue's history, in any order
 */
export function narrowingOf(
  request: Narrowable,
  issue: Issue,
  requestType: RequestType,
  changes: FieldChange[],
): Narrowing | undefined {
  const { pin } = request;
  const form = readForm(issue, requestType);
  const seconds = shorterTime(pin, requestType, form.durationOption);
  if (seconds === undefined) return undefined;
  const since: FieldChange[] = [];
  for (const change of latestFirst(changes, requestType.fields.duration?.id)) {
    if (!mayNarrow(request, change)) return undefined;
    since.push(change);
    // Everything else on the form is as it was, or the hash would be another one.
    const { durationOption: _, ...rest } = form;
    const before = change.from === undefined ? rest : { ...rest, durationOption: change.from };
    if (hashOfForm(issue, before) === pin.form)
      return {
        pin: {
          ...pin,
          form: hashOfForm(issue, form),
          seconds,
          narrowedFrom: pin.narrowedFrom ?? (pin.seconds === undefined ? {} : { seconds: pin.seconds }),
        },
        by: [...new Set(since.flatMap(({ author }) => author?.accountId ?? []))],
        evidence: since.map(({ id }) => `changelog:${id}`),
      };
  }
  return undefined;
}

/** A request for more time is not made shorter: its length depends on what is there already. */
function shorterTime(
  { seconds: pinned = Number.POSITIVE_INFINITY, extension }: Pin,
  { durations }: RequestType,
  option: string | undefined,
): number | undefined {
  const length = option === undefined ? undefined : durations?.[option];
  if (length === undefined || length === "permanent" || extension) return undefined;
  const seconds = secondsOf(length);
  return seconds < pinned ? seconds : undefined;
}

/** Of two changes in the same millisecond the one that Jira tells later is the later one. */
function latestFirst(changes: FieldChange[], fieldId: string | undefined): FieldChange[] {
  return changes
    .filter((change) => change.fieldId === fieldId)
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
