import type { ActionName } from "../../src/actions/action-names.ts";
import { performAction } from "../../src/actions/perform-action.ts";
import type { Snapshot } from "../../src/actions/snapshot.ts";
import type { LedgerEntry } from "../../src/grants/ledger.ts";
import type { Policy } from "../../src/policy/policy.ts";
import type { Request } from "../../src/requests/request.ts";
import { policy, site } from "../support/use-cases.ts";
import { jumpcloudClient } from "./clients.ts";

/** A simulated JumpCloud, and what the actions do in it. */
export async function directory() {
  const { accounts, groups, clock, ...jumpcloud } = await jumpcloudClient();
  const guarded: Pick<Policy, "protectedPeople" | "protectedGroups" | "actions"> = {};
  const ledger = new Map<string, LedgerEntry>();
  const granted = new Map<string, Request>();
  const snapshots = new Map<string, Snapshot>();
  const deps = {
    accounts,
    groups,
    memberships: jumpcloud.client,
    ledger: {
      ofUser: async (userId: string) => [...ledger.values()].filter((entry) => entry.userId === userId),
      get: async (userId: string, groupId: string) => ledger.get(`${userId} ${groupId}`),
      save: async (entry: LedgerEntry) => {
        const key = `${entry.userId} ${entry.groupId}`;
        if ((ledger.get(key)?.version ?? 0) !== entry.version) return undefined;
        const saved = { ...entry, version: entry.version + 1 };
        ledger.set(key, saved);
        return saved;
      },
    },
    requests: {
      get: async (requestId: string) =>
        granted.get(requestId) ?? Promise.reject(new Error("no such request")),
      save: async <R extends Request>(_: Request, after: R) => {
        granted.set(after.requestId, after);
        return after;
      },
    },
    audit: { append: async () => ({ sequence: 1, hash: "h" }) },
    snapshots: {
      newest: async (userId: string) => snapshots.get(userId),
      save: async (snapshot: Snapshot) => {
        snapshots.set(snapshot.userId, { ...snapshot, version: snapshot.version + 1 });
      },
    },
    clock: { now: () => clock.now(), sleep: async () => {} },
    policy: { current: async () => ({ version: 1, site, policy: { ...policy, ...guarded } }) },
  };
  const performed = (name: ActionName, inputs: Record<string, unknown>, attempted = false) =>
    performAction(deps, name, inputs, { actionId: "action-10012-1", attempted });
  const perform = async (...given: Parameters<typeof performed>) => (await performed(...given)).outcome;
  const user = async (id: string) => (await jumpcloud.send("GET", `/api/systemusers/${id}`)).body;
  const edit = (id: string, fields: object) => jumpcloud.send("PUT", `/_simulated/users/${id}`, fields);
  const happened = () => jumpcloud.happened.map(({ type }) => type);
  return {
    ...jumpcloud,
    deps,
    ledger,
    clock,
    accounts,
    groups,
    guarded,
    granted,
    snapshots,
    performed,
    perform,
    user,
    edit,
    happened,
  };
}
