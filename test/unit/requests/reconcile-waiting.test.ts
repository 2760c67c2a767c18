import { describe, expect, test } from "vitest";
import { hashOfTicket } from "../../../src/actions/same-ticket.ts";
import type { ApprovalRecord } from "../../../src/approvals/approval-proof.ts";
import type { Doorbell } from "../../../src/requests/doorbell.ts";
import type { FieldChange, Issue } from "../../../src/requests/issue.ts";
import { reconcileWaiting, type WaitingDeps } from "../../../src/requests/reconcile-waiting.ts";
import type { AnyIn, Request } from "../../../src/requests/request.ts";
import { actionPin, actionRequest, asked, people, pin, request } from "../../support/requests.ts";
import { entry, formHash, issue, openStore, policy, requestType, site } from "../../support/use-cases.ts";

const { statuses } = requestType;
const [waitingStatus = ""] = statuses.waiting;
const durationField = requestType.fields.duration?.id ?? "";
const at = (statusId: string, parts: Partial<Issue> = {}) => issue({ statusId, ...parts });

function record(finalDecision: ApprovalRecord["finalDecision"], by = people.manager): ApprovalRecord {
  const approvers = [{ accountId: by, active: true, decision: finalDecision }];
  return { id: "7", finalDecision, createdAt: 1_500, completedAt: 2_000, approvers };
}

type World = {
  request: AnyIn<"asked" | "blocked">;
  /** What Jira shows at each reading; the last of them from then on. */
  approvals: ApprovalRecord[][];
  issues: (Issue | undefined)[];
  changes: FieldChange[] | Error;
  doorbell: Partial<Doorbell>;
  /** Who is in the group that was asked. */
  members: string[];
};

const waiting = request("asked", {
  token: "token",
  pin: pin({ form: formHash(issue()), option: entry.option, seconds: 14_400 }),
});

async function reconcile(parts: Partial<World> = {}) {
  const world: World = {
    request: waiting,
    approvals: [[]],
    issues: [at(waitingStatus)],
    changes: [],
    doorbell: {},
    members: [],
    ...parts,
  };
  const store = openStore(world.request as Request);
  const slept: number[] = [];
  const resumed: string[] = [];
  const said: [audience: string, words: string][] = [];
  const next = <T>(list: T[], reading: number): T => list[Math.min(reading, list.length - 1)] as T;
  let readings = 0;
  let looks = 0;
  const deps: WaitingDeps = {
    requests: store.requests,
    audit: store.audit,
    clock: { now: () => 10_000, sleep: async (milliseconds) => void slept.push(milliseconds) },
    policy: { current: async () => ({ version: 3, site, policy }) },
    catalog: { entryForOption: async () => undefined },
    workflow: {
      succeed: async (token, { outcome }) => {
        resumed.push(`${token}: ${outcome}`);
        return true;
      },
    },
    jira: {
      approvals: async () => next(world.approvals, readings++),
      statusChanges: async () => [],
      fieldChanges: async () => {
        if (world.changes instanceof Error) throw world.changes;
        return world.changes;
      },
      issue: async (issueId, project) =>
        issueId === "10012" && project === requestType.project ? next(world.issues, looks++) : undefined,
      comment: async (_, comment, audience) => void said.push([audience, JSON.stringify(comment)]),
      hasSaid: async () => false,
      account: async () => undefined,
      groupMembers: async () =>
        world.members.map((accountId) => ({ accountId, active: true, kind: "atlassian", displayName: "" })),
    },
  };
  const doorbell: Doorbell = { schemaVersion: 1, source: "jira", issueId: "10012", at: 0, ...world.doorbell };
  const done = await reconcileWaiting(deps, world.request, requestType, doorbell);
  return { done, slept, resumed, said, looks, stored: store.stored(), entries: store.entries() };
}

describe("a decision in Jira", () => {
  test.each(["approved", "declined"] as const)("is recorded, and the run goes on (%s)", async (decided) => {
    const { done, stored, resumed, looks, slept } = await reconcile({ approvals: [[record(decided)]] });
    expect(done).toEqual({ did: `recorded: ${decided}` });
    expect(stored).toMatchObject({
      status: decided,
      decisions: [{ outcome: decided, evidence: "approval:7" }],
    });
    expect(resumed).toEqual([`token: ${decided}`]);
    // A decision needs no look at the ticket: that is looked at when the access is given.
    expect([looks, slept]).toEqual([0, []]);
  });

  test("ends a request that was blocked, too", async () => {
    const blocked = request("blocked", { token: "token", pin: waiting.pin, why: "by hand" });
    const { stored } = await reconcile({ request: blocked, approvals: [[record("approved")]] });
    expect(stored.status).toBe("approved");
  });

  test("counts from those who are in the group now, when a group was asked", async () => {
    const group = { id: "group", approvers: [people.manager] };
    const ofGroup = { ...waiting, asked: asked({ approvers: [people.manager], group }) };
    const left = { request: ofGroup, members: [people.outsider] };
    expect((await reconcile({ ...left, approvals: [[record("approved")]] })).stored.status).toBe("blocked");
    const came = [[record("approved", people.outsider)]];
    expect((await reconcile({ ...left, approvals: came })).stored.status).toBe("approved");
  });
});

