import { describe, expect, test } from "vitest";
import type { StatusChange } from "../../../src/requests/issue.ts";
import { mayFollow } from "../../../src/requests/life.ts";
import {
  asksForActions,
  keepActionsRunning,
  openNewActions,
  reconcileActions,
} from "../../../src/requests/reconcile-actions.ts";
import type { ActionIn, ActionRequest } from "../../../src/requests/request.ts";
import { actionPin, actionRequest, actionStatuses } from "../../support/requests.ts";
import { issue, policy, site } from "../../support/use-cases.ts";

const applied = { version: 3, site, policy };
const types = site.requestTypes.flatMap((one) => (one.meaning === "action" ? [one] : []));
const [type] = types;
if (!type) throw new Error("the example site has no request type for actions");
const { open, done, failed, approved, refused } = type.statuses;
const reset = "10122";
const moved = (id: string, to: string, by = "acc-agent"): StatusChange => ({
  id,
  at: Number(id),
  author: { accountId: by, active: true, kind: "atlassian", displayName: "Somebody" },
  from: open,
  to,
});
const doorbell = { schemaVersion: 1 as const, source: "jira" as const, issueId: "10012", at: 0 };

function world(statusId: string, changes: StatusChange[] = []) {
  const never = () => Promise.reject(new Error("not what this is about"));
  const started: string[] = [];
  const opened: ActionIn<"requested">[] = [];
  const deps = {
    clock: { now: () => 1_000_000, sleep: async () => {} },
    policy: { current: async () => applied },
    catalog: { entryForOption: never },
    audit: { append: async () => ({ sequence: 1, hash: "h" }) },
    requests: {
      get: never,
      save: async <R extends ActionRequest>(_: ActionRequest, after: R) => after,
      create: async (created: ActionIn<"requested">) => {
        opened.push(created);
        return created;
      },
    },
    anyRequests: { get: never, save: never },
    rows: { get: never, all: never, save: never },
    workflow: {
      start: async ({ name, kind }: { name: string; kind: string }) => {
        started.push(`${kind} ${name}`);
        return true;
      },
      succeed: async () => true,
    },
    jira: {
      issue: async () => issue({ statusId, key: "ACC-12" }),
      statusChanges: async () => changes,
      fieldChanges: never,
      approvals: never,
      comment: never,
      hasSaid: never,
      account: never,
      groupMembers: never,
    },
  };
  return { deps, started, opened };
}

async function reconcile(request: ActionRequest | undefined, statusId: string, changes: StatusChange[] = []) {
  const { deps, started, opened } = world(statusId, changes);
  const ticket = issue({ statusId });
  const result = request
    ? await reconcileActions(deps, request, applied, doorbell)
    : await openNewActions(deps, ticket, { type: type as NonNullable<typeof type>, applied, doorbell });
  return { result, started, opened };
}

describe("a new ticket", () => {
  test.each([open, approved])("that was just made is done what its rule says (%s)", async (status) => {
    const { result, opened, started } = await reconcile(undefined, status);
    expect(result).toEqual({ did: "opened" });
    expect(opened).toMatchObject([{ kind: "actions", generation: 1, trigger: { rule: "unlock" } }]);
    expect(started).toEqual(["actions ACC-12-1"]);
  });

  test("in the status of a rule is done that, by whoever moved it there last", async () => {
    const changes = [moved("1", reset, "acc-first"), moved("3", reset, "acc-last"), moved("2", open)];
    const { opened } = await reconcile(undefined, reset, changes);
    expect(opened).toMatchObject([{ trigger: { rule: "new-second-factor", by: "acc-last", change: "3" } }]);
  });

  test("in a status of which the history does not tell, or past its beginning, is left alone", async () => {
    for (const status of [reset, done, failed, refused]) {
      const { result, opened } = await reconcile(undefined, status, [moved("1", open)]);
      expect(result).toEqual({ noop: "no rule has anything done for it" });
      expect(opened).toEqual([]);
    }
  });
});

