import { describe, expect, test } from "vitest";
import { BusyError } from "../../../src/errors.ts";
import { reconcile, type World } from "../../support/reconciling.ts";
import { actionRequest, people, request } from "../../support/requests.ts";
import { issue, requestType, site } from "../../support/use-cases.ts";

const { statuses } = requestType;

describe("a ticket that is not known yet", () => {
  test("is a new request, and a run is started for it", async () => {
    const { result, started, opened } = await reconcile();
    expect(result).toEqual({ did: "opened", requestId: "10012-1" });
    expect(opened).toMatchObject([{ status: "requested", issueKey: "ACC-12", generation: 1 }]);
    expect(started).toEqual(["ACC-12-1"]);
  });

  test("may be named by its key", async () => {
    const ring = (issueKey?: string) => ({ source: "automation", issueId: undefined, issueKey }) as never;
    expect((await reconcile({ ring: ring("ACC-12") })).result).toEqual({
      did: "opened",
      requestId: "10012-1",
    });
    for (const key of ["ACC-13", undefined])
      expect((await reconcile({ ring: ring(key) })).result).toEqual({ noop: "no such issue" });
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

describe("a request that is being worked on", () => {
  test("waits for the decision of people", async () => {
    const issueThere = issue({ statusId: statuses.waiting[0] ?? "" });
    for (const status of ["asked", "blocked"] as const) {
      const approvers = [{ accountId: people.manager, active: true, decision: "approved" as const }];
      const yes = {
        id: "7",
        finalDecision: "approved" as const,
        createdAt: 1_500,
        completedAt: 2_000,
        approvers,
      };
      const { result, stored } = await reconcile({
        request: request(status),
        issue: issueThere,
        approvals: [yes],
      });
      expect(result).toEqual({ did: "recorded: approved", requestId: "10012-1" });
      expect(stored.status).toBe("approved");
    }
  });

  test("goes on when its run waits to hear what is known already", async () => {
    const approved = request("approved", { token: "token" });
    const { result, resumed } = await reconcile({ request: approved, isAwaited: true });
    expect(result).toEqual({ did: "resumed the run", requestId: "10012-1" });
    expect(resumed).toEqual(["token: approved"]);
  });

  test("is left to its run, which is started when it never was, and followed by another when access is to end", async () => {
    const noop = { noop: "being worked on", requestId: "10012-1" };
    for (const status of ["requested", "checked", "approved", "ending"] as const) {
      const { result, started } = await reconcile({ request: request(status) });
      expect(result).toEqual(noop);
      expect(started).toEqual(["requested", "ending"].includes(status) ? ["ACC-12-1"] : []);
    }
    const ending = await reconcile({ request: request("ending"), runIsOver: true });
    expect(ending.result).toEqual({ did: "started another run", requestId: "10012-1" });
    const approved = await reconcile({ request: request("approved"), runIsOver: true });
    expect([approved.result, approved.started]).toEqual([noop, []]);
  });

  test("waits for whoever gives the access by hand", async () => {
    const byHand = request("approved", { byHand: { askedAt: 1 } });
    expect((await reconcile({ request: byHand })).result).toMatchObject({
      noop: "waits for what is done by hand",
    });
  });

  test("waits for its start, unless its ticket is cancelled before", async () => {
    const early = request("approved", { pin: { ...request("approved").pin, startsAt: 1_000_001 } });
    expect((await reconcile({ request: early })).result).toMatchObject({ noop: "waits for its start" });
    for (const closed of [issue({ statusId: statuses.withdrawn }), undefined]) {
      const { result, stored, started } = await reconcile({ request: early, issue: closed });
      expect(result).toMatchObject({ did: "withdrew" });
      expect(stored).toMatchObject({ status: "withdrawn", runs: 2 });
      expect(started).toEqual(["ACC-12-1-run2"]);
    }
    const due = request("approved", { pin: { ...early.pin, startsAt: 1_000_000 } });
    expect((await reconcile({ request: due })).result).toMatchObject({ noop: "being worked on" });
  });
});

describe("a request that failed", () => {
  const failed = (before: object, status = statuses.failed) =>
    request("failed", { before, seen: { status, transitions: [] } });
  const sweep = { ring: { source: "sweep" as const }, issue: issue({ statusId: statuses.failed }) };
  const granted = (endsAt?: number) =>
    request("granted", { grant: { at: 0, ...(endsAt === undefined ? {} : { endsAt }) } });

  test("is closed by another run when its ticket is, and nothing was given", async () => {
    const closed = [issue({ statusId: statuses.withdrawn }), undefined];
    for (const there of closed) {
      for (const status of ["requested", "checked", "asked", "blocked", "approved"] as const) {
        const { result, started } = await reconcile({ request: failed(request(status)), issue: there });
        expect(result).toMatchObject({ did: "started another run, to withdraw" });
        expect(started).toEqual(["ACC-12-1-run2"]);
      }
      for (const before of [granted(), request("ending"), request("declined")])
        expect((await reconcile({ request: failed(before), issue: there })).result).toMatchObject({
          noop: "already failed",
        });
    }
    const elsewhere = { request: failed(request("checked")), issue: issue({ statusId: statuses.failed }) };
    expect((await reconcile(elsewhere)).result).toMatchObject({ noop: "already failed" });
  });

  test("has access taken away by another run when the time for that has come: no sweep forgets it", async () => {
    for (const before of [granted(1_000_000), granted(0), request("ending")]) {
      const { result, started } = await reconcile({ ...sweep, request: failed(before), runIsOver: true });
      expect(result).toMatchObject({ did: "started another run" });
      expect(started).toEqual(["ACC-12-1 is over", "ACC-12-1-run2"]);
      const running = await reconcile({ ...sweep, request: failed(before) });
      expect(running.result).toMatchObject({ noop: "being worked on" });
      // A webhook tells of something else.
      const rung = await reconcile({ request: failed(before), issue: sweep.issue, runIsOver: true });
      expect(rung.result).toMatchObject({ noop: "already failed" });
    }
    for (const before of [granted(1_000_001), granted(), request("approved")]) {
      const { result, started } = await reconcile({ ...sweep, request: failed(before), runIsOver: true });
      expect([result, started]).toEqual([{ noop: "already failed", requestId: "10012-1" }, []]);
    }
  });
});

describe("a ticket that asks for actions", () => {
  const unlock = issue({}, { [requestType.fields.requestType]: { requestType: { id: "27" } } });

  test("is a new request for them, if a rule has anything done for it", async () => {
    const { result, opened, started } = await reconcile({ issue: unlock });
    expect(result).toEqual({ did: "opened", requestId: "10012-1" });
    expect(opened).toMatchObject([{ kind: "actions", requestTypeId: "27", trigger: { rule: "unlock" } }]);
    expect(started).toEqual(["ACC-12-1"]);
    const past = { ...unlock, statusId: statuses.granted };
    expect((await reconcile({ issue: past })).result).toEqual({ noop: "no rule has anything done for it" });
  });

  test("is looked at as one, and the sweeper has a run started when its own is over", async () => {
    const approved = actionRequest("approved");
    const working = { noop: "being worked on", requestId: "10012-1" };
    const rung = await reconcile({ request: approved, issue: unlock, runIsOver: true });
    expect([rung.result, rung.started, rung.stored]).toEqual([working, [], approved]);
    const sweep = { request: approved, issue: unlock, ring: { source: "sweep" as const } };
    const swept = await reconcile({ ...sweep, runIsOver: true });
    expect(swept.result).toEqual({ did: "started another run", requestId: "10012-1" });
    const running = await reconcile(sweep);
    expect(running.result).toEqual(working);
    expect(running.postponed).toEqual([running.stored.requestId]);
    const resumed = { request: actionRequest("approved", { token: "token" }), isAwaited: true };
    expect((await reconcile(resumed)).result).toEqual({ did: "resumed the run", requestId: "10012-1" });
  });
});

test("a sweep that finds nothing to do moves the time of the next look; a webhook does not", async () => {
  const over = request("declined", { told: ["declined"] });
  expect((await reconcile({ request: over, ring: { source: "sweep" } })).postponed).toEqual([over.requestId]);
  expect((await reconcile({ request: over })).postponed).toEqual([]);
  expect((await reconcile({ request: over, ring: { source: "sweep" }, runIsOver: true })).started).toEqual(
    [],
  );
});

test("a sweep has another run started for work whose run is over, but not for access that is held", async () => {
  const sweep = { ring: { source: "sweep" as const }, runIsOver: true };
  const working = await reconcile({ ...sweep, request: request("approved") });
  expect(working.result).toEqual({ did: "started another run", requestId: "10012-1" });
  expect(working.started).toEqual(["ACC-12-1 is over", "ACC-12-1-run2"]);
  const running = await reconcile({ ring: sweep.ring, request: request("approved") });
  expect(running.result).toEqual({ noop: "being worked on", requestId: "10012-1" });
  expect(running.postponed).toEqual([running.stored.requestId]);
  const held = request("granted", { grant: { at: 0, endsAt: 2_000_000 }, told: ["granted"] });
  const there = issue({ statusId: statuses.granted });
  const kept = await reconcile({ ...sweep, request: held, issue: there });
  expect([kept.result, kept.started]).toEqual([{ noop: "access is held", requestId: "10012-1" }, []]);
});

test("a sweep has the ticket told what became of its request, when the run was stopped before it could", async () => {
  for (const status of ["granted", "ended", "declined", "refused", "expired", "withdrawn"] as const) {
    const untold = request(status, {
      grant: { at: 0, endsAt: 2_000_000 },
      seen: { status: "1", transitions: [] },
    });
    const there = issue({ statusId: status === "granted" ? statuses.granted : statuses.declined });
    const swept = await reconcile({
      request: untold,
      issue: there,
      ring: { source: "sweep" },
      runIsOver: true,
    });
    expect(swept.started).toEqual(["ACC-12-1 is over", "ACC-12-1-run2"]);
  }
});

test("a request whose run never started is given one by the next doorbell", async () => {
  const { started } = await reconcile({ request: request("requested") });
  expect(started).toEqual(["ACC-12-1"]);
});
