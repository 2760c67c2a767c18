import type { AuditLog } from "../audit/audit-trail.ts";
import type { Clock } from "../clock.ts";
import { type Applied, anyTypeOf } from "../policy/applied.ts";
import { messageIn } from "./cause.ts";
import { delayed, failed } from "./comment.ts";
import type { AnyRequest, RequestStore } from "./request.ts";
import { moveTicket, say, settleTicket, type TicketDeps } from "./ticket.ts";

type Deps = TicketDeps & {
  clock: Clock;
  requests: RequestStore<AnyRequest>;
  audit: AuditLog;
  policy: { current(): Promise<Applied> };
};

/** `error` and `cause` as the state machine has them: the error's name, and text that is often JSON of Lambda's making. */
export type CallOperator = { requestId: string; error: string; cause: string };

/**
 * Writes down that the run cannot go on, and tells the ticket: internally what happened, what was done, what was not, and
 * what to do next; publicly that somebody looks after it. The run fails afterwards, which raises the alarm.
 */
export async function callOperator(deps: Deps, { requestId, error, cause }: CallOperator): Promise<void> {
  const message = messageIn(cause);
  const request = await writeDown(deps, await deps.requests.get(requestId), error, message);
  const { done, notDone } = progressOf(request.status === "failed" ? request.before : request);
  const topic = `needs an operator, run ${request.runs}`;
  await say(deps, request, {
    topic,
    audience: "internal",
    comment: failed(requestId, topic, { error, message, done, notDone, next: nextStep }),
  });
  const requestType = anyTypeOf(await deps.policy.current(), request);
  const { failed: status } = requestType.statuses;
  // Once is enough for the requester, however often the request is tried again.
  if (request.told.includes("delayed")) return moveTicket(deps, request, status);
  const seen = await settleTicket(deps, request, {
    topic: "delayed",
    statuses: [status],
    comment: delayed(requestId),
  });
  const told = [...request.told, "delayed"];
  await deps.requests.save(request, { ...request, told, seen: seen ?? request.seen });
}

const nextStep =
  "look up the error in docs/operations.md and remove its cause; then use “Try again” on this ticket, or run “latchkey request retry” with its key.";

async function writeDown(
  deps: Deps,
  request: AnyRequest,
  error: string,
  message: string,
): Promise<AnyRequest> {
  if (request.status === "failed") return request;
  const at = deps.clock.now();
  const trail = await deps.audit.append(request.requestId, request.trail, {
    id: `run.failed/${request.runs}`,
    at,
    action: "run.failed",
    by: [],
    facts: { error, message, from: request.status, run: request.runs },
  });
  const failure = { error, message, at };
  return request.kind === "actions"
    ? deps.requests.save(request, { ...request, status: "failed", failure, before: request, trail })
    : deps.requests.save(request, { ...request, status: "failed", failure, before: request, trail });
}

/** What is behind the request and what is not, in words for the operator. */
function progressOf(request: AnyRequest): { done: string; notDone: string } {
  switch (request.status) {
    case "requested":
      return {
        done: "the request was written down.",
        notDone: "it was not checked; nobody was asked; nothing was granted.",
      };
    case "checked":
    case "asked":
    case "blocked":
      return {
        done: "the request was checked.",
        notDone: "no approval was recorded for this step; nothing was granted.",
      };
    case "done":
      return { done: "everything was done.", notDone: "the ticket was not brought up to date." };
    case "approved":
      if (request.kind === "actions")
        return {
          done: "what the table on this ticket says.",
          notDone: "the rest. Trying again leaves alone what is done.",
        };
      return {
        done: "the approval was recorded. What had been added to JumpCloud was taken back, as far as JumpCloud allowed.",
        notDone: "the access was not granted in full.",
      };
    case "granted":
      return {
        done: "the access was granted and verified.",
        notDone: "the ticket was not brought up to date.",
      };
    case "ending":
      return {
        done: "the end of the access was written down.",
        notDone: "the person may still have it: take it away by hand if this cannot wait.",
      };
    case "ended":
      return { done: "the access was taken away.", notDone: "the ticket was not brought up to date." };
    case "declined":
    case "refused":
    case "expired":
    case "withdrawn":
    case "failed":
      return {
        done: `the request was ${request.status}; nothing was granted.`,
        notDone: "the ticket was not told.",
      };
  }
}
