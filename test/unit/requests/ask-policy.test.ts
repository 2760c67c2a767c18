import { describe, expect, test } from "vitest";
import type { CatalogEntry } from "../../../src/catalog/catalog.ts";
import type { DirectoryUser, Found } from "../../../src/people/directory-user.ts";
import type { Condition } from "../../../src/policy/condition.ts";
import type { Policy } from "../../../src/policy/policy.ts";
import { noStanding, type Standing } from "../../../src/policy/standing.ts";
import { type Asking, askPolicy } from "../../../src/requests/ask-policy.ts";
import { isIn } from "../../../src/requests/life.ts";
import { entry, monday, policy } from "../../support/policy.ts";
import { request, statuses } from "../../support/requests.ts";

const person = (userId: string, attributes: Record<string, string> = {}): DirectoryUser => ({
  userId,
  email: `${userId}@fernhill.example`,
  state: "ACTIVATED",
  attributes,
  manager: "boss",
});
const [ann, boss] = [person("ann", { department: "Sales" }), person("boss", { department: "Board" })];

type World = {
  policy: Partial<Policy>;
  entry: Partial<CatalogEntry>;
  asking: Partial<Asking>;
  /** The rest of the catalog. */
  others: CatalogEntry[];
  /** Groups by user id. */
  groups: Record<string, string[]>;
  /** By whom or what they are about. */
  standings: Record<string, Standing["requests"]>;
  /** What became of the other requests that are counted. */
  status: (typeof statuses)[number];
  owner: Found;
};

async function ask(parts: Partial<World> = {}) {
  const world = { groups: {}, standings: {}, others: [], ...parts };
  const groups: Record<string, string[]> = world.groups;
  const standings: Record<string, Standing["requests"]> = world.standings;
  const looked: string[] = [];
  const answer = await askPolicy(
    {
      directory: {
        userByEmail: async (email) => {
          looked.push(`owner ${email}`);
          return parts.owner ?? { kind: "none" };
        },
        groupsOf: async (userId) => {
          looked.push(`groups of ${userId}`);
          return groups[userId] ?? [];
        },
      },
      catalog: {
        entry: async (id, version) => {
          expect(version).toBe(3);
          return world.others.find(({ entitlementId }) => entitlementId === id);
        },
      },
      standings: {
        get: async (about) => {
          looked.push(`standing of ${about}`);
          return { ...noStanding(about), requests: standings[about] ?? {} };
        },
      },
      requests: { get: async () => request(parts.status ?? "asked") },
    },
    { policy: policy(parts.policy), version: 3 },
    {
      requestId: "9-1",
      entry: entry(parts.entry),
      requester: ann,
      beneficiary: ann,
      seconds: 3_600,
      emergency: false,
      at: monday,
      ...parts.asking,
    },
  );
  return { ...answer, looked };
}

const approving = (when: Condition): Partial<Policy> => ({
  rules: [{ id: "yes", when, decide: "approve", say: "Sure." }],
});
const isApproved = { outcome: "waive", rule: "yes" };
const needsManager = { outcome: "ask", approval: "manager" };

