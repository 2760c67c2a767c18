import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide } from "../../../src/policy/decide.ts";
import type { Separation } from "../../../src/policy/policy.ts";
import type { Rule } from "../../../src/policy/rules.ts";
import {
  noStanding,
  pendingIn,
  type Standing,
  withoutStand,
  withStand,
} from "../../../src/policy/standing.ts";
import { anyCondition, anyFacts, entry, facts, monday, policy, question } from "../../support/policy.ts";

const always = { tag: ["source-code"] };
const unknown = { attribute: "location" as const, in: ["Berlin"], of: "beneficiary" as const };
const rule = {
  deny: (when: Rule["when"] = always): Rule => ({ id: "no", when, decide: "deny", say: "Not here." }),
  approve: (when: Rule["when"] = always): Rule => ({
    id: "yes",
    when,
    decide: "approve",
    say: "Everybody may.",
  }),
  ask: (when: Rule["when"] = always): Rule => ({ id: "hm", when, decide: "ask", approval: "security" }),
};

function decided(rules: Rule[], parts: Parameters<typeof question>[0] = {}) {
  return decide(policy({ rules }), question(parts)).decision;
}

describe("rules", () => {
  test("without one that fits, the entitlement's own approval is asked for", () => {
    expect(decided([])).toEqual({ outcome: "ask", approval: "manager" });
    expect(decided([rule.approve({ tag: ["sensitive"] })])).toEqual({ outcome: "ask", approval: "manager" });
  });
  test("an entitlement without an approval falls back on the policy's, and at last on the fallback group", () => {
    const { approval: _, ...without } = entry();
    const asked = question({ entry: without });
    expect(decide(policy({ defaultApproval: "security" }), asked).decision).toEqual({
      outcome: "ask",
      approval: "security",
    });
    expect(decide(policy(), asked).decision).toEqual({ outcome: "ask", approval: "fallback" });
    const { approvals } = policy();
    const automatic = policy({ approvals: { ...approvals, fallback: { automatic: "Never asked." } } });
    expect(decide(automatic, asked).decision).toEqual({ outcome: "ask", approval: "fallback" });
  });
  test("a waiver names its rule and what the ticket is told", () => {
    expect(decided([rule.approve()])).toEqual({ outcome: "waive", say: "Everybody may.", rule: "yes" });
  });
  test("an approval of the policy can be a waiver too", () => {
    expect(decided([], { entry: entry({ approval: "nobody" }) })).toEqual({
      outcome: "waive",
      say: "Everybody may.",
      rule: "nobody",
    });
  });
  test("a question beats a waiver, and a denial beats both", () => {
    expect(decided([rule.approve(), rule.ask()])).toEqual({
      outcome: "ask",
      approval: "security",
      rule: "hm",
    });
    expect(decided([rule.approve(), rule.ask(), rule.deny()])).toMatchObject({
      outcome: "refuse",
      code: "denied by rule",
      rule: "no",
      say: "Not here.",
    });
  });
  test("what cannot be looked up denies, and waives nothing", () => {
    expect(decided([rule.deny(unknown)])).toMatchObject({ outcome: "refuse", rule: "no" });
    expect(decided([rule.ask(unknown)])).toMatchObject({ outcome: "refuse", rule: "hm" });
    expect(decided([rule.approve(unknown)])).toEqual({ outcome: "ask", approval: "manager" });
  });
  test("the trace names every check and every rule, with what came of it", () => {
    expect(
      decide(policy({ rules: [rule.approve(unknown), rule.deny({ not: always }), rule.ask()] }), question())
        .trace,
    ).toEqual([
      { check: "the person is not protected", result: "passed" },
      { check: "the person is eligible", result: "passed" },
      { check: "what it needs is there", result: "passed" },
      { check: "nothing that the person has conflicts with it", result: "passed" },
      { check: "in an emergency, the person may take it", result: "passed" },
      { check: "in an emergency, the last one was looked at", result: "passed" },
      { check: "rule yes", result: "unknown", detail: "approve" },
      { check: "rule no", result: "failed", detail: "deny" },
      { check: "rule hm", result: "passed", detail: "ask" },
    ]);
  });
});

