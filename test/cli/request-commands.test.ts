import { expect, test } from "vitest";
import { openStory, option, personOf } from "../support/company-story.ts";
import { type } from "./support.ts";

const { accountId: alice, jumpcloudId } = personOf("alice.moreau");
const { accountId: jonas } = personOf("jonas.bergmann");

test("an operator sees how a request stands, ends it, and reads its audit trail", async () => {
  const story = await openStory();
  const at = (...args: string[]) => type("--endpoint", story.runtime.awsUrl, ...args);
  const { key, id } = await story.request("alice.moreau", option.awsDeveloper, { duration: "4 hours" });
  expect((await at("request", "show", key)).out).toBe(`${key}  asked  (request ${id}-1)
  for          AWS: Developer, for 4 hours
  requester    ${alice}
  beneficiary  ${alice}, JumpCloud user ${jumpcloudId}
  policy       version 1
  asked        ${jonas} (manager), approval 1
  opened       2026-11-20T09:00:00Z
  changed      2026-11-20T09:00:00Z
`);
  expect(await at("request", "end", key)).toEqual({
    code: 1,
    out: "",
    err: `latchkey: ${key} is asked; nobody has access by it.\n`,
  });

  await story.decide("jonas.bergmann", key, "approve");
  const granted = await at("request", "show", key);
  expect(granted.out).toMatch(/\n {2}approved {5}\S+, 2026-11-20T09:00:\d\dZ, approval:1\n/);
  expect(granted.out).toMatch(/\n {2}granted {6}2026-11-20T09:00:(\d\d)Z, ends 2026-11-20T13:00:\1Z\n/);
  expect(await story.isMember("alice.moreau", "aws-developers")).toBe(true);

  expect(await at("request", "end", key)).toEqual({
    code: 0,
    out: `The access of ${key} is being taken away.\n`,
    err: "",
  });
  await story.settle();
  expect(await story.isMember("alice.moreau", "aws-developers")).toBe(false);
  expect((await at("request", "show", key)).out).toMatch(/\n {2}ended {8}\S+Z, early\n/);

  const { code, out } = await at("audit", "show", key);
  expect(code).toBe(0);
  const lines = out.trimEnd().split("\n");
  expect(lines[0]).toBe(`Request ${id}-1`);
  expect(lines.slice(1, -1).map((line) => line.replace(/^ +\d+ {2}\S+Z {2}/, ""))).toEqual([
    `Opened for ${alice}, with ticket ${key}.`,
    "Checked: AWS: Developer, by policy “manager”.",
    `Asked ${jonas} (manager) for approval 1 of 1.`,
    `${jonas} approved (approval:1).`,
    expect.stringContaining(`About to add user ${jumpcloudId} to group`),
    expect.stringContaining("Granted and seen in JumpCloud"),
    "Told the ticket: granted.",
    "An operator ended the access early.",
    "Access ended (early); nothing is left of it.",
    "Told the ticket: ended.",
  ]);
  expect(lines.at(-1)).toBe("  The chain of 10 entries is whole.");
  const [trail] = JSON.parse((await at("audit", "show", key, "--json")).out);
  expect(trail.entries).toHaveLength(10);
  expect(trail.entries[1].previousHash).toBe(trail.entries[0].hash);
});

test("a request that stopped shows why, and goes on when an operator retries it", async () => {
  const story = await openStory();
  const at = (...args: string[]) => type("--endpoint", story.runtime.awsUrl, ...args);
  const refusing = { method: "POST", path: /\/members$/, status: 403 };
  const repaired = story.jumpcloud.faults.add(refusing);
  const { key } = await story.request("alice.moreau", option.figmaEditor);
  await story.decide("lucia.romano", key, "approve");
  const failed = await at("request", "show", key);
  expect(failed.out).toContain(`${key}  failed  (`);
  expect(failed.out).toMatch(/\n {2}approved {5}\S+, \S+Z, approval:1\n/);
  expect(failed.out).toMatch(
    /\n {2}failed {7}\S+Z, JumpCloudRefusedError: JumpCloud refused: POST .*HTTP 403/,
  );

  repaired();
  expect(await at("request", "retry", key)).toEqual({
    code: 0,
    out: `Another run goes on with ${key}.\n`,
    err: "",
  });
  await story.settle();
  expect(await story.isMember("alice.moreau", "figma-editors")).toBe(true);
  expect(await story.statusOf(key)).toBe("granted");
  const again = await at("request", "retry", key);
  expect([again.code, again.out]).toEqual([1, ""]);
  expect(again.err).toMatch(/^latchkey: ACC-1 is granted[^\n]+\n$/);
});

test("a ticket that nobody knows is said to be unknown, by every command that takes one", async () => {
  const story = await openStory();
  const commands = [
    ["request", "show"],
    ["request", "end"],
    ["request", "retry"],
    ["audit", "show"],
  ];
  for (const command of commands)
    expect(await type("--endpoint", story.runtime.awsUrl, ...command, "ACC-99")).toEqual({
      code: 1,
      out: "",
      err: "latchkey: No request is known for ACC-99. Is the key right, and the stage?\n",
    });
});

test("an operator sees what was done for each person, and reads their trails", async () => {
  const story = await openStory();
  const at = (...args: string[]) => type("--endpoint", story.runtime.awsUrl, ...args);
  await story.edit("alice.moreau", { account_locked: true });
  const { key, id } = await story.ask("alice.moreau", "27");
  await story.decide("oskar.weiss", key, "approve");
  const { out } = await at("request", "show", key);
  expect(out).toContain(`${key}  done  (request ${id}-1)`);
  expect(out).toContain("for          Unlock the account");
  expect(out).toContain(`affected     ${alice}`);
  expect(out).toContain(`row 1        JumpCloud user ${jumpcloudId}, unlock-account: done`);
  const trails = (await at("audit", "show", key)).out;
  expect(trails).toContain(`Request ${id}-1/0`);
  expect(trails).toContain("About to do unlock-account.");
  expect(trails.match(/is whole/g)).toHaveLength(2);
  expect((await at("request", "end", key)).err).toContain("is done; nobody has access by it");
  expect((await at("request", "retry", key)).err).toContain("is done; there is nothing to go on with");
});
