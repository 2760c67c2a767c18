import { expect, test } from "vitest";
import { groupOf, openStory, option, personOf } from "../support/company-story.ts";
import { type } from "./support.ts";

test("an operator stops all grants, ends what was given, and lets grants go on", async () => {
  const story = await openStory();
  const at = (...args: string[]) => type("--endpoint", story.runtime.awsUrl, ...args);
  const { key } = await story.request("alice.moreau", option.awsDeveloper, { duration: "4 hours" });
  await story.decide("jonas.bergmann", key, "approve");
  const { jumpcloudId } = personOf("alice.moreau");

  expect((await at("grants", "show")).out).toBe("Access is given.\n");
  expect((await at("grants", "stop")).err).toContain("required option '--why <text>' not specified");
  expect((await at("grants", "stop", "--why", "Strange requests.")).out).toContain("Stopped:");
  expect((await at("grants", "show")).out).toMatch(
    /^Stopped since \S+: Strange requests\.\n {2}\S+ {2}An operator stopped all grants: Strange requests\.\n$/,
  );
  expect(await at("grants", "end", "--why", "Over.")).toMatchObject({
    code: 1,
    err: "latchkey: Say whose access is to end: --user, --application, --entitlement, or --all.\n",
  });
  const line = `${key}  AWS: Developer  ${jumpcloudId}\n`;
  expect((await at("grants", "end", "--all", "--why", "Over.", "--dry-run")).out).toBe(
    `${line}one grant would end; nothing was changed.\n`,
  );
  const ended = await at("grants", "end", "--user", jumpcloudId, "--why", "Over.", "--json");
  expect(JSON.parse(ended.out)).toEqual([{ key, entitlement: "aws/developer", user: jumpcloudId }]);
  await story.settle();
  expect(await story.isMember("alice.moreau", "aws-developers")).toBe(false);
  expect((await at("grants", "resume", "--why", "Found it.")).out).toContain("Grants go on.");
  expect(JSON.parse((await at("grants", "show", "--json")).out)).toMatchObject({ entries: [{}, {}] });
});

test("who has what nobody should have together is listed, with when that was found", async () => {
  const story = await openStory({ checkingCatalog: true });
  const at = (...args: string[]) => story.passUntil(type("--endpoint", story.runtime.awsUrl, ...args));
  expect((await at("grants", "violations")).out).toBe(
    "Nobody has looked yet: “latchkey catalog sync” does.\n",
  );
  await at("catalog", "sync");
  expect((await at("grants", "violations")).out).toMatch(/^Nobody has conflicting access at 2026-/);
  const { jumpcloudId: id } = personOf("alice.moreau");
  for (const group of ["aws-billing", "aws-administrators"])
    await story.callJumpCloud("POST", `/api/v2/usergroups/${groupOf(group)}/members`, {
      op: "add",
      type: "user",
      id,
    });
  expect((await at("catalog", "sync")).out).toContain("Once somebody has what nobody should have together");
  expect((await at("grants", "violations")).out).toContain(
    `spend-and-see  ${id}  aws/billing, aws/administrator\n`,
  );
});
