import { type AuditLog, start } from "../audit/audit-trail.ts";
import type { Clock } from "../clock.ts";
import type { Issue } from "./issue.ts";
import type { Request, RequestIn, RequestStore } from "./request.ts";

export type OpenDeps = {
  clock: Clock;
  requests: RequestStore & { create(request: RequestIn<"requested">): Promise<RequestIn<"requested">> };
  audit: AuditLog;
  workflow: {
    /** Starts the run of that name, or finds it running. False when it has ended already. */
    start(run: { name: string; requestId: string }): Promise<boolean>;
  };
};

/**
 * Writes a new request down and starts its run. First the item, then the run: a run that finds no request would be
 * lost, a request without a run is given one by the next doorbell.
 */
export async function openRequest(
  deps: OpenDeps,
  issue: Issue,
  opened: {
    requestTypeId: string;
    generation: number;
    source: string;
    extends?: NonNullable<Request["extends"]>;
  },
): Promise<void> {
  const { requestTypeId, generation, source } = opened;
  const more = opened.extends && { extends: opened.extends };
  const requestId = `${issue.id}-${generation}`;
  const now = deps.clock.now();
  const trail = await deps.audit.append(requestId, start, {
    id: "request.opened",
    at: now,
    action: "request.opened",
    by: more ? [more.extends.by] : issue.reporter ? [issue.reporter.accountId] : [],
    facts: { issueId: issue.id, issueKey: issue.key, requestTypeId, generation, source, ...more },
  });
  const request = await deps.requests.create({
    schemaVersion: 1,
    status: "requested",
    requestId,
    issueId: issue.id,
    issueKey: issue.key,
    generation,
    requestTypeId,
    ...more,
    createdAt: now,
    updatedAt: now,
    seen: { status: issue.statusId, transitions: issue.transitions },
    runs: 1,
    trail,
    told: [],
    version: 0,
  });
  await startRun(deps, request);
}

/** Starts another run for a request whose last one stopped: it goes on where that one was. */
export async function runAgain(
  deps: Pick<OpenDeps, "requests" | "workflow">,
  request: Request,
): Promise<void> {
  const again = await deps.requests.save(request, { ...request, runs: request.runs + 1 });
  await startRun(deps, again);
}

/** Sees to it that a run works on the request. @returns whether the one that it had was over, and another was started */
export async function keepRunning(
  deps: Pick<OpenDeps, "requests" | "workflow">,
  request: Request,
): Promise<boolean> {
  if (await startRun(deps, request)) return false;
  await runAgain(deps, request);
  return true;
}

/** Starts the request's run if it never was: whoever wrote the request down may have died then. False when it has ended. */
export function startRun({ workflow }: Pick<OpenDeps, "workflow">, request: Request): Promise<boolean> {
  return workflow.start({ name: runName(request), requestId: request.requestId });
}

/** The execution's name, as operators see it in the console. */
function runName({ issueKey, generation, runs }: Request): string {
  return runs === 1 ? `${issueKey}-${generation}` : `${issueKey}-${generation}-run${runs}`;
}
