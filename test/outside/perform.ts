import type { ActionName } from "../../src/actions/action-names.ts";
import { performAction } from "../../src/actions/perform-action.ts";
import type { LedgerEntry } from "../../src/grants/ledger.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { policy, site } from "../support/use-cases.ts";
import { jumpcloudClient } from "./clients.ts";

/** A simulated JumpCloud, and what the actions do in it. */
export async function directory() {
  const { accounts, groups, clock, ...jumpcloud } = await jumpcloudClient();
  const guarded: Pick<Policy, "protectedPeople" | "protectedGroups"> = {};
  const ledger = new Map<string, LedgerEntry>();
  const deps = {
    accounts,
    groups,
    memberships: jumpcloud.client,
    ledger: {
      get: async (userId: string, groupId: string) => ledger.get(`${userId} ${groupId}`),
      save: async (entry: LedgerEntry) => {
        const key = `${entry.userId} ${entry.groupId}`;
        if ((ledger.get(key)?.version ?? 0) !== entry.version) return undefined;
        const saved = { ...entry, version: entry.version + 1 };
        ledger.set(key, saved);
        return saved;
      },
    },
    clock: { now: () => clock.now(), sleep: async () => {} },
    policy: { current: async () => ({ version: 1, site, policy: { ...policy, ...guarded } }) },
  };
  const perform = (name: ActionName, inputs: Record<string, unknown>, attempted = false) =>
    performAction(deps, name, inputs, { actionId: "action-10012-1", attempted });
  const user = async (id: string) => (await jumpcloud.send("GET", `/api/systemusers/${id}`)).body;
  const edit = (id: string, fields: object) => jumpcloud.send("PUT", `/_simulated/users/${id}`, fields);
  const happened = () => jumpcloud.happened.map(({ type }) => type);
  return { ...jumpcloud, deps, ledger, clock, accounts, groups, guarded, perform, user, edit, happened };
}
