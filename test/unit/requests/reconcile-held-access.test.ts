import { describe, expect, test } from "vitest";
import { reconcile } from "../../support/reconciling.ts";
import { people, request } from "../../support/requests.ts";
import { issue, requester, requestType } from "../../support/use-cases.ts";

const { statuses } = requestType;

const move = (to: string, by: string, at: number) => ({
  id: String(at),
  at,
  author: { ...requester, accountId: by, kind: "atlassian" as const },
  from: statuses.granted,
  to,
});

describe("access that people have", () => {
  const until = (endsAt?: number, parts: object = {}) =>
    request("granted", { grant: { at: 0, ...(endsAt === undefined ? {} : { endsAt }) }, ...parts });
  const held = until(2_000_000);
  const at = (statusId: string) => issue({ statusId });

  test("is left alone until its end is over", async () => {
    for (const access of [held, until(1_000_000), until()]) {
      const { result, started, stored } = await reconcile({ request: access, issue: at(statuses.granted) });
      expect(result).toEqual({ noop: "access is held", requestId: "10012-1" });
      expect([started, stored]).toEqual([[], access]);
    }
  });

  test("is woken when its end is over, in another run if its own is", async () => {
    const { result, started } = await reconcile({ request: until(999_999), runIsOver: true });
    expect(result).toMatchObject({ did: "woke overdue access" });
    expect(started).toEqual(["ACC-12-1 is over", "ACC-12-1-run2"]);
  });

  test("is woken by its own run when that waits, and no other is started", async () => {
    const waiting = until(999_999, { token: "token" });
    const { result, started, resumed } = await reconcile({ request: waiting, isAwaited: true });
    expect(result).toMatchObject({ did: "woke overdue access" });
    expect([started, resumed]).toEqual([[], ["token: ended"]]);
    expect((await reconcile({ request: waiting, runIsOver: true })).started).toHaveLength(2);
    // There is nothing to answer without a token.
    const tokenless = await reconcile({ request: until(999_999), isAwaited: true });
    expect([tokenless.resumed, tokenless.started]).toEqual([[], ["ACC-12-1"]]);
  });

  test("goes on to its end when its ticket is deleted", async () => {
    const { result, stored } = await reconcile({ request: held, issue: undefined });
    expect(result).toMatchObject({ noop: "the ticket is gone; the access goes on to its end" });
    expect(stored.status).toBe("granted");
  });

  test("ends early when its ticket is moved to the end, by whoever moved it there last", async () => {
    const changes = [
      move(statuses.ended, "acc-first", 1),
      move(statuses.ended, "acc-last", 8),
      move(statuses.granted, "acc-other", 9),
      move(statuses.ended, "acc-second", 2),
    ];
    for (const statusId of [statuses.ended, statuses.ending]) {
      const { result, stored, entries } = await reconcile({
        request: held,
        issue: at(statusId ?? ""),
        changes,
      });
      expect(result).toMatchObject({ did: "ended the access early" });
      const by = statusId === statuses.ended ? "acc-last" : undefined;
      expect(stored).toMatchObject({ status: "ending", end: { why: "early", ...(by ? { by } : {}) } });
      expect(entries).toMatchObject([
        { action: "access.end-asked", by: by ? [by] : [], facts: { through: "ticket", endsAt: 2_000_000 } },
      ]);
    }
    const nobody = [{ ...move(statuses.ended, "", 1), author: undefined }];
    const { stored } = await reconcile({ request: held, issue: at(statuses.ended), changes: nobody });
    expect(stored).toMatchObject({ status: "ending" });
  });

  test("that ends early is taken away by the run that holds it, or by another when there is none", async () => {
    const waiting = until(2_000_000, { token: "token" });
    const told = await reconcile({ request: waiting, issue: at(statuses.ended), isAwaited: true });
    expect([told.resumed, told.started]).toEqual([["token: ended"], []]);
    const endless = await reconcile({ request: until(), issue: at(statuses.ended), runIsOver: true });
    expect(endless.started).toEqual(["ACC-12-1 is over", "ACC-12-1-run2"]);
  });

  test("ends with the ticket to which it is bound, or after the time of grace", async () => {
    const bound = { request: until(9_000_000, { pin: { ...held.pin, until: "INC-7" } }) };
    const granted = at(statuses.granted);
    const open = { ...bound, issue: granted, tickets: { "INC-7": issue({ key: "INC-7" }) } };
    expect((await reconcile(open)).result).toMatchObject({ noop: "access is held" });
    const at0 = await reconcile({
      ...bound,
      issue: granted,
      policy: { graceAfterTicket: undefined },
    });
    expect(at0.result).toMatchObject({ did: "ended the access early" });
    expect(at0.stored).toMatchObject({ status: "ending", end: { why: "ticket" } });
    const later = await reconcile({ ...bound, issue: granted, policy: { graceAfterTicket: "1h" } });
    expect(later.result).toMatchObject({ did: "set the end of the access" });
    expect(later.stored).toMatchObject({ status: "granted", grant: { endsAt: 4_600_000 } });
  });

  test("gets another request when its ticket is moved to ask for more time", async () => {
    const extending = statuses.extending ?? "";
    const changes = [move(extending, people.requester, 8)];
    const { result, opened } = await reconcile({ request: held, issue: at(extending), changes });
    expect(result).toMatchObject({ did: "opened a request for more time" });
    expect(opened).toMatchObject([{ generation: 2, extends: { requestId: "10012-1", change: "8" } }]);
  });

  test("keeps its request when the ticket gets another key", async () => {
    const moved = issue({ key: "IT-3", statusId: statuses.granted });
    const { result, stored } = await reconcile({ request: held, issue: moved });
    expect(result).toMatchObject({ did: "noted the new key" });
    expect(stored).toMatchObject({ issueKey: "IT-3", requestId: "10012-1" });
  });
});

