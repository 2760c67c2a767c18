import type { CatalogEntry } from "../catalog/catalog.ts";
import { NoApproverError } from "../errors.ts";
import type { DirectoryUser, Found } from "../people/directory-user.ts";
import type { ApprovalStage, ApproverSource, Policy } from "../policy/policy.ts";
import type { Account } from "../requests/issue.ts";
import { partiesTo } from "../requests/parties.ts";
import type { ActionPin, Pin } from "../requests/request.ts";

export type FindApproversDeps = {
  catalog: { entry(entitlementId: string, version: number): Promise<CatalogEntry | undefined> };
  directory: {
    user(userId: string): Promise<DirectoryUser | undefined>;
    userByEmail(email: string): Promise<Found>;
    /** User ids of a group's direct members; undefined when there is no such group. */
    membersOf(groupId: string): Promise<string[] | undefined>;
  };
  jira: {
    /** The active account with exactly this address, hidden or not. */
    accountByEmail(email: string): Promise<Account | undefined>;
    account(accountId: string): Promise<Account | undefined>;
    groupMembers(groupId: string): Promise<Account[]>;
  };
};

export type Approvers = {
  accountIds: string[];
  /** How many of them have to say yes. */
  needed: number;
  /** Id of the group in Jira that they are members of, if one was asked. */
  groupId?: string;
  /** Where they were found, such as `manager` or `group it-approvers`. */
  source: string;
  /** Who decides in whose place. */
  delegated: { from: string; to: string }[];
  /** What was tried before, and why it gave nobody. */
  skipped: { source: string; why: string }[];
};

type Candidates = { accounts: Account[] } | { none: string };

/**
 * Who is to decide on a stage: the first of its sources that gives as many as are needed, else the members of the fallback
 * group. Never the requester or the beneficiary, never a bot, never somebody whose account is not active.
 *
 * @param at when they are asked, milliseconds since 1970: delegations last from one day to another
 * @param alreadyYes account ids of those who said yes to the stage before
 * @throws NoApproverError when not even the fallback group has anybody
 */
export async function findApprovers(
  deps: FindApproversDeps,
  pin: Pin | ActionPin,
  { ask, need = 1 }: ApprovalStage,
  { fallbackGroup, delegations = [] }: Pick<Policy, "fallbackGroup" | "delegations">,
  { at, alreadyYes = [] }: { at: number; alreadyYes?: string[] },
): Promise<Approvers> {
  const skipped: Approvers["skipped"] = [];
  for (const source of [...ask, { jiraGroup: fallbackGroup }]) {
    const name = nameOf(source);
    const found = await candidates(deps, pin, source);
    if ("none" in found) {
      skipped.push({ source: name, why: found.none });
      continue;
    }
    const { all, delegated, isSelf } = await eligible(deps, found.accounts, pin, { delegations, at });
    const least = need === "all" ? 1 : need;
    const needed = (need === "all" ? all.length : need) - alreadyYes.filter((id) => all.includes(id)).length;
    const accountIds = all.filter((id) => !alreadyYes.includes(id));
    if (all.length >= least && needed > 0) {
      const standIns = delegated.filter(({ to }) => accountIds.includes(to));
      const groupId = typeof source === "object" && "jiraGroup" in source ? source.jiraGroup.id : undefined;
      return {
        accountIds,
        needed,
        ...(groupId === undefined ? {} : { groupId }),
        source: name,
        delegated: standIns,
        skipped,
      };
    }
    const none = isSelf ? "would decide on their own access" : "has no active account in Jira";
    skipped.push({
      source: name,
      why: all.length > 0 ? `has only ${all.length} of the ${least} who have to approve` : none,
    });
  }
  throw new NoApproverError(skipped.map(({ source, why }) => `${source} ${why}`).join("; "));
}

/**
 * Those of the accounts, or of whoever stands in for them, who may decide. `isSelf`: somebody may not because it is about
 * their own access.
 */
