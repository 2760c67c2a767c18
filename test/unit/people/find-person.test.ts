import { expect, test } from "vitest";
import { PersonInactiveError, PersonNotFoundError, PersonNotUniqueError } from "../../../src/errors.ts";
import type { DirectoryUser } from "../../../src/people/directory-user.ts";
import { findPerson } from "../../../src/people/find-person.ts";
import type { Account } from "../../../src/requests/issue.ts";

const user = (name: string, parts: Partial<DirectoryUser> = {}): DirectoryUser => ({
  userId: `user-${name}`,
  email: `${name}@x.example`,
  state: "ACTIVATED",
  displayName: name,
  attributes: {},
  ...parts,
});

/** A company whose Jira accounts have the same names; how often Jira was searched is counted. */
function company(users: DirectoryUser[]) {
  const known = new Map<string, string>();
  let searches = 0;
  const account = (one: DirectoryUser): Account => ({
    accountId: `acc-${one.userId}`,
    active: true,
    kind: "atlassian",
    displayName: one.displayName ?? "",
  });
  return {
    known,
    searches: () => searches,
    deps: {
      directory: {
        user: async (id: string) => users.find((one) => one.userId === id),
        userByEmail: async (email: string) => {
          const [one, another] = users.filter((each) => each.email === email);
          return another
            ? ({ kind: "several" } as const)
            : one
              ? ({ kind: "one", user: one } as const)
              : ({ kind: "none" } as const);
        },
        users: async function* () {
          yield* users;
        },
      },
      jira: {
        accountByEmail: async (email: string) => {
          searches++;
          const found = users.find((one) => one.email === email);
          return found && account(found);
        },
      },
      people: {
        userIdOf: async (id: string) => known.get(id),
        remember: async (id: string, userId: string) => void known.set(id, userId),
      },
    },
  };
}

const hidden = (name: string): Account => ({
  accountId: `acc-user-${name}`,
  active: true,
  kind: "atlassian",
  displayName: name,
});

test("a person is found by the address that Jira shows", async () => {
  const { deps } = company([user("alice"), user("ben")]);
  const found = await findPerson(deps, { ...hidden("ben"), email: "ben@x.example" }, "your");
  expect(found.userId).toBe("user-ben");
});

test("a person who is not in JumpCloud, twice there, or not active there gets nothing", async () => {
  const { deps } = company([
    user("alice", { state: "SUSPENDED" }),
    user("ben"),
    user("double", { email: "ben@x.example" }),
    user("new", { state: "STAGED" }),
  ]);
  const find = (name: string) => findPerson(deps, { ...hidden(name), email: `${name}@x.example` }, "your");
  await expect(find("nobody")).rejects.toThrow(PersonNotFoundError);
  await expect(find("ben")).rejects.toThrow(PersonNotUniqueError);
  await expect(find("alice")).rejects.toThrow(PersonInactiveError);
  await expect(find("new")).rejects.toThrow("Your JumpCloud account is not active (staged).");
});

test("a person who hides the address is found from JumpCloud's side, by the name first", async () => {
  const many = [...Array(50).keys()].map((number) => user(`person${number}`));
  const { deps, searches, known } = company([...many, user("priya")]);
  const found = await findPerson(deps, hidden("priya"), "your");
  expect(found.userId).toBe("user-priya");
  expect(searches()).toBe(1);
  expect(known.get("acc-user-priya")).toBe("user-priya");
});

test("a hidden person whose names differ is found by trying, once", async () => {
  const { deps, searches } = company([user("ana"), user("ben"), user("priya", { displayName: "Priya N." })]);
  const account = { ...hidden("priya"), displayName: "Priya Nair" };
  expect((await findPerson(deps, account, "your")).userId).toBe("user-priya");
  const before = searches();
  expect((await findPerson(deps, account, "your")).userId).toBe("user-priya");
  expect(searches() - before).toBe(1);
});

test("what is remembered is proven again: an address may have gone to somebody else", async () => {
  const { deps, known } = company([user("ana"), user("priya")]);
  known.set("acc-user-priya", "user-ana");
  expect((await findPerson(deps, hidden("priya"), "your")).userId).toBe("user-priya");
});

test("nobody is taken for somebody else: a hidden person without a counterpart is not found", async () => {
  const { deps } = company([user("ana"), user("ben")]);
  await expect(findPerson(deps, hidden("stranger"), "your")).rejects.toThrow(PersonNotFoundError);
});
