import * as v from "valibot";
import type { DirectoryUser } from "../people/directory-user.ts";
import { Condition, factsIn, holds, type PersonFacts } from "../policy/condition.ts";

const Eligible = v.optional(v.union([v.literal("everybody"), Condition]));

/** Who may have entitlements before and after a change; nobody, where nothing is said. */
export const EligibilityChanges = v.object({
  eligibility: v.array(v.object({ entitlementId: v.string(), before: Eligible, after: Eligible })),
});
export type EligibilityChanges = v.InferOutput<typeof EligibilityChanges>;

/** E-mail addresses of active people. */
export const EligibilityCompared = v.array(
  v.object({ entitlementId: v.string(), gain: v.array(v.string()), lose: v.array(v.string()) }),
);
export type EligibilityCompared = v.InferOutput<typeof EligibilityCompared>;

type Deps = {
  clock: { now(): number };
  directory: {
    users(): AsyncIterable<DirectoryUser>;
    /** User ids of a group's direct members; undefined when there is no such group. */
    membersOf(groupId: string): Promise<string[] | undefined>;
  };
};

/** Who of JumpCloud's active people gains or loses what, asking for themselves. What cannot be told counts as “may not”. */
export async function compareEligibility(
  { clock, directory }: Deps,
  { eligibility }: EligibilityChanges,
): Promise<EligibilityCompared> {
  const members = await membersOfNamed(directory, eligibility);
  const result: EligibilityCompared = eligibility.map(({ entitlementId }) => ({
    entitlementId,
    gain: [],
    lose: [],
  }));
  for await (const user of directory.users()) {
    if (user.state !== "ACTIVATED") continue;
    const groups = [...members].filter(([, ids]) => ids?.has(user.userId)).map(([groupId]) => groupId);
    const person = { userId: user.userId, attributes: user.attributes, groups, manager: user.manager };
    for (const [index, { entitlementId, before, after }] of eligibility.entries()) {
      const may = (condition: EligibilityChanges["eligibility"][number]["before"]) =>
        mayHave(person, entitlementId, condition, clock.now());
      if (may(before) === may(after)) continue;
      result[index]?.[may(after) ? "gain" : "lose"].push(user.email);
    }
  }
  return result;
}

async function membersOfNamed(
  directory: Deps["directory"],
  eligibility: EligibilityChanges["eligibility"],
): Promise<Map<string, Set<string> | undefined>> {
  const conditions = eligibility
    .flatMap(({ before, after }) => [before, after])
    .filter((one) => one !== undefined && one !== "everybody");
  const named = conditions.flatMap(factsIn).flatMap((fact) => ("inGroup" in fact ? fact.inGroup : []));
  const members = new Map<string, Set<string> | undefined>();
  for (const groupId of new Set(named)) {
    const ids = await directory.membersOf(groupId);
    members.set(groupId, ids && new Set(ids));
  }
  return members;
}

function mayHave(
  person: PersonFacts,
  entitlementId: string,
  condition: EligibilityChanges["eligibility"][number]["before"],
  at: number,
): boolean {
  if (condition === undefined || condition === "everybody") return condition === "everybody";
  const [application = ""] = entitlementId.split("/");
  const entitlement = { entitlementId, application, category: undefined, tags: [], owner: undefined };
  const facts = { requester: person, beneficiary: person, entitlement, seconds: undefined, at };
  return holds(condition, facts) === true;
}
