import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { askForApproval } from "../../src/approvals/ask-for-approval.ts";
import type { CatalogEntry } from "../../src/catalog/catalog.ts";
import { neverStopped } from "../../src/grants/grant-switch.ts";
import { holdAccess } from "../../src/grants/hold-access.ts";
import { provisionAccess } from "../../src/grants/provision-access.ts";
import { revokeAccess } from "../../src/grants/revoke-access.ts";
import type { DirectoryUser, Found } from "../../src/people/directory-user.ts";
import { callOperator } from "../../src/requests/call-operator.ts";
import { checkRequest } from "../../src/requests/check-request.ts";
import { closeRequest } from "../../src/requests/close-request.ts";
import type { Doorbell } from "../../src/requests/doorbell.ts";
import type { Account } from "../../src/requests/issue.ts";
import { reconcileIssue } from "../../src/requests/reconcile-issue.ts";
import { ActionRequest, AnyRequest, Request } from "../../src/requests/request.ts";
import { sweepRequests } from "../../src/requests/sweep-requests.ts";
import { ActionRows } from "../../src/storage/action-rows.ts";
import { AuditTrails } from "../../src/storage/audit.ts";
import { Ledger } from "../../src/storage/ledger.ts";
import { People } from "../../src/storage/people.ts";
import { Requests } from "../../src/storage/requests.ts";
import { Standings } from "../../src/storage/standings.ts";
import { Table } from "../../src/storage/table.ts";
import { people as accounts } from "../support/requests.ts";
import { policy as examplePolicy, requester, site } from "../support/use-cases.ts";
import type { SimulatedMemberships, SimulatedTicket } from "./simulated-ticket.ts";

/** What the functions of one invocation are given. */
export type Surroundings = {
  /** A call to the outside, when its turn comes. */
  step<Answer>(label: string, effect: () => Answer): Promise<Awaited<Answer>>;
  database: DynamoDBClient;
  clock: { now(): number; sleep(milliseconds: number): Promise<void> };
  entries: CatalogEntry[];
  ticket: SimulatedTicket;
  memberships: SimulatedMemberships;
  workflow: {
    start(run: { name: string; requestId: string }): Promise<boolean>;
    succeed(token: string, output: { outcome: string }): Promise<boolean>;
  };
  ring(doorbell: Doorbell): void;
};

/** Nobody is reminded before a day is over: no timer of a run makes good what was lost before that. */
const policy = { ...examplePolicy, reminders: ["1d"], expiresAfter: "2d", warnings: ["1h"] };
const applied = { version: 3, site, policy };

const manager = "user-manager";
const user: DirectoryUser = {
  userId: "user-requester",
  email: requester.email ?? "",
  state: "ACTIVATED",
  manager,
  attributes: { employeeType: "permanent" },
};
const accountOf: Record<string, string> = { [user.email]: accounts.requester };
const never = () => Promise.reject(new Error("not what this is about"));

function person(userId: string): DirectoryUser {
  return userId === user.userId ? user : { ...user, userId, email: `${userId}@fernhill.example` };
}

function account(accountId: string): Account {
  return { accountId, active: true, kind: "atlassian", displayName: accountId };
}

/** The product's functions by name, each on its own connection to everything outside of it. */
export function functionsIn({ step, database, clock, entries, ...world }: Surroundings) {
  const { ticket, memberships, workflow } = world;
  const table = new Table(database, "requests");
  const current = async () => applied;
  const jira = {
    issue: () => step("read the ticket", () => ticket.issue()),
    approvals: () => step("read the approvals", () => ticket.approvals()),
    statusChanges: () => step("read the history", () => [...ticket.moves]),
    fieldChanges: () => step("read the changes", () => []),
    setApprovers: (_: string, __: string, ids: string[]) =>
      step("fill the Approvers field", () => ticket.setApprovers(ids)),
    transition: (_: string, to: string, comment?: unknown) =>
      step(`move the ticket to ${to}`, () => ticket.transition(to, comment)),
    comment: (_: string, comment: unknown) => step("comment", () => ticket.comment(comment)),
    hasSaid: (_: string, text: string) =>
      step("read the comments", () => ticket.said.some((said) => said.includes(text))),
    account: async (accountId: string) => account(accountId),
    accountByEmail: async (email: string) => account(accountOf[email] ?? `acc-${email}`),
    groupMembers: async () => [],
    async *changedIssues(_: string[], minutes: number) {
      yield* await step("search changed tickets", () => ticket.changedWithin(minutes));
    },
  };
  const directory = {
    user: async (userId: string) => person(userId),
    userByEmail: async (email: string): Promise<Found> => ({
      kind: "one",
      user: email === user.email ? user : { ...user, userId: `user-${email}`, email },
    }),
    async *users() {
      yield user;
    },
    groupsOf: async () => [],
    membersOf: async () => [],
    group: async (groupId: string) => ({ groupId, name: groupId, dynamic: false }),
    async *applications() {},
  };
  const deps = {
    clock,
    requestsTable: table,
    requests: new Requests(table, clock, Request),
    actions: new Requests(table, clock, ActionRequest),
    anyRequests: new Requests(table, clock, AnyRequest),
    rows: new ActionRows(table),
    ledger: new Ledger(table),
    people: new People(table),
    standings: new Standings(table),
    audit: new AuditTrails(new Table(database, "audit"), clock, async () => applied.version),
    grantSwitch: { get: async () => neverStopped },
    policy: { current },
    catalog: {
      entries: async () => entries,
      entry: async (id: string) => entries.find(({ entitlementId }) => entitlementId === id),
      entryForOption: async (option: string) => entries.find((entry) => entry.option === option),
      closed: async () => undefined,
    },
    jira,
    directory,
    graph: { groupsGiving: never, reach: never } as never,
    memberships: {
      isMember: (_: string, group: string) => step("read the membership", () => memberships.has(group)),
      addMember: (_: string, group: string) => step("add the member", () => memberships.add(group)),
      removeMember: (_: string, group: string) => step("remove the member", () => memberships.remove(group)),
    },
    workflow: {
      start: (run: { name: string; requestId: string }) =>
        step(`start ${run.name}`, () => workflow.start(run)),
      succeed: (token: string, output: { outcome: string }) =>
        step(`resume the run: ${output.outcome}`, () => workflow.succeed(token, output)),
    },
    queue: { ring: (doorbell: Doorbell) => step("ring", () => world.ring(doorbell)) },
  };
  const forAny = { ...deps, requests: deps.anyRequests };
  return {
    "check-request": ({ requestId }: Payload) => checkRequest(deps, requestId),
    "ask-for-approval": (payload: Payload) => askForApproval(forAny, payload),
    "provision-access": ({ requestId }: Payload) => provisionAccess(deps, requestId),
    "hold-access": (payload: Payload) => holdAccess(deps, payload),
    "revoke-access": (payload: Payload) => revokeAccess(deps, payload),
    "close-request": (payload: Payload) => closeRequest(deps, payload as never),
    "call-operator": (payload: Payload) => callOperator(forAny, payload),
    "reconcile-issue": (doorbell: Doorbell) => reconcileIssue(deps, doorbell),
    "sweep-requests": () => sweepRequests(forAny),
  };
}

type Payload = {
  requestId: string;
  token: string;
  reminders: number;
  undo: boolean;
  error: string;
  cause: string;
};
