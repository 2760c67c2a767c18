import type { Clock } from "../clock.ts";
import type { Applied } from "../policy/applied.ts";
import { secondsOf } from "../policy/duration.ts";
import {
  type ActionType,
  type AnyType,
  closedStatuses,
  endingStatuses,
  isFresh,
  type RequestType,
} from "../policy/site.ts";
import type { Doorbell } from "./doorbell.ts";
import { requestTypeOfIssue } from "./form.ts";
import type { Issue } from "./issue.ts";
import { isHandedOver, isIn, isOver } from "./life.ts";
import { asksForActions } from "./reconcile-actions.ts";
import type { AnyRequest, Request } from "./request.ts";
import { standstillSeconds } from "./standstill.ts";

type Deps = {
  clock: Clock;
  policy: { current(): Promise<Applied> };
  requests: {
    /** Open requests whose next look is due, the longest due first. */
    due(now: number): AsyncIterable<AnyRequest>;
    latest(issueId: string): Promise<AnyRequest | undefined>;
  };
  jira: {
    /** Issues of the projects that changed within the last minutes. */
    changedIssues(projectIds: string[], minutes: number): AsyncIterable<Issue>;
  };
  queue: { ring(doorbell: Doorbell): Promise<void> };
};

/**
 * How many doorbells were rung and why; by how much the most overdue access is late, and how long that request has stood
 * still which did so longest, in seconds.
 */
export type Swept = { due: number; missed: number; latenessSeconds: number; standstillSeconds: number };

/** Longer than Jira takes to give up on a webhook. */
const windowMinutes = 45;

/**
 * Finds what no webhook told: requests that nobody looked after for too long, access whose end is overdue, and tickets
 * that changed without a doorbell. It only rings; `reconcile-issue` decides.
 */
export async function sweepRequests(deps: Deps): Promise<Swept> {
  const swept: Swept = { due: 0, missed: 0, latenessSeconds: 0, standstillSeconds: 0 };
  const now = deps.clock.now();
  const rung = new Set<string>();
  const ring = async (issueId: string) => {
    if (rung.has(issueId)) return;
    rung.add(issueId);
    await deps.queue.ring({ schemaVersion: 1, source: "sweep", issueId, at: now });
  };
  const applied = await deps.policy.current();
  const { site, policy } = applied;
  for await (const request of deps.requests.due(now)) {
    swept.due++;
    swept.latenessSeconds = Math.max(swept.latenessSeconds, secondsLate(request, now, policy));
    swept.standstillSeconds = Math.max(swept.standstillSeconds, standstillSeconds(request, now, applied));
    await ring(request.issueId);
  }
  const projects = [...new Set(site.requestTypes.map((requestType) => requestType.project))];
  for await (const issue of deps.jira.changedIssues(projects, windowMinutes)) {
    const requestType = requestTypeOfIssue(site, issue);
    const newest = requestType && (await deps.requests.latest(issue.id));
    const isNews =
      requestType?.meaning === "action"
        ? isMissedForActions(newest, issue, requestType, applied)
        : requestType && newest?.kind !== "actions" && isMissed(newest, issue, requestType);
    if (!isNews) continue;
    swept.missed++;
    await ring(issue.id);
  }
  return swept;
}

/** Whoever takes it away by hand has as long for that as approvers have for a decision. */
function secondsLate(request: AnyRequest, now: number, { expiresAfter }: Applied["policy"]): number {
  const held = request.status === "failed" ? request.before : request;
  if (!isIn(held, ["granted", "ending"]) || held.grant.endsAt === undefined) return 0;
  const dueAt = held.grant.endsAt + (isHandedOver(held) ? secondsOf(expiresAfter) * 1_000 : 0);
  return Math.max(0, Math.round((now - dueAt) / 1_000));
}

function isMissedForActions(
  request: AnyRequest | undefined,
  issue: Issue,
  type: ActionType,
  applied: Applied,
): boolean {
  if (request && request.kind !== "actions") return false;
  const { statuses } = type;
  if (request?.status === "asked") return !statuses.waiting.includes(issue.statusId);
  if (request?.status === "blocked") return mayWaitAgain(request, issue, type);
  if (request?.status === "failed" && issue.statusId === statuses.open)
    return request.seen.status !== statuses.open;
  return asksForActions(applied, type, issue.statusId, request);
}

/** Whether the ticket is in a status that says something which the stored request does not know yet. */
function isMissed(request: Request | undefined, issue: Issue, requestType: RequestType): boolean {
  const { statuses } = requestType;
  if (!request) return isFresh(requestType, issue.statusId);
  if (isHandedOver(request)) return issue.statusId !== statuses.manual;
  if (request.status === "asked") return !statuses.waiting.includes(issue.statusId);
  if (request.status === "blocked") return mayWaitAgain(request, issue, requestType);
  const isMove = [statuses.extending, ...endingStatuses(requestType)].includes(issue.statusId);
  if (request.status === "granted") return isMove;
  if (request.status === "approved") return closedStatuses(requestType).includes(issue.statusId);
  // An earlier request of the ticket may have given access that goes on.
  if (isOver(request) && request.extends && isMove) return true;
  return isOver(request) && issue.statusId === statuses.open && request.seen.status !== statuses.open;
}

/** It is back where it waits for approval, or was, and may have been approved there since. */
function mayWaitAgain(request: AnyRequest, issue: Issue, { statuses }: AnyType): boolean {
  return statuses.waiting.includes(issue.statusId) || issue.updatedAt > request.updatedAt;
}