export async function eligible(
  deps: { jira: Pick<FindApproversDeps["jira"], "account"> },
  candidates: Account[],
  pin: Pin | ActionPin,
  { delegations = [], at }: Pick<Policy, "delegations"> & { at: number },
): Promise<{ all: string[]; delegated: { from: string; to: string }[]; isSelf: boolean }> {
  const present = delegationsAt(delegations, at);
  const parties = partiesTo(pin);
  // Whoever stands in for one of them would decide in their place.
  const excluded = [...parties, ...present.filter(({ from }) => parties.includes(from)).map(({ to }) => to)];
  const { accounts, delegated } = await delegate(deps, candidates, present);
  const deciding = accounts.filter(
    (account) => account.active && account.kind !== "app" && !excluded.includes(account.accountId),
  );
  return {
    all: [...new Set(deciding.map((account) => account.accountId))],
    delegated,
    isSelf: accounts.some((account) => excluded.includes(account.accountId)),
  };
}

function delegationsAt(delegations: NonNullable<Policy["delegations"]>, at: number) {
  const day = new Date(at).toISOString().slice(0, 10);
  return delegations.filter(({ first, last }) => first <= day && day <= last);
}

/** Puts those in who stand in for somebody. Whoever stands in for a stand-in is not looked for. */
async function delegate(
  deps: { jira: Pick<FindApproversDeps["jira"], "account"> },
  accounts: Account[],
  delegations: { from: string; to: string }[],
): Promise<{ accounts: Account[]; delegated: { from: string; to: string }[] }> {
  const delegated: { from: string; to: string }[] = [];
  const deciding: Account[] = [];
  for (const account of accounts) {
    const delegation = delegations.find(({ from }) => from === account.accountId);
    const standIn = delegation && (await deps.jira.account(delegation.to));
    if (standIn) delegated.push({ from: account.accountId, to: standIn.accountId });
    deciding.push(standIn ?? account);
  }
  return { accounts: deciding, delegated };
}

async function candidates(
  deps: FindApproversDeps,
  pin: Pin | ActionPin,
  source: ApproverSource,
): Promise<Candidates> {
  if (source === "manager") {
    if (pin.manager === undefined) return { none: "is not set in JumpCloud" };
    return accountOf(deps, await deps.directory.user(pin.manager));
  }
  if (source === "managers-manager") {
    const manager = pin.manager === undefined ? undefined : await deps.directory.user(pin.manager);
    if (manager?.manager === undefined) return { none: "is not set in JumpCloud" };
    return accountOf(deps, await deps.directory.user(manager.manager));
  }
  if (source === "owner") {
    if (!("entitlementId" in pin)) return { none: "is nobody: it is about no application" };
    const entry = await deps.catalog.entry(pin.entitlementId, pin.policyVersion);
    if (!entry) return { none: "is not in the catalog" };
    const found = await deps.directory.userByEmail(entry.owner);
    if (found.kind === "several") return { none: "is not unique in JumpCloud" };
    return accountOf(deps, found.kind === "one" ? found.user : undefined);
  }
  if ("jiraUser" in source) {
    const account = await deps.jira.account(source.jiraUser);
    return account ? { accounts: [account] } : { none: "has no account in Jira" };
  }
  if ("jumpcloudGroup" in source) return membersOf(deps, source.jumpcloudGroup.id);
  return { accounts: await deps.jira.groupMembers(source.jiraGroup.id) };
}

async function membersOf(deps: FindApproversDeps, groupId: string): Promise<Candidates> {
  const members = await deps.directory.membersOf(groupId);
  if (!members) return { none: "is not in JumpCloud" };
  const found = await Promise.all(
    members.map(async (userId) => accountOf(deps, await deps.directory.user(userId))),
  );
  return { accounts: found.flatMap((one) => ("accounts" in one ? one.accounts : [])) };
}

async function accountOf(deps: FindApproversDeps, user: DirectoryUser | undefined): Promise<Candidates> {
  if (!user) return { none: "is not in JumpCloud" };
  if (user.state !== "ACTIVATED") return { none: `is ${user.state.toLowerCase()} in JumpCloud` };
  const account = await deps.jira.accountByEmail(user.email);
  return account ? { accounts: [account] } : { none: "has no account in Jira" };
}

function nameOf(source: ApproverSource): string {
  if (typeof source === "string") return source;
  if ("jiraUser" in source) return `user ${source.jiraUser}`;
  return "jiraGroup" in source
    ? `group ${source.jiraGroup.name}`
    : `JumpCloud group ${source.jumpcloudGroup.name}`;
}
