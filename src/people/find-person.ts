import { PersonInactiveError, PersonNotFoundError, PersonNotUniqueError } from "../errors.ts";
import type { Account } from "../requests/issue.ts";
import type { DirectoryUser, Found } from "./directory-user.ts";

export type FindPersonDeps = {
  directory: {
    userByEmail(email: string): Promise<Found>;
    user(userId: string): Promise<DirectoryUser | undefined>;
    /** Everybody, page by page; likelier people first when a name is given. */
    users(): AsyncIterable<DirectoryUser>;
  };
  jira: {
    /** The active account with exactly this address, hidden or not. */
    accountByEmail(email: string): Promise<Account | undefined>;
  };
  /** Which JumpCloud user an account was found to be, so that a hidden address is looked for once. */
  people: {
    userIdOf(accountId: string): Promise<string | undefined>;
    remember(accountId: string, userId: string): Promise<void>;
  };
};

/** How many people are tried for an account whose address is hidden. */
const mostTries = 200;

/**
 * The JumpCloud user that is the same person as the Jira account, active there.
 *
 * Jira shows a person's e-mail address only if the person allows it. A hidden one is found from the other side: Jira
 * finds an account by its exact address, so JumpCloud's people are tried, those with the same name first.
 *
 * @param whose how a comment calls the person: `your`, `the beneficiary's`
 */
export async function findPerson(
  deps: FindPersonDeps,
  account: Account,
  whose: string,
): Promise<DirectoryUser> {
  const user = await findAccountHolder(deps, account, whose);
  if (!user) throw new PersonNotFoundError(whose);
  if (user.state !== "ACTIVATED") throw new PersonInactiveError(capitalised(whose), user.state);
  return user;
}

/** The same, active or not; undefined when there is none. */
export async function findAccountHolder(
  deps: FindPersonDeps,
  account: Account,
  whose: string,
): Promise<DirectoryUser | undefined> {
  return account.email === undefined ? findHidden(deps, account) : findByEmail(deps, account.email, whose);
}

async function findByEmail(
  deps: FindPersonDeps,
  email: string,
  whose: string,
): Promise<DirectoryUser | undefined> {
  const found = await deps.directory.userByEmail(email);
  switch (found.kind) {
    case "one":
      return found.user;
    case "none":
      return undefined;
    case "several":
      throw new PersonNotUniqueError(whose);
  }
}

async function findHidden(deps: FindPersonDeps, account: Account): Promise<DirectoryUser | undefined> {
  const known = await deps.people.userIdOf(account.accountId);
  if (known !== undefined) {
    const user = await deps.directory.user(known);
    if (user && (await isSame(deps, account, user))) return user;
  }
  const others: DirectoryUser[] = [];
  for await (const user of deps.directory.users()) {
    if (user.displayName !== account.displayName) others.push(user);
    else if (await isSame(deps, account, user)) return remember(deps, account, user);
  }
  for (const user of others.slice(0, mostTries))
    if (await isSame(deps, account, user)) return remember(deps, account, user);
  return undefined;
}

async function isSame(deps: FindPersonDeps, account: Account, user: DirectoryUser): Promise<boolean> {
  return (await deps.jira.accountByEmail(user.email))?.accountId === account.accountId;
}

async function remember(deps: FindPersonDeps, account: Account, user: DirectoryUser): Promise<DirectoryUser> {
  await deps.people.remember(account.accountId, user.userId);
  return user;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