describe("a ticket that waits for approval", () => {
  test("goes on waiting, at once, and nothing is written", async () => {
    const { done, stored, slept, resumed, said, entries } = await reconcile();
    expect(done).toEqual({ noop: "waits for approval" });
    expect(stored).toBe(waiting);
    expect({ slept, resumed, said, entries }).toEqual({ slept: [], resumed: [], said: [], entries: [] });
  });

  test("keeps its request when it gets another key", async () => {
    const { done, stored } = await reconcile({ issues: [at(waitingStatus, { key: "IT-3" })] });
    expect(done).toEqual({ did: "noted the new key" });
    expect(stored).toMatchObject({ status: "asked", issueKey: "IT-3" });
  });

  test("waits again when it was blocked and moved back", async () => {
    const blocked = request("blocked", { pin: waiting.pin, why: "by hand" });
    const { done, stored } = await reconcile({ request: blocked });
    expect(done).toEqual({ did: "waits for approval again" });
    expect(stored.status).toBe("asked");
    expect(stored).not.toHaveProperty("why");
  });
});

describe("a ticket that was moved by hand", () => {
  test("is blocked, and those who work on it are told, not the customer", async () => {
    const { done, stored, said, entries, resumed } = await reconcile({ issues: [at(statuses.approved)] });
    expect(done).toEqual({ did: "BLOCKED_UNAPPROVED" });
    expect(stored).toMatchObject({ status: "blocked", why: "the status was changed by hand" });
    expect(said).toEqual([["internal", expect.stringContaining("the status was changed by hand")]]);
    expect(said[0]?.[1]).toContain("BLOCKED_UNAPPROVED");
    expect(entries).toMatchObject([
      {
        id: "approval.blocked/1",
        at: 10_000,
        action: "approval.blocked",
        by: [],
        policyVersion: 3,
        facts: { code: "BLOCKED_UNAPPROVED", why: "the status was changed by hand" },
      },
    ]);
    expect(resumed).toEqual([]);
  });

  test("is read twice more before that is said: Jira's approvals may lag its status", async () => {
    const { done, slept } = await reconcile({ issues: [at(statuses.approved)] });
    expect(done).toEqual({ did: "BLOCKED_UNAPPROVED" });
    expect(slept).toEqual([2_000, 4_000]);
    const late = await reconcile({ issues: [at(statuses.approved)], approvals: [[], [record("approved")]] });
    expect(late.done).toEqual({ did: "recorded: approved" });
    expect(late.slept).toEqual([2_000]);
  });

  test("is blocked at once by an approval that does not count, and says who gave it", async () => {
    const { stored, slept, entries } = await reconcile({
      approvals: [[record("approved", people.outsider)]],
    });
    const why = "it was given by somebody who was not asked";
    expect(stored).toMatchObject({ status: "blocked", why });
    expect(entries).toMatchObject([{ by: [people.outsider], facts: { why } }]);
    expect(slept).toEqual([]);
    const there = { issues: [at(statuses.approved)], approvals: [[record("approved", people.outsider)]] };
    expect((await reconcile(there)).slept).toEqual([]);
  });

  test("is said to be so once, and again when there is another reason", async () => {
    const why = "the status was changed by hand";
    const blocked = request("blocked", { pin: waiting.pin, why });
    const again = await reconcile({ request: blocked, issues: [at(statuses.approved)] });
    expect(again.done).toEqual({ noop: "BLOCKED_UNAPPROVED" });
    expect([again.said, again.entries, again.stored]).toEqual([[], [], blocked]);
    const other = await reconcile({ request: blocked, approvals: [[record("approved", people.outsider)]] });
    expect(other.done).toEqual({ did: "BLOCKED_UNAPPROVED" });
    expect(other.stored).not.toMatchObject({ why });
  });
});

describe("a ticket that is over", () => {
  test.each([
    ["cancelled", at(statuses.withdrawn)],
    ["closed", at(statuses.ended)],
    ["gone", undefined],
  ])("because it is %s is withdrawn, and the run goes on, without waiting", async (_, shown) => {
    const { done, stored, resumed, slept } = await reconcile({ issues: [shown] });
    expect(done).toEqual({ did: "withdrew" });
    expect(stored.status).toBe("withdrawn");
    expect(resumed).toEqual(["token: withdrawn"]);
    expect(slept).toEqual([]);
  });
});

