import { describe, expect, test } from "vitest";
import type { Row } from "../../../src/actions/row.ts";
import type { Policy } from "../../../src/policy/policy.ts";
import type { Issue, StatusChange } from "../../../src/requests/issue.ts";
import { openNewActions, reconcileActions } from "../../../src/requests/reconcile-actions.ts";
import type { ActionIn, ActionRequest, AnyRequest } from "../../../src/requests/request.ts";
import { request as accessRequest, actionRequest, row } from "../../support/requests.ts";
import { issue, openStore, policy, site } from "../../support/use-cases.ts";

/** Somebody leaves on a day to come: the rest of what the rule says is done then. */

const now = 1_000_000;
const type = site.requestTypes.flatMap((one) =>
  one.meaning === "action" && one.id === "31" ? [one] : [],
)[0];
if (!type) throw new Error("the example site has no request type for leavers");
const { open, approved, done, withdrawn, refused, held = "" } = type.statuses;
const restore = "10124";
const dateField = "customfield_10054";

function moved(id: string, to: string): StatusChange {
  const author = { accountId: "acc-agent", active: true, kind: "atlassian" as const, displayName: "" };
  return { id, at: Number(id), author, from: open, to };
}

type World = {
  request: ActionRequest;
  issue: Issue | undefined;
  changes: StatusChange[];
  rows: Row[];
  policy: Partial<Policy>;
};

const trigger = { rule: "leaver" };
const waiting = (parts: object = {}) =>
  actionRequest("approved", {
    requestTypeId: "31",
    trigger,
    heldUntil: now + 10_000,
    seen: { status: held, transitions: [] },
    ...parts,
  });
const step = (parts: Partial<Row["steps"][number]> = {}): Row["steps"][number] => ({
  action: "suspend-user",
  inputs: {},
  ifItFails: "stop",
  state: "to do",
  ...parts,
});

function worldOf(parts: Partial<World> = {}) {
  const world: World = {
    request: waiting(),
    issue: issue({ statusId: held }),
    changes: [],
    rows: [row({ steps: [step({ notBefore: now + 10_000 })] })],
    policy: {},
    ...parts,
  };
  const never = () => Promise.reject(new Error("not what this is about"));
  const store = openStore(accessRequest("requested"));
  const opened: ActionIn<"requested">[] = [];
  const started: string[] = [];
  const saved: AnyRequest[] = [];
  const rows: Row[] = [];
  const save = async <R extends AnyRequest>(_: AnyRequest, after: R) => {
    saved.push(after);
    return after;
  };
  const applied = { version: 3, site, policy: { ...policy, ...world.policy } };
  const deps: Parameters<typeof reconcileActions>[0] = {
    audit: store.audit,
    clock: { now: () => now, sleep: async () => {} },
    policy: { current: async () => applied },
    catalog: { entryForOption: never },
    anyRequests: { get: never, save },
    requests: {
      get: never,
      save,
      create: async (created) => {
        opened.push(created);
        return created;
      },
    },
    rows: {
      get: never,
      all: async () => world.rows,
      save: async (one) => {
        rows.push(one);
        return one;
      },
    },
    workflow: {
      start: async ({ name }) => started.push(name) > 0,
      succeed: async () => false,
    },
    jira: {
      issue: async (id, project) => (id === "10012" && project === type?.project ? world.issue : undefined),
      statusChanges: async () => world.changes,
      fieldChanges: never,
      approvals: async () => [],
      comment: async () => {},
      hasSaid: async () => false,
      account: never,
      groupMembers: never,
    },
  };
  const doorbell = { schemaVersion: 1 as const, source: "jira" as const, issueId: "10012", at: 0 };
  return { world, deps, applied, doorbell, opened, started, saved, rows };
}

async function reconcile(parts: Partial<World> = {}) {
  const { world, deps, applied, doorbell, ...done } = worldOf(parts);
  return { ...done, result: await reconcileActions(deps, world.request, applied, doorbell) };
}

/** The ticket as one of which nothing is known yet. */
async function openNew(there: Issue, parts: Partial<World> = {}) {
  const { deps, applied, doorbell, opened } = worldOf(parts);
  return { opened, result: type && (await openNewActions(deps, there, { type, applied, doorbell })) };
}

