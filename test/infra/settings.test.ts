import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readSettings } from "../../infra/settings.ts";

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "settings-"));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

/** A cdk.json with these stages, each on a line of its own that begins with line 4. */
function cdkJson(...stages: string[]): string {
  const file = join(folder(), "cdk.json");
  writeFileSync(
    file,
    `{\n  "app": "node infra/app.ts",\n  "context": { "stages": {\n${stages.join(",\n")}\n  } }\n}\n`,
  );
  return file;
}

test("a stage names the stack, and keeps logs and anchors for a year unless it says otherwise", () => {
  const file = cdkJson(
    '"prod": {}',
    '"test": { "logRetentionDays": 7, "anchorLockDays": 2557, "alarmEmail": "it@example.com" }',
  );
  expect(readSettings("prod", file)).toMatchObject({
    stackName: "latchkey-prod",
    logRetention: 365,
    anchorLockDays: 365,
    keyAgeDays: 335,
    alarmEmail: undefined,
    runbook: "docs/operations.md",
  });
  expect(readSettings("test", file)).toMatchObject({
    stackName: "latchkey-test",
    logRetention: 7,
    anchorLockDays: 2557,
    alarmEmail: "it@example.com",
  });
});

test("keys are sent only to the addresses of the site, fixed at deployment", () => {
  expect(readSettings("prod", cdkJson('"prod": {}'))).toMatchObject({
    jira: {
      url: expect.stringMatching(/^https:\/\/(api\.atlassian\.com|[a-z0-9-]+\.atlassian\.net)/),
      tokenUrl: "https://auth.atlassian.com/oauth/token",
    },
    jumpcloud: { url: "https://console.jumpcloud.com" },
  });
});

test("a stage that is not there is refused, also one that every object has", () => {
  const file = cdkJson('"local": {}', '"prod": {}');
  for (const stage of ["porod", "Prod", "", "constructor", "../prod"])
    expect(() => readSettings(stage, file)).toThrow(`There is no stage “${stage}”.`);
  expect(() => readSettings("porod", file)).toThrow("has: local, prod.");
});

test.each([
  ['"prod": { "logRetentionDays": 8 }', "logRetentionDays: found 8; expected 1 or 3"],
  ['"prod": { "alarmEmail": "nobody" }', 'alarmEmail: found "nobody"; expected an e-mail address'],
  ['"prod": { "runbook": "wiki" }', 'runbook: found "wiki"; expected an address'],
  ['"prod": { "alarmMail": "it@example.com" }', "did you mean alarmEmail?"],
  ['"Prod": {}', "expected lower case letters and digits, 16 at most"],
])("a wrong stage is named with its file and line: %s", (stage, problem) => {
  const file = cdkJson('"local": {}', stage);
  expect(() => readSettings("local", file)).toThrow(`${relative(process.cwd(), file)}:5:`);
  expect(() => readSettings("local", file)).toThrow(problem);
});

test("the CDK's own settings beside the stages are nobody's mistake", () => {
  const file = cdkJson('"prod": { "alarmMail": "it@example.com" }');
  expect(() => readSettings("prod", file)).toThrow(/^[^\n]*alarmMail[^\n]*$/);
});

test("a wrong site.yaml of a stage is named with its file and line", () => {
  const policy = folder();
  cpSync("policy", policy, { recursive: true });
  const site = join(policy, "site.yaml");
  const lines = readFileSync(site, "utf8").split("\n");
  const at = lines.findIndex((line) => line.startsWith("  region:"));
  writeFileSync(site, lines.with(at, "  region: MARS").join("\n"));

  const file = cdkJson(`"prod": { "policy": ${JSON.stringify(relative(process.cwd(), policy))} }`);
  expect(() => readSettings("prod", file)).toThrow(
    `${relative(process.cwd(), site)}:${at + 1}:11 jumpcloud.region: found "MARS"`,
  );
});
