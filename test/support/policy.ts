import * as fc from "fast-check";
import type { CatalogEntry } from "../../src/catalog/catalog.ts";
import type { Condition, Facts } from "../../src/policy/condition.ts";
import type { Question } from "../../src/policy/decide.ts";
import type { Policy } from "../../src/policy/policy.ts";

/** Questions to the policy, by hand and at random. */

export const monday = Date.UTC(2026, 10, 23, 10);

export function entry(parts: Partial<CatalogEntry> = {}): CatalogEntry {
  return {
    entitlementId: "github/developer",
    application: "github",
    title: "GitHub: Developer",
    option: "10201",
    owner: "owner@fernhill.example",
    status: "approved",
    tags: [],
    groups: ["6a00000000000000000b0001"],
    approval: "manager",
    durations: { permanent: true },
    ...parts,
  };
}

export function facts(parts: Partial<Facts> = {}): Facts {
  const person = {
    userId: "user-1",
    attributes: { department: "Engineering" },
    groups: ["6a00000000000000000b0009"],
    manager: "user-manager",
  };
  return {
    requester: person,
    beneficiary: person,
    entitlement: {
      entitlementId: "github/developer",
      application: "github",
      category: "Engineering",
      tags: ["source-code"],
      owner: "user-owner",
    },
    seconds: 3_600,
    at: monday,
    ...parts,
  };
}

export function question(parts: Partial<Question> = {}): Question {
  return {
    facts: facts(),
    entry: entry(),
    has: new Set(),
    pending: new Set(),
    emergency: false,
    unreviewed: false,
    granted: { person: 0, group: 0 },
    ...parts,
  };
}

export function policy(parts: Partial<Policy> = {}): Policy {
  return {
    approvals: {
      manager: { stages: [{ ask: ["manager"] }] },
      security: { stages: [{ ask: ["owner"] }] },
      nobody: { automatic: "Everybody may." },
    },
    fallbackGroup: { id: "g", name: "it-administrators" },
    reminders: [],
    expiresAfter: "7d",
    ...parts,
  };
}

const departments = ["Engineering", "Sales"];
const fact: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({
    attribute: fc.constantFrom("department" as const, "location" as const),
    in: fc.subarray(departments, { minLength: 1 }),
    of: fc.constantFrom("requester" as const, "beneficiary" as const),
  }),
  fc.record({
    inGroup: fc.constantFrom<string[]>(["6a00000000000000000b0009"], ["6a00000000000000000b0008"]),
    of: fc.constantFrom("requester" as const, "beneficiary" as const),
  }),
  fc.record({ requesterIs: fc.constantFrom("beneficiary" as const, "manager" as const, "owner" as const) }),
  fc.record({ application: fc.constantFrom<string[]>(["github"], ["aws"]) }),
  fc.record({ tag: fc.constantFrom<string[]>(["source-code"], ["sensitive"]) }),
  fc.record({ durationAtMost: fc.constantFrom("30m", "1h", "1d") }),
  fc.record({
    at: fc.record({
      from: fc.constantFrom("08:00", "22:00"),
      until: fc.constantFrom("06:00", "18:00"),
      timeZone: fc.constantFrom("Europe/Berlin", "Nowhere/AtAll"),
    }),
  }),
);

export const anyCondition: fc.Arbitrary<Condition> = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fact,
    fc.record({ all: fc.array(tie("condition"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie("condition"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie("condition") }),
  ),
})).condition;

export const anyFacts: fc.Arbitrary<Facts> = fc
  .record({
    department: fc.option(fc.constantFrom(...departments), { nil: undefined }),
    groups: fc.option(fc.subarray(["6a00000000000000000b0009", "6a00000000000000000b0008"]), {
      nil: undefined,
    }),
    manager: fc.option(fc.constant("user-manager"), { nil: undefined }),
    seconds: fc.option(fc.constantFrom(600, 3_600, 86_400), { nil: undefined }),
    isSelf: fc.boolean(),
    at: fc.integer({ min: monday, max: monday + 7 * 86_400_000 }),
  })
  .map(({ department, groups, manager, seconds, isSelf, at }) => {
    const beneficiary = {
      userId: "user-1",
      attributes: department === undefined ? {} : { department },
      groups,
      manager,
    };
    const requester = isSelf ? beneficiary : { ...beneficiary, userId: "user-manager" };
    return facts({ beneficiary, requester, seconds, at });
  });