describe("limits that no rule lifts", () => {
  const waived = [rule.approve()];
  test("a protected person", () => {
    const { decision } = decide(policy({ rules: waived, protectedPeople: ["user-1"] }), question());
    expect(decision).toEqual({
      outcome: "refuse",
      code: "protected person",
      say: "This person’s access is not changed by requests.",
    });
    const other = decide(policy({ rules: waived, protectedPeople: ["user-2"] }), question());
    expect(other.decision).toMatchObject({ outcome: "waive" });
  });
  test.each([
    [
      "somebody who is not eligible",
      { attribute: "department" as const, in: ["Sales"], of: "beneficiary" as const },
      "failed",
    ],
    ["somebody of whom it is not known", unknown, "unknown"],
  ])("%s", (_, eligibility, result) => {
    const say = "GitHub: Developer is not open to this person.";
    const asked = question({ entry: entry({ eligibility }) });
    expect(decide(policy({ rules: waived }), asked)).toEqual({
      decision: { outcome: "refuse", code: "not eligible", say },
      // Of the checks after a refusal nothing is said.
      trace: [
        { check: "the person is not protected", result: "passed" },
        { check: "the person is eligible", result, detail: say },
      ],
    });
  });
  test("a prerequisite that is missing", () => {
    const needing = entry({ requires: ["github/member", "vpn/user"] });
    expect(decided(waived, { entry: needing, has: new Set(["vpn/admin"]) })).toEqual({
      outcome: "refuse",
      code: "prerequisite missing",
      say: "GitHub: Developer needs github/member and vpn/user first.",
    });
    expect(decided(waived, { entry: needing, has: new Set(["github/member"]) })).toMatchObject({
      say: "GitHub: Developer needs vpn/user first.",
    });
    expect(decided(waived, { entry: needing, has: new Set(["github/member", "vpn/user"]) })).toMatchObject({
      outcome: "waive",
    });
  });
});

const separation: Separation = {
  id: "pay",
  why: "Four eyes.",
  one: ["bank/payer"],
  other: ["bank/approver"],
};

