import { expect, test } from "vitest";
import {
  AlreadyWithdrawnError,
  EntitlementUnavailableError,
  FieldInvalidError,
  FieldMissingError,
  NotEligibleError,
  OnBehalfNotAllowedError,
  PersonInactiveError,
  PersonNotFoundError,
  PolicyMissingError,
} from "../../../src/errors.ts";
import { noStanding } from "../../../src/policy/standing.ts";
import { checkRequest } from "../../../src/requests/check-request.ts";
import type { Account } from "../../../src/requests/issue.ts";
import { request } from "../../support/requests.ts";
import { entry, issue, openStore, policy, requester, requestType, site } from "../../support/use-cases.ts";

type Deps = Parameters<typeof checkRequest>[0];
const alice = { userId: "alice", email: "alice@fernhill.example", state: "ACTIVATED", attributes: {} };
const colleague: Account = {
  ...requester,
  accountId: "acc-bob",
  displayName: "Bob",
  email: "bob@fernhill.example",
};
const bob = { ...alice, userId: "bob", email: "bob@fernhill.example" };

type World = {
  issue: Awaited<ReturnType<Deps["jira"]["issue"]>>;
  entry: Awaited<ReturnType<Deps["catalog"]["entryForOption"]>>;
  requestType: typeof requestType;
  users: (typeof alice & { manager?: string })[];
  approvals: typeof policy.approvals;
};

async function check(parts: Partial<World> = {}) {
  const world: World = {
    issue: issue(),
    entry,
    requestType,
    users: [alice, { ...bob, manager: "alice" }],
    approvals: policy.approvals,
    ...parts,
  };
  const store = openStore(request("requested"));
  const deps: Deps = {
    ...store,
    clock: { now: () => 10_000, sleep: async () => {} },
    policy: {
      current: async () => ({
        version: 3,
        site: { ...site, requestTypes: [world.requestType] },
        policy: { ...policy, approvals: world.approvals },
      }),
    },
    catalog: {
      closed: async () => undefined,
      entryForOption: async () => world.entry,
      entry: async () => world.entry,
      entries: async () => [],
    },
    standings: { get: async (userId) => noStanding(userId), save: async () => true },
    jira: {
      issue: async () => world.issue,
      account: async (id) => (id === colleague.accountId ? colleague : undefined),
      accountByEmail: async () => undefined,
      comment: async () => {},
      groupMembers: async () => [],
      hasSaid: async () => false,
    },
    directory: {
      userByEmail: async (email) => {
        const user = world.users.find((one) => one.email === email);
        return user ? { kind: "one", user } : { kind: "none" };
      },
      user: async () => undefined,
      membersOf: async () => [],
      groupsOf: async () => [],
      async *users() {},
    },
    people: { userIdOf: async () => undefined, remember: async () => {} },
  };
  const result = await checkRequest(deps, "10012-1").catch((error: Error) => error);
  return { result, stored: store.stored() };
}

const { entitlement, beneficiary, reason } = requestType.fields;
const forColleague = issue({}, { [beneficiary?.id ?? ""]: [{ accountId: colleague.accountId }] });
const forStranger = issue({}, { [beneficiary?.id ?? ""]: { accountId: "acc-nobody" } });
const withOnBehalf = (onBehalf: "nobody" | "managers" | "anyone" | undefined) => {
  const { onBehalf: _, ...rest } = requestType;
  return onBehalf ? { ...rest, onBehalf } : rest;
};
const reasonNeeded = {
  ...requestType,
  fields: { ...requestType.fields, reason: { id: reason?.id ?? "", name: "Why?", required: true } },
};

test("what is pinned is what the form says, for the person who asked", async () => {
  const { result, stored } = await check();
  expect(result).toMatchObject({ next: "ask" });
  expect(stored).toMatchObject({
    status: "checked",
    pin: {
      entitlementId: entry.entitlementId,
      groups: entry.groups,
      seconds: 14_400,
      requester: { accountId: requester.accountId, userId: "alice" },
      beneficiary: { accountId: requester.accountId, userId: "alice" },
      policyVersion: 3,
    },
  });
});

test("a request that needs no approval may be fulfilled at once, and keeps the reason", async () => {
  const { result, stored } = await check({
    approvals: { [entry.approval ?? ""]: { automatic: "Everybody has it." } },
  });
  expect(result).toMatchObject({ next: "provision" });
  expect(stored).toMatchObject({ status: "approved", pin: { automatic: "Everybody has it.", stages: [] } });
});

test("a manager may ask for their people, and anybody for anybody where the form says so", async () => {
  const pinnedForBob = { pin: { requester: { userId: "alice" }, beneficiary: { userId: "bob" } } };
  expect((await check({ issue: forColleague })).stored).toMatchObject(pinnedForBob);
  const anyone = { issue: forColleague, requestType: withOnBehalf("anyone"), users: [alice, bob] };
  expect((await check(anyone)).stored).toMatchObject(pinnedForBob);
});

test.each<[string, Partial<World>, new (...words: never[]) => Error]>([
  ["the ticket is gone", { issue: undefined }, AlreadyWithdrawnError],
  [
    "the ticket was cancelled",
    { issue: issue({ statusId: requestType.statuses.withdrawn }) },
    AlreadyWithdrawnError,
  ],
  ["nothing was chosen", { issue: issue({}, { [entitlement.id]: null }) }, FieldMissingError],
  ["a compulsory reason is missing", { requestType: reasonNeeded }, FieldMissingError],
  [
    "a compulsory reason is blank",
    { requestType: reasonNeeded, issue: issue({}, { [reason?.id ?? ""]: "  " }) },
    FieldMissingError,
  ],
  ["the choice is not in the catalog", { entry: undefined }, FieldInvalidError],
  [
    "nobody has taken the application on",
    { entry: { ...entry, status: "unassigned" } },
    EntitlementUnavailableError,
  ],
  ["the application is closed", { entry: { ...entry, status: "disabled" } }, EntitlementUnavailableError],
  ["its form does not offer it", { entry: { ...entry, requestTypes: ["31"] } }, EntitlementUnavailableError],
  ["the reporter is unknown", { issue: issue({ reporter: undefined }) }, PersonNotFoundError],
  ["the reporter is not in JumpCloud", { users: [] }, PersonNotFoundError],
  ["the reporter is suspended", { users: [{ ...alice, state: "SUSPENDED" }] }, PersonInactiveError],
  [
    "it is not open to them",
    { entry: { ...entry, eligibility: { attribute: "department", in: ["Sales"], of: "beneficiary" } } },
    NotEligibleError,
  ],
  ["policy does not know the approval", { approvals: {} }, PolicyMissingError],
  [
    "nobody may ask for others",
    { issue: forColleague, requestType: withOnBehalf("nobody") },
    OnBehalfNotAllowedError,
  ],
  [
    "the form does not say who may ask for others",
    { issue: forColleague, requestType: withOnBehalf(undefined) },
    OnBehalfNotAllowedError,
  ],
  [
    "they are not the other person's manager",
    { issue: forColleague, users: [alice, bob] },
    OnBehalfNotAllowedError,
  ],
  ["the other person has no account", { issue: forStranger }, FieldInvalidError],
  [
    "the other person is suspended",
    { issue: forColleague, users: [alice, { ...bob, state: "SUSPENDED", manager: "alice" }] },
    PersonInactiveError,
  ],
])("a request is refused, and nothing is pinned, when %s", async (_, parts, expected) => {
  const { result, stored } = await check(parts);
  expect(result).toBeInstanceOf(expected);
  expect(stored.status).toBe("requested");
});
