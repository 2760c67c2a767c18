import * as fc from "fast-check";
import { expect, test } from "vitest";
import { blastRadiusOf, lost, type Reach } from "../../../src/actions/blast-radius.ts";

const reach: Reach[] = [
  { applicationId: "direct", ways: [[]] },
  { applicationId: "one", ways: [["g1"]] },
  { applicationId: "two", ways: [["g1"], ["g2"]] },
  { applicationId: "nested", ways: [["g3", "g1"]] },
];

test("an application is lost when no way to it is left", () => {
  expect(lost(reach, { groups: ["g1"] })).toEqual(["one", "nested"]);
  expect(lost(reach, { groups: ["g1", "g2"] })).toEqual(["one", "two", "nested"]);
  expect(lost(reach, { groups: ["g1", "g2"], application: "two" })).toEqual(["two"]);
  expect(lost(reach, { groups: ["g1"], application: "two" })).toEqual([]);
  expect(lost(reach, { groups: [] })).toEqual([]);
  expect(lost(reach, "everything")).toEqual(["direct", "one", "two", "nested"]);
});

test("what is lost without some groups is lost without more of them, and nothing else is", () => {
  const groups = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { maxLength: 4 });
  const any = fc.array(fc.record({ applicationId: fc.string(), ways: fc.array(groups, { minLength: 1 }) }));
  fc.assert(
    fc.property(any, groups, groups, (all, few, others) => {
      const less = lost(all, { groups: few });
      const more = lost(all, { groups: [...few, ...others] });
      expect(more).toEqual(expect.arrayContaining(less));
      for (const { applicationId, ways } of all)
        if (
          ways.some((way) => !way.some((group) => few.includes(group))) &&
          all.filter((one) => one.applicationId === applicationId).length === 1
        )
          expect(less).not.toContain(applicationId);
    }),
  );
});

const deps = (members: string[] | undefined) => ({
  reach: { applicationsOf: async () => reach, membersOf: async () => members },
});

test.each([
  ["suspend-user", { user: "u" }, ["direct", "one", "two", "nested"]],
  ["lock-account", { user: "u" }, ["direct", "one", "two", "nested"]],
  ["expire-password", { user: "u" }, ["direct", "one", "two", "nested"]],
  ["delete-user", { user: "u" }, ["direct", "one", "two", "nested"]],
  ["schedule-change", { user: "u", state: "SUSPENDED" }, ["direct", "one", "two", "nested"]],
  ["remove-from-groups", { user: "u", groups: ["g2", "g1"] }, ["one", "two", "nested"]],
  ["add-exemption", { user: "u", group: "g1" }, ["one", "nested"]],
] as const)("%s with %o takes away %o", async (name, inputs, applications) => {
  expect(await blastRadiusOf(deps(undefined), name, inputs, [])).toEqual({
    people: [{ userId: "u", applications, outOfJira: false }],
    unlooked: 0,
  });
});

test.each([
  "unlock-account",
  "unsuspend-user",
  "add-to-groups",
  "create-user",
  "bind-application",
  "reset-mfa",
] as const)("%s takes nothing away", async (name) => {
  expect(await blastRadiusOf(deps([]), name, { user: "u", group: "g1" }, [])).toBeUndefined();
  expect(
    await blastRadiusOf(deps([]), "schedule-change", { user: "u", state: "ACTIVATED" }, []),
  ).toBeUndefined();
});

test("who loses the last way to the application that makes accounts in Jira is out of Jira", async () => {
  const remove = (groups: string[]) =>
    blastRadiusOf(deps(undefined), "remove-from-groups", { user: "u", groups }, ["two"]);
  expect((await remove(["g1"]))?.people[0]?.outOfJira).toBe(false);
  expect((await remove(["g1", "g2"]))?.people[0]?.outOfJira).toBe(true);
});

test("an application that is taken from a group is taken from its members, as far as they can be looked at", async () => {
  const unbind = (members: string[] | undefined) =>
    blastRadiusOf(deps(members), "unbind-application", { group: "g1", application: "one" }, []);
  const many = Array.from({ length: 60 }, (_, index) => `u${index}`);
  expect(await unbind(["u1"])).toEqual({
    people: [{ userId: "u1", applications: ["one"], outOfJira: false }],
    unlooked: 0,
  });
  const cut = await unbind(many);
  expect([cut?.people.length, cut?.unlooked]).toEqual([50, 10]);
  expect(await unbind(undefined)).toEqual({ people: [], unlooked: undefined });
  expect(
    (await blastRadiusOf(deps(["u1"]), "unbind-application", { group: "g1", application: "two" }, []))
      ?.people,
  ).toEqual([]);
});
