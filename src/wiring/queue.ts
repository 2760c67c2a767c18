import type { Platform } from "../lambda/platform.ts";
import { signedCall } from "../lambda/signed-call.ts";
import type { Doorbell } from "../requests/doorbell.ts";

/** Puts doorbells into the FIFO queue: one issue's after one another, different issues' side by side. */
export function wireQueue(queueUrl: string, platform: Platform) {
  return async (doorbell: Doorbell, deduplicationId: string): Promise<void> => {
    await signedCall(platform, "sqs", "SendMessage", {
      QueueUrl: queueUrl,
      MessageBody: JSON.stringify(doorbell),
      MessageGroupId: doorbell.issueId ?? doorbell.issueKey,
      MessageDeduplicationId: deduplicationId,
    });
  };
}
