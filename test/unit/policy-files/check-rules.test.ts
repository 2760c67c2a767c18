import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { formatProblem, readPolicyFiles } from "../../../src/policy-files/read-policy-files.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** What is wrong with the example files when texts in them are replaced. */
function problemsWith(changes: [file: string, from: string, to: string][]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-rules-"));
  folders.push(folder);
  cpSync("policy", folder, { recursive: true });
  for (const [file, from, to] of changes) {
    const text = readFileSync(join(folder, file), "utf8");
    if (!text.includes(from)) throw new Error(`${file} does not say ${from}`);
    writeFileSync(join(folder, file), text.replace(from, to));
  }
  const files = readPolicyFiles(folder);
  return "problems" in files
    ? files.problems.map((problem) => formatProblem(problem).slice(folder.length + 1))
    : [];
}

describe("actions.yaml", () => {
  test("can be left out, and then nothing is done for anything but access", () => {
    const folder = mkdtempSync(join(tmpdir(), "latchkey-rules-"));
    folders.push(folder);
    cpSync("policy", folder, { recursive: true });
    rmSync(join(folder, "actions.yaml"));
    const files = readPolicyFiles(folder);
    expect("problems" in files ? files.problems : files.policy.actions).toBeUndefined();
  });

  test("a shape that is wrong is named like that of the other files", () => {
    expect(problemsWith([["actions.yaml", "action: unlock-account", "action: unlock-acount"]])).toEqual([
      expect.stringContaining(
        'actions.yaml:11:17 rules.0.steps.0.action: found "unlock-acount"; expected "activate-user" or',
      ),
    ]);
  });

  test.each<[string, [string, string], string]>([
    ["an id twice", ["id: vpn", "id: stop"], "rules.3.id: “stop” is used twice"],
    [
      "two rules for the same",
      ['requestType: "28" # VPN for a team', 'requestType: "27"'],
      "rules.2.when: “27, created” is used twice",
    ],
    [
      "a request type that asks for access",
      ['requestType: "29" # Stop', 'requestType: "25" # Stop'],
      "rules.3.requestType: site.yaml has no request type “25” whose meaning is action; expected 27, 28, 29",
    ],
    [
      "a status that means something else",
      ['{ status: "10122" }', '{ status: "10121" }'],
      "rules.1.when: site.yaml uses this status for something else",
    ],
    [
      "an approval that is not there",
      ["identityCheck: it", "identityCheck: itt"],
      "identityCheck: policy.yaml has no approval with stages “itt”; did you mean it?",
    ],
    [
      "an approval that nobody gives",
      ["approval: security", "approval: everybody-may"],
      "rules.3.approval: policy.yaml has no approval with stages “everybody-may”; expected",
    ],
    [
      "the owner of an application that is not there",
      ["outOfJira: security", "outOfJira: owner"],
      "outOfJira: “owner” asks an application's owner, and an action is about no application",
    ],
    [
      "an action that nobody may have done",
      ["may: [unlock-account, reset-mfa, restore-user]", "may: [unlock-account, restore-user]"],
      "rules.1.steps.0.action: no group under agents may have reset-mfa done by moving a ticket",
    ],
    [
      "an input that the action does not have",
      ["hours: { value: 24 }", "hours: { value: 24 }\n          day: { value: 1 }"],
      "rules.1.steps.0.inputs.day: reset-mfa has no such input; expected user, hours",
    ],
    [
      "an input that is missing",
      ["        inputs:\n          hours: { value: 24 }\n", ""],
      "rules.1.steps.0.inputs: reset-mfa needs “hours”",
    ],
    [
      "nobody whom it is about",
      ["    about: { field: customfield_10053, name: For whom, as: [user-id] }\n", ""],
      "rules.3.steps.0: suspend-user needs “user”, or “about” in the rule",
    ],
    [
      "a constant that the action cannot take",
      ["hours: { value: 24 }", "hours: { value: 240 }"],
      "rules.1.steps.0.inputs.hours: reset-mfa cannot take 240",
    ],
    [
      "a template without one of its fields",
      [
        "hours: { value: 24 }",
        'hours: { template: "{a}", of: { b: { field: summary, name: Summary } }, as: [number] }',
      ],
      "rules.1.steps.0.inputs.hours: “of” has no field for {a}",
    ],
  ])("%s is found", (_, [from, to], problem) => {
    expect(problemsWith([["actions.yaml", from, to]]).map((one) => one.replace(/:\d+:\d+ /, " "))).toEqual([
      expect.stringContaining(`actions.yaml ${problem}`),
    ]);
  });

  test("what touches locks and passwords needs somebody who makes sure who asks", () => {
    const problems = problemsWith([["actions.yaml", "identityCheck: it\n", ""]]);
    expect(problems.map((one) => one.replace(/:\d+:\d+ /, " "))).toEqual([
      "actions.yaml rules.0.steps.0.action: unlock-account needs identityCheck: who says that they know who asks?",
      "actions.yaml rules.1.steps.0.action: reset-mfa needs identityCheck: who says that they know who asks?",
    ]);
  });
});
