import { describe, expect, test } from "vitest";
import {
  countedIn,
  grantedWithin,
  heldIn,
  isCapped,
  isUnreviewed,
  noStanding,
  otherLevels,
  pendingIn,
  type Stand,
  type Standing,
  standingOfPerson,
  withoutStand,
  withStand,
} from "../../../src/policy/standing.ts";
import { entry, monday, policy } from "../../support/policy.ts";

const hour = 3_600_000;
const day = 24 * hour;

function stand(parts: Partial<Stand> = {}): Stand {
  return { entitlementId: "github/developer", state: "granted", at: monday, ...parts };
}

function standing(requests: Standing["requests"], about = "USER#user-1"): Standing {
  return { ...noStanding(about), requests, version: 7 };
}

const caps = { tags: ["sensitive", "money"], within: "1d", perPerson: 3, approval: "security" };
const separation = [{ id: "pay", why: "Four eyes.", one: ["bank/payer"], other: ["bank/approver"] }];

describe("a request is counted", () => {
  const counted = (
    rules: Parameters<typeof policy>[0],
    parts: Parameters<typeof entry>[0] = {},
    emergency = false,
  ) => countedIn(policy(rules), entry(parts), { userId: "user-1", emergency });

  test("nowhere when no limit concerns it", () => {
    expect(counted({})).toEqual([]);
    expect(counted({ separation, caps })).toEqual([]);
    expect(counted({ caps: { ...caps, perGroup: 9 } })).toEqual([]);
  });

  test.each<[string, Parameters<typeof policy>[0], Parameters<typeof entry>[0], boolean]>([
    ["it is on one side of a separation", { separation }, { entitlementId: "bank/payer" }, false],
    [
      "it is on the other side of one of several",
      { separation: [{ id: "x", why: "", one: ["a"], other: ["b"] }, ...separation] },
      { entitlementId: "bank/approver" },
      false,
    ],
    ["it has one of the tags of the caps", { caps }, { tags: ["money", "old"] }, false],
    ["it is taken in an emergency", {}, {}, true],
    ["it is a level of an application", {}, { levels: ["github/reader"] }, false],
    ["no group gives it", {}, { groups: [] }, false],
  ])("with its person when %s", (_, rules, parts, emergency) => {
    expect(counted(rules, parts, emergency)).toEqual(["USER#user-1"]);
  });

  test("with each of its groups too when the caps count by group", () => {
    const groups = ["g1", "g2"];
    expect(counted({ caps: { ...caps, perGroup: 9 } }, { tags: ["money"], groups })).toEqual([
      "USER#user-1",
      "GROUP#g1",
      "GROUP#g2",
    ]);
    expect(standingOfPerson("user-1")).toBe("USER#user-1");
  });

  test("by the caps when it has one of their tags, and there are caps", () => {
    expect(isCapped(policy({ caps }), entry({ tags: ["money"] }))).toBe(true);
    expect(isCapped(policy({ caps }), entry({ tags: ["old"] }))).toBe(false);
    expect(isCapped(policy(), entry({ tags: ["money"] }))).toBe(false);
  });
});

describe("of several requests of one person", () => {
  test("each counts what the others are to give or gave, and not itself, nor what is over", () => {
    const all = standing({
      "1-1": stand({ entitlementId: "a", state: "granted" }),
      "2-1": stand({ entitlementId: "b", state: "pending" }),
      "3-1": stand({ entitlementId: "c", state: "over" }),
      "4-1": stand({ entitlementId: "d", state: "pending" }),
    });
    expect([...pendingIn(all, "9-1")]).toEqual(["a", "b", "d"]);
    expect([...pendingIn(all, "4-1")]).toEqual(["a", "b"]);
    expect([...heldIn(all, "9-1")]).toEqual(["a"]);
    expect([...heldIn(all, "1-1")]).toEqual([]);
  });

  test("the one that was counted first is found by the later one, and does not find it", () => {
    const later = stand({ entitlementId: "late", state: "pending", at: monday + 1 });
    const all = standing({ "1-1": stand({ entitlementId: "early", state: "pending" }), "2-1": later });
    expect([...pendingIn(all, "1-1")]).toEqual([]);
    expect([...pendingIn(all, "2-1")]).toEqual(["early"]);
    const granted = { ...all.requests, "2-1": { ...later, state: "granted" as const } };
    expect([...pendingIn(standing(granted), "1-1")]).toEqual(["late"]);
  });

  test("of the same millisecond, exactly one finds the other", () => {
    const all = standing({
      "1-1": stand({ entitlementId: "a", state: "pending" }),
      "2-1": stand({ entitlementId: "b", state: "pending" }),
    });
    expect([...pendingIn(all, "1-1")]).toEqual([]);
    expect([...pendingIn(all, "2-1")]).toEqual(["a"]);
  });

  test("those that gave another level of the application make way, and no others", () => {
    const levels = ["github/reader", "github/developer", "github/owner"];
    const all = standing({
      "1-1": stand({ entitlementId: "github/reader" }),
      "2-1": stand({ entitlementId: "github/owner", state: "pending" }),
      "3-1": stand({ entitlementId: "github/developer" }),
      "4-1": stand({ entitlementId: "aws/developer" }),
      "5-1": stand({ entitlementId: "github/owner", state: "over" }),
    });
    expect(otherLevels(all, entry({ levels }))).toEqual(["1-1"]);
    expect(otherLevels(all, entry())).toEqual([]);
  });
});

