import { describe, expect, test } from "vitest";
import { firstBreak, start } from "../../src/audit/audit-trail.ts";
import { BusyError, InconsistentError, TooManyCallsError } from "../../src/errors.ts";
import { Request } from "../../src/requests/request.ts";
import { AuditTrails } from "../../src/storage/audit.ts";
import { AuditDays } from "../../src/storage/audit-days.ts";
import { Ledger } from "../../src/storage/ledger.ts";
import { Pace } from "../../src/storage/pace.ts";
import { People } from "../../src/storage/people.ts";
import { Requests } from "../../src/storage/requests.ts";
import { openTables } from "../support/database.ts";
import { asked, request } from "../support/requests.ts";

const tables = await openTables();
const clock = {
  time: 1_000_000,
  slept: 0,
  now: () => clock.time,
  sleep: async (milliseconds: number) => {
    clock.slept += milliseconds;
    clock.time += milliseconds;
  },
};
const requests = new Requests(tables.requests, clock, Request);

let issues = 20_000;
const fresh = async () => {
  const issueId = String(issues++);
  return requests.create(
    request("requested", { issueId, requestId: `${issueId}-1`, issueKey: `ACC-${issueId}` }),
  );
};

describe("requests", () => {
  test("of one issue are told apart, and the newest is found", async () => {
    const first = await fresh();
    expect(await requests.get(first.requestId)).toEqual(first);
    expect(await requests.latest(first.issueId)).toEqual(first);
    const second = await requests.create({
      ...first,
      requestId: `${first.issueId}-2`,
      generation: 2,
      version: 0,
    });
    expect(await requests.latest(first.issueId)).toEqual(second);
    expect((await requests.byKey(first.issueKey)).map((one) => one.requestId)).toEqual([
      first.requestId,
      second.requestId,
    ]);
    expect(await requests.latest("0")).toBeUndefined();
    await expect(requests.get("0-1")).rejects.toThrow(InconsistentError);
  });

  test("are opened once, however many webhooks come at once", async () => {
    const { version: _, ...one } = await fresh();
    const again = [1, 2, 3].map(() => requests.create({ ...one, version: 0 }));
    expect((await Promise.allSettled(again)).map((result) => result.status)).toEqual([
      "rejected",
      "rejected",
      "rejected",
    ]);
    await expect(requests.create({ ...one, version: 0 })).rejects.toThrow(BusyError);
  });

  test("of two who decide on the same version only one is heard", async () => {
    const one = await fresh();
    const saves = ["a", "b"].map((told) => requests.save(one, { ...one, told: [told] }));
    const results = await Promise.allSettled(saves);
    expect(results.map((result) => result.status).toSorted()).toEqual(["fulfilled", "rejected"]);
    await expect(requests.save(one, one)).rejects.toThrow(BusyError);
  });

  test("cannot jump to where their status does not lead", async () => {
    const one = await fresh();
    const granted = request("granted", { requestId: one.requestId });
    await expect(requests.save(one, granted)).rejects.toThrow(InconsistentError);
  });

  test("that are due are found, the longest due first, and closed ones never", async () => {
    const [early, late, closed] = [await fresh(), await fresh(), await fresh()];
    clock.time += 60_000;
    await requests.save(late, late);
    await requests.save(
      closed,
      request("withdrawn", { ...closed, status: "withdrawn", told: ["withdrawn"] }),
    );
    const due = async (now: number) => {
      const found: string[] = [];
      for await (const one of requests.due(now)) found.push(one.requestId);
      return found;
    };
    const later = await due(clock.time + 3_600_000);
    expect(later.indexOf(early.requestId)).toBeLessThan(later.indexOf(late.requestId));
    expect(later).not.toContain(closed.requestId);
    expect(await due(clock.time)).not.toContain(late.requestId);
  });

  test("are looked at later without a word to whoever works on them", async () => {
    const one = await fresh();
    clock.time += 60_000;
    await requests.postpone(one);
    const due: string[] = [];
    for await (const request of requests.due(clock.time + 9.5 * 60_000)) due.push(request.requestId);
    expect(due).not.toContain(one.requestId);
    const saved = await requests.save(one, { ...one, told: ["granted"] });
    await requests.postpone(one);
    expect(await requests.get(one.requestId)).toEqual(saved);
  });

  test("keep nothing of a status that they have left", async () => {
    const one = await fresh();
    const parts = { ...one, pin: request("asked").pin, decisions: [] };
    const checked = await requests.save(one, { ...parts, status: "checked" as const });
    const waiting = await requests.save(checked, { ...checked, status: "asked" as const, asked: asked() });
    await requests.save(waiting, { ...waiting, status: "expired" as const });
    expect(await requests.get(one.requestId)).not.toHaveProperty("asked");
  });
});

