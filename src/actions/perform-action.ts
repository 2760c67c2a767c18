import { ActionImpossibleError } from "../errors.ts";
import type { ActionDeps, Attempt, Result } from "./action.ts";
import type { ActionName } from "./action-names.ts";
import { allActions } from "./all-actions.ts";

/**
 * Does one action, and reads back that it is done. The only way to an action: what the policy protects stays as it is.
 *
 * @throws ActionImpossibleError when the inputs are wrong or name what the policy protects, or it cannot be done as things are
 * @throws UnclearActionError when a try may have done it, and nothing shows whether
 */
export async function performAction(
  deps: ActionDeps,
  name: ActionName,
  inputs: Record<string, unknown>,
  attempt: Attempt,
): Promise<Result> {
  const { protectedPeople = [], protectedGroups = [] } = (await deps.policy.current()).policy;
  const named = Object.values(inputs).flat();
  const isProtected = [...protectedPeople, ...protectedGroups].some((id) => named.includes(id));
  if (isProtected) throw new ActionImpossibleError("the policy protects this");
  const result = await allActions[name].perform(deps, inputs, attempt);
  return typeof result === "string" ? { outcome: result } : result;
}
