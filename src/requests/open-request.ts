import { type AuditLog, start } from "../audit/audit-trail.ts";
import type { Clock } from "../clock.ts";
import type { Issue } from "./issue.ts";
import type { ActionIn, ActionRequest, AnyRequest, Request, RequestIn, RequestStore } from "./request.ts";

type Beginning = {
  clock: Clock;
  audit: AuditLog;
  workflow: {
    /** Starts the run of that name, or finds it running. False when it has ended already. */
    start(run: { name: string; requestId: string; kind: "access" | "actions" }): Promise<boolean>;
  };
};

type Creating<R> = { requests: { create(request: R): Promise<R> } };
export type OpenDeps = Beginning & Creating<RequestIn<"requested">>;
export type OpenActionsDeps = Beginning & Creating<ActionIn<"requested">>;

type Opened = { requestTypeId: string; generation: number; source: string };

/**
 * Writes a new request for access down and starts its run. First the item, then the run: a run that finds no request would be
 * lost, a request without a run is given one by the next doorbell.
 */
export async function openRequest(
  deps: OpenDeps,
  issue: Issue,
  opened: Opened & { extends?: NonNullable<Request["extends"]> },
): Promise<void> {
  const more = opened.extends && { extends: opened.extends };
  const reporter = issue.reporter ? [issue.reporter.accountId] : [];
  const common = await begin(deps, issue, opened, more ? [more.extends.by] : reporter, more);
  const request: RequestIn<"requested"> = { ...common, ...more, status: "requested" };
  await startRun(deps, await deps.requests.create(request));
}

/** The same for a request for actions. */
export async function openActionRequest(
  deps: OpenActionsDeps,
  issue: Issue,
  opened: Opened & { trigger: ActionRequest["trigger"] },
): Promise<void> {
  const { trigger } = opened;
  const by = trigger.by ?? issue.reporter?.accountId;
  const common = await begin(deps, issue, opened, by === undefined ? [] : [by], { trigger });
  const request: ActionIn<"requested"> = { ...common, kind: "actions", trigger, status: "requested" };
  await startRun(deps, await deps.requests.create(request));
}

async function begin(
  deps: Beginning,
  issue: Issue,
  { requestTypeId, generation, source }: Opened,
  by: string[],
  facts: object | undefined,
) {
  const requestId = `${issue.id}-${generation}`;
  const now = deps.clock.now();
  const trail = await deps.audit.append(requestId, start, {
    id: "request.opened",
    at: now,
    action: "request.opened",
    by,
    facts: { issueId: issue.id, issueKey: issue.key, requestTypeId, generation, source, ...facts },
  });
  return {
    schemaVersion: 1 as const,
    requestId,
    issueId: issue.id,
    issueKey: issue.key,
    generation,
    requestTypeId,
    createdAt: now,
    updatedAt: now,
    seen: { status: issue.statusId, transitions: issue.transitions },
    runs: 1,
    trail,
    told: [],
    version: 0,
  };
}

export type RunDeps<Kind extends AnyRequest> = {
  requests: Pick<RequestStore<Kind>, "save">;
  workflow: Beginning["workflow"];
};

/** Starts another run for a request whose last one stopped: it goes on where that one was. */
export async function runAgain<Kind extends AnyRequest>(deps: RunDeps<Kind>, request: Kind): Promise<void> {
  const again = await deps.requests.save(request, { ...request, runs: request.runs + 1 });
  await startRun(deps, again);
}

/** Sees to it that a run works on the request. @returns whether the one that it had was over, and another was started */
export async function keepRunning<Kind extends AnyRequest>(
  deps: RunDeps<Kind>,
  request: Kind,
): Promise<boolean> {
  if (await startRun(deps, request)) return false;
  await runAgain(deps, request);
  return true;
}

/** Starts the request's run if it never was: whoever wrote the request down may have died then. False when it has ended. */
export function startRun({ workflow }: Pick<Beginning, "workflow">, request: AnyRequest): Promise<boolean> {
  const { requestId, kind = "access" } = request;
  return workflow.start({ name: runName(request), requestId, kind });
}

/** The execution's name, as operators see it in the console. */
function runName({ issueKey, generation, runs }: AnyRequest): string {
  return runs === 1 ? `${issueKey}-${generation}` : `${issueKey}-${generation}-run${runs}`;
}