describe("the audit trail", () => {
  const trails = new AuditTrails(tables.audit, clock, async () => 7);
  const draft = (id: string) => ({ id, at: 1, action: "request.opened" as const, by: [], facts: { id } });

  test("is one unbroken chain, whoever wrote into it at once", async () => {
    const writers = [1, 2, 3, 4, 5].map((number) =>
      trails.append("chain-1", start, draft(`entry ${number}`)),
    );
    await Promise.all(writers);
    const entries = await trails.entries("chain-1");
    expect(entries.map((entry) => entry.sequence)).toEqual([1, 2, 3, 4, 5]);
    expect(firstBreak(entries)).toBeUndefined();
  });

  test("has an entry once, also when a run that died before wrote it", async () => {
    const head = await trails.append("chain-2", start, draft("first"));
    await trails.append("chain-2", head, draft("second"));
    const again = await trails.append("chain-2", head, draft("second"));
    expect(again.sequence).toBe(2);
    const third = await trails.append("chain-2", head, draft("third"));
    expect(third.sequence).toBe(3);
    expect(await trails.entries("chain-2")).toHaveLength(3);
  });

  test("has an entry once, also when its writer died and another wrote meanwhile", async () => {
    const head = await trails.append("chain-3", start, draft("first"));
    await trails.append("chain-3", head, draft("of the one that died"));
    const others = await trails.append("chain-3", head, draft("of another"));
    const again = await trails.append("chain-3", others, draft("of the one that died"));
    const last = await trails.append("chain-3", again, draft("last"));
    const entries = await trails.entries("chain-3");
    expect(entries.map((entry) => entry.id)).toEqual(["first", "of the one that died", "of another", "last"]);
    expect(last).toMatchObject({ sequence: 4, hash: entries.at(-1)?.hash });
  });

  test("is found by the day on which it was written, every entry of it", async () => {
    const days = new AuditDays(tables.audit);
    clock.time = Date.UTC(2027, 0, 1, 23, 59);
    const first = await trails.append("dated-1", start, draft("first"));
    const second = await trails.append("dated-1", first, draft("second"));
    const other = await trails.append("dated-2", start, draft("first"));
    clock.time += 60_000;
    await trails.append("dated-2", other, draft("of the next day"));
    expect((await days.entriesOf("2027-01-01")).sort((a, b) => (a.hash < b.hash ? -1 : 1))).toEqual(
      [
        { requestId: "dated-1", ...first },
        { requestId: "dated-1", ...second },
        { requestId: "dated-2", ...other },
      ].sort((a, b) => (a.hash < b.hash ? -1 : 1)),
    );
    expect(await days.entriesOf("2027-01-02")).toMatchObject([{ requestId: "dated-2", sequence: 2 }]);
  });
});

test("the ledger lets one of two writers through", async () => {
  const ledger = new Ledger(tables.requests);
  const entry = {
    schemaVersion: 1 as const,
    userId: "u",
    groupId: "g",
    existedBefore: false,
    reasons: {},
    version: 0,
  };
  expect(await ledger.get("u", "g")).toBeUndefined();
  const saved = await ledger.save(entry);
  expect(saved).toMatchObject({ version: 1 });
  expect(await ledger.save(entry)).toBeUndefined();
  expect(await ledger.get("u", "g")).toEqual(saved);
});

test("which person an account was found to be is remembered, and can be corrected", async () => {
  const known = new People(tables.requests);
  expect(await known.userIdOf("acc")).toBeUndefined();
  await known.remember("acc", "user-1");
  await known.remember("acc", "user-1");
  await known.remember("acc", "user-2");
  expect(await known.userIdOf("acc")).toBe("user-2");
});

describe("the pace of calls to JumpCloud", () => {
  test("is three a second, whichever function calls", async () => {
    const one = new Pace(tables.requests, clock, 1);
    const other = new Pace(tables.requests, clock, 1);
    const before = clock.time;
    for (let count = 0; count < 10; count++) await (count % 2 ? one : other).next();
    expect(clock.time - before).toBeGreaterThanOrEqual(2_990);
    expect(clock.time - before).toBeLessThan(3_100);
  });

  test("halves for half an hour when JumpCloud complains, and recovers over minutes after it", async () => {
    clock.time += 3_600_000;
    const pace = new Pace(tables.requests, clock, 1);
    const tenCalls = async () => {
      const before = clock.time;
      for (let count = 0; count < 10; count++) await pace.next();
      return clock.time - before;
    };
    await pace.next();
    await pace.slowDown();
    expect(await tenCalls()).toBeGreaterThan(5_000);
    clock.time += 20 * 60_000;
    expect(await tenCalls()).toBeGreaterThan(5_000);
    clock.time += 15 * 60_000;
    expect(await tenCalls()).toBeLessThan(3_300);
  });

  test("does not make anybody wait longer than a function has time", async () => {
    clock.time += 3_600_000;
    const still = { now: () => clock.time, sleep: async () => {} };
    const pace = new Pace(tables.requests, still, 20);
    const calls = async () => {
      for (let count = 0; count < 200; count++) await pace.next();
    };
    await expect(calls()).rejects.toThrow(TooManyCallsError);
  });
});