describe("what Jira shows while it lags its own events", () => {
  const told = (parts: Partial<Doorbell> = {}) => ({ status: statuses.approved, at: 5_000, ...parts });
  const old = at(waitingStatus, { updatedAt: 4_000 });

  test("is read again for 23 seconds when the event told of another status", async () => {
    const { done, slept } = await reconcile({ doorbell: told(), issues: [old] });
    expect(done).toEqual({ noop: "waits for approval" });
    expect(slept).toEqual([1_000, 2_000, 4_000, 8_000, 8_000]);
  });

  test("is taken as it is once it shows that status, or has changed since", async () => {
    const same = await reconcile({ doorbell: told({ status: waitingStatus }), issues: [old] });
    expect(same.slept).toEqual([]);
    const since = await reconcile({ doorbell: told(), issues: [at(waitingStatus, { updatedAt: 7_001 })] });
    expect(since.slept).toEqual([]);
    const justThen = await reconcile({ doorbell: told(), issues: [at(waitingStatus, { updatedAt: 7_000 })] });
    expect(justThen.slept).toHaveLength(5);
  });

  test("is an approval in the end, and not a ticket that was moved by hand", async () => {
    const { done, slept } = await reconcile({
      doorbell: told(),
      issues: [old, old, at(statuses.approved)],
      approvals: [[], [], [], [record("approved")]],
    });
    expect(done).toEqual({ did: "recorded: approved" });
    expect(slept).toHaveLength(3);
  });
});

describe("a form that was changed while people were asked", () => {
  const shortened = issue({ statusId: waitingStatus }, { [durationField]: { id: "10301" } });
  const change = (by: string): FieldChange => ({
    id: "1",
    at: 2_000,
    author: { accountId: by, active: true, kind: "atlassian", displayName: "" },
    fieldId: durationField,
    from: "10302",
    to: "10301",
  });

  test("ends the request: people were asked for something else", async () => {
    const { done, stored, resumed, entries } = await reconcile({
      issues: [shortened],
      changes: [change(people.requester)],
    });
    expect(done).toEqual({ did: "refused: the form was changed" });
    expect(stored).toMatchObject({ status: "refused", why: expect.stringMatching(/./) });
    expect(resumed).toEqual(["token: refused"]);
    expect(entries).toMatchObject([
      {
        id: "request.refused",
        at: 10_000,
        action: "request.refused",
        by: [],
        facts: { error: "FormChangedError", why: "why" in stored ? stored.why : "" },
      },
    ]);
  });

  test("by an approver, to less, is waited for in that way", async () => {
    const { done, stored } = await reconcile({ issues: [shortened], changes: [change(people.manager)] });
    expect(done).toEqual({ did: "made shorter by an approver" });
    expect(stored).toMatchObject({ status: "asked", pin: { seconds: expect.any(Number) } });
    expect("pin" in stored && (stored.pin?.seconds ?? 0)).toBeLessThan(14_400);
  });

  test("by an approver, on a ticket that was moved by hand, is blocked all the same", async () => {
    const moved = { ...shortened, statusId: statuses.approved };
    const { done, stored } = await reconcile({ issues: [moved], changes: [change(people.manager)] });
    expect(done).toEqual({ did: "BLOCKED_UNAPPROVED" });
    expect(stored.status).toBe("blocked");
  });
});

describe("a request for actions", () => {
  const rule = policy.actions?.rules.find(({ id }) => id === "unlock");
  if (!rule) throw new Error("the example policy has no such rule");
  const unlock = actionRequest("asked", {
    pin: actionPin({ form: hashOfTicket(rule, issue()) }),
    trigger: { rule: rule.id },
  });

  test("goes on waiting while its ticket asks for the same, of the same person", async () => {
    expect((await reconcile({ request: unlock })).done).toEqual({ noop: "waits for approval" });
  });

  test("is refused when it asks for something else, or its rule is gone", async () => {
    const others = [
      { ...unlock, pin: actionPin({ form: "other-hash" }) },
      { ...unlock, trigger: { rule: "none" } },
    ];
    for (const request of others)
      expect((await reconcile({ request })).done).toEqual({ did: "refused: the form was changed" });
  });
});

test("what goes wrong on the way is nobody's refusal", async () => {
  const broken = { ...waiting, pin: { ...waiting.pin, form: "other" } };
  const changes = new Error("Jira is away");
  await expect(reconcile({ request: broken, changes })).rejects.toThrow("Jira is away");
});