describe("separation of duties", () => {
  const payer = entry({ entitlementId: "bank/payer" });
  const approver = entry({ entitlementId: "bank/approver" });
  const separated = policy({ rules: [rule.approve()], separation: [separation] });

  test("holds in both directions, over what the person has and what is on its way", () => {
    const refused = { outcome: "refuse", code: "conflicting access" };
    const has = (id: string) => ({ has: new Set([id]) });
    expect(decide(separated, question({ entry: payer, ...has("bank/approver") })).decision).toMatchObject(
      refused,
    );
    expect(decide(separated, question({ entry: approver, ...has("bank/payer") })).decision).toMatchObject(
      refused,
    );
    expect(
      decide(separated, question({ entry: approver, pending: new Set(["bank/payer"]) })).decision,
    ).toMatchObject(refused);
    expect(decide(separated, question({ entry: payer, ...has("bank/payer") })).decision).toMatchObject({
      outcome: "waive",
    });
  });
  test("an exception goes to whoever may make it, whatever a waiver says", () => {
    const excepting = policy({
      rules: [rule.approve()],
      separation: [{ ...separation, exceptionBy: "security" }],
    });
    const { decision, trace } = decide(
      excepting,
      question({ entry: payer, has: new Set(["bank/approver"]) }),
    );
    expect(decision).toEqual({ outcome: "ask", approval: "security", rule: "pay" });
    const why =
      "GitHub: Developer must not be held together with what the person has or has asked for (pay): Four eyes.";
    expect(trace.at(-1)).toEqual({ check: "separation pay", result: "failed", detail: why });
    const inEmergency = entry({ ...payer, breakGlass: { who: always, max: "1h" } });
    const taken = question({ entry: inEmergency, has: new Set(["bank/approver"]), emergency: true });
    // Nobody is there to make it.
    expect(decide(excepting, taken).decision).toEqual({
      outcome: "refuse",
      code: "conflicting access",
      say: why,
    });
  });
  test("does not concern what is on neither side, nor what the person has of the same side", () => {
    const asks = (what: string, has: string) =>
      decide(separated, question({ entry: entry({ entitlementId: what }), has: new Set([has]) })).decision;
    expect(asks("github/developer", "bank/approver")).toMatchObject({ outcome: "waive" });
    expect(asks("bank/payer", "github/developer")).toMatchObject({ outcome: "waive" });
    const both = { ...separation, one: ["bank/payer", "bank/auditor"], other: ["bank/payer"] };
    const odd = policy({ rules: [rule.approve()], separation: [both] });
    const again = question({ entry: payer, has: new Set(["bank/payer"]) });
    expect(decide(odd, again).decision).toMatchObject({ outcome: "waive" });
  });
  test("a dated exception counts through its last day", () => {
    const dated = (until: string) =>
      policy({
        rules: [rule.approve()],
        separation: [{ ...separation, exceptions: [{ user: "user-1", until, why: "Month's end." }] }],
      });
    const asked = question({ entry: payer, has: new Set(["bank/approver"]), facts: facts({ at: monday }) });
    expect(decide(dated("2026-11-23"), asked).decision).toMatchObject({ outcome: "waive" });
    expect(decide(dated("2026-11-22"), asked).decision).toMatchObject({ outcome: "refuse" });
    const other = { ...facts().beneficiary, userId: "user-2" };
    const ofOther = { ...asked, facts: facts({ at: monday, beneficiary: other }) };
    expect(decide(dated("2026-11-23"), ofOther).decision).toMatchObject({ outcome: "refuse" });
  });
  test("over random sequences of overlapping requests, nobody ever has both", () => {
    const step = fc.record({
      id: fc.integer({ min: 1, max: 5 }),
      what: fc.constantFrom("bank/payer", "bank/approver", "github/developer"),
      next: fc.constantFrom("check", "grant", "close"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let standing: Standing = noStanding("user-1");
        for (const { id, what, next } of steps) {
          const requestId = `${id}-${what}`;
          const stand = standing.requests[requestId];
          if (next === "close" && stand) standing = withoutStand(standing, requestId);
          const asked = question({
            entry: entry({ entitlementId: what }),
            pending: pendingIn(standing, requestId),
            has: grantedIn(standing),
          });
          if (decide(separated, asked).decision.outcome === "refuse") continue;
          if (next === "check" && !stand)
            standing = withStand(standing, requestId, { entitlementId: what, state: "pending", at: monday });
          if (next === "grant" && stand)
            standing = withStand(standing, requestId, { ...stand, state: "granted" });
          const granted = grantedIn(standing);
          expect(granted.has("bank/payer") && granted.has("bank/approver")).toBe(false);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

function grantedIn(standing: Standing): Set<string> {
  const granted = Object.values(standing.requests).filter(({ state }) => state === "granted");
  return new Set(granted.map(({ entitlementId }) => entitlementId));
}

describe("an emergency", () => {
  const who = { attribute: "department" as const, in: ["Engineering"], of: "beneficiary" as const };
  const openInEmergencies = entry({ breakGlass: { who, max: "2h" } });
  const inEmergency = (parts: Parameters<typeof question>[0], rules: Rule[] = []) =>
    decide(policy({ rules }), question({ entry: openInEmergencies, emergency: true, ...parts })).decision;

  test("waives the approval for those whom the entry names, and for no other entry", () => {
    expect(inEmergency({})).toEqual({
      outcome: "waive",
      rule: "emergency",
      say: "It was taken in an emergency.",
    });
    const say =
      "GitHub: Developer cannot be taken by this person in an emergency. A request without an incident asks for an approval.";
    expect(inEmergency({ entry: entry() })).toEqual({ outcome: "refuse", code: "no emergency access", say });
    const traced = (who: Rule["when"]) => {
      const asked = question({ entry: entry({ breakGlass: { who, max: "2h" } }), emergency: true });
      return decide(policy(), asked).trace.at(-1);
    };
    const check = "in an emergency, the person may take it";
    expect(traced(unknown)).toEqual({ check, result: "unknown", detail: say });
    expect(traced({ not: always })).toEqual({ check, result: "failed", detail: say });
    const stranger = facts({ beneficiary: { ...facts().beneficiary, attributes: {} } });
    expect(inEmergency({ facts: stranger })).toMatchObject({ code: "no emergency access" });
  });

  test("does not come twice without a look at the first one", () => {
    expect(inEmergency({ unreviewed: true })).toEqual({
      outcome: "refuse",
      code: "review open",
      say: "The emergency access that this person took last has to be reviewed before the next.",
    });
    expect(decide(policy(), question({ entry: openInEmergencies, unreviewed: true })).decision).toMatchObject(
      { outcome: "ask" },
    );
  });

  test("is denied by whatever rule denies", () => {
    fc.assert(
      fc.property(fc.array(anyCondition, { maxLength: 4 }), anyFacts, (conditions, asked) => {
        const rules = conditions.map(rule.deny);
        const usual = decide(policy({ rules }), question({ facts: asked })).decision;
        if (usual.outcome === "refuse") expect(inEmergency({ facts: asked }, rules).outcome).toBe("refuse");
      }),
      { numRuns: 500 },
    );
  });
});

describe("caps", () => {
  const capsOf = { tags: ["sensitive"], within: "1d", perPerson: 3, approval: "security" };
  const capped = policy({
    rules: [rule.approve()],
    caps: capsOf,
  });
  test("over the cap people decide, whatever a waiver says", () => {
    const sensitive = entry({ tags: ["sensitive"] });
    expect(
      decide(capped, question({ entry: sensitive, granted: { person: 2, group: 0 } })).decision,
    ).toMatchObject({
      outcome: "waive",
    });
    expect(decide(capped, question({ entry: sensitive, granted: { person: 3, group: 0 } })).decision).toEqual(
      {
        outcome: "ask",
        approval: "security",
        rule: "caps",
      },
    );
    expect(
      decide(capped, question({ entry: sensitive, granted: { person: 0, group: 99 } })).decision,
    ).toMatchObject({
      outcome: "waive",
    });
    const cappedByGroup = policy({ ...capped, caps: { ...capsOf, perGroup: 10 } });
    expect(
      decide(cappedByGroup, question({ entry: sensitive, granted: { person: 0, group: 10 } })).decision,
    ).toMatchObject({ approval: "security", rule: "caps" });
    expect(decide(capped, question({ granted: { person: 9, group: 9 } })).decision).toMatchObject({
      outcome: "waive",
    });
  });
  test("concern an entitlement with one of the tags, and say so in the trace", () => {
    const tagged = policy({ ...capped, caps: { ...capsOf, tags: ["sensitive", "money"] } });
    const asked = question({ entry: entry({ tags: ["money"] }), granted: { person: 3, group: 0 } });
    const { decision, trace } = decide(tagged, asked);
    expect(decision).toMatchObject({ outcome: "ask", rule: "caps" });
    expect(trace.at(-1)).toEqual({ check: "caps", result: "failed", detail: "more than usual within 1d" });
  });
});

describe("whatever the rules are", () => {
  const anyRule: fc.Arbitrary<Rule> = fc.oneof(
    anyCondition.map(rule.deny),
    anyCondition.map(rule.approve),
    anyCondition.map(rule.ask),
  );
  const rules = fc.array(anyRule, { maxLength: 6 });
  const outcome = (given: Rule[], at: Parameters<typeof question>[0]) => decided(given, at).outcome;
  const power = { refuse: 0, ask: 1, waive: 2 };

  test("their order never turns a denial into a grant, nor a grant into a denial", () => {
    fc.assert(
      fc.property(rules, anyFacts, fc.infiniteStream(fc.nat()), (given, asked, order) => {
        const keys = new Map(given.map((one) => [one, order.next().value]));
        const shuffled = given.toSorted((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
        expect(outcome(shuffled, { facts: asked })).toBe(outcome(given, { facts: asked }));
      }),
      { numRuns: 1_000 },
    );
  });
  test("another denial or another question never gives more", () => {
    fc.assert(
      fc.property(
        rules,
        anyFacts,
        anyCondition,
        fc.nat(),
        fc.boolean(),
        (given, asked, when, place, denies) => {
          const more = given.toSpliced(
            place % (given.length + 1),
            0,
            denies ? rule.deny(when) : rule.ask(when),
          );
          expect(power[outcome(more, { facts: asked })]).toBeLessThanOrEqual(
            power[outcome(given, { facts: asked })],
          );
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
