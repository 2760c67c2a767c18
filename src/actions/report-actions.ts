import type { AuditLog } from "../audit/audit-trail.ts";
import type { Clock } from "../clock.ts";
import { type Applied, actionTypeOf } from "../policy/applied.ts";
import { expectStatus } from "../requests/life.ts";
import type { ActionIn, ActionRequest, RequestStore } from "../requests/request.ts";
import { moveBack, say, settleTicket, type TicketDeps } from "../requests/ticket.ts";
import { actionsDone, actionsHeld, actionsIncomplete, evidence, toDoByHand } from "./action-comments.ts";
import { ruleOf } from "./action-rules.ts";
import { heldUntil, isDone, type Row, type RowStep, type RowStore, rowTrail } from "./row.ts";

type Deps = TicketDeps & {
  clock: Clock;
  actions: RequestStore<ActionRequest>;
  rows: RowStore;
  audit: AuditLog;
  policy: { current(): Promise<Applied> };
};

/** `held`: the rest is to come later; `incomplete`: an agent has to look; `failed`: an operator has to, because of the error. */
export type Reported = {
  outcome: "done" | "held" | "incomplete" | "failed";
  error: string;
  cause: string;
  /** When to go on, as an ISO date, if that is later. */
  until: string;
};

/** Tells the ticket, with a table, what was done and what was not, once, and moves it where it belongs. */
export async function reportActions(deps: Deps, requestId: string): Promise<Reported> {
  const request = expectStatus(await deps.actions.get(requestId), "approved", "done", "failed");
  const rows = await deps.rows.all(requestId);
  const steps = rows.flatMap((row) => row.steps);
  const first = steps.find(isStuck) ?? steps.find(({ error }) => error !== undefined);
  const { error = "none", message = "none" } = first ?? {};
  const said = { error, cause: message, until: "none" };
  if (first === undefined) await tellChecklist(deps, request);
  if (rows.every(isDone)) {
    await tellDone(deps, await conclude(deps, request, rows), rows);
    return { ...said, outcome: "done" };
  }
  const times = rows.flatMap((row) => heldUntil(row, deps.clock.now()) ?? []);
  if (first === undefined && times.length > 0) {
    const until = Math.min(...times);
    await tellHeld(deps, expectStatus(request, "approved"), rows, until);
    return { ...said, outcome: "held", until: new Date(until).toISOString() };
  }
  const { requestId: id, runs } = request;
  const topic = `not all done, run ${runs}`;
  if (steps.some(isStuck)) {
    const comment = actionsIncomplete(id, topic, titleOf(request), rows);
    await say(deps, request, { topic, comment, audience: "internal" });
    return { ...said, outcome: "failed" };
  }
  await tellIncomplete(deps, await giveUp(deps, request, error, message), rows, topic);
  return { ...said, outcome: "incomplete" };
}

type Reportable = ActionIn<"approved" | "done" | "failed">;

/** Failed with what nobody but an operator can put right. */
function isStuck({ state, needsOperator }: RowStep): boolean {
  return (state === "failed" || state === "unclear") && needsOperator === true;
}

function titleOf(request: Reportable): string {
  const known = request.status === "failed" ? request.before : request;
  return ("pin" in known && known.pin?.title) || "";
}

async function conclude(deps: Deps, request: Reportable, rows: Row[]): Promise<ActionIn<"done">> {
  if (request.status === "done") return request;
  const approved = expectStatus(request, "approved");
  const { token: _, ...rest } = approved;
  const trail = await deps.audit.append(request.requestId, request.trail, {
    id: "actions.done",
    at: deps.clock.now(),
    action: "actions.done",
    by: [],
    facts: { trails: Object.fromEntries(rows.map((row) => [rowTrail(row), row.trail.hash])) },
  });
  return deps.actions.save(request, { ...rest, status: "done" as const, trail });
}

async function tellDone(deps: Deps, request: ActionIn<"done">, rows: Row[]): Promise<void> {
  const applied = await deps.policy.current();
  const rule = ruleOf(applied.policy, request.trigger.rule);
  const { statuses } = actionTypeOf(applied, request);
  const status = rule?.done ?? statuses.done;
  if (request.told.includes("done"))
    return moveBack(deps, request, [status], [statuses.open, statuses.failed]);
  if (rule?.evidence)
    await say(deps, request, {
      topic: "evidence",
      comment: evidence(request, rows),
      audience: "internal",
    });
  const comment = actionsDone(request.requestId, request.pin.title, rows);
  const seen = await settleTicket(deps, request, { topic: "done", statuses: [status], comment });
  const trail = await deps.audit.append(request.requestId, request.trail, {
    id: "ticket.told/done",
    at: deps.clock.now(),
    action: "ticket.told",
    by: [],
    facts: seen ? { outcome: "done", status: seen.status } : { outcome: "done", ticket: "gone" },
  });
  await deps.actions.save(request, {
    ...request,
    told: [...request.told, "done"],
    trail,
    seen: seen ?? request.seen,
  });
}

/** Internal: what people do besides. */
async function tellChecklist(deps: Deps, request: Reportable): Promise<void> {
  const { policy } = await deps.policy.current();
  const { checklist = [] } = ruleOf(policy, request.trigger.rule) ?? {};
  if (checklist.length === 0 || request.status === "done") return;
  const comment = toDoByHand(request.requestId, checklist);
  await say(deps, request, { topic: "checklist", comment, audience: "internal" });
}

/** Once for each time that is waited for. */
async function tellHeld(
  deps: Deps,
  request: ActionIn<"approved">,
  rows: Row[],
  until: number,
): Promise<void> {
  const topic = `held until ${new Date(until).toISOString()}`;
  if (request.told.includes(topic)) return;
  const type = actionTypeOf(await deps.policy.current(), request);
  const comment = actionsHeld(request.requestId, topic, request.pin, rows, until);
  const told = [...request.told, topic];
  if (type.statuses.held === undefined) {
    await say(deps, request, { topic, comment, audience: "public" });
    await deps.actions.save(request, { ...request, heldUntil: until, told });
    return;
  }
  const seen = await settleTicket(deps, request, { topic, statuses: [type.statuses.held], comment });
  await deps.actions.save(request, { ...request, heldUntil: until, told, seen: seen ?? request.seen });
}

async function giveUp(
  deps: Deps,
  request: Reportable,
  error: string,
  message: string,
): Promise<ActionIn<"failed">> {
  if (request.status === "failed") return request;
  const before = expectStatus(request, "approved");
  const at = deps.clock.now();
  const trail = await deps.audit.append(request.requestId, request.trail, {
    id: `run.failed/${request.runs}`,
    at,
    action: "run.failed",
    by: [],
    facts: { error, message, from: request.status, run: request.runs },
  });
  const failure = { error, message, at };
  return deps.actions.save(request, { ...before, status: "failed" as const, failure, before, trail });
}

async function tellIncomplete(
  deps: Deps,
  request: ActionIn<"failed">,
  rows: Row[],
  topic: string,
): Promise<void> {
  if (request.told.includes(topic)) return;
  const { statuses } = actionTypeOf(await deps.policy.current(), request);
  const comment = actionsIncomplete(request.requestId, topic, titleOf(request), rows);
  const seen = await settleTicket(deps, request, { topic, statuses: [statuses.failed], comment });
  await deps.actions.save(request, {
    ...request,
    told: [...request.told, topic],
    seen: seen ?? request.seen,
  });
}
