import { describe, expect, test } from "vitest";
import { AlreadyStageApprovedError, HandworkMissingError, PolicyMissingError } from "../../../src/errors.ts";
import { askByHand, reconcileByHand } from "../../../src/grants/by-hand.ts";
import { expectGivenByHand, expectTakenByHand } from "../../../src/grants/expect-by-hand.ts";
import type { Account, StatusChange } from "../../../src/requests/issue.ts";
import type { HandedOver } from "../../../src/requests/life.ts";
import { people, pin, request } from "../../support/requests.ts";
import { issue, openStore, policy, requestType, site } from "../../support/use-cases.ts";

const { granted, ended, manual = "", withdrawn } = requestType.statuses;
const agent: Account = { accountId: "acc-agent", active: true, kind: "atlassian", displayName: "" };
const byHand = { askedAt: 1_000 };
const manualPin = pin({ groups: [] });
const toGive = request("approved", { pin: manualPin, byHand }) as HandedOver;
const toTake = request("ending", {
  pin: manualPin,
  end: { why: "time", at: 1, byHand },
}) as HandedOver;

function world(handed: HandedOver, author: Partial<Account> | undefined, to: string, parts = {}) {
  const store = openStore(handed);
  const said: string[] = [];
  const moved: string[] = [];
  const change: StatusChange = {
    id: "7",
    at: 5_000,
    author: author && { ...agent, ...author },
    from: manual,
    to,
  };
  const deps = {
    ...store,
    clock: { now: () => 9_000, sleep: async () => {} },
    policy: { current: async () => ({ version: 1, site, policy }) },
    catalog: { entry: async () => undefined },
    workflow: { succeed: async () => true },
    jira: {
      issue: async () => issue({ statusId: to, transitions: [{ id: "1", to: manual }], ...parts }),
      statusChanges: async () => [{ ...change, id: "6", at: 4_000, to: manual }, change],
      accountByEmail: async () => undefined,
      hasSaid: async () => false,
      comment: async (_: string, comment: object) => void said.push(JSON.stringify(comment)),
      transition: async (_: string, id: string) => void moved.push(id),
    },
  };
  const applied = { version: 1, site, policy };
  return {
    said,
    moved,
    stored: store.stored,
    reconcile: () => reconcileByHand(deps, handed, applied),
    ask: () => askByHand(deps, handed, 0),
    deps,
  };
}

describe("a move of the ticket", () => {
  test.each([
    ["given", toGive, granted],
    ["taken away", toTake, ended],
  ])("by somebody else says that it is %s by hand", async (what, handed, to) => {
    const { reconcile, stored } = world(handed, {}, to);
    expect(await reconcile()).toEqual({ did: `${what} by hand` });
    const done = { askedAt: 1_000, by: "acc-agent", evidence: "changelog:7" };
    expect(stored()).toMatchObject(
      handed.status === "approved" ? { byHand: done } : { end: { byHand: done } },
    );
  });

  test.each<[string, Partial<Account> | undefined]>([
    ["the requester", { accountId: people.requester }],
    ["an account that is not active", { active: false }],
    ["an app", { kind: "app" }],
    ["Latchkey itself", { accountId: site.jira.serviceAccount }],
    ["nobody whom the history names", undefined],
  ])("by %s says nothing, and somebody else is asked for", async (_, author) => {
    for (const [handed, to] of [
      [toGive, granted],
      [toTake, ended],
    ] as const) {
      const { reconcile, stored, said } = world(handed, author, to);
      expect(await reconcile()).toHaveProperty("noop");
      expect(stored()).toBe(handed);
      expect(said).toEqual([expect.stringContaining("Somebody else than the people")]);
    }
  });

  test("to somewhere else is none, and one that cancels what is not given yet withdraws it", async () => {
    for (const handed of [toGive, toTake])
      expect(await world(handed, {}, manual).reconcile()).toEqual({ noop: "waits for what is done by hand" });
    expect(await world(toGive, {}, withdrawn).reconcile()).toEqual({ did: "withdrew" });
    expect(await world(toTake, {}, withdrawn).reconcile()).toHaveProperty("noop");
  });

  test("from before anybody was asked is found, and nobody is asked", async () => {
    const { ask, said, stored } = world(toGive, {}, granted);
    await expect(ask()).rejects.toThrow(AlreadyStageApprovedError);
    expect(said).toEqual([]);
    expect(stored()).toMatchObject({ byHand: { by: "acc-agent" } });
  });
});

test("whoever is asked finds the ticket where such tickets are, with what is to be done", async () => {
  const { ask, said, moved } = world(toGive, {}, requestType.statuses.approved);
  await ask();
  expect(said).toEqual([expect.stringContaining("by hand")]);
  expect(moved).toEqual(["1"]);
  const nowhere = world(toTake, {}, granted);
  const { manual: _, ...statuses } = requestType.statuses;
  const without = { ...site, requestTypes: [{ ...requestType, statuses }] };
  nowhere.deps.policy.current = async () => ({ version: 1, site: without, policy });
  await expect(nowhere.ask()).rejects.toThrow(PolicyMissingError);
});

describe("only what no group gives, and nothing else gives on, waits for a person", () => {
  const clock = { now: () => 9_000, sleep: async () => {} };

  test("to be given", async () => {
    const approved = request("approved", { pin: manualPin });
    const store = openStore(approved);
    await expect(expectGivenByHand({ clock, ...store }, approved)).rejects.toThrow(HandworkMissingError);
    expect(store.stored()).toMatchObject({ byHand: { askedAt: 9_000 } });
    for (const parts of [
      { pin: pin() },
      { extends: { requestId: "1-1", by: "x", change: "1" } },
      { byHand: { askedAt: 1, by: "acc-agent" } },
    ]) {
      const other = request("approved", { pin: manualPin, ...parts });
      await expectGivenByHand({ clock, ...openStore(other) }, other);
    }
  });

  test("to be taken away", async () => {
    const ending = request("ending", { pin: manualPin });
    const store = openStore(ending);
    await expect(expectTakenByHand({ clock, ...store }, ending)).rejects.toThrow(HandworkMissingError);
    expect(store.stored()).toMatchObject({ end: { byHand: { askedAt: 9_000 } } });
    for (const parts of [
      { pin: pin() },
      { end: { why: "extended", at: 1 } },
      { end: { why: "time", at: 1, byHand: { askedAt: 1, by: "acc-agent" } } },
    ]) {
      const other = request("ending", { pin: manualPin, ...parts });
      await expectTakenByHand({ clock, ...openStore(other) }, other);
    }
  });
});
