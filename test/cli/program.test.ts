import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { expect, onTestFinished, test, vi } from "vitest";
import { openStory } from "../support/company-story.ts";
import { temporaryFolder, type } from "./support.ts";

/** Nothing of the machine's own AWS settings, and no call to find any. */
function withoutAws(variables: Record<string, string> = {}): void {
  const none = { AWS_CONFIG_FILE: "/dev/null", AWS_SHARED_CREDENTIALS_FILE: "/dev/null" };
  const unset = ["AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL"];
  for (const name of unset) vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries({ ...none, AWS_EC2_METADATA_DISABLED: "true", ...variables }))
    vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

function fileWith(content: string): string {
  const file = join(temporaryFolder(), "secret.json");
  writeFileSync(file, content);
  return file;
}

test("a secret is set from a file, and only with a value that can be used", async () => {
  const story = await openStory();
  const set = (name: string, file: string) =>
    type("--endpoint", story.runtime.awsUrl, "secret", "set", name, file);
  const value = { kind: "api-key", key: "jca_another" };
  expect(await set("jumpcloud-write", fileWith(JSON.stringify(value)))).toEqual({
    code: 0,
    out: "latchkey-local/jumpcloud-write is set; functions use it within five minutes.\n",
    err: "",
  });
  const kept = async () => {
    const SecretId = "latchkey-local/jumpcloud-write";
    const { SecretString } = await story.operator.secrets.send(new GetSecretValueCommand({ SecretId }));
    return JSON.parse(SecretString ?? "");
  };
  expect(await kept()).toEqual(value);

  const wrong = fileWith('{"kind":"api-key","key":17,"other":"hunter2"}');
  const broken = fileWith('hunter2 {"kind":');
  for (const [name, file, problem] of [
    ["jumpcloud-write", wrong, "This value cannot be used for jumpcloud-write: key: expected string."],
    ["jumpcloud-write", broken, `${broken} is not JSON.`],
    ["jumpcloud-write", "nowhere.json", "nowhere.json cannot be read: ENOENT."],
    [
      "jira-webhook",
      wrong,
      "This value cannot be used for jira-webhook: signingSecrets: a list of strings of 16 characters or more is needed.",
    ],
    [
      "jira",
      wrong,
      "There is no secret “jira”; there are jira-webhook, jira-api, jumpcloud-read, jumpcloud-write.",
    ],
  ] as const) {
    const said = await set(name, file);
    expect(said).toEqual({ code: 1, out: "", err: `latchkey: ${problem}\n` });
    expect(said.err).not.toMatch(/hunter2|17/);
  }
  expect(await kept()).toEqual(value);
});

test("when no runtime answers, the address is named and what to do", async () => {
  expect(await type("--endpoint", "http://127.0.0.1:1", "plan")).toEqual({
    code: 1,
    out: "",
    err: "latchkey: Nothing answers at http://127.0.0.1:1. Is “npm start” running, or did you mean another --stage or --endpoint?\n",
  });
});

test("without AWS credentials or region, it says so", async () => {
  withoutAws();
  expect(await type("--stage", "prod", "plan")).toEqual({
    code: 1,
    out: "",
    err: "latchkey: Which AWS region? Give --region, or set AWS_REGION.\n",
  });
  expect(await type("--stage", "prod", "--region", "eu-west-1", "request", "show", "ACC-1")).toEqual({
    code: 1,
    out: "",
    err: "latchkey: There are no AWS credentials. Sign in as you would for the AWS CLI, for example with AWS_PROFILE.\n",
  });
});

test("a stage that was not deployed is not taken for an empty one", async () => {
  const story = await openStory();
  const { code, err } = await type("--endpoint", story.runtime.awsUrl, "--stage", "test", "plan");
  expect([code, err]).toEqual([
    1,
    "latchkey: The stack's tables or secrets are not there. Was the stage deployed, and is this its account and region?\n",
  ]);
});

test("the stage can be set in the environment", async () => {
  const story = await openStory();
  vi.stubEnv("LATCHKEY_STAGE", "test");
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  expect((await type("--endpoint", story.runtime.awsUrl, "plan")).err).toContain("Was the stage deployed");
});

test("what is typed wrong is answered with what would be right", async () => {
  expect(await type("plann")).toEqual({
    code: 1,
    out: "",
    err: "error: unknown command 'plann'\n(Did you mean plan?)\n“latchkey --help” lists what there is.\n",
  });
  expect((await type("plan", "--polcy", "x")).err).toContain("(Did you mean --policy?)");
  expect((await type("plan", "--endpoint", "localhost:4401")).err).toContain(
    "Expected a URL with http or https.",
  );
  expect((await type("request", "show")).err).toContain("missing required argument 'key'");
});

test("help is not an error, and names every command", async () => {
  const { code, out, err } = await type("--help");
  expect([code, err]).toEqual([0, ""]);
  for (const command of ["plan", "apply", "catalog", "request", "audit", "secret"])
    expect(out).toMatch(new RegExp(`^ {2}${command} `, "m"));
  expect((await type("secret", "set", "--help")).out).toContain(
    "jira-webhook, jira-api, jumpcloud-read, jumpcloud-write",
  );
});
