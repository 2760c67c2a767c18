import { expect, test } from "vitest";
import { temporaryFolder } from "../local/runtime/fixture.ts";
import { deployWhileWaiting } from "./deployment.ts";
import { arnOfRun, historyOf, outlineOf } from "./recorded.ts";

test("runs that wait while a new version is deployed end as they should, on the graph that they began with", async () => {
  const { story, runs, waiting } = await deployWhileWaiting(10, temporaryFolder());
  // All but the one that had failed.
  expect(waiting).toHaveLength(9);

  // What is begun afterwards is on the new one: the run that an operator began, and a new request.
  const retried = runs.find(({ kind }) => kind.isRetried);
  const { key } = await story.request("alice.moreau", "10201");
  await story.decide("jonas.bergmann", key, "approve");
  for (const name of [`${retried?.key}-1-run2`, `${key}-1`]) {
    const executionArn = arnOfRun(story, "access-request", name);
    expect(await story.states.handle("DescribeExecution", { executionArn })).toMatchObject({
      stateMachineVersionArn: expect.stringMatching(/:2$/),
      stateMachineAliasArn: expect.stringMatching(/:live$/),
      status: "SUCCEEDED",
    });
    const outline = outlineOf(await historyOf(story, executionArn));
    expect(outline).toContain("Note the grade");
    expect(outline).toContain("  close-request(grade, outcome, requestId)");
  }
});
