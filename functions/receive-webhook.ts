import { lambdaPlatform, type Platform, variable } from "../src/lambda/platform.ts";
import { rereadable } from "../src/lambda/secret.ts";
import { receiveWebhook } from "../src/webhooks/receive-webhook.ts";
import { parseWebhookSecret } from "../src/webhooks/webhook-secret.ts";
import { wireQueue } from "../src/wiring/queue.ts";

/** Takes webhooks in. The only function on a person's waiting path: no SDK, no schema library, no middleware. */
export function on(platform: Platform) {
  const secret = rereadable(platform, variable(platform.environment, "WEBHOOK_SECRET"), parseWebhookSecret);
  const ring = wireQueue(variable(platform.environment, "QUEUE_URL"), platform);
  const deps = {
    now: () => platform.clock.now(),
    secret: () => secret.read(),
    secretAgain: () => secret.again(),
    ring,
  };
  return (event: unknown) => receiveWebhook(deps, event);
}

let live: ReturnType<typeof on> | undefined;

export async function handler(event: unknown) {
  live ??= on(lambdaPlatform);
  return live(event);
}
