import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { retryRequest } from "../../cli/request-commands.ts";
import { figure } from "../../proof/figure.ts";
import { isOver } from "../../src/requests/life.ts";
import { groupOf, hour, minute, openStory, option } from "../support/company-story.ts";
import { type Injector, injectors, type World } from "./injectors.ts";
import { membershipWrites } from "./once.ts";
import { countTimeLimitsOn } from "./time-limits.ts";
import { watch } from "./watch.ts";

const pairs = injectors
  .flatMap((one, index) => injectors.slice(index + 1).map((other): [Injector, Injector] => [one, other]))
  // Nobody decides at once and after a day.
  .filter((pair) => !(pair.some(({ isEarly }) => isEarly) && pair.some(({ thinks }) => thinks)));

/** One half of the pairs in each of two files: so two cores are at work. */
export function testPairs(half: "even" | "odd"): void {
  beforeEach(() => void vi.stubEnv("AWS_MAX_ATTEMPTS", "1"));

  const own = pairs.filter((_, index) => index % 2 === (half === "even" ? 0 : 1));
  let once = 0;
  afterAll(() => figure(`pairs of faults, ${half}`, `${once} of ${own.length} once`));

  for (const pair of own)
    test(pair.map(({ name }) => name).join(" + "), async () => {
      // Whether a run is given up before the fault is over is up to chance.
      const times = pair.some(({ mayFail }) => mayFail) ? 3 : 1;
      for (let time = 0; time < times; time++) await play(pair);
      once += 1;
    });
}

/** One person asks for access for an hour, gets it, and it ends, whatever goes wrong. Fails when it was not done once. */
async function play(pair: Injector[]): Promise<void> {
  const story = await openStory({ sweeping: true });
  countTimeLimitsOn(story.clock);
  const [aws, jira, jumpcloud] = [
    await story.wireTo("AWS"),
    await story.wireTo("Jira"),
    await story.wireTo("JumpCloud"),
  ];
  const watched = await watch(story, { jumpcloudWire: jumpcloud });
  // Ids of the simulated Jira are known before: the first issue of the project.
  const world: World = {
    story,
    aws,
    jira,
    jumpcloud,
    issue: { key: story.jira.next().issueKey, id: "10000" },
  };
  const { issue } = world;
  const isEarly = pair.some((one) => one.isEarly);

  const decide = async () => {
    for (const { decision } of pair) await decision?.(world);
    await story.decideOnly("jonas.bergmann", issue.key, "approve");
  };
  for (const { start } of pair) await start?.(world);
  await story.raise("alice.moreau", option.awsDeveloper, { duration: "1 hour" });
  if (isEarly) await story.duringAsk(decide);
  await story.pass(11 * minute);
  for (const { thinks } of pair) if (thinks !== undefined) await story.pass(thinks);
  if (!isEarly) await decide();

  for (let visit = 0; visit < 18; visit++) {
    await story.pass(hour);
    const request = await story.stored(issue.id);
    if (request.status === "failed")
      await retryRequest(story.operator, issue.key, { json: false, write: () => {} });
    else if ((await story.deadLetters()) > 0) await story.moveDeadLettersBack();
    else if (isOver(request)) break;
  }
  const recording = await watched.record(issue);
  const { executions, request, trail } = recording;
  const mayFail = pair.some((one) => one.mayFail);
  const runs = mayFail ? [...executions.slice(1).map(() => "FAILED"), "SUCCEEDED"] : ["SUCCEEDED"];
  // What Jira does not show yet nobody can know: the access is given, the ticket goes on to where it says so and where it can be
  // ended, and the access ends at its time.
  const isStale = pair.some(({ name }) => name.startsWith("18"));
  const isWithdrawn = pair.some((one) => one.isWithdrawn) && !(isStale && request.status === "ended");
  // A run that fails takes back what it has given, and says so; the one after it gives it anew.
  const undone = trail.filter(({ action }) => action === "access.undone");
  const takenBack = membershipWrites(recording).filter(
    (write) => write.isEffective && write.op === "remove" && undone.some(({ at }) => write.at <= at),
  );
  expect(takenBack.length).toBeLessThanOrEqual(undone.length);
  expect(undone.length).toBeLessThan(runs.length);
  const changes = [...takenBack.flatMap(() => ["add", "remove"]), ...(isWithdrawn ? [] : ["add", "remove"])];
  await watched.expectOnce(issue, {
    status: isWithdrawn ? "withdrawn" : "ended",
    runs,
    changes: { [groupOf("aws-developers")]: changes },
  });
}