describe("emergency access", () => {
  const taken = (emergency: "unreviewed" | "reviewed") => stand({ emergency });

  test("stands in the way of the next while nobody has looked at it", () => {
    expect(isUnreviewed(standing({ "1-1": stand(), "2-1": taken("unreviewed") }), "9-1")).toBe(true);
    expect(isUnreviewed(standing({ "1-1": stand(), "2-1": taken("reviewed") }), "9-1")).toBe(false);
    expect(isUnreviewed(standing({}), "9-1")).toBe(false);
  });

  test("does not stand in its own way", () => {
    expect(isUnreviewed(standing({ "1-1": taken("unreviewed") }), "1-1")).toBe(false);
  });
});

describe("grants that the caps count", () => {
  const count = (requests: Standing["requests"], rules = policy({ caps })) =>
    grantedWithin(standing(requests), rules, { requestId: "9-1", at: monday + day });
  const capped = (parts: Partial<Stand> = {}) => stand({ capped: true, ...parts });

  test("are those of other requests within the time, and what is about to be given", () => {
    expect(count({ "1-1": capped(), "2-1": capped({ at: monday + day }), "9-1": capped() })).toBe(2);
    expect(count({ "1-1": capped({ at: monday - 1 }) })).toBe(0);
    expect(count({ "1-1": capped({ at: monday - 1, state: "over" }) })).toBe(0);
    expect(count({ "1-1": capped({ state: "over" }) })).toBe(1);
    expect(count({ "1-1": capped({ at: 0, state: "pending" }) })).toBe(1);
  });

  test("are not those of entitlements that the caps do not concern, and none without caps", () => {
    expect(count({ "1-1": stand(), "2-1": stand({ capped: false }) })).toBe(0);
    expect(count({ "1-1": capped() }, policy())).toBe(0);
  });
});

describe("what a request stands for", () => {
  const now = monday;
  const long = now - 90 * day;
  const late = stand({ state: "pending", at: now });

  test("is set once, and taken out when it gave nothing", () => {
    const once = withStand(noStanding("USER#user-1"), "1-1", late);
    expect(once).toEqual({ schemaVersion: 1, about: "USER#user-1", requests: { "1-1": late }, version: 0 });
    const granted = withStand(once, "1-1", stand());
    expect(granted.requests).toEqual({ "1-1": stand() });
    expect(withoutStand(withStand(granted, "2-1", late), "1-1").requests).toEqual({ "2-1": late });
  });

  test("is forgotten of a person when it is over and longer ago than any cap counts", () => {
    const kept = {
      "1-1": stand({ state: "over", at: long }),
      "2-1": stand({ state: "over", at: long - 1, emergency: "unreviewed" }),
      "3-1": stand({ state: "granted", at: long - 1 }),
      "4-1": stand({ state: "pending", at: long - 1 }),
    };
    const forgotten = {
      "5-1": stand({ state: "over", at: long - 1 }),
      "6-1": stand({ state: "over", at: long - 1, emergency: "reviewed" }),
    };
    const after = withStand(standing({ ...kept, ...forgotten }), "9-1", late);
    expect(after).toEqual({ ...standing({ ...kept, "9-1": late }) });
  });

  test("is forgotten of a group whatever it is: nothing but the caps asks for it", () => {
    const all = {
      "1-1": stand({ at: long - 1 }),
      "2-1": stand({ at: long - 1, emergency: "unreviewed" }),
      "3-1": stand({ at: long }),
    };
    const after = withStand(standing(all, "GROUP#g1"), "9-1", late);
    expect(Object.keys(after.requests)).toEqual(["2-1", "3-1", "9-1"]);
  });
});