describe("a ticket whose request is over", () => {
  const byMove = (status: "done" | "failed" | "refused", change: string) =>
    actionRequest(status, { trigger: { rule: "new-second-factor", by: "acc-agent", change } });

  test("is not done anything for the same move", async () => {
    for (const status of ["done", "failed", "refused"] as const) {
      const { result } = await reconcile(byMove(status, "7"), reset, [moved("7", reset)]);
      expect(result).toEqual({ noop: `already ${status}` });
    }
  });

  test("is done it again for another move; one that failed goes on", async () => {
    const changes = [moved("7", reset), moved("9", reset)];
    expect((await reconcile(byMove("done", "7"), reset, changes)).opened).toMatchObject([
      { generation: 2, requestId: "10012-2", trigger: { change: "9" } },
    ]);
    const { result, started, opened } = await reconcile(byMove("failed", "7"), reset, changes);
    expect([result, started, opened]).toEqual([
      { did: "started another run" },
      ["actions ACC-12-1-run2"],
      [],
    ]);
  });

  test("goes on from its first status when it failed, whichever rule it was", async () => {
    for (const request of [byMove("failed", "7"), actionRequest("failed")]) {
      const elsewhere = { ...request, seen: { status: failed, transitions: [] } };
      expect((await reconcile(elsewhere, open, [moved("7", reset)])).result).toEqual({
        did: "started another run",
      });
    }
    expect(
      (await reconcile(actionRequest("failed", { seen: { status: open, transitions: [] } }), open)).result,
    ).toEqual({
      noop: "already failed",
    });
  });

  test("is opened again by its first status, after it was elsewhere", async () => {
    const over = actionRequest("done", { seen: { status: done, transitions: [] } });
    expect((await reconcile(over, open)).opened).toMatchObject([
      { generation: 2, trigger: { rule: "unlock" } },
    ]);
    expect((await reconcile(over, done)).result).toEqual({ noop: "already done" });
  });

  test("that failed before anything was done, and was closed since, is closed by another run", async () => {
    const early = { ...actionRequest("failed"), before: actionRequest("asked") };
    expect((await reconcile(early, refused)).result).toEqual({ did: "started another run, to withdraw" });
    expect((await reconcile(actionRequest("failed"), refused)).result).toEqual({ noop: "already failed" });
  });
});

describe("a request that is being worked on", () => {
  test("is started if it never was, and told when its run waits", async () => {
    expect((await reconcile(actionRequest("requested"), open)).started).toEqual(["actions ACC-12-1"]);
    expect((await reconcile(actionRequest("approved"), approved)).result).toEqual({
      noop: "being worked on",
    });
    const waiting = actionRequest("approved", { token: "token" });
    expect((await reconcile(waiting, approved)).result).toEqual({ did: "resumed the run" });
  });
});

test("a run of which nothing was heard is started, if that is still wanted", async () => {
  for (const status of actionStatuses) {
    const { deps, started } = world(open);
    expect(await keepActionsRunning(deps, actionRequest(status, { told: [status] }))).toBe(false);
    expect(started).toHaveLength(
      ["requested", "checked", "asked", "blocked", "approved"].includes(status) ? 1 : 0,
    );
  }
});

test("a run is started for what became of a request until its ticket knows", async () => {
  const { deps, started } = world(open);
  await keepActionsRunning(deps, actionRequest("expired"));
  expect(started).toEqual(["actions ACC-12-1"]);
});

test("the sweeper rings for a ticket of which the newest request does not know where it is", () => {
  const asks = (status: string, request?: ActionRequest) =>
    asksForActions(applied, types[0] as never, status, request);
  expect(asks(open)).toBe(true);
  expect(asks(reset)).toBe(true);
  expect(asks(done)).toBe(false);
  const over = actionRequest("done", { seen: { status: done, transitions: [] } });
  expect(asks(reset, over)).toBe(true);
  expect(asks(open, over)).toBe(true);
  expect(asks(approved, over)).toBe(false);
  expect(asks(reset, { ...over, seen: { status: reset, transitions: [] } })).toBe(false);
  expect(asks(open, actionRequest("approved"))).toBe(false);
});

test("what was done stays done, and a failure can follow anything", () => {
  expect(mayFollow("approved", "done")).toBe(true);
  expect(mayFollow("done", "approved")).toBe(false);
  for (const status of actionStatuses) expect(mayFollow(status, "failed")).toBe(true);
  expect(actionPin().rows).toBe(1);
});
