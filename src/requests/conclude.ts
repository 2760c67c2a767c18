import * as v from "valibot";
import type { AuditLog } from "../audit/audit-trail.ts";
import type { Clock } from "../clock.ts";
import { expectStatus, isIn } from "./life.ts";
import type { ActionRequest, AnyRequest, Request, RequestStore } from "./request.ts";
import { settledOr } from "./settled.ts";

type Deps<Kind extends AnyRequest> = { clock: Clock; requests: RequestStore<Kind>; audit: AuditLog };
type Outcome = "refused" | "expired" | "withdrawn";

/**
 * Writes down that nothing comes of the request. Doing it again changes nothing.
 *
 * @param cause of a refusal: the error's `Cause` as the state machine has it, which is JSON text of Lambda's making
 * @throws SettledError when a decision came while the run was on its way to close the request as expired
 */
export function conclude(
  deps: Deps<Request>,
  request: Request,
  outcome: Outcome,
  cause?: string,
): Promise<Request>;
export function conclude(
  deps: Deps<ActionRequest>,
  request: ActionRequest,
  outcome: Outcome,
  cause?: string,
): Promise<ActionRequest>;
export async function conclude(
  deps: Deps<AnyRequest>,
  request: AnyRequest,
  outcome: Outcome,
  cause?: string,
): Promise<AnyRequest> {
  if (request.status === outcome) return request;
  if (outcome === "refused") return refuse(deps, request, cause);
  return outcome === "expired" ? expire(deps, request) : withdraw(deps, request);
}

const LambdaError = v.object({ errorType: v.string(), errorMessage: v.string() });

async function refuse(deps: Deps<AnyRequest>, request: AnyRequest, cause = "{}"): Promise<AnyRequest> {
  const open = expectStatus(request, "requested", "checked", "asked", "blocked", "approved");
  const { errorType, errorMessage } = v.parse(LambdaError, JSON.parse(cause));
  const trail = await deps.audit.append(request.requestId, request.trail, {
    id: "request.refused",
    at: deps.clock.now(),
    action: "request.refused",
    by: [],
    facts: { error: errorType, why: errorMessage },
  });
  const triage = errorType === "NotInCatalogError" ? { triage: true } : {};
  return deps.requests.save(request, { ...open, status: "refused", why: errorMessage, ...triage, trail });
}

async function expire(deps: Deps<AnyRequest>, request: AnyRequest): Promise<AnyRequest> {
  if (!isIn(request, ["asked", "blocked"])) throw settledOr(request);
  const trail = await deps.audit.append(request.requestId, request.trail, {
    id: "request.expired",
    at: deps.clock.now(),
    action: "request.expired",
    by: [],
    facts: { stage: request.asked.stage + 1, reminders: request.asked.reminders },
  });
  return deps.requests.save(request, { ...request, status: "expired", trail });
}

async function withdraw(deps: Deps<AnyRequest>, request: AnyRequest): Promise<AnyRequest> {
  const open = expectStatus(request, "requested", "checked", "asked", "blocked", "approved");
  const trail = await deps.audit.append(request.requestId, request.trail, {
    id: "request.withdrawn",
    at: deps.clock.now(),
    action: "request.withdrawn",
    by: [],
    facts: { from: request.status },
  });
  return deps.requests.save(request, { ...open, status: "withdrawn", trail });
}
