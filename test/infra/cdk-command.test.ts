import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { cdkCommand } from "../../infra/cdk-command.ts";

test("a deployment names its stage and asks no questions", () => {
  expect(cdkCommand("deploy", ["--stage", "prod"])).toEqual({
    stage: "prod",
    arguments: ["deploy", "--context", "stage=prod", "--require-approval", "never"],
  });
});

test("a preview shows one stage", () => {
  expect(cdkCommand("diff", ["--stage=prod"])).toEqual({
    stage: "prod",
    arguments: ["diff", "--context", "stage=prod"],
  });
});

test("what the CDK command understands besides is passed on as it was typed", () => {
  const words = ["--profile", "customer", "--stage", "prod", "--outputs-file", "out.json"];
  expect(cdkCommand("deploy", words).arguments.slice(5)).toEqual([
    "--profile",
    "customer",
    "--outputs-file",
    "out.json",
  ]);
});

test("nothing is deployed by default; only a synthesis goes without a stage", () => {
  for (const words of [[], ["--stage"], ["--stage="]])
    expect(() => cdkCommand("deploy", words)).toThrow("npm run deploy -- --stage prod");
  expect(cdkCommand("synth", [])).toMatchObject({ stage: "local" });
});

test("a stage that is not in cdk.json ends the command with the stages that are, and no stack trace", () => {
  const { status, stderr } = spawnSync(process.execPath, ["infra/run-cdk.ts", "deploy", "--stage", "porod"], {
    encoding: "utf8",
  });
  expect(status).toBe(1);
  expect(stderr).toBe("There is no stage “porod”. cdk.json has: local, prod.\n");
});
