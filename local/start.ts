import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { RunningClock } from "./clock.ts";
import { Narrator } from "./narrator.ts";
import { isLocal, serve } from "./serve.ts";
import { readSecrets, readStartOptions, type StartOptions, writeReadyFile } from "./start-options.ts";
import {
  demandFreePorts,
  endWhenTold,
  ifFree,
  readPolicy,
  StartError,
  startProgram,
} from "./start-program.ts";
import { Store } from "./store.ts";
import { tryIt } from "./try-it.ts";
import { keys } from "./world/company.ts";

// `npm start`: everything, on this machine.

const say = (line: string) => process.stdout.write(`${line}\n`);

async function start(options: StartOptions): Promise<void> {
  const policy = readPolicy(options.policy);
  const secrets = readSecrets(options.secrets);
  demandRealKeys(options, secrets);
  await demandFreePorts(
    { webhooks: options.port, ...(options.awsPort === undefined ? {} : { AWS: options.awsPort }) },
    "--port and --aws-port",
  );
  // The ports that nobody chose follow the first one, as far as they are free.
  const after = async (distance: number) => {
    const port = options.port === 0 ? 0 : await ifFree(options.port + distance);
    return port === options.awsPort ? 0 : port;
  };
  const ports = { port: options.port, awsPort: options.awsPort ?? (await after(1)) };
  const worldPorts = { jiraPort: await after(2), jumpcloudPort: await after(3) };
  const state = options.memory ? undefined : options.state;
  const times = openTimes(state);
  // Whoever waits for the file must not find the one of an earlier run.
  if (options.readyFile !== undefined) rmSync(options.readyFile, { force: true });
  const clock = clockOf(options.timeScale, times);

  say("Bundling the functions and synthesizing the stack …");
  const narrator = new Narrator(say);
  const served = await serve({
    clock,
    ...ports,
    ...worldPorts,
    state,
    policy,
    secrets,
    jiraUrl: options.jiraUrl,
    jumpcloudUrl: options.jumpcloudUrl,
    onCall: narrator.onCall,
    onEvent: narrator.onEvent,
  });
  const { jiraUrl, jumpcloudUrl, jira, jumpcloud } = served;
  const { url, awsUrl } = served.runtime;
  say(`
Latchkey is up.
  Webhooks   ${url}/webhooks/jira
  AWS        ${awsUrl}   (Step Functions, DynamoDB, Secrets Manager, SQS)
  Jira       ${jiraUrl}   ${jira ? "(simulated; anybody's e-mail with any password)" : ""}
  JumpCloud  ${jumpcloudUrl}   ${jumpcloud ? `(simulated; x-api-key: ${keys.jumpcloudApiKey})` : ""}
  Policy     version ${served.changes.version} of ${options.policy}/
  State      ${state === undefined ? "in memory" : `${state}/`}
${options.timeScale > 1 ? `  Time       runs up to ${options.timeScale} times as fast, whenever nothing is being done\n` : ""}`);
  if (jira && jumpcloud) say(`${tryIt({ jiraUrl, jumpcloudUrl, awsUrl }, jira.next())}\n`);
  say(
    `What happens is told below. Ctrl+C ends it${state === undefined ? "." : "; the next start goes on."}\n`,
  );

  endWhenTold(async () => {
    await served.stop();
    times.close();
  });

  if (options.readyFile === undefined) return;
  const { jumpcloudApiKey, webhookSecret, automationToken } = keys;
  writeReadyFile(options.readyFile, {
    url,
    awsUrl,
    jiraUrl,
    jumpcloudUrl,
    ...(jumpcloud ? { jumpcloudApiKey } : {}),
    ...(jira ? { webhookSecret, automationToken } : {}),
  });
}

/** The simulated keys are for simulators, which are on this machine. */
function demandRealKeys(options: StartOptions, secrets: Record<string, unknown> = {}): void {
  const needed = [
    ...(options.jiraUrl && !isLocal(options.jiraUrl) ? ["jira-webhook", "jira-api"] : []),
    ...(options.jumpcloudUrl && !isLocal(options.jumpcloudUrl) ? ["jumpcloud-read", "jumpcloud-write"] : []),
  ];
  const missing = needed.filter((name) => secrets[name] === undefined);
  if (missing.length > 0)
    throw new StartError(`A real site needs its keys: give ${missing.join(", ")} by --secrets.`);
}

/** Opened first of all that is kept, and by one process at a time. */
function openTimes(state: string | undefined): Store {
  if (state === undefined) return new Store();
  mkdirSync(state, { recursive: true });
  try {
    return new Store(join(state, "time.db"), { alone: true });
  } catch (cause) {
    const advice = "Is Latchkey running already? Else choose another with --state, or --memory";
    throw new StartError(`The state in ${state} cannot be opened. ${advice}.`, { cause });
  }
}

/**
 * Scaled time is ahead of the wall clock: what was kept at that time must not lie in the future after a restart. So the time is
 * kept whenever work begins, and now and then while it goes on.
 */
function clockOf(scale: number, times: Store): RunningClock {
  const lastTime = times.collection<number>("time");
  const startAt = Math.max(Date.now(), lastTime.get("latest") ?? 0);
  if (scale === 1) return new RunningClock({ startAt });
  const keep = (time: number) => lastTime.set("latest", time);
  const clock = new RunningClock({ scale, startAt, onWork: keep });
  setInterval(() => keep(clock.now()), 100).unref();
  return clock;
}

const options = readStartOptions();
await startProgram(() => start(options));
