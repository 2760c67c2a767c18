import jsonata from "jsonata";
import { expect, test } from "vitest";
import { VirtualClock } from "../../local/clock.ts";
import { openStory, option } from "../support/company-story.ts";
import { all, functionOf } from "../support/deployed-stack.ts";

/**
 * What the alarm counts that takes a version back: the filters of the template, on the lines that functions really write. That CodeDeploy
 * and CloudFormation watch this alarm is in test/infra/versions.test.ts; that they act on it only AWS can show.
 */
const filters = all("AWS::Logs::MetricFilter").filter(
  ({ properties }) => properties.MetricTransformations[0].MetricName === "Faults",
);
const patterns = [...new Set(filters.map(({ properties }) => String(properties.FilterPattern)))];

/** Whether CloudWatch would count the line: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
async function fits(pattern: string, line: string): Promise<boolean> {
  if (pattern.startsWith("?"))
    return [...pattern.matchAll(/\?"([^"]+)"/g)].some(([, term = ""]) => line.includes(term));
  if (!line.startsWith("{")) return false;
  const expression = pattern
    .slice(1, -1)
    .replace(/\$\.(\w+) NOT EXISTS/g, "$not($exists($1))")
    .replaceAll("$.", "")
    .replaceAll("&&", "and")
    .replaceAll("||", "or");
  return (await jsonata(expression).evaluate(JSON.parse(line))) === true;
}

async function counted(lines: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const line of lines) for (const pattern of patterns) if (await fits(pattern, line)) found.push(line);
  return found;
}

/** What a handler writes when it is called on a platform, and fails. */
async function linesOf(name: string, environment: Record<string, string>, event: unknown): Promise<string[]> {
  const lines: string[] = [];
  const clock = new VirtualClock(0);
  const platform = {
    clock: { now: () => clock.now(), sleep: async () => {} },
    environment,
    write: (line: string) => lines.push(line),
  };
  const { on } = await import(`../../functions/${name}.ts`);
  await expect(on(platform)(event, {})).rejects.toThrow();
  return lines;
}

const given = (name: string): Record<string, string> =>
  all("AWS::Lambda::Function").find(({ properties }) => functionOf(properties.FunctionName) === name)
    ?.properties.Environment.Variables;

/** What Lambda itself adds. */
const credentials = {
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "check",
  AWS_SECRET_ACCESS_KEY: "local",
  AWS_SESSION_TOKEN: "session",
};

test("a new version that misses a variable of its environment makes the alarm ring", async () => {
  const { CATALOG_TABLE: _, ...rest } = given("check-request");
  const lines = await linesOf("check-request", { ...rest, ...credentials }, { requestId: "10000-1" });
  expect(await counted(lines)).toEqual(lines);
  expect(lines).toHaveLength(1);
});

test("a new version that is not given what it takes makes the alarm ring", async () => {
  const environment = { ...given("provision-access"), ...credentials };
  const lines = await linesOf("provision-access", environment, { request: "10000-1" });
  expect(lines.map((line) => JSON.parse(line).error)).toEqual(["InconsistentError"]);
  expect(await counted(lines)).toEqual(lines);
});

test.each([
  '2026-11-20T09:00:00.000Z undefined ERROR Uncaught Exception {"errorType":"Runtime.ImportModuleError"}',
  "2026-11-20T09:00:00.000Z 6c1c1a52 Task timed out after 60.00 seconds",
  "RequestId: 6c1c1a52 Error: Runtime exited with error: signal: killed",
])("a function that Lambda could not start or had to end makes it ring: %s", async (line) => {
  expect(await counted([line])).toEqual([line]);
});

test("a day's work does not, neither with refusals nor with what JumpCloud or Jira do not do", async () => {
  const story = await openStory({ sweeping: true, checkingCatalog: true });
  const { key } = await story.request("alice.moreau", option.githubDeveloper);
  await story.request("alice.moreau", option.somethingElse);
  story.jumpcloud.faults.add({ method: "POST", path: /members$/, status: 503, times: 4 });
  await story.decide("jonas.bergmann", key, "approve");
  await story.pass(7 * 3_600_000);
  expect(await story.isMember("alice.moreau", "github-developers")).toBe(true);
  const failures = story.host.lines.filter((line) => line.includes('"level":"error"'));
  expect(new Set(failures.map((line) => JSON.parse(line).error))).toEqual(
    new Set(["NotInCatalogError", "NotVerifiedError"]),
  );
  expect(await counted(story.host.lines)).toEqual([]);
});
