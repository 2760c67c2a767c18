import { expect, test } from "vitest";
import { openStory, type Story } from "../support/company-story.ts";
import { policyFolder, type Said, type } from "./support.ts";

async function withCompany(): Promise<{ story: Story; at: (...args: string[]) => Promise<Said> }> {
  const story = await openStory();
  return { story, at: (...args) => type("--endpoint", story.runtime.awsUrl, ...args) };
}

const nothing = { code: 0, out: "Nothing to change: policy version 1 is in force.\n", err: "" };

test("when the files are in force, there is nothing to plan or to apply", async () => {
  const { at } = await withCompany();
  expect(await at("plan")).toEqual(nothing);
  expect(await at("apply")).toEqual(nothing);
  expect(await at("plan")).toEqual(nothing);
});

test("plan says what each change would be, and changes nothing; apply brings it into force", async () => {
  const { story, at } = await withCompany();
  const folder = policyFolder(
    [
      "catalog.yaml",
      "approval: manager\n        durations: { default: 90d",
      "approval: owner\n        durations: { default: 60d",
    ],
    [
      "catalog.yaml",
      '- id: viewer\n        name: Viewer\n        option: "10208"',
      '- id: reader\n        name: Viewer\n        option: "10299"',
    ],
    ["policy.yaml", "expiresAfter: 7d", "expiresAfter: 8d"],
  );
  const changes = `  + figma/reader
  ~ github/developer
      approval: manager → owner
      durations: {"default":"90d","permanent":true} → {"default":"60d","permanent":true}
  - figma/viewer
  ~ policy.expiresAfter
`;
  const { key } = await story.request("alice.moreau", "10201");
  const before = await story.operator.policies.latest();
  const concerned = `Requests that this concerns:
  ${key}  GitHub: Developer: is refused when it would be granted: it needs the approval “owner” then
`;
  expect(await at("plan", "--policy", folder)).toEqual({
    code: 0,
    out: `Policy version 2 would bring:\n${changes}${concerned}Nothing was changed. “latchkey apply” brings it into force.\n`,
    err: "",
  });
  expect(await story.operator.policies.latest()).toEqual(before);
  expect(await at("apply", "--policy", folder)).toEqual({
    code: 0,
    out: `${changes}Policy version 2 is in force; running functions follow within a minute.\nIt is compared with JumpCloud now: “latchkey catalog list” shows what is found.\n`,
    err: "",
  });
  expect(await story.operator.policies.latest()).toMatchObject({
    version: 2,
    policy: { expiresAfter: "8d" },
  });
  expect((await at("plan")).out).toContain("Policy version 3 would bring:");
});

test("of files with mistakes every mistake is named by file, line and column, and nothing is applied", async () => {
  const { story, at } = await withCompany();
  const folder = policyFolder(
    ["catalog.yaml", 'option: "10202"', 'option: "10201"'],
    ["catalog.yaml", "approval: manager\n", "approval: manger\n"],
    ["policy.yaml", "expiresAfter: 7d", "expiresAfter: 3d"],
  );
  const before = await story.operator.policies.latest();
  for (const command of ["plan", "apply"])
    expect(await at(command, "--policy", folder)).toEqual({
      code: 1,
      out: "",
      err: `${folder}/policy.yaml:77:15 expiresAfter: must be longer than all reminders together
${folder}/catalog.yaml:18:19 applications.0.entitlements.0.approval: policy.yaml has no approval “manger”; did you mean manager?
${folder}/catalog.yaml:22:17 applications.0.entitlements.1.option: “10201” is used twice
Nothing was changed.
`,
    });
  expect(await story.operator.policies.latest()).toEqual(before);
});

test.each<[string, [string, string, string], string]>([
  ["no YAML", ["site.yaml", "jira:", "jira: ["], "site.yaml:5:9 this is not YAML: "],
  [
    "an unknown key",
    ["catalog.yaml", "owner: dana", "ownr: dana"],
    "catalog.yaml:8:5 applications.0.ownr: this key is not known; did you mean owner?\n",
  ],
  [
    "a wrong type",
    ["policy.yaml", "reminders: [1d, 2d]", "reminders: daily"],
    'policy.yaml:73:12 reminders: found "daily"; expected a list\n',
  ],
  [
    "a protected group",
    ["catalog.yaml", "6a00000000000000000b0001", "6a00000000000000000b0018"],
    "catalog.yaml:17:13 applications.0.entitlements.0.groups.0: policy.yaml protects this group\n",
  ],
  [
    "an application twice",
    ["catalog.yaml", "id: slack", "id: github"],
    "catalog.yaml:63:9 applications.2.id: “github” is used twice\n",
  ],
])("a file with %s is not even tried to be applied: nothing is called", async (_, change, problem) => {
  const folder = policyFolder(change);
  const { code, out, err } = await type("apply", "--endpoint", "http://127.0.0.1:1", "--policy", folder);
  expect([code, out]).toEqual([1, ""]);
  expect(err).toContain(`${folder}/${problem}`);
  expect(err).toMatch(/\nNothing was changed\.\n$/);
});

test("a folder without policy files names each file that is missing", async () => {
  const { code, err } = await type("plan", "--policy", "nowhere");
  expect(code).toBe(1);
  expect(err).toBe(
    "nowhere/site.yaml:1:1 the file cannot be read\nnowhere/policy.yaml:1:1 the file cannot be read\nnowhere/catalog.yaml:1:1 the file cannot be read\nNothing was changed.\n",
  );
});

test("a change of who may ask says who gains and who loses it, by the directory of today", async () => {
  const { story } = await withCompany();
  const plan = (folder: string) =>
    story.passUntil(type("--endpoint", story.runtime.awsUrl, "plan", "--policy", folder));
  const folder = policyFolder([
    "catalog.yaml",
    "eligibility: { attribute: department, in: [Engineering, Data] }",
    "eligibility: { attribute: department, in: [Data, Finance] }",
  ]);
  const { code, out } = await plan(folder);
  expect(code).toBe(0);
  expect(out).toMatch(
    /Who may ask for what then, and who not any more:\n {2}\+ aws\/developer: \d+ \(.*@fernhill/,
  );
  expect(out).toMatch(/ {2}- aws\/developer: 10 \(.*alice\.moreau@/);
  story.jumpcloud.faults.add({ status: 401 });
  expect((await plan(folder)).out).toContain("Who gains or loses what could not be looked up: ");
});
