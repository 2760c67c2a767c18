import { PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { keys, simulatedSecrets } from "../../local/world/company.ts";
import { signature } from "../../local/world/jira/deliveries.ts";
import { transitionIds } from "../../local/world/jira/workflow.ts";
import { day, hour, minute, type Story } from "../support/company-story.ts";
import type { Wire } from "../support/wire.ts";
import { isCall, isMembershipWrite, isMove, isSave, refusal } from "./wires.ts";

/** A company in which something goes wrong, and what is between it and Latchkey. */
export type World = {
  story: Story;
  aws: Wire;
  jira: Wire;
  jumpcloud: Wire;
  issue: { key: string; id: string };
};

/** A fault that can be combined with others. */
export type Injector = {
  name: string;
  /** Before anything is asked for. */
  start?(world: World): unknown;
  /** When the request waits for its approval, just before that is given; time stands still. */
  decision?(world: World): unknown;
  /** How long the approver takes. */
  thinks?: number;
  /** The approver decides between the move of the ticket and the keeping of the run's token. */
  isEarly?: true;
  /** Whether the request is to end without access. */
  isWithdrawn?: true;
  /** Whether a run may stop until somebody tries again. */
  mayFail?: true;
};

function during(story: Story, milliseconds: number, end: () => void): void {
  story.clock.at(story.clock.now() + milliseconds, end);
}

/** Somebody does something at a time. */
function later(story: Story, milliseconds: number, work: () => Promise<unknown>): void {
  story.clock.at(story.clock.now() + milliseconds, () => {
    const done = story.clock.busy();
    void work().finally(done);
  });
}

/** Whichever of the functions is at work. */
const kill = (story: Story, ...names: string[]) => ({
  times: 1,
  effect: "silence" as const,
  onMet: () => {
    for (const name of names) story.host.kill(name);
  },
});
const jumpcloudDown = (status: number, milliseconds: number) => ({
  decision: ({ story }: World) => during(story, milliseconds, story.jumpcloud.faults.add({ status })),
});

/** Faults of the list that can meet one request together; the number is that of the list. */
export const injectors: Injector[] = [
  {
    name: "1 every webhook twice",
    start: ({ story }) => story.jira.deliveryFaults.add({ effect: "duplicate" }),
  },
  {
    name: "2 a captured webhook replayed",
    decision: ({ story, issue }) => {
      const body = JSON.stringify({ timestamp: story.clock.now(), issue });
      const headers = { "x-hub-signature": signature(keys.webhookSecret, body) };
      const ring = () => fetch(`${story.runtime.url}/webhooks/jira`, { method: "POST", headers, body });
      for (const wait of [0, minute, 20 * minute, hour]) later(story, wait, ring);
    },
  },
  {
    name: "3 webhooks overtake each other",
    start: ({ story }) => story.jira.deliveryFaults.add({ effect: "shuffle", delayMs: 10 * minute }),
  },
  { name: "4 the approval comes before the token", isEarly: true },
  {
    name: "6 killed after the decision is written",
    start: ({ aws, story }) =>
      aws.faults.add({ fits: (text) => isSave(text, "approved"), ...kill(story, "reconcile-issue") }),
  },
  {
    name: "6 killed after the grant is written",
    start: ({ aws, story }) =>
      aws.faults.add({ fits: (text) => isSave(text, "granted"), ...kill(story, "provision-access") }),
  },
  {
    name: "6 killed after the membership is written",
    start: ({ jumpcloud, story }) =>
      jumpcloud.faults.add({ fits: isMembershipWrite, ...kill(story, "provision-access") }),
  },
  {
    name: "6 killed after the ticket is moved",
    decision: ({ jira, story }) =>
      jira.faults.add({ fits: isMove, ...kill(story, "close-request", "call-operator") }),
  },
  {
    name: "7 the token is called timed out",
    start: ({ aws }) =>
      aws.faults.add({
        fits: (text) => isCall(text, "SendTaskSuccess"),
        times: 1,
        effect: refusal("TaskTimedOut"),
      }),
  },
  {
    name: "8 the answer to the start is lost",
    start: ({ aws }) =>
      aws.faults.add({ fits: (text) => isCall(text, "StartExecution"), times: 1, effect: "reset after" }),
  },
  {
    name: "9 AWS throttles for a minute",
    decision: ({ aws, story }) => {
      const fits = (text: string) => /^x-amz-target: (DynamoDB|AWSStepFunctions)/im.test(text);
      during(story, minute, aws.faults.add({ fits, effect: refusal("ThrottlingException") }));
    },
  },
  {
    name: "10 all webhooks of the approval are lost",
    decision: ({ story }) => during(story, 5 * minute, story.jira.deliveryFaults.add({ effect: "drop" })),
  },
  { name: "11 JumpCloud says 429 for two minutes", ...jumpcloudDown(429, 2 * minute) },
  {
    name: "12 JumpCloud's answer is lost",
    start: ({ jumpcloud }) =>
      jumpcloud.faults.add({ fits: isMembershipWrite, times: 1, effect: "reset after" }),
  },
  {
    name: "12 JumpCloud's connections hang",
    start: ({ jumpcloud }) => jumpcloud.faults.add({ fits: isMembershipWrite, times: 2, effect: "silence" }),
  },
  {
    name: "12 JumpCloud shows its changes late",
    start: ({ story }) => {
      story.jumpcloud.moods.lagMs = 3_000;
    },
  },
  { name: "13 JumpCloud answers 5xx for forty minutes", mayFail: true, ...jumpcloudDown(503, 40 * minute) },
  {
    name: "16 somebody has closed the ticket already",
    start: ({ story, issue }) =>
      story.host.before("close-request", () =>
        story.call("nadia.rahman", "POST", `/rest/api/3/issue/${issue.key}/transitions`, {
          transition: { id: transitionIds.accessGranted },
        }),
      ),
  },
  {
    name: "17 Jira says 429 with Retry-After 7",
    start: ({ story }) =>
      story.jira.faults.add({ path: /\/issue\/\d+/, status: 429, headers: { "retry-after": "7" }, times: 3 }),
  },
  {
    name: "17 Jira answers 5xx and cuts its answers",
    start: ({ jira }) => {
      jira.faults.add({ fits: () => true, times: 2, effect: { status: 503, body: {} } });
      jira.faults.add({ fits: () => true, times: 2, effect: "cut" });
    },
  },
  {
    name: "18 Jira shows the old status for twenty seconds",
    decision: ({ story }) => {
      story.jira.settings.readsLagMs = 20_000;
    },
  },
  {
    name: "20 the ticket is cancelled before the grant",
    isWithdrawn: true,
    start: ({ story, issue }) =>
      story.host.before("provision-access", () =>
        story.pressOnly("alice.moreau", issue.key, "cancelRequest"),
      ),
  },
  {
    name: "22 the webhook's secret is rotated",
    start: async ({ story }) => {
      const credentials = { accessKeyId: "operator", secretAccessKey: "operator" };
      const secrets = new SecretsManagerClient({
        endpoint: story.runtime.awsUrl,
        region: "eu-west-1",
        credentials,
      });
      const next = "the-new-signing-secret";
      const value = { ...simulatedSecrets["jira-webhook"], signingSecrets: [next, keys.webhookSecret] };
      const SecretString = JSON.stringify(value);
      await secrets.send(
        new PutSecretValueCommand({ SecretId: "latchkey-local/jira-webhook", SecretString }),
      );
    },
    decision: async ({ story }) => {
      const { body } = await story.call("nadia.rahman", "GET", "/rest/webhooks/1.0/webhook");
      for (const webhook of body)
        await story.call("nadia.rahman", "PUT", new URL(webhook.self).pathname, {
          ...webhook,
          secret: "the-new-signing-secret",
        });
    },
  },
  {
    name: "22 JumpCloud's key is revoked for ten minutes",
    mayFail: true,
    ...jumpcloudDown(401, 10 * minute),
  },
  {
    name: "23 a slow worker and its second copy",
    start: ({ aws }) =>
      aws.faults.add({
        fits: (text) => isSave(text, "approved"),
        times: 1,
        delayMs: 6.5 * minute,
        effect: "pass",
      }),
  },
  {
    name: "23 a message is given up",
    decision: ({ story }) => story.host.fail({ function: "reconcile-issue", error: "TypeError", times: 5 }),
  },
  { name: "24 nobody decides for a day", thinks: day + hour },
];
