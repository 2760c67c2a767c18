import { rmSync } from "node:fs";
import { Command, Option } from "commander";
import { RunningClock } from "./clock.ts";
import { Narrator } from "./narrator.ts";
import { openWorld } from "./serve.ts";
import { port, url, writeReadyFile } from "./start-options.ts";
import { demandFreePorts, endWhenTold, startProgram } from "./start-program.ts";
import { keys, simulatedSecrets } from "./world/company.ts";

// `npm run world`: the simulated Jira and JumpCloud alone.

type Options = {
  jiraPort: number;
  jumpcloudPort: number;
  webhookUrl?: string;
  state?: string;
  readyFile?: string;
};

const say = (line: string) => process.stdout.write(`${line}\n`);

async function start(options: Options): Promise<void> {
  await demandFreePorts(
    { Jira: options.jiraPort, JumpCloud: options.jumpcloudPort },
    "--jira-port and --jumpcloud-port",
  );
  // Whoever waits for the file must not find the one of an earlier run.
  if (options.readyFile !== undefined) rmSync(options.readyFile, { force: true });
  const closing: (() => unknown)[] = [];
  const narrator = new Narrator(say);
  const { webhookUrl } = options;
  const { jiraUrl, jumpcloudUrl } = await openWorld(
    {
      clock: new RunningClock(),
      state: options.state,
      jiraPort: options.jiraPort,
      jumpcloudPort: options.jumpcloudPort,
      ...(webhookUrl === undefined ? {} : { webhookUrl }),
      onEvent: narrator.onEvent,
    },
    closing,
  );
  say(`
The simulated world is up.
  Jira       ${jiraUrl}   (anybody's e-mail with any password)
  JumpCloud  ${jumpcloudUrl}   (x-api-key: ${keys.jumpcloudApiKey})
  Webhooks   ${webhookUrl === undefined ? "go nowhere: give --webhook-url" : `go to ${webhookUrl}/webhooks/jira`}

Latchkey in this world: npm start -- --jira-url ${jiraUrl} --jumpcloud-url ${jumpcloudUrl}
What happens is told below. Ctrl+C ends it.
`);

  endWhenTold(async () => {
    for (const close of closing.reverse()) await close();
  });

  if (options.readyFile === undefined) return;
  const { jumpcloudApiKey, webhookSecret, automationToken } = keys;
  writeReadyFile(options.readyFile, {
    jiraUrl,
    jumpcloudUrl,
    jumpcloudApiKey,
    webhookSecret,
    automationToken,
    secrets: simulatedSecrets,
  });
}

const options = new Command("npm run world --")
  .description("Serves a simulated Jira and JumpCloud, which speak the vendors' own APIs.")
  .addOption(new Option("--jira-port <number>", "port of Jira; 0: a free one").default(4402).argParser(port))
  .addOption(
    new Option("--jumpcloud-port <number>", "port of JumpCloud; 0: a free one").default(4403).argParser(port),
  )
  .addOption(
    new Option("--webhook-url <url>", "where Latchkey listens, such as http://127.0.0.1:4400").argParser(url),
  )
  .option("--state <folder>", "folder in which everything is kept between runs, if anything")
  .option("--ready-file <file>", "file that gets the addresses and keys, as JSON, once all is up")
  .parse()
  .opts<Options>();
await startProgram(() => start(options));
