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
import {
  manager,
  outcome,
  pinned,
  provision,
  record,
  user,
  type World,
  waivedPin,
} from "../../support/provisioning.ts";
import { decision, people, request } from "../../support/requests.ts";
import { entry, issue, requestType, site } from "../../support/use-cases.ts";

test("an approved request gives exactly the groups that were approved", async () => {
  expect(await outcome()).toEqual({
    error: undefined,
    members: entry.groups,
    status: "granted",
    actions: ["access.intended", "access.granted"],
  });
});

test("a request that policy waives the approval of needs none in Jira", async () => {
  const waived = { request: request("approved", { pin: waivedPin, decisions: [] }), approvals: [] };
  const open = { ...entry, approval: "everybody-may" };
  const { error, stored, entries } = await provision({ ...waived, entry: open });
  expect([error, stored.status]).toEqual([undefined, "granted"]);
  expect(entries).toMatchObject([
    { action: "access.intended", facts: { approval: "waived by policy" } },
    { action: "access.granted" },
  ]);
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
  const { error, members, status, actions } = await outcome(parts);
  expect(error).toBeInstanceOf(expected);
  expect({ members, status, actions }).toEqual({ members: [], status: "approved", actions: [] });
});

test("what is not given any more says why, in the words of the ticket", async () => {
  const { title } = pinned;
  const said: [Partial<World>, Error][] = [
    [{ entry: undefined }, new EntitlementUnavailableError(title, "it was closed meanwhile")],
    [
      { entry: otherGroups },
      new EntitlementUnavailableError(title, "what it gives has changed since it was approved"),
    ],
    [{ user: undefined }, new PersonNotFoundError("the person's")],
    [{ user: { ...user, state: "SUSPENDED" } }, new PersonInactiveError("The person's", "SUSPENDED")],
  ];
  for (const [parts, error] of said) expect((await outcome(parts)).error).toEqual(error);
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
  const { error, members, status, actions } = await outcome(parts);
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