describe("a request of which the rest is to be done later", () => {
  test("waits for its time, and nothing is written", async () => {
    for (const there of [issue({ statusId: held }), undefined]) {
      const { result, saved, rows, started } = await reconcile({ issue: there });
      expect([result, saved, rows, started]).toEqual([{ noop: "waits for its time" }, [], [], []]);
    }
  });

  test("is at work when its time has come", async () => {
    for (const heldUntil of [now, undefined])
      expect((await reconcile({ request: waiting({ heldUntil }) })).result).toEqual({
        noop: "being worked on",
      });
  });

  test("is left out when its ticket is closed", async () => {
    for (const statusId of [withdrawn, refused, done]) {
      const { result, saved, rows, opened } = await reconcile({ issue: issue({ statusId }) });
      expect(result).toEqual({ did: "left out the rest" });
      expect(saved).toMatchObject([{ status: "done" }]);
      expect(rows).toMatchObject([{ steps: [{ state: "left out" }] }]);
      expect(opened).toEqual([]);
    }
  });

  test("goes on when its ticket was closed already as it was seen last", async () => {
    const seen = { status: done, transitions: [] };
    const { result } = await reconcile({ request: waiting({ seen }), issue: issue({ statusId: done }) });
    expect(result).toEqual({ noop: "waits for its time" });
  });

  test("makes way for what another status asks for", async () => {
    const elsewhere = { issue: issue({ statusId: restore }), changes: [moved("9", restore)] };
    const { result, saved, opened } = await reconcile(elsewhere);
    expect(result).toEqual({ did: "opened again" });
    expect(saved).toMatchObject([{ status: "done" }]);
    expect(opened).toMatchObject([
      { generation: 2, trigger: { rule: "come-back", by: "acc-agent", change: "9" } },
    ]);
  });

  test("goes on when that is what it does itself, or nothing tells who moved the ticket there", async () => {
    const there = issue({ statusId: restore });
    const own = waiting({ trigger: { rule: "come-back", change: "9" } });
    const same = await reconcile({ request: own, issue: there, changes: [moved("9", restore)] });
    expect([same.result, same.saved]).toEqual([{ noop: "waits for its time" }, []]);
    const silent = await reconcile({ issue: there, changes: [moved("9", open)] });
    expect([silent.result, silent.saved]).toEqual([{ noop: "waits for its time" }, []]);
  });
});

describe("a date on the ticket that was brought forward", () => {
  const on = (at: number) =>
    issue({ statusId: held, fields: {} }, { [dateField]: new Date(at).toISOString() });
  const dated = row({ steps: [step({ action: "take-snapshot", notBefore: now + 10_000 })] });
  const sooner = { did: "started another run: a date came closer" };

  test("is waited for by another run; the one that waits for the old one finds nothing to do", async () => {
    const { result, saved, started } = await reconcile({ issue: on(now + 5_000), rows: [dated] });
    expect(result).toEqual(sooner);
    expect(saved).toMatchObject([{ runs: 2 }]);
    expect(started).toEqual(["ACC-12-1-run2"]);
    // Any of several people may be the one.
    const done = row({ steps: [step({ action: "take-snapshot", state: "done" })] });
    expect((await reconcile({ issue: on(now + 5_000), rows: [done, dated] })).result).toEqual(sooner);
  });

  test("may have come already", async () => {
    expect((await reconcile({ issue: on(now - 5_000), rows: [dated] })).result).toEqual(sooner);
  });

  test("changes nothing when it is the same, or later, or nothing is left to do", async () => {
    const noop = { noop: "waits for its time" };
    for (const at of [now + 10_000, now + 20_000])
      expect((await reconcile({ issue: on(at), rows: [dated] })).result).toEqual(noop);
    const done = row({ steps: [step({ action: "take-snapshot", state: "done" })] });
    expect((await reconcile({ issue: on(now - 5_000), rows: [done] })).result).toEqual(noop);
    expect((await reconcile({ issue: on(now - 5_000), rows: [] })).result).toEqual(noop);
  });

  test("is of no matter to a rule that has none, or that is gone", async () => {
    const noop = { noop: "waits for its time" };
    for (const rule of ["come-back", "none"]) {
      const request = waiting({ trigger: { rule } });
      const early = row({ steps: [step({ notBefore: now - 1 })] });
      expect((await reconcile({ request, issue: on(now), rows: [early] })).result).toEqual(noop);
    }
  });
});

