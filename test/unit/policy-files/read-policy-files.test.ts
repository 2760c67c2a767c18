import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { formatProblem, readPolicyFiles, readSite } from "../../../src/policy-files/read-policy-files.ts";

const temporary = mkdtempSync(join(tmpdir(), "latchkey-policy-"));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));
let count = 0;

/** The example files with some text replaced; answers with what is wrong then, one line each, without the folder. */
function problemsWith(changes: [file: string, text: string, replacement: string][]): string[] {
  const folder = join(temporary, String(count++));
  cpSync("policy", folder, { recursive: true });
  for (const [file, text, replacement] of changes) {
    const before = readFileSync(join(folder, file), "utf8");
    expect(before).toContain(text);
    writeFileSync(join(folder, file), before.replace(text, replacement));
  }
  const read = readPolicyFiles(folder);
  return "problems" in read
    ? read.problems.map((problem) => formatProblem(problem).replace(`${folder}/`, ""))
    : [];
}

test("the examples are right", () => {
  expect(problemsWith([])).toEqual([]);
});

test("every problem of every file is named, with line, column, what was found and what is expected", () => {
  expect(
    problemsWith([
      ["site.yaml", "region: us", "region: usa"],
      ["site.yaml", "proof: jsm-approval", "prof: jsm-approval"],
      ["site.yaml", '"10303": 1d', '"10303": 1day'],
      ["policy.yaml", "reminders: [1d, 2d]", "reminders: 1d"],
      ["catalog.yaml", "status: approved", "status: open"],
    ]),
  ).toEqual([
    'site.yaml:11:11 jumpcloud.region: found "usa"; expected "us" or "eu" or "in"',
    "site.yaml:16:5 requestTypes.0.proof: found nothing; expected this key, which is compulsory",
    "site.yaml:19:5 requestTypes.0.prof: this key is not known; did you mean proof?",
    'site.yaml:36:16 requestTypes.0.durations.10303: found "1day"; expected a number and m, h or d, such as 4h',
    'policy.yaml:73:12 reminders: found "1d"; expected a list',
    'catalog.yaml:9:13 applications.0.status: found "open"; expected "approved" or "unassigned" or "disabled"',
  ]);
});

test("every unknown key is named, not only the first, with the nearest one that there is", () => {
  expect(problemsWith([["site.yaml", "  api: gateway", "  ap: gateway\n  zzz: 1\n  cloudIdd: 2"]])).toEqual([
    "site.yaml:5:3 jira.api: found nothing; expected this key, which is compulsory",
    "site.yaml:7:3 jira.ap: this key is not known; did you mean api?",
    "site.yaml:8:3 jira.zzz: this key is not known; expected site, cloudId, api, serviceAccount",
    "site.yaml:9:3 jira.cloudIdd: this key is not known; did you mean cloudId?",
  ]);
});

test("of alternatives, the one that was meant is explained", () => {
  expect(problemsWith([["policy.yaml", "ask: [manager]", "ask: [mangaer]"]])).toEqual([
    'policy.yaml:7:15 approvals.manager.stages.0.ask.0: found "mangaer"; expected "manager" or "managers-manager" or "owner" or an object',
  ]);
  expect(problemsWith([["policy.yaml", "jiraUser:", "jiraUsr:"]])).toEqual([
    "policy.yaml:19:13 approvals.manager-then-security.stages.1.ask.0.jiraUsr: this key is not known; did you mean jiraUser?",
  ]);
  expect(problemsWith([["policy.yaml", "name: security-team", "nam: security-team"]])).toEqual([
    expect.stringContaining("jiraGroup.nam: this key is not known; did you mean name?"),
  ]);
});

test("names that lead nowhere and ids that are used twice are found", () => {
  expect(
    problemsWith([
      ["catalog.yaml", "approval: manager\n", "approval: manger\n"],
      ["catalog.yaml", 'option: "10202"', 'option: "10201"'],
      ["catalog.yaml", "id: slack", "id: github"],
    ]),
  ).toEqual([
    "catalog.yaml:18:19 applications.0.entitlements.0.approval: policy.yaml has no approval “manger”; did you mean manager?",
    "catalog.yaml:22:17 applications.0.entitlements.1.option: “10201” is used twice",
    "catalog.yaml:63:9 applications.2.id: “github” is used twice",
  ]);
});