describe("the policy is told", () => {
  test("nothing that has to be looked up, when nothing asks for it", async () => {
    const { decision, counting, replaces, looked } = await ask();
    expect(decision).toEqual(needsManager);
    expect([counting, replaces, looked]).toEqual([[], [], []]);
  });

  test.each<[string, Condition, boolean]>([
    ["the application", { application: ["github"] }, true],
    ["the entitlement", { entitlement: ["github/developer"] }, true],
    ["its category", { category: ["Code"] }, true],
    ["its tags", { tag: ["sensitive"] }, true],
    ["for how long", { durationAtMost: "1h" }, true],
    ["for how long, and no longer", { durationAtMost: "30m" }, false],
    ["when", { at: { days: ["mon"], timeZone: "UTC" } }, true],
    ["what the person is", { attribute: "department", in: ["Sales"], of: "beneficiary" }, true],
    ["that the person asks", { requesterIs: "beneficiary" }, true],
  ])("%s", async (_, when, holds) => {
    const { decision } = await ask({
      policy: approving(when),
      entry: { category: "Code", tags: ["sensitive"] },
    });
    expect(decision).toMatchObject(holds ? isApproved : needsManager);
  });

  test("of two people which is which", async () => {
    const both = { asking: { requester: boss } };
    const department = (of: "requester" | "beneficiary", name: string) =>
      approving({ attribute: "department", in: [name], of });
    for (const right of [
      department("requester", "Board"),
      department("beneficiary", "Sales"),
      approving({ requesterIs: "manager" }),
    ])
      expect((await ask({ ...both, policy: right })).decision).toMatchObject(isApproved);
    for (const wrong of [
      department("requester", "Sales"),
      department("beneficiary", "Board"),
      approving({ requesterIs: "beneficiary" }),
    ])
      expect((await ask({ ...both, policy: wrong })).decision).toEqual(needsManager);
  });

  test("the groups of those whom a condition names, and of no one else", async () => {
    const inGroup = (of: "requester" | "beneficiary") => approving({ inGroup: ["g-1"], of });
    const groups = { ann: ["g-1"], boss: ["g-2"] };
    const both = { asking: { requester: boss }, groups };
    const ofBeneficiary = await ask({ ...both, policy: inGroup("beneficiary") });
    expect([ofBeneficiary.decision.outcome, ofBeneficiary.looked]).toEqual(["waive", ["groups of ann"]]);
    const ofRequester = await ask({ ...both, policy: inGroup("requester") });
    expect([ofRequester.decision.outcome, ofRequester.looked]).toEqual(["ask", ["groups of boss"]]);
    // Who asks for themselves is one person.
    const self = await ask({ groups, policy: inGroup("beneficiary") });
    expect([self.decision.outcome, self.looked]).toEqual(["waive", ["groups of ann"]]);
  });

  test("who owns the application, if a condition asks, and JumpCloud knows exactly one such person", async () => {
    const owns: World["owner"] = { kind: "one", user: ann };
    const rule = approving({ all: [{ requesterIs: "owner" }] });
    const known = await ask({ policy: rule, owner: owns });
    expect([known.decision.outcome, known.looked]).toEqual(["waive", ["owner owner@fernhill.example"]]);
    expect((await ask({ policy: rule, owner: { kind: "one", user: boss } })).decision).toEqual(needsManager);
    for (const kind of ["none", "several"] as const)
      expect((await ask({ policy: rule, owner: { kind } })).decision).toEqual(needsManager);
    const other = await ask({ policy: approving({ requesterIs: "manager" }), owner: owns });
    expect(other.looked).toEqual([]);
  });

  test("what conditions of the entitlement itself ask for", async () => {
    const member: Condition = { inGroup: ["g-1"], of: "beneficiary" };
    const open = await ask({ entry: { eligibility: member }, groups: { ann: ["g-1"] } });
    expect([open.decision, open.looked]).toEqual([needsManager, ["groups of ann"]]);
    const closed = await ask({ entry: { eligibility: member } });
    expect(closed.decision).toMatchObject({ code: "not eligible" });
    const breakGlass = { who: member, max: "1h" };
    const taken = { entry: { breakGlass }, asking: { emergency: true }, groups: { ann: ["g-1"] } };
    expect((await ask(taken)).decision).toMatchObject({ outcome: "waive", rule: "emergency" });
    expect((await ask({ ...taken, groups: {} })).decision).toMatchObject({ code: "no emergency access" });
  });
});

describe("what the person has", () => {
  const vpn = entry({ entitlementId: "vpn/user", groups: ["g-1", "g-2"] });
  const needing = { entry: { requires: ["vpn/user"] }, others: [vpn] };

  test("is what all groups of an entitlement show, whoever gave them", async () => {
    const has = (groups: string[]) => ask({ ...needing, groups: { ann: groups } });
    const all = await has(["g-1", "g-2", "g-3"]);
    expect([all.decision, all.looked]).toEqual([needsManager, ["groups of ann"]]);
    for (const some of [["g-1"], []])
      expect((await has(some)).decision).toMatchObject({ code: "prerequisite missing" });
    expect((await ask({ ...needing, others: [] })).decision).toMatchObject({ code: "prerequisite missing" });
  });

  test("is what a request gave, where no group gives it", async () => {
    const badge = { ...vpn, groups: [] };
    const gave = (state: "granted" | "over" | "pending") =>
      ask({
        ...needing,
        others: [badge],
        standings: { "USER#ann": { "1-1": { entitlementId: "vpn/user", state, at: 1 } } },
      });
    const granted = await gave("granted");
    expect(granted.decision).toEqual(needsManager);
    expect(granted.looked).toContain("standing of USER#ann");
    // It is looked up, and the request not counted for that.
    expect(granted.counting).toEqual([]);
    for (const state of ["over", "pending"] as const)
      expect((await gave(state)).decision).toMatchObject({ code: "prerequisite missing" });
  });
});

