import { ActionImpossibleError, UpstreamError } from "../errors.ts";
import { type ActionDeps, accountOf, changeAndSee, defineAction, groupOf } from "./action.ts";
import type { UserGroup } from "./group.ts";

const readAndRepeat = "harmless: the group is read first";

/** Everything that can be done to a group, beside its members. */
export const groupActions = {
  "create-group": defineAction("create-group", {
    does: "Makes a group, without members and without anything that it opens.",
    needs: "no group of that name, in whatever case",
    alreadySo: "a lost try has made it",
    again: "would be refused as a double: after a lost try it is looked for by its name",
    scope: "groups",
    async perform({ groups }, group, { attempted }) {
      const [found] = await groups.groupsNamed(group.name);
      if (found && attempted && isThe(found, group)) return "already so";
      if (found) throw new ActionImpossibleError("JumpCloud has a group of that name");
      try {
        await groups.createGroup(group);
      } catch (error) {
        if (!(error instanceof UpstreamError && error.mayHaveHappened)) throw error;
        const [made] = await groups.groupsNamed(group.name);
        if (!made || !isThe(made, group)) throw error;
      }
      return "done";
    },
  }),

  "describe-group": defineAction("describe-group", {
    does: "Gives a group another name, or another description. What it opens and who is in it stays.",
    needs: "a group; no other group of the new name",
    alreadySo: "name and description are so",
    again: readAndRepeat,
    scope: "groups",
    inverse: "describe-group",
    async perform(deps, { group, ...wanted }) {
      const isSo = (now: UserGroup) =>
        now.name === (wanted.name ?? now.name) && now.description === (wanted.description ?? now.description);
      if (isSo(await groupOf(deps, group))) return "already so";
      const others = wanted.name === undefined ? [] : await deps.groups.groupsNamed(wanted.name);
      if (others.some(({ groupId }) => groupId !== group))
        throw new ActionImpossibleError("JumpCloud has another group of that name");
      const changes = {
        ...(wanted.name === undefined ? {} : { name: wanted.name }),
        ...(wanted.description === undefined ? {} : { description: wanted.description }),
      };
      return changeAndSee(
        deps,
        `name and description of group ${group}`,
        () => deps.groups.changeGroup(group, changes),
        sees(deps, group, isSo),
      );
    },
  }),

  "bind-application": defineAction("bind-application", {
    does: "Lets a group open an application: all of its members can use it.",
    needs: "a group and an application",
    alreadySo: "the group opens it",
    again: "harmless: what the group opens is read first",
    scope: "associations.groups",
    inverse: "unbind-application",
    async perform(deps, { group, application }) {
      if ((await boundTo(deps, group)).includes(application)) return "already so";
      if (!(await deps.groups.hasApplication(application)))
        throw new ActionImpossibleError("JumpCloud has no such application");
      return changeAndSee(
        deps,
        `application ${application} open to group ${group}`,
        () => deps.groups.bind(group, application),
        async () => (await boundTo(deps, group)).includes(application),
      );
    },
  }),

  "unbind-application": defineAction("unbind-application", {
    does: "Takes an application from a group: members who have it by no other way lose it.",
    needs: "a group",
    alreadySo: "the group does not open it",
    again: "harmless: what the group opens is read first",
    scope: "associations.groups",
    inverse: "bind-application",
    async perform(deps, { group, application }) {
      if (!(await boundTo(deps, group)).includes(application)) return "already so";
      return changeAndSee(
        deps,
        `application ${application} closed to group ${group}`,
        () => deps.groups.unbind(group, application),
        async () => !(await boundTo(deps, group)).includes(application),
      );
    },
  }),

  "add-exemption": defineAction("add-exemption", {
    does: "Takes somebody out of the rule by which JumpCloud chooses a group's members.",
    needs: "a group whose members JumpCloud chooses by a rule",
    alreadySo: "the rule does not count for that person",
    again: readAndRepeat,
    scope: "groups",
    inverse: "remove-exemption",
    async perform(deps, { group, user }) {
      await accountOf(deps, user);
      return changeExemption(deps, group, user, true);
    },
  }),

  "remove-exemption": defineAction("remove-exemption", {
    does: "Puts somebody under the rule again by which JumpCloud chooses a group's members.",
    needs: "a group whose members JumpCloud chooses by a rule",
    alreadySo: "the rule counts for that person",
    again: readAndRepeat,
    scope: "groups",
    inverse: "add-exemption",
    perform: (deps, { group, user }) => changeExemption(deps, group, user, false),
  }),
};

async function changeExemption(
  deps: ActionDeps,
  group: string,
  user: string,
  wanted: boolean,
): Promise<"done" | "already so"> {
  const { dynamic, exemptions } = await groupOf(deps, group);
  if (!dynamic) throw new ActionImpossibleError("no rule chooses the members of this group");
  if (exemptions.includes(user) === wanted) return "already so";
  const after = wanted ? [...exemptions, user] : exemptions.filter((id) => id !== user);
  return changeAndSee(
    deps,
    `exemption of user ${user} from the rule of group ${group}`,
    () => deps.groups.changeGroup(group, { exemptions: after }),
    sees(deps, group, (now) => now.exemptions.includes(user) === wanted),
  );
}

/** @throws ActionImpossibleError when JumpCloud has no such group */
async function boundTo({ groups }: ActionDeps, id: string): Promise<string[]> {
  const bound = await groups.boundApplications(id);
  if (!bound) throw new ActionImpossibleError("JumpCloud has no such group");
  return bound;
}

function sees(
  { groups }: ActionDeps,
  id: string,
  isSo: (group: UserGroup) => boolean,
): () => Promise<boolean> {
  return async () => {
    const group = await groups.userGroup(id);
    return group !== undefined && isSo(group);
  };
}

function isThe(found: UserGroup, wanted: { name: string; description: string }): boolean {
  return found.name === wanted.name && found.description === wanted.description;
}