test("an option for something else needs a status for it, and no entry behind it", () => {
  expect(
    problemsWith([
      ["site.yaml", 'otherOption: "10113"', 'otherOption: "10201"'],
      ["site.yaml", 'triage: "10119"', ""],
    ]),
  ).toEqual([
    "site.yaml:32:18 requestTypes.0.otherOption: needs the status triage",
    "site.yaml:32:18 requestTypes.0.otherOption: is the option of github/developer in catalog.yaml",
  ]);
});

test("what no group gives needs a status in which it is done by hand", () => {
  expect(problemsWith([["site.yaml", 'manual: "10120"', ""]])).toEqual([
    "site.yaml:42:7 requestTypes.0.statuses: catalog.yaml has entitlements without groups: the status manual is needed for those",
  ]);
});

test("what is taken in an emergency needs people who are told, and a status in which it is reviewed", () => {
  expect(
    problemsWith([
      ["policy.yaml", /breakGlass:\n.*\n/.exec(readFileSync("policy/policy.yaml", "utf8"))?.[0] ?? "", ""],
      ["site.yaml", 'review: "10112"', ""],
    ]).map((line) => line.replace(/:\d+:\d+ /, " ")),
  ).toEqual([
    "site.yaml requestTypes.0.fields.incident: needs the status review",
    "catalog.yaml applications.1.entitlements.1.breakGlass: policy.yaml must say in breakGlass whom to tell",
  ]);
});

test("lengths of time that do not fit together are found", () => {
  expect(
    problemsWith([
      ["catalog.yaml", "default: 4h, max: 1d", "default: 2d, max: 1d"],
      ["policy.yaml", "expiresAfter: 7d", "expiresAfter: 3d"],
      ["site.yaml", '"10306": 90d', '"10306": 301d'],
    ]),
  ).toEqual([
    "site.yaml:39:16 requestTypes.0.durations.10306: found 301d; expected 300d at most",
    "policy.yaml:77:15 expiresAfter: must be longer than all reminders together",
    expect.stringContaining("durations.default: found 2d; expected 1d at most"),
  ]);
  expect(
    problemsWith([["catalog.yaml", "default: 30d, max: 90d, permanent: false", "permanent: false"]]),
  ).toEqual([expect.stringContaining("access that is not permanent needs a default or a max")]);
});

test("a protected group cannot be in the catalog", () => {
  expect(problemsWith([["catalog.yaml", "6a00000000000000000b0001", "6a00000000000000000b0018"]])).toEqual([
    expect.stringContaining("groups.0: policy.yaml protects this group"),
  ]);
});

test("a file that is no YAML, or not there, is named", () => {
  expect(problemsWith([["site.yaml", "jira:", "jira: ["]])).toEqual([
    "site.yaml:5:9 this is not YAML: Implicit keys need to be on a single line",
  ]);
  expect(problemsWith([["site.yaml", "region: us", "region: us\n  region: eu"]])).toEqual([
    "site.yaml:12:3 this key is used twice",
  ]);
  expect(readSite(join(temporary, "nowhere"))).toMatchObject({
    problems: [{ line: 1, message: "the file cannot be read" }],
  });
});

