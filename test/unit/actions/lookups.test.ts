import { expect, test } from "vitest";
import { lookupsIn } from "../../../src/actions/lookups.ts";

const never = () => Promise.reject(new Error("not what this is about"));
async function* nobody() {}
const one = {
  kind: "one" as const,
  user: { userId: "u1", email: "a@example.com", state: "ACTIVATED", attributes: {} },
};

function lookups(found: { kind: "none" } | { kind: "several" } | typeof one) {
  return lookupsIn({
    directory: { userByEmail: async () => found, user: never, users: nobody },
    jira: {
      account: async (accountId) =>
        accountId === "acc-1"
          ? { accountId, active: true, kind: "atlassian", displayName: "Alice", email: "a@example.com" }
          : undefined,
      accountByEmail: never,
    },
    people: { userIdOf: never, remember: never },
    groups: {
      groupsNamed: async (name) => (name === "twice" ? [{ groupId: "g1" }, { groupId: "g2" }] : []),
    },
  });
}

test("a person is found by an e-mail address or an account, and by neither when there is none", async () => {
  expect(await lookups(one).userIds("a@example.com")).toEqual(["u1"]);
  expect(await lookups(one).userIds("acc-1")).toEqual(["u1"]);
  expect(await lookups(one).userIds("acc-2")).toEqual([]);
  expect(await lookups({ kind: "none" }).userIds("a@example.com")).toEqual([]);
});

test("what several have the name of is never taken for one of them", async () => {
  expect(await lookups({ kind: "several" }).userIds("a@example.com")).toHaveLength(2);
  expect(await lookups(one).groupIds("twice")).toEqual(["g1", "g2"]);
  expect(await lookups(one).groupIds("nobody's")).toEqual([]);
});
