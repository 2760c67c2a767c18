import { type FindPersonDeps, findAccountHolder } from "../people/find-person.ts";
import type { Account } from "../requests/issue.ts";
import { type Bundle, groupsFor } from "./bundles.ts";
import type { Lookups } from "./transform.ts";

export type LookupDeps = FindPersonDeps & {
  jira: { account(accountId: string): Promise<Account | undefined> };
  groups: { groupsNamed(name: string): Promise<{ groupId: string }[]> };
};

/** Looks up in JumpCloud, and in Jira, what a ticket names. Whoever is named need not be active. */
export function lookupsIn(deps: LookupDeps, bundles: readonly Bundle[] = []): Lookups {
  return {
    bundleGroups: (attributes) => groupsFor(bundles, attributes),
    async userIds(emailOrAccountId) {
      if (emailOrAccountId.includes("@")) {
        const found = await deps.directory.userByEmail(emailOrAccountId);
        if (found.kind === "several") return ["one", "another"];
        return found.kind === "one" ? [found.user.userId] : [];
      }
      const account = await deps.jira.account(emailOrAccountId);
      const holder = account && (await findAccountHolder(deps, account, "that person's"));
      return holder ? [holder.userId] : [];
    },
    async groupIds(name) {
      return (await deps.groups.groupsNamed(name)).map(({ groupId }) => groupId);
    },
  };
}
