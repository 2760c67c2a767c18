import type { AuditLog } from "../audit/audit-trail.ts";
import type { CatalogEntry } from "../catalog/catalog.ts";
import type { Clock } from "../clock.ts";
import { FormChangedError } from "../errors.ts";
import type { Applied } from "../policy/applied.ts";
import { inWords } from "../policy/duration.ts";
import type { RequestType } from "../policy/site.ts";
import { narrowed } from "../requests/comment.ts";
import { hashOfForm, readForm } from "../requests/form.ts";
import type { FieldChange, Issue } from "../requests/issue.ts";
import type { RequestStore } from "../requests/request.ts";
import { say, type TicketDeps } from "../requests/ticket.ts";
import { type Narrowable, narrowingOf } from "./narrowing.ts";

export type NarrowDeps = {
  clock: Clock;
  requests: Pick<RequestStore, "save">;
  audit: AuditLog;
  policy: { current(): Promise<Applied> };
  catalog: { entryForOption(option: string, version: number): Promise<CatalogEntry | undefined> };
  jira: Pick<TicketDeps["jira"], "comment" | "hasSaid"> & {
    fieldChanges(issueId: string): Promise<FieldChange[]>;
  };
};

/**
 * The request for what the form says now: the same one while nobody has changed the form; a narrower one after an approver
 * made it shorter, or chose a lower level. Those who said yes before said yes to more.
 *
 * @throws FormChangedError when the form was changed in any other way
 */
export async function narrowRequest<R extends Narrowable>(
  deps: NarrowDeps,
  request: R,
  issue: Issue,
  requestType: RequestType,
): Promise<R> {
  const form = readForm(issue, requestType);
  if (hashOfForm(issue, form) === request.pin.form) return request;
  const { option = "" } = form;
  const { version } = await deps.policy.current();
  const chosen =
    option === request.pin.option ? undefined : await deps.catalog.entryForOption(option, version);
  const changes = await deps.jira.fieldChanges(request.issueId);
  const narrowing = narrowingOf(request, issue, requestType, changes, chosen);
  if (!narrowing) throw new FormChangedError();
  const { pin, by, evidence } = narrowing;
  const topic = `narrowed ${pin.form.slice(0, 12)}`;
  await say(deps, request, {
    topic,
    comment: narrowed(request.requestId, topic, pin, by),
    audience: "public",
  });
  const trail = await deps.audit.append(request.requestId, request.trail, {
    id: `request.narrowed/${pin.form}`,
    at: deps.clock.now(),
    action: "request.narrowed",
    by,
    policyVersion: pin.policyVersion,
    facts: {
      from: request.pin.seconds ?? "no end",
      to: pin.seconds ?? "no end",
      length: pin.seconds === undefined ? "without an end" : inWords(pin.seconds),
      ...(pin.entitlementId === request.pin.entitlementId ? {} : { entitlement: pin.entitlementId }),
      form: pin.form,
      evidence,
    },
  });
  return deps.requests.save(request, { ...request, pin, trail });
}
