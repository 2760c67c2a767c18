import * as v from "valibot";
import type { Policy } from "./policy.ts";

/** Somebody who has what nobody should have together. */
export const Violation = v.object({
  /** Id of the separation in policy.yaml. */
  separation: v.string(),
  userId: v.string(),
  /** Ids of the entitlements, of both sides. */
  has: v.array(v.string()),
});
export type Violation = v.InferOutput<typeof Violation>;

/**
 * Who has what nobody should have together, whoever gave it, by the groups that JumpCloud shows. Dated exceptions count while they
 * last.
 *
 * @param holders user ids by entitlement; what no group gives is not among them
 * @param at milliseconds since 1970
 */
export function violationsOf(
  { separation = [] }: Pick<Policy, "separation">,
  holders: ReadonlyMap<string, ReadonlySet<string>>,
  at: number,
): Violation[] {
  const today = new Date(at).toISOString().slice(0, 10);
  return separation.flatMap(({ id, one, other, exceptions = [] }) => {
    const excepted = new Set(exceptions.filter(({ until }) => until >= today).map(({ user }) => user));
    const having = (ids: string[], userId: string) =>
      ids.filter((entitlement) => holders.get(entitlement)?.has(userId));
    const people = new Set(one.flatMap((entitlement) => [...(holders.get(entitlement) ?? [])]));
    return [...people]
      .filter((userId) => !excepted.has(userId) && having(other, userId).length > 0)
      .toSorted()
      .map((userId) => ({
        separation: id,
        userId,
        has: [...having(one, userId), ...having(other, userId)],
      }));
  });
}

/** Ids of the entitlements that any separation names. */
export function separated({ separation = [] }: Pick<Policy, "separation">): string[] {
  return [...new Set(separation.flatMap(({ one, other }) => [...one, ...other]))];
}
