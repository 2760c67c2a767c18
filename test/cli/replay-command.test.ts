import { expect, test } from "vitest";
import { latchkey } from "../../cli/program.ts";
import { openStory, option } from "../support/company-story.ts";
import { policyFolder, type } from "./support.ts";

const rule =
  "rules:\n  - id: closed\n    when: { entitlement: [github/developer] }\n    decide: deny\n    say: Closed for now.\n";

test("past requests are run through other files, and the ones that come out differently are named", async () => {
  const story = await openStory();
  const at = (...args: string[]) =>
    story.passUntil(type("--endpoint", story.runtime.awsUrl, "replay", ...args));
  const github = await story.request("alice.moreau", option.githubDeveloper);
  await story.decide("jonas.bergmann", github.key, "approve");
  await story.request("tariq.aziz", option.awsDeveloper, { duration: "1 day" });
  await story.request("jonas.bergmann", option.awsDeveloper, {
    beneficiary: "alice.moreau",
    duration: "1 day",
  });
  await story.request("rosa.lindqvist", option.awsDeveloper, { duration: "1 day" });
  const folder = policyFolder(["policy.yaml", "rules:\n", rule]);
  const writes = () => story.jira.calls.all().filter(({ method }) => method !== "GET").length;
  const before = writes();
  const { code, out, err } = await at("--policy", folder);
  expect([code, err]).toEqual([0, ""]);
  expect(out).toBe(
    `${github.key}  GitHub: Developer: needs the approval “manager” → refused (Closed for now. (rule closed))\n3 requests were replayed; 1 of them would come out differently. Nothing was written.\n`,
  );
  expect(writes()).toBe(before);
  expect(JSON.parse((await at("--policy", folder, "--last", "1", "--json")).out)).toEqual({
    replayed: 1,
    changed: [],
  });
  expect((await at("--last", "none")).err).toContain("Expected a whole number, at least 1.");
});

test("whoever watches sees how far it has come", async () => {
  const story = await openStory();
  await story.request("alice.moreau", option.githubDeveloper);
  let shown = "";
  const terminal = {
    write: () => {},
    writeError: (text: string) => {
      shown += text;
    },
    isWatched: true,
  };
  await story.passUntil(latchkey(["--endpoint", story.runtime.awsUrl, "replay"], terminal));
  expect(shown).toContain("1 of 1: ACC-1");
  expect(shown.endsWith("\r\u001B[K")).toBe(true);
});
