import * as v from "valibot";
import type { DirectoryGroup } from "../grants/membership.ts";

/** What version 2 of the API says of a user group. */
export const Group = v.object({
  id: v.string(),
  name: v.string(),
  membershipMethod: v.nullish(v.string()),
  memberQuery: v.nullish(v.unknown()),
});

export function toGroup({
  id,
  name,
  membershipMethod,
  memberQuery,
}: v.InferOutput<typeof Group>): DirectoryGroup {
  // Groups from before the field existed have a query only.
  const method = membershipMethod ?? (memberQuery ? "DYNAMIC_AUTOMATED" : "STATIC");
  return { groupId: id, name, dynamic: method === "DYNAMIC_AUTOMATED" };
}
