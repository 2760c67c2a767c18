import { describe, expect, test } from "vitest";
import { BusyError } from "../../../src/errors.ts";
import { reconcileIssue } from "../../../src/requests/reconcile-issue.ts";
import type { Request } from "../../../src/requests/request.ts";
import { request } from "../../support/requests.ts";
import { issue, openStore, policy, requestType, site } from "../../support/use-cases.ts";

type Deps = Parameters<typeof reconcileIssue>[0];
type Doorbell = Parameters<typeof reconcileIssue>[1];
type World = {
  request: Request | undefined;
  issue: Awaited<ReturnType<Deps["jira"]["issue"]>>;
  ring: Partial<Doorbell>;
  /** How many writes meet another writer first. */
  busy: number;
  /** The run that the request had is over. */
  runIsOver: boolean;
};

const never = () => Promise.reject(new Error("not what this is about"));

async function reconcile(parts: Partial<World> = {}) {
  const world: World = { request: undefined, issue: issue(), ring: {}, busy: 0, runIsOver: false, ...parts };
  const store = openStore(world.request ?? request("requested"));
  const started: string[] = [];
  const opened: Request[] = [];
  let { busy } = world;
  const deps: Deps = {
    ...store,
    clock: { now: () => 1_000_000, sleep: async () => {} },
    standings: { get: never, save: never },
    catalog: { entryForOption: async () => undefined },
    policy: { current: async () => ({ version: 3, site, policy }) },
    anyRequests: {
      get: never,
      save: store.requests.save,
      latest: async () => (world.request ? store.stored() : undefined),
    },
    actions: { get: never, save: never, create: never },
    rows: { get: never, all: never, save: never },
    requests: {
      ...store.requests,
      create: async (created) => {
        if (busy-- > 0) throw new BusyError("somebody else was quicker");
        opened.push(created);
        return created;
      },
    },
    workflow: {
      start: async ({ name }) => {
        if (world.runIsOver && started.length === 0) {
          started.push(`${name} is over`);
          return false;
        }
        started.push(name);
        return true;
      },
      succeed: async () => false,
    },
    jira: {
      issue: async () => world.issue,
      statusChanges: async () => [],
      fieldChanges: async () => [],
      approvals: never,
      comment: never,
      transition: never,
      hasSaid: never,
      account: never,
      groupMembers: never,
    },
  };
  const doorbell: Doorbell = { schemaVersion: 1, source: "jira", issueId: "10012", at: 0, ...world.ring };
  const result = await reconcileIssue(deps, doorbell).catch((error: Error) => error);
  return { result, started, opened, stored: store.stored() };
}

const { statuses } = requestType;

describe("a ticket that is not known yet", () => {
  test("is a new request, and a run is started for it", async () => {
    const { result, started, opened } = await reconcile();
    expect(result).toEqual({ did: "opened", requestId: "10012-1" });
    expect(opened).toMatchObject([{ status: "requested", issueKey: "ACC-12", generation: 1 }]);
    expect(started).toEqual(["ACC-12-1"]);
  });

  test("may be named by its key", async () => {
    const ring = { source: "automation", issueId: undefined, issueKey: "ACC-12" } as never;
    expect((await reconcile({ ring })).result).toEqual({ did: "opened", requestId: "10012-1" });
  });

  test.each<[string, Partial<World>, string]>([
    ["our own write", { ring: { actor: site.jira.serviceAccount } }, "our own write"],
    ["a ticket that is gone", { issue: undefined }, "no such issue"],
    ["another request type", { issue: issue({ projectId: "1" }) }, "not a request type of ours"],
    [
      "an old ticket",
      { issue: issue({ statusId: statuses.granted }) },
      "past its beginning before it was known",
    ],
  ])("nothing is opened for %s", async (_, parts, noop) => {
    const { result, started, opened } = await reconcile(parts);
    expect({ result, started, opened }).toEqual({ result: { noop }, started: [], opened: [] });
  });

  test("is looked at again when somebody else writes in between, three times at most", async () => {
    expect((await reconcile({ busy: 2 })).result).toMatchObject({ did: "opened" });
    expect((await reconcile({ busy: 3 })).result).toBeInstanceOf(BusyError);
  });
});