test("approvals, entitlements, applications, places and days that cannot be are named, with the nearest that can", () => {
  const delegations = `expiresAfter: 7d
delegations: [{ from: x, to: x, first: 2026-12-02, last: 2026-12-01 }]`;
  const rules = `rules:
  - { id: a, when: { application: [githup] }, decide: ask, approval: ownr }
  - { id: b, when: { at: { timeZone: Berlin } }, decide: deny, say: No. }`;
  expect(
    problemsWith([
      ["policy.yaml", "defaultApproval: manager-then-owner", "defaultApproval: managr"],
      ["policy.yaml", "rules:", rules],
      ["policy.yaml", "one: [aws/billing]", "one: [aws/biling]"],
      ["policy.yaml", "exceptionBy: manager-then-security", "exceptionBy: everybody-may"],
      ["policy.yaml", "perPerson: 5\n  approval: manager-then-security", "perPerson: 5\n  approval: nobody"],
      ["policy.yaml", "afterReminder: 2", "afterReminder: 3"],
      ["policy.yaml", "expiresAfter: 7d", delegations],
      ["catalog.yaml", "approval: manager\n", "approval: manager\n        requires: [github/developr]\n"],
    ]).map((line) => line.replace(/:\d+:\d+ /, " ")),
  ).toEqual([
    "policy.yaml defaultApproval: policy.yaml has no approval “managr”; did you mean manager?",
    "policy.yaml rules.0.when: catalog.yaml has no application “githup”; did you mean github?",
    "policy.yaml rules.0.approval: policy.yaml has no approval “ownr”; did you mean owner?",
    "policy.yaml rules.1.when: found “Berlin”; expected a place such as Europe/Berlin",
    "policy.yaml separation.0.one.0: catalog.yaml has no entitlement “aws/biling”; did you mean aws/billing?",
    "policy.yaml separation.0.exceptionBy: policy.yaml has no approval with stages “everybody-may”; expected manager, owner, manager-then-owner, manager-then-security, it, security, people-team",
    "policy.yaml caps.approval: policy.yaml has no approval with stages “nobody”; expected manager, owner, manager-then-owner, manager-then-security, it, security, people-team",
    "policy.yaml escalation.afterReminder: found 3; there are 2 reminders",
    "policy.yaml delegations.0.to: is the person who is away",
    "policy.yaml delegations.0.last: is before the first day",
    "catalog.yaml applications.0.entitlements.0.requires.0: catalog.yaml has no entitlement “github/developr”; did you mean github/developer?",
  ]);
});

test("a catalog names request types that are there, asks for nothing about people, and leaves no form empty", () => {
  const catalogs = `catalogs:
  - id: all
    requestTypes: ["52"]
    when: { any: [{ tag: [cloud] }, { not: { inGroup: [6a00000000000000000b0001], of: requester } }] }
  - id: all
    requestTypes: ["52"]

applications:`;
  expect(problemsWith([["catalog.yaml", "applications:", catalogs]])).toEqual([
    "catalog.yaml:5:3 catalogs: nothing is offered on the form of request type “25” of site.yaml",
    "catalog.yaml:6:20 catalogs.0.requestTypes.0: site.yaml has no request type “52”; expected 25",
    "catalog.yaml:7:11 catalogs.0.when: a form shows everybody the same, so “inGroup” cannot be asked for here; expected application, entitlement, category, tag",
    "catalog.yaml:8:9 catalogs.1.id: “all” is used twice",
    "catalog.yaml:9:20 catalogs.1.requestTypes.0: site.yaml has no request type “52”; expected 25",
  ]);
});

test.each([
  ["timeZone: Berlin", "businessHours.timeZone: found “Berlin”; expected a place such as Europe/Berlin"],
  ['to: "08:00"', "businessHours.to: is not after 09:00"],
  ['to: "10:00"', "expiresAfter: takes 168 days, counted in businessHours; expected 60 days at most"],
])("hours in which nobody could decide in time are found: %s", (wrong, message) => {
  const [key = ""] = wrong.split(":");
  const hours = [
    "timeZone: Europe/Berlin",
    "days: [mon, wed, thu, fri, sat, sun, tue]",
    'from: "09:00"',
    'to: "17:00"',
  ]
    .map((line) => (line.startsWith(`${key}:`) ? wrong : line))
    .map((line) => `  ${line}`);
  expect(
    problemsWith([
      ["policy.yaml", "expiresAfter: 7d", ["expiresAfter: 7d", "businessHours:", ...hours].join("\n")],
    ]),
  ).toEqual([expect.stringMatching(message)]);
});
