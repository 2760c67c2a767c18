import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CfnResource } from "aws-cdk-lib";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { expect, onTestFinished, test } from "vitest";
import { buildApp } from "../../infra/build-app.ts";
import { assemblyFiles } from "../support/deployed-stack.ts";

type Suppressed = { ruleName: string; reason: string; acknowledgedAt: string };
const report: {
  pluginReports: { pluginName: string; conclusion: string; suppressedViolations: Suppressed[] }[];
} = JSON.parse(readFileSync(join(assemblyFiles, "validation-report.json"), "utf8"));
const suppressed = report.pluginReports.flatMap(({ suppressedViolations }) => suppressedViolations);

test("the stack keeps AWS's rules for solutions", () => {
  expect(report.pluginReports.map(({ pluginName, conclusion }) => [pluginName, conclusion])).toEqual([
    ["AwsSolutions", "success"],
  ]);
});

/** Whoever adds an exception has to say so here. */
test("five rules are not kept, each where it must be and with its reason", () => {
  const times = Object.entries(Object.groupBy(suppressed, ({ ruleName }) => ruleName)).map(([rule, all]) => [
    rule,
    all?.length,
  ]);
  expect(Object.fromEntries(times)).toEqual({
    "AwsSolutions-APIG4": 3,
    "AwsSolutions-IAM5[Resource::*]": 3,
    "AwsSolutions-IAM5[Resource::<AuditAnchorBucket732078E6.Arn>/*]": 1,
    "AwsSolutions-S1": 1,
    "AwsSolutions-SMG4": 4,
  });
  for (const { reason, acknowledgedAt } of suppressed)
    expect(reason, acknowledgedAt).toMatch(/^[A-Z].{40,}\.$/);
});

function unsynthesized() {
  const outdir = mkdtempSync(join(tmpdir(), "rules-"));
  onTestFinished(() => rmSync(outdir, { recursive: true }));
  return buildApp({ stage: "local", outdir });
}

test("a stack that breaks a rule is not synthesized", () => {
  const { app, stack } = unsynthesized();
  new Queue(stack, "Careless");
  expect(() => app.synth()).toThrow("AwsSolutions-SQS4");
});

test("a template that CloudFormation would refuse is not synthesized", () => {
  const { app, stack } = unsynthesized();
  new CfnResource(stack, "Wrong", { type: "AWS::SNS::Topic", properties: { TopicNaem: "misspelt" } });
  expect(() => app.synth()).toThrow("TopicNaem");
});
