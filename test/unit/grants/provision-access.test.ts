import { expect, test } from "vitest";
import {
  AlreadyWithdrawnError,
  ApprovalMissingError,
  DeniedByPolicyError,
  DynamicGroupError,
  EntitlementUnavailableError,
  FormChangedError,
  GroupMissingError,
  InconsistentError,
  NotEligibleError,
  PersonInactiveError,
  PersonNotFoundError,
  PolicyMissingError,
  ProtectedGroupError,
} from "../../../src/errors.ts";
import { neverStopped } from "../../../src/grants/grant-switch.ts";
import { provisionAccess } from "../../../src/grants/provision-access.ts";
import { noStanding } from "../../../src/policy/standing.ts";
import { decision, people, pin, request } from "../../support/requests.ts";
import { entry, formHash, issue, openStore, policy, requestType, site } from "../../support/use-cases.ts";

const user = { userId: "user-requester", email: "", state: "ACTIVATED", attributes: {} };
const manager = { accountId: people.manager, active: true, decision: "approved" as const };
const record = {
  id: "7",
  finalDecision: "approved" as const,
  createdAt: 1_500,
  completedAt: 2_000,
  approvers: [manager],
};
const pinned = pin({
  form: formHash(issue()),
  option: entry.option,
  entitlementId: entry.entitlementId,
  groups: entry.groups,
});
const approved = request("approved", { pin: pinned });

const waivedPin = { ...pinned, automatic: "Everybody has it.", stages: [] };

type Deps = Parameters<typeof provisionAccess>[0];
type World = {
  request: typeof approved;
  issue: Awaited<ReturnType<Deps["jira"]["issue"]>>;
  approvals: Awaited<ReturnType<Deps["jira"]["approvals"]>>;
  entry: Awaited<ReturnType<Deps["catalog"]["entry"]>>;
  user: Awaited<ReturnType<Deps["directory"]["user"]>>;
  group: Awaited<ReturnType<Deps["directory"]["group"]>>;
  protectedGroups: string[];
  site: typeof site;
};

/** A world in which everything holds, except what is said. */
async function provision(parts: Partial<World> = {}) {
  const world: World = {
    request: approved,
    issue: issue(),
    approvals: [record],
    entry,
    user,
    group: { groupId: "g", name: "g", dynamic: false },
    protectedGroups: [],
    site,
    ...parts,
  };
  const store = openStore(world.request);
  const members = new Set<string>();
  const result = provisionAccess(
    {
      ...store,
      clock: { now: () => 10_000, sleep: async () => {} },
      policy: {
        current: async () => ({
          version: 3,
          site: world.site,
          policy: { ...policy, protectedGroups: world.protectedGroups },
        }),
      },
      catalog: {
        closed: async () => undefined,
        entryForOption: async () => undefined,
        entry: async () => world.entry,
      },
      grantSwitch: { get: async () => neverStopped },
      standings: { get: async (userId) => noStanding(userId), save: async () => true },
      directory: {
        user: async () => world.user,
        userByEmail: async () => ({ kind: "none" }),
        group: async () => world.group,
        groupsOf: async () => [],
      },
      jira: {
        issue: async () => world.issue,
        approvals: async () => world.approvals,
        statusChanges: async () => [],
        fieldChanges: async () => [],
        comment: async () => {},
        hasSaid: async () => false,
      },
      memberships: {
        isMember: async (_, group) => members.has(group),
        addMember: async (_, group) => {
          members.add(group);
        },
        removeMember: async () => {},
      },
      ledger: { get: async () => undefined, save: async (saved) => saved },
    },
    "10012-1",
  );
  const error = await result.then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  return { error, members: [...members], status: store.stored().status, actions: store.actions() };
}

test("an approved request gives exactly the groups that were approved", async () => {
  expect(await provision()).toEqual({
    error: undefined,
    members: entry.groups,
    status: "granted",
    actions: ["access.intended", "access.granted"],
  });
});

