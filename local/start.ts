import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { RunningClock } from "./clock.ts";
import { Narrator } from "./narrator.ts";
import { serve } from "./serve.ts";
import { policyOrExit, readSecrets, readStartOptions, writeReadyFile } from "./start-options.ts";
import { Store } from "./store.ts";
import { keys } from "./world/company.ts";

// `npm start`: everything, on this machine.

const options = readStartOptions();
const policy = policyOrExit(options.policy);
const secrets = readSecrets(options.secrets);
const state = options.memory ? undefined : options.state;
/** The ports of the other servers follow the first one. */
const after = (distance: number) => (options.port === 0 ? 0 : options.port + distance);
const say = (line: string) => process.stdout.write(`${line}\n`);

if (state !== undefined) mkdirSync(state, { recursive: true });
const times = new Store(state === undefined ? undefined : join(state, "time.db"));
const lastTime = times.collection<number>("time");
// Scaled time is ahead of the wall clock: what was kept at that time must not lie in the future after a restart.
const clock = new RunningClock({
  scale: options.timeScale,
  startAt: Math.max(Date.now(), lastTime.get("latest") ?? 0),
});
if (options.timeScale > 1) setInterval(() => lastTime.set("latest", clock.now()), 100).unref();

say("Bundling the functions and synthesizing the stack …");
const narrator = new Narrator(say);
const served = await serve({
  clock,
  port: options.port,
  awsPort: options.awsPort ?? after(1),
  jiraPort: after(2),
  jumpcloudPort: after(3),
  state,
  policy,
  secrets,
  jiraUrl: options.jiraUrl,
  jumpcloudUrl: options.jumpcloudUrl,
  onCall: narrator.onCall,
  onEvent: narrator.onEvent,
});
const { runtime, jiraUrl, jumpcloudUrl, jira, jumpcloud, changes } = served;

say(`
Latchkey is up.
  Webhooks   ${runtime.url}/webhooks/jira
  AWS        ${runtime.awsUrl}   (Step Functions, DynamoDB, Secrets Manager, SQS)
  Jira       ${jiraUrl}   ${jira ? "(simulated; anybody's e-mail with any password)" : ""}
  JumpCloud  ${jumpcloudUrl}   ${jumpcloud ? `(simulated; x-api-key: ${keys.jumpcloudApiKey})` : ""}
  Policy     version ${changes.version} of ${options.policy}
  State      ${state ?? "in memory"}
${options.timeScale > 1 ? `  Time       runs ${options.timeScale} times faster\n` : ""}
What happens is told below. Ctrl+C ends it${state === undefined ? "." : "; the next start goes on."}
`);

if (options.readyFile !== undefined) {
  const simulated = jira && jumpcloud ? keys : undefined;
  const ready = {
    url: runtime.url,
    awsUrl: runtime.awsUrl,
    jiraUrl,
    jumpcloudUrl,
    ...(simulated
      ? {
          jumpcloudApiKey: simulated.jumpcloudApiKey,
          webhookSecret: simulated.webhookSecret,
          automationToken: simulated.automationToken,
        }
      : {}),
  };
  writeReadyFile(options.readyFile, ready);
}

const end = async () => {
  await served.stop();
  times.close();
  process.exit(0);
};
process.once("SIGINT", () => void end());
process.once("SIGTERM", () => void end());