describe("a request that is over", () => {
  test("stays over while its ticket stays where it is", async () => {
    const over = request("declined", { seen: { status: statuses.declined, transitions: [] } });
    const there = issue({ statusId: statuses.declined });
    expect((await reconcile({ request: over, issue: there })).result).toMatchObject({
      noop: "already declined",
    });
    expect((await reconcile({ request: over, issue: undefined })).result).toMatchObject({
      noop: "already declined",
    });
    const atOpen = request("declined", { seen: { status: statuses.open, transitions: [] } });
    expect((await reconcile({ request: atOpen })).opened).toEqual([]);
  });

  test("is followed by another when its ticket is opened again, and shares nothing with it", async () => {
    const over = request("ended", { seen: { status: statuses.ended, transitions: [] } });
    const { result, opened, started } = await reconcile({ request: over });
    expect(result).toMatchObject({ did: "opened again" });
    expect(opened).toMatchObject([{ status: "requested", requestId: "10012-2", generation: 2 }]);
    expect(opened[0]).not.toHaveProperty("pin");
    expect(started).toEqual(["ACC-12-2"]);
  });

  test("because it failed goes on in another run when an operator opens its ticket again", async () => {
    const failed = request("failed", { seen: { status: statuses.failed, transitions: [] } });
    const { result, started, stored } = await reconcile({ request: failed });
    expect(result).toMatchObject({ did: "started another run" });
    expect(started).toEqual(["ACC-12-1-run2"]);
    expect(stored).toMatchObject({ status: "failed", runs: 2, seen: { status: statuses.open } });
  });

  test("because it failed has its run started if whoever counted it died before that", async () => {
    const counted = request("failed", { runs: 2, seen: { status: statuses.open, transitions: [] } });
    const { result, started } = await reconcile({ request: counted });
    expect(result).toMatchObject({ noop: "already failed" });
    expect(started).toEqual(["ACC-12-1-run2"]);
  });
});

describe("access that people have", () => {
  const held = request("granted", { grant: { at: 0, endsAt: 2_000_000 } });

  test("is woken when its end is over, in another run if its own is", async () => {
    const overdue = request("granted", { grant: { at: 0, endsAt: 999_999 } });
    const { result, started } = await reconcile({ request: overdue, runIsOver: true });
    expect(result).toMatchObject({ did: "woke overdue access" });
    expect(started).toEqual(["ACC-12-1 is over", "ACC-12-1-run2"]);
  });

  test("goes on to its end when its ticket is deleted", async () => {
    const { result, stored } = await reconcile({ request: held, issue: undefined });
    expect(result).toMatchObject({ noop: "the ticket is gone; the access goes on to its end" });
    expect(stored.status).toBe("granted");
  });

  test("ends early when its ticket is moved to the end", async () => {
    const { result, stored } = await reconcile({ request: held, issue: issue({ statusId: statuses.ended }) });
    expect(result).toMatchObject({ did: "ended the access early" });
    expect(stored).toMatchObject({ status: "ending", end: { why: "early" } });
  });

  test("keeps its request when the ticket gets another key", async () => {
    const moved = issue({ key: "IT-3", statusId: statuses.granted });
    const { result, stored } = await reconcile({ request: held, issue: moved });
    expect(result).toMatchObject({ did: "noted the new key" });
    expect(stored).toMatchObject({ issueKey: "IT-3", requestId: "10012-1" });
  });
});

test("a sweep that finds nothing to do moves the time of the next look; a webhook does not", async () => {
  const over = request("declined");
  expect((await reconcile({ request: over, ring: { source: "sweep" } })).stored.version).toBe(2);
  expect((await reconcile({ request: over })).stored.version).toBe(1);
});

test("a request whose run never started is given one by the next doorbell", async () => {
  const { started } = await reconcile({ request: request("requested") });
  expect(started).toEqual(["ACC-12-1"]);
});
