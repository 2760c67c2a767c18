import type { Collection, Store } from "../../store.ts";
import { groups as companyGroups, domain, keys, people } from "../company.ts";

/** An Atlassian account that the site knows. */
export type Account = {
  accountId: string;
  accountType: "atlassian" | "app" | "customer";
  displayName: string;
  email: string;
  /** Whether the address is shown to nobody but the person, and found only when it is given in full. */
  emailHidden: boolean;
  /** An inactive account cannot log in and is not found by searches. */
  active: boolean;
  timeZone: string;
  /** Whether it has the agent's role in the projects: sees, edits and transitions everything. */
  agent: boolean;
  /** Whether it has the global permission Administer Jira. */
  administrator: boolean;
};

export type AccountGroup = { groupId: string; name: string; members: string[] };

/** A customer of another company: can use the portal only, and nobody in JumpCloud. */
export const portalCustomer: Account = {
  accountId: "qm:11111111-2222-4333-8444-555555555555:5f000000-0000-4000-8000-00000000cafe",
  accountType: "customer",
  displayName: "Petra Vogel",
  email: "petra.vogel@supplier.example",
  emailHidden: false,
  active: true,
  timeZone: "Europe/Berlin",
  agent: false,
  administrator: false,
};

/** The account that Latchkey uses. */
export const serviceAccount: Account = {
  accountId: keys.jiraServiceAccountId,
  accountType: "app",
  displayName: "Latchkey",
  email: keys.jiraServiceAccountEmail,
  emailHidden: false,
  active: true,
  timeZone: "Etc/UTC",
  agent: true,
  administrator: true,
};

/** The account that automation rules act as. Nobody can log in as it. */
export const automationAccount: Account = {
  accountId: "557058:5e000000-0000-4000-8000-0000000000ab",
  accountType: "app",
  displayName: "Automation for Jira",
  email: "automation@serviceaccount.atlassian.com",
  emailHidden: true,
  active: true,
  timeZone: "Etc/UTC",
  agent: true,
  administrator: false,
};

const timeZones: Record<string, string> = {
  Amsterdam: "Europe/Amsterdam",
  Berlin: "Europe/Berlin",
  Lisbon: "Europe/Lisbon",
  London: "Europe/London",
};

const headOfIt = `nadia.rahman@${domain}`;

function seedAccounts(): Account[] {
  const employees = people.map(
    (person): Account => ({
      accountId: person.accountId,
      accountType: "atlassian",
      displayName: `${person.firstName} ${person.lastName}`,
      email: person.email,
      emailHidden: person.emailHidden,
      active: person.state === "ACTIVATED",
      timeZone: timeZones[person.location] ?? "Etc/UTC",
      agent: person.agent,
      administrator: person.email === headOfIt,
    }),
  );
  return [...employees, portalCustomer, serviceAccount, automationAccount];
}

const sharedWithJumpCloud = new Set(["engineering", "it-administrators", "security-team"]);

function seedGroups(accounts: Account[]): AccountGroup[] {
  const idOf = new Map(accounts.map((account) => [account.email, account.accountId]));
  const members: Record<string, string[]> = {
    "jira-administrators": accounts.filter((one) => one.administrator).map((one) => one.accountId),
    "jira-servicemanagement-users": accounts.filter((one) => one.agent).map((one) => one.accountId),
    "jira-users": accounts.filter((one) => one.accountType === "atlassian").map((one) => one.accountId),
  };
  for (const group of companyGroups)
    if (sharedWithJumpCloud.has(group.name))
      members[group.name] = group.members.flatMap((email) => idOf.get(email) ?? []);
  return Object.entries(members).map(([name, accountIds], index) => ({
    groupId: `9a000000-0000-4000-8000-0000000000${(index + 1).toString(16).padStart(2, "0")}`,
    name,
    members: accountIds,
  }));
}

export class Accounts {
  readonly groups: AccountGroup[];
  readonly #accounts: Collection<Account>;

  constructor(store: Store) {
    this.#accounts = store.collection("jira.accounts");
    const seed = seedAccounts();
    store.together(() => {
      if (this.#accounts.size === 0)
        for (const account of seed) this.#accounts.set(account.accountId, account);
    });
    this.groups = seedGroups(seed);
  }

  find(accountId: string): Account | undefined {
    return this.#accounts.get(accountId);
  }

  /** The account of an id that the site itself has stored. */
  get(accountId: string): Account {
    const account = this.find(accountId);
    if (!account) throw new Error(`there is no account ${accountId}`);
    return account;
  }

  findByEmail(email: string): Account | undefined {
    return this.all().find((account) => sameText(account.email, email));
  }

  all(): Account[] {
    return this.#accounts.values();
  }

  /** As when a person's account is deactivated, or the person changes who may see the address. */
  change(
    accountId: string,
    change: Partial<Pick<Account, "accountType" | "active" | "emailHidden">>,
  ): Account {
    const account = { ...this.get(accountId), ...change };
    this.#accounts.set(accountId, account);
    return account;
  }

  group(idOrName: string): AccountGroup | undefined {
    return this.groups.find((group) => group.groupId === idOrName || group.name === idOrName);
  }

  groupsOf(accountId: string): AccountGroup[] {
    return this.groups.filter((group) => group.members.includes(accountId));
  }

  /**
   * Active accounts whose name or visible address begins with the text. A hidden address is found only by all of it;
   * so is it by Jira's pickers: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-group-and-user-picker/
   */
  search(text: string): Account[] {
    return this.all().filter(
      (account) =>
        account.active &&
        (beginsWith(account.displayName, text) ||
          (account.emailHidden ? sameText(account.email, text) : beginsWith(account.email, text))),
    );
  }
}

function sameText(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function beginsWith(value: string, text: string): boolean {
  return value.toLowerCase().startsWith(text.toLowerCase());
}
