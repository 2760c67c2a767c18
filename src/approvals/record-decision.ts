import type { AuditLog } from "../audit/audit-trail.ts";
import type { Clock } from "../clock.ts";
import { approvedStages } from "../requests/life.ts";
import type { AnyIn, AnyRequest, Decision, RequestStore } from "../requests/request.ts";
import type { Verdict } from "./approval-proof.ts";

type Deps = { clock: Clock; requests: RequestStore<AnyRequest>; audit: AuditLog };

export type Decided = AnyIn<"checked" | "approved" | "declined">;

/**
 * Writes down what was decided on the stage that was asked for. A request with further stages, or of which more people
 * have to say yes, is `checked` again, ready to ask for the next. The token of the run that waits stays on the item: whoever saves second resumes the run.
 */
export async function recordDecision(
  deps: Deps,
  request: AnyIn<"asked" | "blocked">,
  verdict: Extract<Verdict, { kind: "approved" | "declined" }>,
): Promise<Decided> {
  const { asked, ...rest } = request;
  const more = (asked.needed ?? 1) - new Set(verdict.by).size;
  const delegated = asked.delegated?.filter(({ to }) => verdict.by.includes(to)) ?? [];
  const decision: Decision = {
    stage: asked.stage,
    outcome: verdict.kind,
    by: verdict.by,
    approvers: asked.approvers,
    evidence: verdict.evidence,
    at: verdict.at,
    ...(verdict.kind === "approved" && more > 0 ? { more } : {}),
    ...(delegated.length > 0 ? { delegated } : {}),
  };
  const decisions = [...request.decisions, decision];
  const trail = await deps.audit.append(request.requestId, request.trail, {
    id: `approval.decided/${decision.evidence}`,
    at: deps.clock.now(),
    action: verdict.kind === "approved" ? "approval.given" : "approval.declined",
    by: verdict.by,
    policyVersion: request.pin.policyVersion,
    facts: {
      stage: decision.stage + 1,
      of: request.pin.stages.length,
      evidence: decision.evidence,
      decidedAt: decision.at,
      more: decision.more,
      delegated: decision.delegated,
    },
  });
  return deps.requests.save(request, { ...rest, trail, decisions, status: statusAfter(request, decisions) });
}

function statusAfter(
  { pin }: AnyIn<"asked" | "blocked">,
  decisions: Decision[],
): "checked" | "approved" | "declined" {
  if (decisions.some((decision) => decision.outcome === "declined")) return "declined";
  return approvedStages({ decisions }) === pin.stages.length ? "approved" : "checked";
}
