import { renameSync, writeFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { checkSecret, readSecretFile } from "../cli/secret-values.ts";
import { StartError } from "./start-program.ts";

export type StartOptions = {
  port: number;
  awsPort?: number;
  state: string;
  memory?: boolean;
  timeScale: number;
  policy: string;
  secrets?: string;
  jiraUrl?: string;
  jumpcloudUrl?: string;
  readyFile?: string;
};

export function readStartOptions(): StartOptions {
  return new Command("npm start --")
    .description(
      "Serves Latchkey on this machine, with a simulated Jira and JumpCloud unless others are given.",
    )
    .addOption(
      new Option(
        "--port <number>",
        "port of the webhooks; AWS, Jira and JumpCloud get the next ones; 0: any free ones",
      )
        .default(4400)
        .argParser(port),
    )
    .addOption(
      new Option(
        "--aws-port <number>",
        "port of AWS, if not the one after --port; 0: any free one",
      ).argParser(port),
    )
    .option("--state <folder>", "folder in which everything is kept between runs", ".latchkey/state")
    .option("--memory", "keep nothing between runs")
    .addOption(
      new Option("--time-scale <n>", "lets up to n seconds pass in a second, whenever nothing is being done")
        .default(1)
        .argParser((text) => {
          const scale = Number(text);
          if (!(scale >= 1 && scale <= 1_000_000))
            throw new InvalidArgumentError("Expected a number from 1 to 1000000.");
          return scale;
        }),
    )
    .option("--policy <folder>", "folder of site.yaml, policy.yaml and catalog.yaml", "policy")
    .option("--secrets <file>", "JSON file with keys to use instead of the simulated ones, by secret")
    .addOption(new Option("--jira-url <url>", "a Jira in place of the simulated one").argParser(url))
    .addOption(
      new Option("--jumpcloud-url <url>", "a JumpCloud in place of the simulated one").argParser(url),
    )
    .option("--ready-file <file>", "file that gets the addresses, as JSON, once all is up")
    .parse()
    .opts<StartOptions>();
}

export function port(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw new InvalidArgumentError("Expected a port from 0 to 65535.");
  return number;
}

export function url(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InvalidArgumentError("Expected a URL with http or https.");
  return text.replace(/\/$/, "");
}

/** Writes the file at once as a whole: whoever waits for it never reads half of it. */
export function writeReadyFile(file: string, ready: object): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(ready, null, 2)}\n`);
  renameSync(draft, file);
}

/**
 * `{ "jira-webhook": …, "jira-api": …, "jumpcloud-read": …, "jumpcloud-write": … }`, each as in Secrets Manager; those that
 * are left out are the simulated world's.
 *
 * @throws StartError that says what is wrong with the file
 */
export function readSecrets(file: string | undefined): Record<string, unknown> | undefined {
  if (file === undefined) return undefined;
  try {
    const value = readSecretFile(file);
    if (value === null || typeof value !== "object" || Array.isArray(value))
      throw new StartError("Expected an object with the secrets by name.");
    const secrets = Object.entries(value);
    return Object.fromEntries(secrets.map(([name, secret]) => [name, checkSecret(name, secret)]));
  } catch (error) {
    throw new StartError(`--secrets ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
