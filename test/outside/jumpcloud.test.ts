import { describe, expect, test } from "vitest";
import { applications, groups, keys, people } from "../../local/world/company.ts";
import { samlPrivateKeyCanary } from "../../local/world/jumpcloud/applications.ts";
import { JumpCloudRefusedError, JumpCloudUnavailableError } from "../../src/errors.ts";
import { application, group, person } from "../local/world/jumpcloud/open-jumpcloud.ts";
import { jumpcloudClient } from "./clients.ts";

const alice = person("alice.moreau");
const developers = group("github-developers");

describe("people", () => {
  test("are found by their exact address, whatever the case of its letters", async () => {
    const { client } = await jumpcloudClient();
    expect(await client.userByEmail("Alice.Moreau@Fernhill.example")).toEqual({
      kind: "one",
      user: {
        userId: alice,
        email: "alice.moreau@fernhill.example",
        state: "ACTIVATED",
        manager: person("jonas.bergmann"),
        displayName: "Alice Moreau",
        attributes: {
          department: "Engineering",
          employeeType: "employee",
          jobTitle: "Software Engineer",
          location: "Berlin",
          company: expect.any(String),
        },
      },
    });
  });

  test("are not found by part of an address, nor by what a pattern would match", async () => {
    const { client } = await jumpcloudClient();
    for (const email of [
      "lice.moreau@fernhill.example",
      "alice.moreau@fernhill.exampl",
      ".*@fernhill.example",
      "alice_moreau@fernhill.example",
      "aliceXmoreau@fernhill.example",
    ])
      expect(await client.userByEmail(email)).toEqual({ kind: "none" });
  });

  test("that are there twice are not told apart", async () => {
    const { client, send } = await jumpcloudClient();
    await send("POST", "/api/systemusers", { username: "alice2", email: "ALICE.moreau@fernhill.example" });
    expect(await client.userByEmail("alice.moreau@fernhill.example")).toEqual({ kind: "several" });
  });

  test("are read with their state, by id", async () => {
    const { client } = await jumpcloudClient();
    expect(await client.user(person("tomas.ruiz"))).toMatchObject({ state: "SUSPENDED" });
    expect(await client.user("ffffffffffffffffffffffff")).toBeUndefined();
  });

  test("are all listed, page by page", async () => {
    const { client, send } = await jumpcloudClient();
    for (let count = 0; count < 170; count++)
      await send("POST", "/api/systemusers", { username: `u${count}`, email: `u${count}@fernhill.example` });
    const seen = new Set<string>();
    for await (const user of client.users()) seen.add(user.userId);
    expect(seen.size).toBe(people.length + 170);
  });
});

describe("groups", () => {
  test("are read with whether JumpCloud computes their members, also old ones that have only a rule", async () => {
    const { client, calls, faults } = await jumpcloudClient();
    expect(await client.group(developers)).toEqual({
      groupId: developers,
      name: "github-developers",
      dynamic: false,
    });
    expect(await client.group(group("everyone"))).toMatchObject({ dynamic: true });
    expect(await client.group("ffffffffffffffffffffffff")).toBeUndefined();
    const old = { id: developers, name: "old", memberQuery: { queryType: "FilterQuery", filters: [] } };
    faults.add({ times: 1, status: 200, body: old });
    expect(await client.group(developers)).toMatchObject({ dynamic: true });
    expect(calls.all()).toHaveLength(4);
  });

  test.each([204, 409] as const)(
    "take a member twice when JumpCloud answers %s to the second time",
    async (answer) => {
      const { client, moods } = await jumpcloudClient();
      moods.alreadyMember = answer;
      expect(await client.isMember(alice, developers)).toBe(false);
      await client.addMember(alice, developers);
      await client.addMember(alice, developers);
      expect(await client.isMember(alice, developers)).toBe(true);
    },
  );

  test.each([204, 404] as const)(
    "lose a member twice when JumpCloud answers %s to the second time",
    async (answer) => {
      const { client, moods } = await jumpcloudClient();
      moods.notMember = answer;
      await client.addMember(alice, developers);
      await client.removeMember(alice, developers);
      await client.removeMember(alice, developers);
      expect(await client.isMember(alice, developers)).toBe(false);
    },
  );

  test("have no members that do not exist", async () => {
    const { client } = await jumpcloudClient();
    expect(await client.isMember("ffffffffffffffffffffffff", developers)).toBe(false);
  });
});

