import { describe, expect, test } from "vitest";
import { faultOf, type Surroundings } from "../../../src/catalog/health.ts";
import type { Policy } from "../../../src/policy/policy.ts";
import { entry } from "../../support/policy.ts";

const group = "6a00000000000000000b0001";
const other = "6a00000000000000000b0002";
const github = "7b00000000000000000c0001";

const policy: Policy = {
  approvals: {
    manager: { stages: [{ ask: ["manager"] }] },
    security: {
      stages: [
        { ask: ["owner"] },
        { ask: [{ jiraUser: "acc-1" }, { jiraGroup: { id: "g-1", name: "security" } }] },
      ],
    },
    nobody: { automatic: "Everybody has it." },
  },
  fallbackGroup: { id: "g-2", name: "it" },
  reminders: [],
  expiresAfter: "7d",
};

const well: Surroundings = {
  groups: new Map([
    [group, { name: "developers", dynamic: false }],
    [other, { name: "everyone", dynamic: true }],
  ]),
  applications: new Map([[github, [group]]]),
  active: new Set(["owner@fernhill.example"]),
  canDecide: () => true,
};

const fault = (parts: Parameters<typeof entry>[0], surroundings: Partial<Surroundings> = {}) =>
  faultOf(entry(parts), policy, { ...well, ...surroundings });

describe("an entitlement", () => {
  test("is well when everything that it names is there", () => {
    expect(fault({ jumpcloudApplication: github, groups: [group], approval: "security" })).toBeUndefined();
    expect(fault({ owner: "Owner@Fernhill.example" })).toBeUndefined();
  });

  test("needs its groups, of which JumpCloud must not choose the members", () => {
    expect(fault({ groups: [group, "6a00000000000000000b00ff"] })).toBe(
      "its group 6a00000000000000000b00ff is not in JumpCloud any more",
    );
    expect(fault({ groups: [other] })).toBe(
      "the members of its group everyone are chosen by a rule in JumpCloud",
    );
  });

  test("needs one of its groups to open its application, if JumpCloud knows that", () => {
    const bound = (groups: string[] | undefined) =>
      fault({ jumpcloudApplication: github }, { applications: new Map([[github, groups]]) });
    expect(bound([group, other])).toBeUndefined();
    expect(bound([other])).toBe("none of its groups opens the application in JumpCloud");
    expect(bound(undefined)).toBeUndefined();
    const static2 = "6a00000000000000000b0003";
    const both = { jumpcloudApplication: github, groups: [group, static2] };
    const groups = new Map([...well.groups, [static2, { name: "readers", dynamic: false }]]);
    expect(fault(both, { groups })).toBeUndefined();
    expect(fault({ jumpcloudApplication: github }, { applications: new Map() })).toBe(
      "the application is not in JumpCloud any more",
    );
  });

  test("that no group gives is given by a person: nothing has to open its application", () => {
    expect(fault({ jumpcloudApplication: github, groups: [] })).toBeUndefined();
  });

  test("needs an owner, who is not named to those who read it", () => {
    expect(fault({}, { active: new Set() })).toBe("its owner has no active account in JumpCloud");
  });

  test("needs somebody who can decide on each stage: one of a stage's sources is enough", () => {
    const canDecide = (names: string[]) => (source: unknown) =>
      names.some((name) => JSON.stringify(source).includes(name));
    const stages = (...names: string[]) => fault({ approval: "security" }, { canDecide: canDecide(names) });
    expect(stages("owner", "g-1")).toBeUndefined();
    expect(stages("owner")).toBe("nobody is left who could decide on stage 2 of its approval");
    expect(stages("acc-1")).toBe("nobody is left who could decide on stage 1 of its approval");
    for (const approval of ["nobody", "unknown"])
      expect(fault({ approval }, { canDecide: () => false })).toBeUndefined();
  });
});
