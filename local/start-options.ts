import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { formatProblem, type PolicyFiles, readPolicyFiles } from "../src/policy-files/read-policy-files.ts";

export type StartOptions = {
  port: number;
  awsPort?: number;
  state: string;
  memory: boolean;
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
    .addOption(new Option("--port <number>", "webhooks; 0 picks free ports").default(4400).argParser(port))
    .addOption(new Option("--aws-port <number>", "AWS; the next port when not given").argParser(port))
    .option("--state <folder>", "where everything is kept between runs", ".latchkey/state")
    .option("--memory", "keep nothing", false)
    .addOption(
      new Option("--time-scale <n>", "n seconds pass in a second").default(1).argParser((text) => {
        const scale = Number(text);
        if (!(scale >= 1 && scale <= 1_000_000)) throw new InvalidArgumentError("a number from 1 to 1000000");
        return scale;
      }),
    )
    .option("--policy <folder>", "folder of site.yaml, policy.yaml and catalog.yaml", "policy")
    .option("--secrets <file>", "JSON file with the values of the secrets, by name")
    .addOption(new Option("--jira-url <url>", "a Jira in place of the simulated one").argParser(url))
    .addOption(
      new Option("--jumpcloud-url <url>", "a JumpCloud in place of the simulated one").argParser(url),
    )
    .option("--ready-file <file>", "gets the addresses, as JSON, once all is up")
    .parse()
    .opts<StartOptions>();
}

export function port(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw new InvalidArgumentError("a port from 0 to 65535");
  return number;
}

function url(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InvalidArgumentError("a URL with http or https");
  return text.replace(/\/$/, "");
}

/** The policy files; when they are wrong, what is wrong is printed and the process ends. */
export function policyOrExit(folder: string): PolicyFiles {
  const files = readPolicyFiles(folder);
  if (!("problems" in files)) return files;
  process.stderr.write(`${files.problems.map(formatProblem).join("\n")}\nNothing was started.\n`);
  process.exit(1);
}

/** Writes the file at once as a whole: whoever waits for it never reads half of it. */
export function writeReadyFile(file: string, ready: object): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(ready, null, 2)}\n`);
  renameSync(draft, file);
}

/** `{ "jira-webhook": …, "jira-api": …, "jumpcloud-read": …, "jumpcloud-write": … }`, each as in Secrets Manager. */
export function readSecrets(file: string | undefined): Record<string, unknown> | undefined {
  if (file === undefined) return undefined;
  const value: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw new Error(`${file}: an object with the secrets by name is expected.`);
  return Object.fromEntries(Object.entries(value));
}
