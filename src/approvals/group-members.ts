import type { Clock } from "../clock.ts";
import type { Policy } from "../policy/policy.ts";
import type { Account } from "../requests/issue.ts";
import { approvalsOf } from "../requests/life.ts";
import type { AnyIn } from "../requests/request.ts";
import { eligible } from "./find-approvers.ts";

export type MembersDeps = {
  clock: Clock;
  jira: {
    account(accountId: string): Promise<Account | undefined>;
    groupMembers(groupId: string): Promise<Account[]>;
  };
};

/**
 * The request with those as its approvers who are in the group now, when a group was asked as such: Jira asks the group, and
 * who is in it may have changed since. Those who were asked beside the group stay.
 */
export async function withMembersNow<R extends AnyIn<"asked" | "blocked">>(
  deps: MembersDeps,
  request: R,
  { delegations }: Pick<Policy, "delegations">,
): Promise<R> {
  const { asked, pin } = request;
  const { group } = asked;
  if (!group) return request;
  const members = await deps.jira.groupMembers(group.id);
  const now = await eligible(deps, members, pin, { delegations, at: deps.clock.now() });
  const yes = approvalsOf(request, asked.stage).flatMap(({ by }) => by);
  const approvers = now.all.filter((id) => !yes.includes(id));
  const others = asked.approvers.filter((id) => !group.approvers.includes(id) && !approvers.includes(id));
  const delegated = [
    ...(asked.delegated ?? []).filter(({ to }) => others.includes(to)),
    ...now.delegated.filter(({ to }) => approvers.includes(to)),
  ];
  const { delegated: _, ...rest } = asked;
  return {
    ...request,
    asked: {
      ...rest,
      approvers: [...approvers, ...others],
      group: { ...group, approvers },
      ...(delegated.length > 0 ? { delegated } : {}),
    },
  };
}