describe("a request that a limit concerns", () => {
  const separation = [{ id: "pay", why: "x", one: ["github/developer"], other: ["bank/payer"] }];
  const payer = entry({ entitlementId: "bank/payer" });
  const pending = { entitlementId: "bank/payer", state: "pending" as const, at: monday - 1 };

  test("is counted with the person, once, where it keeps its place", async () => {
    const { counting, decision } = await ask({ policy: { separation }, others: [payer] });
    expect(decision).toEqual(needsManager);
    const stand = { entitlementId: "github/developer", state: "pending", at: monday, capped: false };
    expect(counting).toEqual([{ ...noStanding("USER#ann"), requests: { "9-1": stand } }]);
    const before = { "9-1": { entitlementId: "github/developer", state: "pending" as const, at: 1 } };
    const again = await ask({ policy: { separation }, others: [payer], standings: { "USER#ann": before } });
    expect(again.counting).toMatchObject([{ requests: before }]);
  });

  test("finds the other one that is on its way, unless that came to nothing", async () => {
    const gone = ["refused", "declined", "expired", "withdrawn"] as const;
    for (const status of statuses) {
      const { decision, counting } = await ask({
        policy: { separation },
        others: [payer],
        standings: { "USER#ann": { "1-1": pending } },
        status,
      });
      const isGone = isIn(request(status), gone);
      expect(decision).toMatchObject(isGone ? needsManager : { code: "conflicting access" });
      expect(Object.keys(counting[0]?.requests ?? {})).toEqual(isGone ? ["9-1"] : ["1-1", "9-1"]);
    }
  });

  test("does not take itself, nor access that is there, for one that came to nothing", async () => {
    const standings = {
      "USER#ann": {
        "9-1": { ...pending, entitlementId: "github/developer" },
        "1-1": { ...pending, state: "granted" as const },
      },
    };
    const { counting } = await ask({
      policy: { separation },
      others: [payer],
      standings,
      status: "withdrawn",
    });
    expect(Object.keys(counting[0]?.requests ?? {})).toEqual(["9-1", "1-1"]);
  });

  test("is over the cap by what others gave to the person, or to the group with the most", async () => {
    const caps = { tags: ["money"], within: "1d", perPerson: 1, perGroup: 2, approval: "security" };
    const given = (ids: string[]) =>
      Object.fromEntries(
        ids.map((id) => [id, { entitlementId: "x", state: "granted" as const, at: monday, capped: true }]),
      );
    const money = { policy: { caps }, entry: { tags: ["money"], groups: ["g-1", "g-2"] } };
    const isCapped = { outcome: "ask", rule: "caps" };
    const first = await ask(money);
    expect(first.decision).toEqual(needsManager);
    expect(first.counting.map(({ about }) => about)).toEqual(["USER#ann", "GROUP#g-1", "GROUP#g-2"]);
    expect(first.counting[0]?.requests).toMatchObject({ "9-1": { capped: true } });
    const some: Record<string, string[]>[] = [{ "USER#ann": ["1-1"] }, { "GROUP#g-2": ["1-1", "2-1"] }];
    for (const one of some) {
      const standings = Object.fromEntries(Object.entries(one).map(([about, ids]) => [about, given(ids)]));
      expect((await ask({ ...money, standings })).decision).toMatchObject(isCapped);
    }
    const few = { "GROUP#g-1": given(["1-1"]), "GROUP#g-2": given(["2-1"]) };
    expect((await ask({ ...money, standings: few })).decision).toEqual(needsManager);
  });

  test("of an emergency waits until somebody has looked at the last one, and says that it is one", async () => {
    const breakGlass = { who: { tag: ["any"] }, max: "1h" };
    const taken = { entry: { breakGlass, tags: ["any"] }, asking: { emergency: true } };
    const first = await ask(taken);
    expect(first.decision).toMatchObject({ outcome: "waive", rule: "emergency" });
    expect(first.counting).toMatchObject([{ requests: { "9-1": { emergency: "unreviewed" } } }]);
    const last = { entitlementId: "x", state: "over" as const, at: 1, emergency: "unreviewed" as const };
    const { decision } = await ask({ ...taken, standings: { "USER#ann": { "1-1": last } } });
    expect(decision).toMatchObject({ code: "review open" });
    // Of anything else it is not said.
    const usual = await ask({ policy: { separation }, others: [payer] });
    expect(usual.counting[0]?.requests["9-1"]).not.toHaveProperty("emergency");
  });

  test("replaces another level of the same application", async () => {
    const levels = ["github/reader", "github/developer"];
    const reader = { entitlementId: "github/reader", state: "granted" as const, at: 1 };
    const { replaces } = await ask({ entry: { levels }, standings: { "USER#ann": { "1-1": reader } } });
    expect(replaces).toEqual(["1-1"]);
  });
});
