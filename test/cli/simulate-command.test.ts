import { expect, test } from "vitest";
import { openStory, personOf } from "../support/company-story.ts";
import { policyFolder, type } from "./support.ts";

const alice = "alice.moreau@fernhill.example";

async function simulating() {
  const story = await openStory();
  /** The function keeps to the pace of all calls to JumpCloud, so time has to pass. */
  const at = (...args: string[]) =>
    story.passUntil(type("--endpoint", story.runtime.awsUrl, "simulate", ...args));
  return { story, at };
}

test("a request is run through the policy, and what would come of it is said; nothing is written", async () => {
  const { story, at } = await simulating();
  const writes = () =>
    story.awsCalls.filter(({ operation }) => /^(Put|BatchWrite|Update|Delete)/.test(operation)).length;
  const before = writes();
  const { code, out, err } = await at(
    "--requester",
    alice,
    "--entitlement",
    "aws/developer",
    "--duration",
    "4h",
  );
  expect([code, err]).toEqual([0, ""]);
  const manager = personOf("jonas.bergmann").accountId;
  const user = personOf("alice.moreau").jumpcloudId;
  expect(out).toContain("AWS: Developer needs approval.\nBy policy version 1:\n");
  expect(out).toContain("  passed   the person is eligible\n");
  expect(out).toContain(`Stage 1 asks ${manager} (manager); 1 of them must say yes.\n`);
  expect(out).toContain(`  JumpCloud: add user ${user} to group `);
  expect(out).toContain("  JumpCloud, at the end: remove user ");
  // Its place in the queue for JumpCloud is the only thing that is kept.
  expect(writes() - before).toBeLessThanOrEqual(1);
  expect(await story.isMember("alice.moreau", "aws-developers")).toBe(false);
});

test("a refusal says which check refused", async () => {
  const { at } = await simulating();
  const rosa = "rosa.lindqvist@fernhill.example";
  const { out } = await at(
    "--requester",
    rosa,
    "--entitlement",
    "aws/developer",
    "--duration",
    "4h",
    "--json",
  );
  const simulated = JSON.parse(out);
  expect(simulated).toMatchObject({ outcome: "refused", why: "AWS: Developer is not open to this person." });
  expect(simulated.trace.at(-1)).toMatchObject({ check: "the person is eligible", result: "failed" });
});

test("files that are not in force decide too", async () => {
  const { at } = await simulating();
  const folder = policyFolder([
    "policy.yaml",
    "rules:\n",
    "rules:\n  - id: closed\n    when: { entitlement: [github/developer] }\n    decide: deny\n    say: Closed for now.\n",
  ]);
  const asked = ["--requester", alice, "--entitlement", "github/developer"];
  expect((await at(...asked)).out).toContain("needs approval");
  const { out } = await at(...asked, "--policy", folder);
  expect(out).toContain(
    "It is refused: Closed for now. (rule closed)\nBy the policy files, which are not in force:",
  );
});

test.each([
  [
    ["--requester", "nobody@fernhill.example", "--entitlement", "github/developer"],
    "Jira has no active account of nobody@",
  ],
  [
    ["--requester", alice, "--entitlement", "github/developr"],
    "The catalog has no entitlement github/developr.",
  ],
  [
    ["--requester", alice, "--entitlement", "aws/developer", "--duration", "5h"],
    "The form has no 5h; it has 1h, 4h",
  ],
])("what cannot be simulated says why: %j", async (args, why) => {
  const { at } = await simulating();
  expect((await at(...args)).out).toContain(why);
});

test("somebody may ask for somebody else, and the person's hidden address is no obstacle", async () => {
  const { at } = await simulating();
  const manager = "mei.chen@fernhill.example";
  const asked = [
    "--requester",
    manager,
    "--entitlement",
    "github/developer",
    "--duration",
    "permanent",
    "--json",
  ];
  const { out } = await at(...asked, "--for", "priya.nair@fernhill.example");
  const simulated = JSON.parse(out);
  expect(simulated.outcome).toBe("needs approval");
  // She would decide on her own request, so the next one is asked.
  expect(simulated.stages[0].skipped[0]).toMatchObject({ source: "manager" });
  expect(simulated.calls.some((call: string) => call.includes("at the end"))).toBe(false);
  expect((await at(...asked, "--for", "nobody@fernhill.example")).out).toContain(
    "no active account of nobody@",
  );
});

test("what a rule waives, and what nobody can be asked for, is said", async () => {
  const { at } = await simulating();
  const waived = await at("--requester", alice, "--entitlement", "figma/viewer");
  expect(waived.out).toMatch(/Figma: Viewer needs no approval( \(rule [a-z-]+\))?: /);
  const folder = policyFolder([
    "policy.yaml",
    "fallbackGroup: { id: 9a000000-0000-4000-8000-000000000005,",
    "fallbackGroup: { id: 9a000000-0000-4000-8000-0000000000ff,",
  ]);
  const head = "helena.brandt@fernhill.example";
  const { out } = await at("--requester", head, "--entitlement", "notion/member", "--policy", folder);
  expect(out).toContain("Stage 1 asks nobody");
  expect(out).toContain("an operator is called");
});
