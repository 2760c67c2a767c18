import * as v from "valibot";
import { object, record } from "../../json-schemas.ts";

const graphObject = object({ id: v.string(), type: v.string() });

const sudo = object({ enabled: v.boolean(), withoutPassword: v.boolean() });

/** One condition of a dynamic group's rule. */
const condition = object({ field: v.string(), operator: v.string(), value: v.string() });
export type Condition = v.InferOutput<typeof condition>;

/** A condition, or a list of them, as JSON text. */
export const conditionsInText = v.pipe(v.string(), v.parseJson(), v.union([v.array(condition), condition]));

/**
 * A rule for members: all conditions must hold; without any, everybody is a member. The 2023 document writes conditions
 * as objects ("FilterQuery"), today's as JSON text ("Filter").
 */
const memberQuery = object({
  queryType: v.picklist(["Filter", "FilterQuery"]),
  filters: v.array(
    v.union([condition, v.string()], "expected { field, operator, value }, or such as JSON text"),
  ),
});
export type MemberQuery = v.InferOutput<typeof memberQuery>;

/** The body that creates or replaces a group. Fields that are not in it are ignored. */
export const groupBody = object({
  name: v.pipe(v.string(), v.nonEmpty()),
  description: v.exactOptional(v.string()),
  email: v.exactOptional(v.string()),
  attributes: v.exactOptional(v.pipe(record(v.unknown()), v.looseObject({ sudo: v.exactOptional(sudo) }))),
  membershipMethod: v.exactOptional(
    v.picklist(["NOTSET", "STATIC", "DYNAMIC_REVIEW_REQUIRED", "DYNAMIC_AUTOMATED"]),
  ),
  memberQuery: v.exactOptional(memberQuery),
  memberQueryExemptions: v.exactOptional(v.array(graphObject)),
  memberSuggestionsNotify: v.exactOptional(v.boolean()),
});
export type GroupBody = v.InferOutput<typeof groupBody>;

/** A user group as kept; `suggestionCounts` is computed when it is read. */
export type Group = GroupBody & {
  id: string;
  type: "user_group";
  organizationObjectId: string;
  attributes: Record<string, unknown>;
  membershipMethod: NonNullable<GroupBody["membershipMethod"]>;
  memberQueryExemptions: { id: string; type: string }[];
};

/** The body of `POST /api/v2/usergroups/{id}/suggestions`. */
export const suggestionsBody = object({ user_ids: v.array(v.string()) });
