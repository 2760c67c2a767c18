import { readFileSync } from "node:fs";
import { App, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { ComparisonOperator, Metric } from "aws-cdk-lib/aws-cloudwatch";
import { Topic } from "aws-cdk-lib/aws-sns";
import { expect, test } from "vitest";
import { ImpactAlarm } from "../../infra/constructs/impact-alarm.ts";
import { LatchkeyStack } from "../../infra/latchkey-stack.ts";
import { readSettings } from "../../infra/settings.ts";
import { all, only } from "../support/deployed-stack.ts";

const alarms = all("AWS::CloudWatch::Alarm").map(({ id, properties }) => {
  const [, impact, runbook, link] =
    /^(.+\.) See “(.+)”: (docs\/operations\.md#.+)$/.exec(properties.AlarmDescription) ?? [];
  return { id: id.replace(/^(Alarms|Shift)|[0-9A-F]{8}$/g, ""), impact, runbook, link, properties };
});
const headings = readFileSync("docs/operations.md", "utf8")
  .split("\n")
  .flatMap((line) => (line.startsWith("## ") ? [line.slice(3)] : []));

const anchors = headings.map((heading) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, "")
    .replaceAll(" ", "-"),
);

test.each(alarms)("$id says what people feel, and links to what to do", ({ impact, runbook, link }) => {
  expect(impact).toMatch(/^[A-Z].{30,}\.$/);
  const at = headings.indexOf(runbook ?? "");
  expect(link).toBe(`docs/operations.md#${anchors[at]}`);
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
  const withoutImpact = { ...rest, runbook: "Some heading" };
  // @ts-expect-error: nobody would know what it means
  new ImpactAlarm(stack, "WithoutImpact", withoutImpact);
  const withoutRunbook = { ...rest, impact: "Somebody waits." };
  // @ts-expect-error: nobody would know what to do
  const make = () => new ImpactAlarm(stack, "WithoutRunbook", withoutRunbook);
  expect(make).toThrow(TypeError);
});

test("every alarm tells the topic", () => {
  const topic = "arn:aws:sns:eu-west-1:123456789012:latchkey-local-alarms";
  for (const { id, properties } of alarms) expect(properties.AlarmActions, id).toEqual([topic]);
  expect(only("AWS::SNS::Topic").properties.TopicName).toBe("latchkey-local-alarms");
});

test("what is never called has no metrics at all, and that is the alarm", () => {
  const silent = alarms.filter(({ properties }) => properties.TreatMissingData !== "notBreaching");
  expect(silent.map(({ id, properties }) => [id, properties.TreatMissingData])).toEqual([
    ["SweeperSilent", "breaching"],
    ["KeyOld", "breaching"],
    ["AuditUnanchored", "breaching"],
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

test("webhooks are refused when Jira's log of calls says 401 to most of them, and not for a stranger's few tries", () => {
  const { properties } = alarms.find(({ id }) => id === "WebhooksRefused") ?? {};
  const [ratio] = properties?.Metrics.filter((one: { Expression?: string }) => one.Expression) ?? [];
  expect(ratio.Expression).toBe("IF(FILL(refused, 0) >= 5, 100 * FILL(refused, 0) / FILL(calls, 1), 0)");
  const filter = all("AWS::Logs::MetricFilter").find(({ properties: { FilterPattern: pattern } }) =>
    pattern.includes("401"),
  );
  expect(filter?.properties).toMatchObject({
    LogGroupName: "/aws/apigateway/latchkey-local",
    FilterPattern: '{ $.status = "401" }',
    MetricTransformations: [{ MetricValue: "1" }],
  });
  // No value and no bill while nobody is refused.
  expect(filter?.properties.MetricTransformations[0]).not.toHaveProperty("DefaultValue");
  // The log must have the field, as a text.
  expect(JSON.parse(only("AWS::ApiGatewayV2::Stage").properties.AccessLogSettings.Format)).toMatchObject({
    status: "$context.status",
  });
});

test("a stage with an address sends its alarms there, and they link to where its people read the runbook", () => {
  const runbook = "https://wiki.example.com/operations";
  const settings = { ...readSettings("prod"), alarmEmail: "it@example.com", runbook };
  const template = Template.fromStack(new LatchkeyStack(new App(), settings));
  template.hasResourceProperties("AWS::SNS::Subscription", { Protocol: "email", Endpoint: "it@example.com" });
  template.hasResourceProperties("AWS::CloudWatch::Alarm", {
    AlarmDescription: Match.stringLikeRegexp(`“Dead letters”: ${runbook}#dead-letters$`),
  });
});

test("a stage without an address sends its alarms nowhere", () => {
  expect(() => all("AWS::SNS::Subscription")).toThrow("no AWS::SNS::Subscription");
});
