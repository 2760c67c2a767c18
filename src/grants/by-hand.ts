import type { AuditLog } from "../audit/audit-trail.ts";
import type { CatalogEntry } from "../catalog/catalog.ts";
import type { Clock } from "../clock.ts";
import { AlreadyStageApprovedError, PolicyMissingError } from "../errors.ts";
import { type Applied, requestTypeOf } from "../policy/applied.ts";
import { closedStatuses, type RequestType } from "../policy/site.ts";
import { notByThemselves, toGiveByHand, toTakeAwayByHand } from "../requests/comment.ts";
import type { Account, Issue, StatusChange } from "../requests/issue.ts";
import type { HandedOver } from "../requests/life.ts";
import type { Done } from "../requests/note-move.ts";
import type { Handwork, Request, RequestStore } from "../requests/request.ts";
import { type ResumeDeps, resumeRun } from "../requests/resume-run.ts";
import { moveTicket, say, type TicketDeps } from "../requests/ticket.ts";
import { withdrawRequest } from "../requests/withdraw-request.ts";

/**
 * Access that no JumpCloud group gives: a person gives it and takes it away, and says so by moving the ticket.
 */

type RecordDeps = { clock: Clock; requests: Pick<RequestStore, "save">; audit: AuditLog };

export type AskDeps = RecordDeps & {
  catalog: { entry(entitlementId: string, version: number): Promise<CatalogEntry | undefined> };
  jira: TicketDeps["jira"] & {
    accountByEmail(email: string): Promise<Account | undefined>;
    statusChanges(issueId: string): Promise<StatusChange[]>;
  };
  policy: { current(): Promise<Applied> };
};

/**
 * Tells the people who work on tickets what to do, and moves the ticket to where they find it. Reminds them when they are slow.
 *
 * @throws AlreadyStageApprovedError when somebody has done it already
 */
export async function askByHand(deps: AskDeps, request: HandedOver, reminders: number): Promise<void> {
  const { pin, requestId } = request;
  const applied = await deps.policy.current();
  const requestType = requestTypeOf(applied, request);
  const move = lastMove(await deps.jira.statusChanges(request.issueId), request, requestType);
  if (move && counts(move, request, applied)) {
    await recordDone(deps, request, move);
    throw new AlreadyStageApprovedError(requestId);
  }
  const { statuses } = requestType;
  if (statuses.manual === undefined) throw new PolicyMissingError("status “manual” of the request type");
  const entry = await deps.catalog.entry(pin.entitlementId, pin.policyVersion);
  const owner = entry && (await deps.jira.accountByEmail(entry.owner));
  const wanted = request.status === "approved" ? toGiveByHand : toTakeAwayByHand;
  const topic = `${request.status === "approved" ? "give" : "take away"} by hand ${reminders}`;
  const comment = wanted(requestId, topic, pin, owner?.accountId);
  await say(deps, request, { topic, comment, audience: "internal" });
  await moveTicket(deps, request, statuses.manual);
}

export type ReconcileDeps = ResumeDeps &
  RecordDeps & {
    jira: Parameters<typeof say>[0]["jira"] & {
      issue(issueId: string, projectId: string): Promise<Issue | undefined>;
      statusChanges(issueId: string): Promise<StatusChange[]>;
    };
  };

/** Whether somebody has done by hand what is to be done, or has cancelled what is not given yet. */
export async function reconcileByHand(
  deps: ReconcileDeps,
  request: HandedOver,
  applied: Applied,
): Promise<Done> {
  const requestType = requestTypeOf(applied, request);
  const issue = await deps.jira.issue(request.issueId, requestType.project);
  if (request.status === "approved" && (!issue || closedStatuses(requestType).includes(issue.statusId))) {
    await resumeRun(deps, await withdrawRequest(deps, request, issue));
    return { did: "withdrew" };
  }
  const move = lastMove(await deps.jira.statusChanges(request.issueId), request, requestType);
  if (!move) return { noop: "waits for what is done by hand" };
  if (!counts(move, request, applied)) {
    const topic = `not by themselves ${move.id}`;
    const comment = notByThemselves(request.requestId, topic);
    await say(deps, request, { topic, comment, audience: "internal" });
    return { noop: "moved by somebody who may not say that it is done" };
  }
  await resumeRun(deps, await recordDone(deps, request, move));
  return { did: request.status === "approved" ? "given by hand" : "taken away by hand" };
}

/** The ticket's last move, if it says that it is done. */
function lastMove(
  changes: StatusChange[],
  request: HandedOver,
  { statuses }: RequestType,
): StatusChange | undefined {
  const last = changes.toSorted((a, b) => a.at - b.at).at(-1);
  return last?.to === (request.status === "approved" ? statuses.granted : statuses.ended) ? last : undefined;
}

/** Nobody confirms access of their own, and no app does, nor Latchkey itself. */
function counts({ author }: StatusChange, { pin }: HandedOver, { site }: Applied): boolean {
  const parties = [pin.requester.accountId, pin.beneficiary.accountId, site.jira.serviceAccount];
  return author?.active === true && author.kind !== "app" && !parties.includes(author.accountId);
}

async function recordDone(
  deps: RecordDeps,
  request: HandedOver,
  { id, author }: StatusChange,
): Promise<Request> {
  const by = author?.accountId ?? "";
  const isGiving = request.status === "approved";
  const trail = await deps.audit.append(request.requestId, request.trail, {
    id: `${isGiving ? "access.given-by-hand" : "access.taken-by-hand"}/changelog:${id}`,
    at: deps.clock.now(),
    action: isGiving ? "access.given-by-hand" : "access.taken-by-hand",
    by: [by],
    facts: { evidence: `changelog:${id}`, user: request.pin.beneficiary.userId },
  });
  const done = (handwork: Handwork | undefined) => ({
    askedAt: handwork?.askedAt ?? deps.clock.now(),
    by,
    evidence: `changelog:${id}`,
  });
  return request.status === "approved"
    ? deps.requests.save(request, { ...request, byHand: done(request.byHand), trail })
    : deps.requests.save(request, {
        ...request,
        end: { ...request.end, byHand: done(request.end.byHand) },
        trail,
      });
}
