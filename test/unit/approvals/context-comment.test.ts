import { expect, test } from "vitest";
import type { Context } from "../../../src/approvals/approver-context.ts";
import { contextComment } from "../../../src/approvals/context-comment.ts";
import { asked, pin } from "../../support/requests.ts";

const context: Context = {
  groups: [
    {
      groupId: "group-1",
      reach: {
        name: "operators",
        sudo: "without password",
        ldapGroups: ["ops"],
        applications: ["GitHub", "AWS"],
        ldapServers: 1,
        radiusServers: 2,
        devices: 100,
        deviceGroups: undefined,
      },
    },
  ],
  moreGroups: 0,
  has: [],
  conflicts: [],
  peers: "no department",
};

function lines(parts: Partial<Context> = {}, of = asked()): string[] {
  const comment = contextComment("10012-1", "context 1", { pin: pin(), asked: of }, { ...context, ...parts });
  return comment.lines.map((line) =>
    line.map((part) => (typeof part === "string" ? part : `@${part.mention}`)).join(""),
  );
}

test("everything that a group gives is named, and what is not known is said", () => {
  expect(lines()[1]).toBe(
    "The group operators gives: the application GitHub; the application AWS; LDAP; the LDAP groups ops; 2 RADIUS servers; 100 or more devices; device groups could not be looked up; administrator on devices (sudo), without password.",
  );
});

test("a group that gives nothing is said to give nothing", () => {
  const [one] = context.groups;
  const reach = one?.reach && {
    ...one.reach,
    sudo: "none" as const,
    ldapGroups: [],
    applications: [],
    ldapServers: 0,
    radiusServers: 0,
    devices: 0,
    deviceGroups: 0,
  };
  expect(lines({ groups: [{ groupId: "group-1", reach }], moreGroups: 2 }).slice(1, 3)).toEqual([
    "The group operators gives: nothing by itself.",
    "It is in 2 more groups, which were not looked at.",
  ]);
});

test("of what no group gives it is said that a person does", () => {
  const request = { pin: pin({ groups: [] }), asked: asked() };
  const said = contextComment("10012-1", "context 1", request, { ...context, groups: [], peers: undefined });
  const all = JSON.stringify(said);
  expect(all).toContain("No group in JumpCloud gives it: somebody does, by hand.");
  expect(all).not.toContain("could not be looked up");
});

test.each([
  [["a"], 1, "Asked in stage 1 of 1: @a."],
  [["a", "b"], 1, "Asked in stage 1 of 1: @a, @b. One of them has to say yes."],
  [["a", "b", "c"], 2, "Asked in stage 1 of 1: @a, @b, @c. 2 of them have to say yes."],
  [["a", "b"], 2, "Asked in stage 1 of 1: @a, @b. All of them have to say yes."],
])("who else is asked: %j, of whom %i", (approvers, needed, said) => {
  expect(lines({}, asked({ approvers, needed }))).toContain(said);
});
