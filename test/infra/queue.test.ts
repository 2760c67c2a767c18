import { expect, test } from "vitest";
import { all, functionOf, only, short } from "../support/deployed-stack.ts";

function queue(name: string) {
  const found = all("AWS::SQS::Queue").find(({ properties }) => short(properties.QueueName) === name);
  if (!found) throw new Error(`there is no queue ${name}`);
  return found.properties;
}
const issues = queue("issues.fifo");
const deadLetters = queue("issues-dead.fifo");
const source = only("AWS::Lambda::EventSourceMapping").properties;
const reconcile = all("AWS::Lambda::Function").find(
  ({ properties }) => functionOf(properties.FunctionName) === "reconcile-issue",
)?.properties;

test("what happens on one issue is looked at in order, and the sender says what is the same message", () => {
  expect(issues.FifoQueue).toBe(true);
  expect(issues.ContentBasedDeduplication ?? false).toBe(false);
});

test("a message that fails five times is put aside, in order, and is kept longer than it could wait before", () => {
  expect(issues.RedrivePolicy).toEqual({
    deadLetterTargetArn: expect.stringMatching(/:latchkey-local-issues-dead\.fifo$/),
    maxReceiveCount: 5,
  });
  expect(deadLetters.FifoQueue).toBe(true);
  // The days in the first queue count: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
  expect(deadLetters.MessageRetentionPeriod).toBeGreaterThan(issues.MessageRetentionPeriod);
});

test("a message is not seen twice while it is worked on: six times the function's time, as AWS advises", () => {
  expect(issues.VisibilityTimeout).toBeGreaterThanOrEqual(6 * reconcile?.Timeout);
});

test("issues are looked at one by one, five at once at most, so that Jira is not flooded", () => {
  expect(functionOf(source.FunctionName)).toBe("reconcile-issue");
  expect(source).toMatchObject({ BatchSize: 1, ScalingConfig: { MaximumConcurrency: 5 } });
});
