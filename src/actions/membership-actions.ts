import { ActionImpossibleError } from "../errors.ts";
import { dropMembership, holdGroup } from "../grants/hold-group.ts";
import { type ActionDeps, accountOf, defineAction, groupOf, type Outcome } from "./action.ts";

/** What can be done to memberships without a request for access: nobody is asked, and nothing ends it. */
export const membershipActions = {
  "add-to-groups": defineAction("add-to-groups", {
    does: "Puts somebody into groups, for good.",
    needs: "an account; groups whose members no rule chooses",
    alreadySo: "the person is in all of them",
    again: "harmless: the memberships are read first",
    scope: "groups",
    inverse: "remove-from-groups",
    async perform(deps, { user, groups }, { actionId }) {
      await expectGroups(deps, user, groups);
      let outcome: Outcome = "already so";
      for (const groupId of groups) {
        const held = await holdGroup(deps, { requestId: actionId, userId: user, groupId });
        if (held === "added") outcome = "done";
      }
      return outcome;
    },
  }),

  "remove-from-groups": defineAction("remove-from-groups", {
    does: "Takes somebody out of groups, whoever put them there.",
    needs:
      "groups whose members no rule chooses, and no request that gives one of the memberships: that is ended instead",
    alreadySo: "the person is in none of them",
    again: "harmless: the memberships are read first",
    scope: "groups",
    inverse: "add-to-groups",
    async perform(deps, { user, groups }, { actionId }) {
      await expectGroups(deps, user, groups);
      let outcome: Outcome = "already so";
      for (const groupId of groups) {
        const dropped = await dropMembership(deps, { actionId, userId: user, groupId });
        if (typeof dropped === "object")
          throw new ActionImpossibleError(
            `request ${dropped.heldBy.join(", ")} gives the membership in group ${groupId}: end that`,
          );
        if (dropped === "removed") outcome = "done";
      }
      return outcome;
    },
  }),
};

/** All of them are looked at before anything is changed. */
async function expectGroups(deps: ActionDeps, user: string, groups: string[]): Promise<void> {
  await accountOf(deps, user);
  for (const groupId of groups)
    if ((await groupOf(deps, groupId)).dynamic)
      throw new ActionImpossibleError(`a rule chooses the members of group ${groupId}`);
}
