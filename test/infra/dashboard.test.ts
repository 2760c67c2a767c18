import { expect, test } from "vitest";
import { questions } from "../../infra/constructs/dashboard.ts";
import { metricNames } from "../../src/lambda/metrics.ts";
import { openStory, option } from "../support/company-story.ts";
import { all, only, stackName } from "../support/deployed-stack.ts";

type Widget = {
  type: string;
  properties: { title?: string; query?: string; alarms?: string[]; metrics?: unknown[][] };
};

const { DashboardName, DashboardBody } = only("AWS::CloudWatch::Dashboard").properties;
const widgets: Widget[] = JSON.parse(DashboardBody).widgets;
const metrics = widgets
  .flatMap(({ properties }) => properties.metrics ?? [])
  .map((metric) => JSON.stringify(metric));
const queries = widgets.flatMap(({ type, properties: { query = "" } }) => (type === "log" ? [query] : []));

test("there is one page, with the state of every alarm", () => {
  expect(DashboardName).toBe(stackName);
  const shown = widgets.flatMap(({ properties }) => properties.alarms ?? []);
  expect(shown).toHaveLength(all("AWS::CloudWatch::Alarm").length);
});

test("every function, queue and state machine is on it, and everything that the functions measure", () => {
  for (const { properties } of all("AWS::Lambda::Function"))
    expect(metrics.some((one) => one.includes('"Errors"') && one.includes(properties.FunctionName))).toBe(
      true,
    );
  for (const { properties } of all("AWS::SQS::Queue"))
    expect(
      metrics.some((one) => one.includes(properties.QueueName)),
      properties.QueueName,
    ).toBe(true);
  for (const { properties } of all("AWS::StepFunctions::StateMachine"))
    expect(metrics.some((one) => one.includes(properties.StateMachineName))).toBe(true);
  for (const name of Object.values(metricNames))
    expect(
      metrics.some((one) => one.includes(`"${name}"`)),
      name,
    ).toBe(true);
});

test("failures are asked of every function's log, the rest of the logs that have the answer", () => {
  const functions = all("AWS::Lambda::Function").length;
  const failures = queries.find((query) => query.includes('level = "error"')) ?? "";
  expect(failures.match(/SOURCE/g)).toHaveLength(functions);
  for (const { of, query } of questions) {
    const asked = queries.find((one) => one.includes(query.join("\n| ")));
    for (const name of of) expect(asked, name).toContain(`/aws/lambda/${stackName}-${name}`);
  }
});

test("every question finds lines of a request's life, by fields that they have", async () => {
  const story = await openStory();
  const { key } = await story.request("alice.moreau", option.awsDeveloper, { duration: "1 hour" });
  await story.decide("jonas.bergmann", key, "approve");
  await story.press("alice.moreau", key, "endAccessNow");
  await story.request("mei.chen", option.slackMember);
  await story.request("elena.petrova", option.awsDeveloper); // She is refused.
  const lines = story.host.lines.map((line): Record<string, unknown> => JSON.parse(line));
  const fields = new Set(lines.flatMap((line) => Object.keys(line)));
  for (const { title, of, query } of questions) {
    const [filter = "", ...rest] = query;
    const told = [...filter.matchAll(/(\w+) (?:= "([^"]+)"|like \/\^([^/]+)\/)/g)];
    expect(told.length, title).toBeGreaterThan(0);
    for (const [, field = "", is, begins = ""] of told) {
      const fits = (line: Record<string, unknown>) =>
        is === undefined ? String(line[field]).startsWith(begins) : line[field] === is;
      const by = lines.filter(fits).map((line) => line.function);
      expect(by.length, `${title}: ${field}`).toBeGreaterThan(0);
      // No other function says the same, or it would be counted too; the logs that are asked have all of it.
      if (of.length > 0) expect(of).toEqual(expect.arrayContaining([...new Set(by)]));
    }
    const grouped = rest.flatMap((line) => / by (?!datefloor)(.+)$/.exec(line)?.[1]?.split(", ") ?? []);
    for (const field of grouped) expect([...fields], title).toContain(field);
  }
});
