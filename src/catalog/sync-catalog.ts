import * as v from "valibot";
import { checkSeparation } from "../policy/check-separation.ts";
import { type CheckedCatalog, checkCatalog, listGroups } from "./check-catalog.ts";

/** `force`: whether to believe that a large part of the catalog has broken. `only: groups`: JumpCloud's groups are listed, and nothing else is done. */
export const Sync = v.object({
  force: v.optional(v.boolean()),
  only: v.optional(v.literal("groups")),
});

type Deps = Parameters<typeof checkCatalog>[0] &
  Parameters<typeof checkSeparation>[0] & {
    /** Is given how many entitlements are closed. */
    report(closed: number): void;
  };

/** Compares what the files say with what is in JumpCloud and Jira: whether the catalog can be given, and who has what together. */
export async function syncCatalog(
  deps: Deps,
  { force, only }: v.InferOutput<typeof Sync>,
): Promise<(CheckedCatalog & { violations: number }) | { groups: { groupId: string; name: string }[] }> {
  if (only === "groups") return { groups: await listGroups(deps) };
  const checked = await checkCatalog(deps, { force });
  deps.report(Object.keys(checked.closed).length);
  const { violations, more } = await checkSeparation(deps);
  return { ...checked, violations: violations.length + more };
}
