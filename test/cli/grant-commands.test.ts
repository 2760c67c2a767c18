import { expect, test } from "vitest";
import { openStory, option, personOf } from "../support/company-story.ts";
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
