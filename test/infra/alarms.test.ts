import { readFileSync } from "node:fs";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { ComparisonOperator, Metric } from "aws-cdk-lib/aws-cloudwatch";
import { Topic } from "aws-cdk-lib/aws-sns";
import { expect, test } from "vitest";
import { ImpactAlarm } from "../../infra/constructs/impact-alarm.ts";
import { LatchkeyStack } from "../../infra/latchkey-stack.ts";
import { readSettings } from "../../infra/settings.ts";
import { all, only } from "../support/deployed-stack.ts";

const alarms = all("AWS::CloudWatch::Alarm").map(({ id, properties }) => {
  const [, impact, runbook] =
    /^(.+\.) See docs\/operations\.md, “(.+)”\.$/.exec(properties.AlarmDescription) ?? [];
  return { id: id.replace(/^Alarms|[0-9A-F]{8}$/g, ""), impact, runbook, properties };
});
const headings = readFileSync("docs/operations.md", "utf8")
  .split("\n")
  .flatMap((line) => (line.startsWith("## ") ? [line.slice(3)] : []));

test.each(alarms)("$id says what people feel, and where it is written what to do", ({ impact, runbook }) => {
  expect(impact).toMatch(/^[A-Z].{30,}\.$/);
  expect(headings).toContain(runbook);
});

test("every alarm has a heading of its own", () => {
  expect(new Set(alarms.map(({ runbook }) => runbook)).size).toBe(alarms.length);
});

test("an alarm without impact or runbook does not compile", () => {
  const stack = new Stack(new App(), "Alarms");
  const rest = {
    metric: new Metric({ namespace: "Some", metricName: "Thing" }),
    threshold: 1,
    comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
    topic: new Topic(stack, "Topic"),
  };
  // @ts-expect-error: nobody would know what it means
  new ImpactAlarm(stack, "WithoutImpact", { ...rest, runbook: "Some heading" });
  // @ts-expect-error: nobody would know what to do
  new ImpactAlarm(stack, "WithoutRunbook", { ...rest, impact: "Somebody waits." });
});

test("every alarm tells the topic", () => {
  const topic = "arn:aws:sns:eu-west-1:123456789012:latchkey-local-alarms";
  for (const { id, properties } of alarms) expect(properties.AlarmActions, id).toEqual([topic]);
  expect(only("AWS::SNS::Topic").properties.TopicName).toBe("latchkey-local-alarms");
});

test("a sweeper that is never called has no metrics at all, and that is the alarm", () => {
  const silent = alarms.filter(({ properties }) => properties.TreatMissingData !== "notBreaching");
  expect(silent.map(({ id, properties }) => [id, properties.TreatMissingData])).toEqual([
    ["SweeperSilent", "breaching"],
  ]);
});

test("a run that ends without telling anybody calls an operator like one that failed", () => {
  const { properties } = alarms.find(({ id }) => id === "NeedsOperator") ?? {};
  const watched = properties?.Metrics.flatMap((one: { MetricStat?: { Metric: { MetricName: string } } }) =>
    one.MetricStat ? [one.MetricStat.Metric.MetricName] : [],
  );
  const ends = ["ExecutionsFailed", "ExecutionsTimedOut"];
  expect(watched).toEqual([...ends, ...ends]);
});

test("a stage with an address sends its alarms there; one without sends them nowhere", () => {
  const settings = { ...readSettings("prod"), alarmEmail: "it@example.com" };
  const stack = new LatchkeyStack(new App(), settings);
  Template.fromStack(stack).hasResourceProperties("AWS::SNS::Subscription", {
    Protocol: "email",
    Endpoint: "it@example.com",
  });
  expect(() => all("AWS::SNS::Subscription")).toThrow("no AWS::SNS::Subscription");
});
