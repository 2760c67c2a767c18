import { expect, test } from "vitest";
import { unneededGrants } from "../../support/company-story.ts";

/** What no story needs, and why a role may do it all the same. */
const exceptions = [
  // Whoever adds to a trail and finds that somebody was quicker reads what was added: test/outside/storage.test.ts.
  /^[a-z-]+: dynamodb:Query table\/latchkey-local-audit$/,
  // The CDK gives these two to every function that a queue calls.
  /^reconcile-issue: sqs:(ChangeMessageVisibility|GetQueueUrl) latchkey-local-issues\.fifo$/,
];

test("every right of every role is needed by some story", () => {
  const unneeded = unneededGrants?.map(
    ({ role, action, resource }) =>
      `${role.replace("latchkey-local-", "")}: ${action} ${resource.split(":").at(-1)}`,
  );
  expect(unneeded?.filter((grant) => !exceptions.some((exception) => exception.test(grant)))).toEqual([]);
});
