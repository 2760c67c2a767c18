import * as z from "zod/mini";

const graphObject = z.object({ id: z.string(), type: z.string() });

const sudo = z.object({ enabled: z.boolean(), withoutPassword: z.boolean() });

/** One condition of a dynamic group's rule. */
const condition = z.object({ field: z.string(), operator: z.string(), value: z.string() });
export type Condition = z.infer<typeof condition>;

/** The parsed text of a condition, or of a list of them. */
export const conditionsInText = z.union([z.array(condition), condition]);

/**
 * A rule for members: all conditions must hold; without any, everybody is a member. The 2023 document writes conditions
 * as objects ("FilterQuery"), today's as JSON text ("Filter").
 */
const memberQuery = z.object({
  queryType: z.enum(["Filter", "FilterQuery"]),
  filters: z.array(z.union([condition, z.string()])),
});
export type MemberQuery = z.infer<typeof memberQuery>;

/** The body that creates or replaces a group. Fields that are not in it are ignored. */
export const groupBody = z.object({
  name: z.string().check(z.minLength(1)),
  description: z.exactOptional(z.string()),
  email: z.exactOptional(z.string()),
  attributes: z.exactOptional(z.looseObject({ sudo: z.exactOptional(sudo) })),
  membershipMethod: z.exactOptional(
    z.enum(["NOTSET", "STATIC", "DYNAMIC_REVIEW_REQUIRED", "DYNAMIC_AUTOMATED"]),
  ),
  memberQuery: z.exactOptional(memberQuery),
  memberQueryExemptions: z.exactOptional(z.array(graphObject)),
  memberSuggestionsNotify: z.exactOptional(z.boolean()),
});
export type GroupBody = z.infer<typeof groupBody>;

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
export const suggestionsBody = z.object({ user_ids: z.array(z.string()) });