describe("a ticket that asks for actions", () => {
  test("asks for none where the policy has no rules, or none of its own type for where it is", async () => {
    const idle = { noop: "no rule has anything done for it" };
    const { actions } = policy;
    if (!actions) throw new Error("the example policy has no rules about actions");
    const of = (isOne: (rule: NonNullable<Policy["actions"]>["rules"][number]) => boolean) => ({
      ...actions,
      rules: actions.rules.filter(isOne),
    });
    for (const some of [
      undefined,
      of(({ requestType }) => requestType !== "31"),
      of(({ when }) => when !== "created"),
    ]) {
      const { result, opened } = await openNew(issue({ statusId: open }), { policy: { actions: some } });
      expect([result, opened]).toEqual([idle, []]);
    }
  });

  test("is not known to be moved by anybody when Jira does not say by whom", async () => {
    const changes = [{ ...moved("9", restore), author: undefined }, moved("3", restore), moved("5", open)];
    const { result, opened } = await openNew(issue({ statusId: restore }), { changes });
    expect(result).toEqual({ did: "opened" });
    expect(opened).toMatchObject([{ trigger: { rule: "come-back", change: "9" } }]);
    expect(opened[0]?.trigger).not.toHaveProperty("by");
  });

  test("was moved last by the later of two moves, and of the same moment by the one that Jira tells later", async () => {
    const at = (id: string, time: number) => ({ ...moved(id, restore), at: time });
    const changes = [at("1", 5), at("2", 9), at("3", 9), at("4", 2)];
    const { opened } = await openNew(issue({ statusId: restore }), { changes });
    expect(opened).toMatchObject([{ trigger: { change: "3" } }]);
  });
});

describe("a request for actions that waits for people", () => {
  test.each(["asked", "blocked"] as const)("is refused when its rule is gone (%s)", async (status) => {
    const asking = actionRequest(status, { requestTypeId: "31", trigger: { rule: "none" } });
    const there = issue({ statusId: type.statuses.waiting[0] ?? "" });
    const { result, saved } = await reconcile({ request: asking, issue: there });
    expect(result).toEqual({ did: "refused: the form was changed" });
    expect(saved).toMatchObject([{ status: "refused" }]);
  });
});

describe("a request for actions that is over", () => {
  test("stays so when its ticket is gone", async () => {
    for (const status of ["done", "failed"] as const) {
      const over = actionRequest(status, { requestTypeId: "31", trigger });
      expect((await reconcile({ request: over, issue: undefined })).result).toEqual({
        noop: `already ${status}`,
      });
    }
  });

  test("is followed by another for what another status asks for, though it failed", async () => {
    const failed = actionRequest("failed", {
      requestTypeId: "31",
      trigger,
      seen: { status: held, transitions: [] },
    });
    const elsewhere = {
      request: failed,
      issue: issue({ statusId: restore }),
      changes: [moved("9", restore)],
    };
    const { result, opened } = await reconcile(elsewhere);
    expect(result).toEqual({ did: "opened again" });
    expect(opened).toMatchObject([{ generation: 2, trigger: { rule: "come-back" } }]);
  });

  test("goes on from where its ticket is now when it failed", async () => {
    const failed = actionRequest("failed", {
      requestTypeId: "31",
      trigger,
      seen: { status: held, transitions: [] },
    });
    const transitions = [{ id: "1", to: approved }];
    const { result, saved } = await reconcile({
      request: failed,
      issue: issue({ statusId: open, transitions }),
    });
    expect(result).toEqual({ did: "started another run" });
    expect(saved).toMatchObject([{ runs: 2, seen: { status: open, transitions } }]);
  });

  test("is closed by another run when nothing had been done, wherever it had come to", async () => {
    const closed = issue({ statusId: withdrawn });
    for (const status of ["requested", "checked", "asked", "blocked", "approved"] as const) {
      const before = actionRequest(status, { requestTypeId: "31" });
      const failed = actionRequest("failed", { requestTypeId: "31", trigger, before });
      expect((await reconcile({ request: failed, issue: closed })).result).toEqual(
        status === "approved" ? { noop: "already failed" } : { did: "started another run, to withdraw" },
      );
    }
  });
});
