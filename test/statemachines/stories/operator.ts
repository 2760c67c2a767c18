import { describe, expect, test } from "vitest";
import { endRequest, retryRequest } from "../../../cli/request-commands.ts";
import { hour, minute, openStory, option, personOf, type Story } from "../../support/company-story.ts";

const output = { json: false, write: () => {} };

/** Somebody stops the run in the console. */
async function stopRun(story: Story, name: string): Promise<void> {
  const machine = story.runtime.resources.stateMachineArn("latchkey-local-access-request");
  const executionArn = `${machine.replace(":stateMachine:", ":execution:")}:${name}`;
  await story.states.handle("StopExecution", { executionArn });
  await story.settle();
}

describe("an operator", () => {
  test("who stopped a run by mistake goes on with the request", async () => {
    const story = await openStory();
    const { key } = await story.request("alice.moreau", option.awsDeveloper, { duration: "4 hours" });
    await expect(retryRequest(story.operator, key, output)).rejects.toThrow("a run is at work on it");
    await stopRun(story, `${key}-1`);
    await retryRequest(story.operator, key, output);
    await story.settle();
    await story.decide("jonas.bergmann", key, "approve");
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(true);
    expect(await story.statusOf(key)).toBe("granted");
  });

  test("who stopped a run and went home is made up for by the sweeper", async () => {
    const story = await openStory({ sweeping: true });
    const { key } = await story.request("alice.moreau", option.awsDeveloper, { duration: "4 hours" });
    await stopRun(story, `${key}-1`);
    await story.decide("jonas.bergmann", key, "approve");
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(false);
    await story.pass(20 * minute);
    expect(await story.isMember("alice.moreau", "aws-developers")).toBe(true);
    expect(await story.executions()).toEqual([
      { name: `${key}-1`, status: "ABORTED" },
      { name: `${key}-1-run2`, status: "RUNNING" },
    ]);
  });

  test("leaves a run alone that waits for people, however often the sweeper looks", async () => {
    const story = await openStory({ sweeping: true });
    const { key } = await story.request("alice.moreau", option.awsDeveloper, { duration: "4 hours" });
    await story.pass(5 * hour);
    expect(await story.executions()).toEqual([{ name: `${key}-1`, status: "RUNNING" }]);
  });

  test("is called twice, and the requester is told once that it takes longer", async () => {
    const story = await openStory();
    const { key } = await story.request("alice.moreau", option.awsDeveloper, { duration: "4 hours" });
    story.jumpcloud.faults.add({ method: "POST", path: /members$/, status: 403 });
    await story.decide("jonas.bergmann", key, "approve");
    await retryRequest(story.operator, key, output);
    await story.settle();
    expect(await story.statusOf(key)).toBe("needsAttention");
    const comments = await story.comments(key);
    expect(comments.filter(({ text }) => text.includes("Something went wrong on our side"))).toHaveLength(1);
    expect(comments.filter(({ text }) => text.includes("needs an operator"))).toHaveLength(2);
  });

  test("retries by command what “Try again” on the ticket would, and the ticket follows", async () => {
    const story = await openStory();
    const { key, id } = await story.request("alice.moreau", option.githubDeveloper);
    const end = story.jumpcloud.faults.add({ method: "POST", path: /\/members$/, status: 403 });
    await story.decide("jonas.bergmann", key, "approve");
    expect(await story.statusOf(key)).toBe("needsAttention");
    end();
    await retryRequest(story.operator, key, output);
    await story.settle();
    expect(await story.stored(id)).toMatchObject({ status: "granted", told: ["delayed", "granted"] });
    expect(await story.statusOf(key)).toBe("granted");
    expect((await story.executions()).map((one) => one.status)).toEqual(["FAILED", "SUCCEEDED"]);
  });

  test("retries by command a request that could not be asked for, and the ticket follows", async () => {
    const story = await openStory();
    const end = story.jira.faults.add({ method: "PUT", path: /\/issue\//, status: 403 });
    const { key } = await story.request("alice.moreau", option.githubDeveloper);
    expect(await story.statusOf(key)).toBe("needsAttention");
    end();
    await retryRequest(story.operator, key, output);
    await story.settle();
    expect(await story.statusOf(key)).toBe("waitingForApproval");
    expect(await story.decide("jonas.bergmann", key, "approve")).toBe(200);
    expect(await story.isMember("alice.moreau", "github-developers")).toBe(true);
  });

  test("sees what would come of a request that nobody made", async () => {
    const story = await openStory();
    const simulating = story.operator.invoke("simulate-request", {
      requester: personOf("alice.moreau").email,
      entitlementId: "aws/developer",
    });
    expect(await story.passUntil(simulating)).toMatchObject({
      outcome: "needs approval",
      stages: [{ approvers: [personOf("jonas.bergmann").accountId] }],
    });
    expect(await story.executions()).toEqual([]);
  });

  test("cannot retry what is over", async () => {
    const story = await openStory();
    const { key } = await story.request("alice.moreau", option.awsDeveloper, { duration: "4 hours" });
    await story.decide("jonas.bergmann", key, "approve");
    await endRequest(story.operator, key, output);
    await story.settle();
    expect(await story.statusOf(key)).toBe("ended");
    await expect(retryRequest(story.operator, key, output)).rejects.toThrow("nothing to go on with");
  });
});