describe("the inventory", () => {
  test("has every group, page by page, and the groups that open an application", async () => {
    const { inventory, send } = await jumpcloudClient();
    for (let count = 0; count < 120; count++) await send("POST", "/api/v2/usergroups", { name: `g${count}` });
    const seen = new Map<string, boolean>();
    for await (const { groupId, dynamic } of inventory.groups()) seen.set(groupId, dynamic);
    expect(seen.size).toBe(120 + groups.length);
    expect(seen.get(group("everyone"))).toBe(true);
    expect(seen.get(developers)).toBe(false);
    expect(await inventory.groupsOf(application("GitHub"))).toEqual(
      expect.arrayContaining([developers, group("github-administrators")]),
    );
    await send("DELETE", `/api/applications/${application("GitHub")}`);
    expect(await inventory.groupsOf(application("GitHub"))).toBeUndefined();
  });

  test("has more groups of an application than fit on a page", async () => {
    const { inventory, send } = await jumpcloudClient();
    const github = application("GitHub");
    for (let count = 0; count < 110; count++) {
      const { body } = await send("POST", "/api/v2/usergroups", { name: `g${count}` });
      await send("POST", `/api/v2/usergroups/${body.id}/associations`, {
        op: "add",
        type: "application",
        id: github,
      });
    }
    expect((await inventory.groupsOf(github))?.length).toBeGreaterThan(110);
  });
});

test("applications come without the private key that signs for them", async () => {
  const { client, moods } = await jumpcloudClient();
  moods.fieldsSuppressConfig = false;
  const seen: object[] = [];
  for await (const application of client.applications()) seen.push(application);
  expect(seen).toHaveLength(applications.length);
  expect(seen).toContainEqual({ applicationId: applications[0]?.id, name: "GitHub", active: true });
  expect(JSON.stringify(seen)).not.toContain(samlPrivateKeyCanary);
});

describe("the key", () => {
  test("may be an API key or client credentials, and always comes with the organisation", async () => {
    const oauth = await jumpcloudClient({
      kind: "oauth",
      clientId: keys.jumpcloudClientId,
      clientSecret: keys.jumpcloudClientSecret,
    });
    expect(await oauth.client.user(alice)).toMatchObject({ userId: alice });
    await oauth.client.user(alice);
    expect(oauth.calls.all().filter((call) => call.path === "/oauth2/token")).toHaveLength(1);
  });

  test("that is wrong is replaced by another; without one the call may be made later, and is not made twice now", async () => {
    const right = { kind: "api-key" as const, key: keys.jumpcloudApiKey };
    const changed = await jumpcloudClient({ kind: "api-key", key: "jca_old" }, right);
    expect(await changed.client.user(alice)).toBeDefined();
    const wrong = await jumpcloudClient({ kind: "api-key", key: "jca_old" });
    await expect(wrong.client.user(alice)).rejects.toMatchObject({
      name: "JumpCloudUnavailableError",
      message: expect.stringContaining("no key is accepted"),
    });
    expect(wrong.calls.all()).toHaveLength(1);
  });

  test("of a service account whose secret was changed gets its tokens by the new one", async () => {
    const right = {
      kind: "oauth" as const,
      clientId: keys.jumpcloudClientId,
      clientSecret: keys.jumpcloudClientSecret,
    };
    const changed = await jumpcloudClient({ ...right, clientSecret: "old" }, right);
    expect(await changed.client.user(alice)).toBeDefined();
    const wrong = await jumpcloudClient({ ...right, clientSecret: "old" });
    await expect(wrong.client.user(alice)).rejects.toThrow("no credentials are accepted");
    expect(wrong.calls.all()).toHaveLength(1);
  });

  test("is not tried more than three times, whatever there is", async () => {
    const dead = ["1", "2", "3", "4", "5"].map((key) => ({ kind: "api-key" as const, key }));
    const wrong = await jumpcloudClient(...dead);
    await expect(wrong.client.user(alice)).rejects.toThrow("no key is accepted");
    expect(wrong.calls.all()).toHaveLength(3);
  });

  test("that may only read is refused a change, for good", async () => {
    const { client } = await jumpcloudClient({ kind: "api-key", key: keys.jumpcloudReadKey });
    await expect(client.addMember(alice, developers)).rejects.toThrow(JumpCloudRefusedError);
  });

  test("is not sent to a login page that JumpCloud points to", async () => {
    const { client, faults, calls } = await jumpcloudClient();
    faults.add({ times: 1, status: 302, headers: { location: "/login" } });
    await expect(client.user(alice)).rejects.toMatchObject({ status: 302 });
    expect(calls.all().map((call) => call.path)).not.toContain("/login");
  });
});

