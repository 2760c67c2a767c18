import type { ActionName } from "./action-names.ts";

/** How a person comes to an application: the ids of the groups on each way. A way without any is a binding of the person's own. */
export type Reach = { applicationId: string; ways: readonly (readonly string[])[] };

export type BlastDeps = {
  reach: {
    /** Every application that the person can open. */
    applicationsOf(userId: string): Promise<Reach[]>;
    /** User ids of the group's members; undefined when there are too many to be read. */
    membersOf(groupId: string): Promise<string[] | undefined>;
  };
};

/** `outOfJira`: one of the applications is the one by which JumpCloud makes accounts in Jira. */
type Loss = { userId: string; applications: string[]; outOfJira: boolean };

/** `unlooked`: how many more people may lose something; undefined when nobody knows. */
export type BlastRadius = { people: Loss[]; unlooked: number | undefined };

/** Looking at each of more people would take minutes at JumpCloud's pace. */
const mostPeople = 50;

type Taken = { groups: readonly string[]; application?: string } | "everything";

/**
 * What an action would take away, from whom, by the ways that JumpCloud's graph shows. An application is lost when no way to it is
 * left: somebody who has it through two groups keeps it with one of them.
 *
 * @param jiraApplications ids of the applications that make accounts in Jira: who loses the last way to one loses the account there
 * @returns undefined for an action that takes nothing away
 */
export async function blastRadiusOf(
  { reach }: BlastDeps,
  name: ActionName,
  inputs: Readonly<Record<string, unknown>>,
  jiraApplications: readonly string[],
): Promise<BlastRadius | undefined> {
  const taken = takenBy(name, inputs);
  if (!taken) return undefined;
  const userIds = await peopleOf(reach, inputs);
  if (!userIds) return { people: [], unlooked: undefined };
  const people: Loss[] = [];
  for (const userId of userIds.slice(0, mostPeople)) {
    const applications = lost(await reach.applicationsOf(userId), taken);
    const outOfJira = applications.some((id) => jiraApplications.includes(id));
    if (applications.length > 0) people.push({ userId, applications, outOfJira });
  }
  return { people, unlooked: Math.max(0, userIds.length - mostPeople) };
}

/** Ids of the applications to which no way is left. */
export function lost(reach: readonly Reach[], taken: Taken): string[] {
  return reach
    .filter(({ applicationId, ways }) => {
      if (taken === "everything") return true;
      if (taken.application !== undefined && taken.application !== applicationId) return false;
      return ways.every((groups) => groups.some((group) => taken.groups.includes(group)));
    })
    .map(({ applicationId }) => applicationId);
}

function takenBy(
  name: ActionName,
  { group, groups, application, state }: Readonly<Record<string, unknown>>,
): Taken | undefined {
  switch (name) {
    case "suspend-user":
    case "lock-account":
    case "expire-password":
    case "delete-user":
    case "leave-groups":
      return "everything";
    case "schedule-change":
      return state === "SUSPENDED" ? "everything" : undefined;
    case "remove-from-groups":
      return { groups: idsIn(groups) };
    case "add-exemption":
      return { groups: idsIn(group) };
    case "unbind-application":
      return { groups: idsIn(group), application: String(application) };
    default:
      return undefined;
  }
}

function idsIn(value: unknown): string[] {
  return [value].flat().filter((id) => typeof id === "string");
}

/** Whom the action is about: one person, or all members of a group. */
async function peopleOf(
  { membersOf }: BlastDeps["reach"],
  { user, group }: Readonly<Record<string, unknown>>,
): Promise<string[] | undefined> {
  return typeof user === "string" ? [user] : membersOf(String(group));
}