describe("a ticket with a request for more time", () => {
  const extending = { requestId: "10012-1", by: people.requester, change: "8" };
  const more = { requestId: "10012-2", generation: 2, extends: extending };
  const overdue = request("granted", { grant: { at: 0, endsAt: 999_999 } });
  const held = request("granted", { grant: { at: 0, endsAt: 2_000_000 } });
  const woke = { did: "woke overdue access", requestId: "10012-1" };

  test("is looked at for both, and what is done for the newer one is said", async () => {
    const newest = request("requested", more);
    const both = await reconcile({ request: newest, earlier: overdue });
    expect(both.result).toEqual(woke);
    expect(both.started).toEqual(["ACC-12-1", "ACC-12-2"]);
    const approved = request("approved", { ...more, token: "token" });
    const resumed = await reconcile({ request: approved, earlier: overdue, isAwaited: true });
    expect(resumed.result).toEqual({ did: "resumed the run", requestId: "10012-2" });
  });

  test("is the earlier one's again when nothing came of it", async () => {
    const newest = request("declined", { ...more, seen: { status: statuses.extending, transitions: [] } });
    const { result, opened, started } = await reconcile({ request: newest, earlier: overdue });
    expect(result).toEqual(woke);
    expect([opened, started]).toEqual([[], ["ACC-12-1"]]);
  });

  test("has the newer one tried again when that failed", async () => {
    const newest = request("failed", { ...more, seen: { status: statuses.failed, transitions: [] } });
    const { result } = await reconcile({ request: newest, earlier: held });
    expect(result).toEqual({ did: "started another run", requestId: "10012-2" });
  });

  test("is the newer one's alone once that gives the access, or the earlier one does not any more", async () => {
    for (const status of ["granted", "ending", "ended"] as const) {
      const newest = request(status, { ...more, grant: { at: 0 } });
      expect((await reconcile({ request: newest, earlier: overdue })).result).toMatchObject({
        requestId: "10012-2",
      });
    }
    const ended = { request: request("requested", more), earlier: request("ended") };
    expect((await reconcile(ended)).started).toEqual(["ACC-12-2"]);
  });

  test("is looked at for the earlier one also while that ends, or its run failed while it was held", async () => {
    const newest = request("asked", { ...more, asked: undefined });
    const ending = await reconcile({
      request: { ...newest, ...request("declined", more) },
      earlier: request("ending"),
      runIsOver: true,
    });
    expect(ending.result).toEqual({ did: "started another run", requestId: "10012-1" });
    const failed = (before: object) =>
      request("failed", { before, seen: { status: statuses.failed, transitions: [] } });
    const again = { request: request("declined", more), runIsOver: true };
    const result = async (earlier: ReturnType<typeof failed>) =>
      (await reconcile({ ...again, earlier })).result;
    expect(await result(failed(held))).toEqual({ did: "started another run", requestId: "10012-1" });
    expect(await result(failed(request("approved")))).toMatchObject({ requestId: "10012-2" });
  });
});

describe("emergency access that is over", () => {
  const emergency = { incident: "INC-7", approvers: [], notified: [] };
  const taken = request("ended", { pin: { ...request("ended").pin, emergency } });
  const review = statuses.review ?? "";

  test("waits for its review, and then not", async () => {
    const at = (statusId: string) => issue({ statusId });
    expect((await reconcile({ request: taken, issue: at(review) })).result).toMatchObject({
      noop: "waits for its review",
    });
    const reviewed = { ...move(statuses.ended, people.manager, 9), from: review };
    const { result, stored } = await reconcile({
      request: taken,
      issue: at(statuses.ended),
      changes: [reviewed],
    });
    expect(result).toMatchObject({ did: "reviewed" });
    expect(stored).toMatchObject({ reviewed: { by: people.manager, at: 9 } });
    for (const [over, there] of [
      [request("ended"), at(review)],
      [{ ...taken, reviewed: { by: people.manager, at: 9 } }, at(review)],
      [taken, undefined],
    ] as const)
      expect((await reconcile({ request: over, issue: there })).result).toMatchObject({
        noop: "already ended",
      });
    // Opened again, it is another request.
    const again = await reconcile({ request: { ...taken, seen: { status: review, transitions: [] } } });
    expect(again.result).toMatchObject({ did: "opened again" });
  });
});
