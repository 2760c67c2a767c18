import { VirtualClock } from "../local/clock.ts";
import { Store } from "../local/store.ts";
import { applications, groups, keys, people } from "../local/world/company.ts";
import { startJumpCloud } from "../local/world/jumpcloud/server.ts";
import type { ActionDeps } from "../src/actions/action.ts";
import { type ActionName, actionNames } from "../src/actions/action-names.ts";
import { performAction } from "../src/actions/perform-action.ts";
import type { Snapshot } from "../src/actions/snapshot.ts";
import type { LedgerEntry } from "../src/grants/ledger.ts";
import { JumpCloud } from "../src/jumpcloud/jumpcloud.ts";
import { JumpCloudAccounts } from "../src/jumpcloud/jumpcloud-accounts.ts";
import { jumpcloudApi } from "../src/jumpcloud/jumpcloud-api.ts";
import { JumpCloudGroups } from "../src/jumpcloud/jumpcloud-groups.ts";
import { readPolicyFiles } from "../src/policy-files/read-policy-files.ts";
import type { FigureGroup } from "./figures.ts";

const userId = (login: string) =>
  people.find(({ email }) => email.startsWith(`${login}@`))?.jumpcloudId ?? "";
const groupId = (name: string) => groups.find((one) => one.name === name)?.id ?? "";
const friday = Date.UTC(2026, 10, 20, 9);

/** What each action is given, in an order in which each has something to do. */
function plan(): [ActionName, Record<string, unknown>][] {
  const user = userId("alice.moreau");
  const vpn = groupId("vpn-users");
  const application = applications[0]?.id;
  const everyone = groupId("everyone");
  return [
    ["lock-account", { user }],
    ["unlock-account", { user }],
    ["expire-password", { user }],
    ["send-password-mail", { user }],
    ["reset-mfa", { user, hours: 24 }],
    ["update-attributes", { user, fields: { department: "Data" } }],
    ["set-manager", { user, manager: userId("carla.mendes") }],
    ["schedule-change", { user, state: "SUSPENDED", at: friday + 86_400_000 }],
    ["cancel-scheduled-change", { user, state: "SUSPENDED" }],
    ["create-user", { username: "new.hire", email: "new.hire@fernhill.example" }],
    ["add-to-groups", { user, groups: [groupId("aws-billing")] }],
    ["remove-from-groups", { user, groups: [groupId("aws-billing")] }],
    ["create-group", { name: "newcomers" }],
    ["describe-group", { group: vpn, description: "People on the road" }],
    ["bind-application", { group: vpn, application }],
    ["unbind-application", { group: vpn, application }],
    ["add-exemption", { group: everyone, user }],
    ["remove-exemption", { group: everyone, user }],
    ["change-bundles", { user, groups: [groupId("figma-editors")] }],
    ["take-snapshot", { user: userId("jonas.bergmann") }],
    ["end-access", { user: userId("jonas.bergmann") }],
    ["leave-groups", { user: userId("jonas.bergmann") }],
    ["leave-applications", { user: userId("jonas.bergmann") }],
    ["hand-over-reports", { user: userId("jonas.bergmann"), to: userId("mei.chen") }],
    ["suspend-user", { user: userId("jonas.bergmann") }],
    ["unsuspend-user", { user: userId("jonas.bergmann") }],
    ["suspend-user", { user: userId("jonas.bergmann") }],
    ["restore-user", { user: userId("jonas.bergmann") }],
    ["delete-user", { user: userId("tomas.ruiz") }],
  ];
}

/** How many calls to JumpCloud each action takes, once, in the simulated organisation of 40 people and 25 groups. */
export async function actionFigures(): Promise<FigureGroup> {
  const files = readPolicyFiles("policy");
  if ("problems" in files) throw new Error("The example files in policy/ are wrong.");
  const { site, policy } = files;
  const jumpcloud = await startJumpCloud({ clock: new VirtualClock(friday), store: new Store(), port: 0 });
  const clock = { now: () => friday, sleep: async () => {} };
  const key = {
    read: async () => ({ kind: "api-key" as const, key: keys.jumpcloudApiKey }),
    renew: async () => false,
  };
  const pace = { next: async () => {}, slowDown: async () => {} };
  const http = jumpcloudApi(
    { api: jumpcloud.url, token: `${jumpcloud.url}/oauth/token` },
    async () => keys.jumpcloudOrganization,
    key,
    pace,
    clock,
  );
  const ledger = new Map<string, LedgerEntry>();
  const snapshots = new Map<string, Snapshot>();
  const never = () => Promise.reject(new Error("there are no requests for access here"));
  const deps: ActionDeps = {
    clock,
    accounts: new JumpCloudAccounts(http),
    groups: new JumpCloudGroups(http),
    memberships: new JumpCloud(http),
    policy: { current: async () => ({ version: 1, site, policy }) },
    ledger: {
      get: async (user, group) => ledger.get(`${user} ${group}`),
      ofUser: async (user) => [...ledger.values()].filter((entry) => entry.userId === user),
      save: async (entry) => {
        const saved = { ...entry, version: entry.version + 1 };
        ledger.set(`${entry.userId} ${entry.groupId}`, saved);
        return saved;
      },
    },
    requests: { get: never, save: never },
    audit: { append: never },
    snapshots: {
      newest: async (user) => snapshots.get(user),
      save: async (snapshot) => void snapshots.set(snapshot.userId, snapshot),
    },
  };
  try {
    const counts = new Map<ActionName, number>();
    for (const [name, inputs] of plan()) {
      jumpcloud.calls.clear();
      await performAction(deps, name, inputs, { actionId: `action-1-1-0-${counts.size}`, attempted: false });
      counts.set(name, jumpcloud.calls.all().length);
    }
    const [made] = await deps.accounts.accountsNamed({
      username: "new.hire",
      email: "new.hire@fernhill.example",
    });
    jumpcloud.calls.clear();
    const activation = { user: made?.userId, mail: true };
    await performAction(deps, "activate-user", activation, { actionId: "action-2-1-0-0", attempted: false });
    counts.set("activate-user", jumpcloud.calls.all().length);
    return {
      title: "Calls to JumpCloud of each action, looks before and after it included",
      figures: actionNames.map((name) => ({ name, measured: counts.get(name) ?? Number.NaN, unit: "" })),
    };
  } finally {
    await jumpcloud.close();
  }
}
