import { expect, test } from "vitest";
import { assertAlways } from "./assert.ts";
import { deliver, delivery } from "./receive-webhook.ts";
import { call, visit } from "./reconcile-issue.ts";
import { recordScenes } from "./recording.ts";

// Always the same few hundred; test/fuzz/hostile-input.proof.ts goes on for minutes, with others each time.

test("whatever is sent to the webhooks is answered, and is kept only if it is proven", async () => {
  const seen = new Set<number>();
  const sendIt = async (sent: Parameters<typeof deliver>[0]) => void seen.add(await deliver(sent));
  await assertAlways(delivery, sendIt, { seed: 21, numRuns: 500 });
  // Every kind of answer was among them.
  expect([...seen].toSorted()).toEqual([202, 400, 401, 404, 503]);
});

test("whatever the queue holds and Jira answers, reconcile-issue says what it did, or by its name what is wrong", async () => {
  const scenes = await recordScenes();
  const seen = new Set<string>();
  const callIt = async (sent: Parameters<typeof call>[1]) => void seen.add(await call(scenes, sent));
  await assertAlways(visit, callIt, { seed: 21, numRuns: 300 });
  expect([...seen]).toEqual(
    expect.arrayContaining(["did", "noop", "InconsistentError", "UnexpectedAnswerError", "JiraRefusedError"]),
  );
});

test("a property that does not hold says what repeats it", async () => {
  const check = async (sent: Parameters<typeof deliver>[0]) => {
    if ((await deliver(sent)) === 202) throw new Error("rang");
  };
  await expect(assertAlways(delivery, check, { seed: 21, numRuns: 500 })).rejects.toThrow(
    /^seed 21, path [\d:]+: Error: rang/,
  );
});