describe("what people are told of the graph", () => {
  test("what groups are bound to, and what their members become on devices", async () => {
    const { graph } = await jumpcloudClient();
    expect(await graph.boundTo(group("vpn-users"), "radiusservers")).toHaveLength(1);
    expect(await graph.boundTo(group("everyone"), "ldapservers")).toHaveLength(1);
    expect(await graph.boundTo(group("it-administrators"), "systemgroups")).toHaveLength(1);
    expect(await graph.boundTo(developers, "systems")).toEqual([]);
    expect(await graph.group(group("it-administrators"))).toMatchObject({ sudo: "with password" });
    expect(await graph.group(developers)).toMatchObject({ name: "github-developers", sudo: "none" });
    expect(await graph.group("6a00000000000000000bffff")).toBeUndefined();
  });

  test("the active people of a department, by exactly its name", async () => {
    const { graph } = await jumpcloudClient();
    expect(await graph.colleaguesIn("Sales")).toHaveLength(5);
    expect(await graph.colleaguesIn("sales")).toEqual([]);
  });
});

describe("when JumpCloud answers badly", () => {
  test("429 without a word of when slows everybody down, and is tried again", async () => {
    const { client, faults, paced, waits } = await jumpcloudClient();
    faults.add({ times: 2, status: 429 });
    expect(await client.user(alice)).toBeDefined();
    expect(paced).toEqual(["next", "slow down", "next", "slow down", "next"]);
    expect(waits).toHaveLength(2);
  });

  test("a change is not repeated when it may have been made", async () => {
    const { client, faults, calls } = await jumpcloudClient();
    faults.add({ method: "POST", times: 1, drop: "after" });
    await expect(client.addMember(alice, developers)).rejects.toMatchObject({ mayHaveHappened: true });
    faults.add({ method: "POST", times: 1, status: 500 });
    await expect(client.removeMember(alice, developers)).rejects.toMatchObject({ mayHaveHappened: true });
    expect(calls.all().filter((call) => call.method === "POST")).toHaveLength(2);
    expect(await client.isMember(alice, developers)).toBe(true);
  });

  test("a change that was turned away for its pace is tried again", async () => {
    const { client, faults } = await jumpcloudClient();
    faults.add({ method: "POST", times: 1, status: 429 });
    await client.addMember(alice, developers);
    expect(await client.isMember(alice, developers)).toBe(true);
  });

  test("reading is given up after four tries", async () => {
    const { client, faults, calls } = await jumpcloudClient();
    faults.add({ status: 500 });
    await expect(client.group(developers)).rejects.toThrow(JumpCloudUnavailableError);
    expect(calls.all()).toHaveLength(4);
  });
});
