import * as v from "valibot";
import { type Condition, conditionsInText, type MemberQuery } from "./group-record.ts";
import { conditionV2 } from "./query-v2.ts";
import type { Predicate } from "./record-query.ts";
import { refusal } from "./refusal.ts";

/** Whom the rule of a dynamic group makes a member. Throws 400 for a rule that is not understood. */
export function membershipRule(query: MemberQuery): Predicate {
  const conditions = query.filters
    .flatMap(conditionsOf)
    .map(({ field, operator, value }) => conditionV2(field, operator, value));
  return (user) => conditions.every((holds) => holds(user));
}

function conditionsOf(filter: Condition | string): Condition[] {
  if (typeof filter !== "string") return [filter];
  const read = v.safeParse(conditionsInText, filter);
  if (!read.success)
    throw refusal(400, "memberQuery: a filter given as text must be JSON with field, operator and value");
  return [read.output].flat();
}
