import { Command, Option } from "commander";
import { RunningClock } from "./clock.ts";
import { Narrator } from "./narrator.ts";
import { openWorld } from "./serve.ts";
import { port, writeReadyFile } from "./start-options.ts";
import { keys, simulatedSecrets } from "./world/company.ts";

// `npm run world`: the simulated Jira and JumpCloud alone.

type Options = {
  jiraPort: number;
  jumpcloudPort: number;
  webhookUrl?: string;
  state?: string;
  readyFile?: string;
};

const options = new Command("npm run world --")
  .description("Serves a simulated Jira and JumpCloud, which speak the vendors' own APIs.")
  .addOption(new Option("--jira-port <number>", "0 picks a free port").default(4402).argParser(port))
  .addOption(new Option("--jumpcloud-port <number>", "0 picks a free port").default(4403).argParser(port))
  .option("--webhook-url <url>", "where Latchkey listens; Jira posts to its /webhooks/jira")
  .option("--state <folder>", "where everything is kept between runs; without it, in memory")
  .option("--ready-file <file>", "gets the addresses and keys, as JSON, once all is up")
  .parse()
  .opts<Options>();

const closing: (() => unknown)[] = [];
const narrator = new Narrator((line) => process.stdout.write(`${line}\n`));
const { jiraUrl, jumpcloudUrl } = await openWorld(
  {
    clock: new RunningClock(),
    state: options.state,
    jiraPort: options.jiraPort,
    jumpcloudPort: options.jumpcloudPort,
    ...(options.webhookUrl ? { webhookUrl: options.webhookUrl.replace(/\/$/, "") } : {}),
    onEvent: narrator.onEvent,
  },
  closing,
);

process.stdout.write(`
The simulated world is up.
  Jira       ${jiraUrl}   (anybody's e-mail with any password)
  JumpCloud  ${jumpcloudUrl}   (x-api-key: ${keys.jumpcloudApiKey})
  Webhooks   ${options.webhookUrl ? `go to ${options.webhookUrl}` : "go nowhere: give --webhook-url"}

`);

if (options.readyFile !== undefined) {
  const { jumpcloudApiKey, webhookSecret, automationToken } = keys;
  const ready = {
    jiraUrl,
    jumpcloudUrl,
    jumpcloudApiKey,
    webhookSecret,
    automationToken,
    secrets: simulatedSecrets,
  };
  writeReadyFile(options.readyFile, ready);
}

const end = async () => {
  for (const close of closing.reverse()) await close();
  process.exit(0);
};
process.once("SIGINT", () => void end());
process.once("SIGTERM", () => void end());