test("a request that policy waives the approval of needs none in Jira", async () => {
  const waived = { request: request("approved", { pin: waivedPin, decisions: [] }), approvals: [] };
  const open = { ...entry, approval: "everybody-may" };
  expect(await provision({ ...waived, entry: open })).toMatchObject({ status: "granted" });
});

const otherGroups = { ...entry, groups: ["0123456789abcdef01234567"] };
const developersOnly = {
  ...entry,
  eligibility: { attribute: "department" as const, in: ["Engineering"], of: "beneficiary" as const },
};

test.each<[string, Partial<World>, new (...words: never[]) => Error]>([
  ["the ticket is gone", { issue: undefined }, AlreadyWithdrawnError],
  [
    "the ticket was cancelled",
    { issue: issue({ statusId: requestType.statuses.withdrawn }) },
    AlreadyWithdrawnError,
  ],
  [
    "the form was edited",
    { issue: issue({}, { [requestType.fields.duration?.id ?? ""]: { id: "10306" } }) },
    FormChangedError,
  ],
  ["the ticket got another reporter", { issue: issue({ reporter: undefined }) }, FormChangedError],
  [
    "the request type is in the settings no more",
    { site: { ...site, requestTypes: [] } },
    PolicyMissingError,
  ],
  ["the entitlement is gone", { entry: undefined }, EntitlementUnavailableError],
  ["the entitlement was closed", { entry: { ...entry, status: "disabled" } }, EntitlementUnavailableError],
  [
    "the approval that policy waived is wanted now",
    { request: request("approved", { pin: waivedPin, decisions: [] }) },
    DeniedByPolicyError,
  ],
  ["the entitlement gives other groups", { entry: otherGroups }, EntitlementUnavailableError],
  ["the person is gone", { user: undefined }, PersonNotFoundError],
  ["the person is suspended", { user: { ...user, state: "SUSPENDED" } }, PersonInactiveError],
  ["the person is not eligible any more", { entry: developersOnly }, NotEligibleError],
  ["the group is protected", { protectedGroups: entry.groups }, ProtectedGroupError],
  ["the group is gone", { group: undefined }, GroupMissingError],
  [
    "the group computes its members",
    { group: { groupId: "g", name: "g", dynamic: true } },
    DynamicGroupError,
  ],
])("nothing is given, and nothing is written, when %s", async (_, parts, expected) => {
  const { error, members, status, actions } = await provision(parts);
  expect(error).toBeInstanceOf(expected);
  expect({ members, status, actions }).toEqual({ members: [], status: "approved", actions: [] });
});

test.each<[string, Partial<World>]>([
  ["is not in Jira any more", { approvals: [] }],
  [
    "was followed by a decline",
    { approvals: [record, { ...record, id: "8", createdAt: 3_000, finalDecision: "declined" }] },
  ],
  [
    "is by somebody who was deactivated",
    { approvals: [{ ...record, approvers: [{ ...manager, active: false }] }] },
  ],
  ["was never recorded", { request: request("approved", { pin: pinned, decisions: [] }) }],
  [
    "is the requester's own",
    {
      request: request("approved", {
        pin: { ...pinned, beneficiary: { accountId: people.manager, userId: "u" } },
      }),
    },
  ],
])("nothing is given, and approval is asked for again, when the approval %s", async (_, parts) => {
  const { error, members, status, actions } = await provision(parts);
  expect(error).toBeInstanceOf(ApprovalMissingError);
  expect({ members, status, actions }).toEqual({
    members: [],
    status: "checked",
    actions: ["approval.missing"],
  });
});

test.each(["requested", "checked", "asked", "blocked", "declined", "ended", "failed"] as const)(
  "a request that is %s is not given anything, whoever asks for it",
  async (status) => {
    const { error, members } = await provision({
      request: request(status, { decisions: [decision()] }) as never,
    });
    expect(error).toBeInstanceOf(InconsistentError);
    expect(members).toEqual([]);
  },
);
