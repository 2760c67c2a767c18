import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import * as v from "valibot";
import { jiraTokenUrl, jiraUrl } from "../src/jira/jira-api.ts";
import { regions } from "../src/jumpcloud/jumpcloud-api.ts";
import type { Site } from "../src/policy/site.ts";
import { checkShape } from "../src/policy-files/check-shape.ts";
import { type Problem, readSource } from "../src/policy-files/positions.ts";
import { formatProblem, readSite } from "../src/policy-files/read-policy-files.ts";

const root = join(import.meta.dirname, "..");

/** What a stage may set, in cdk.json's context under `stages`. */
const Stage = v.strictObject({
  /** Folder with site.yaml, from the project's root. */
  policy: v.optional(v.string(), "policy"),
  /** Who gets the alarms. */
  alarmEmail: v.optional(v.pipe(v.string(), v.email("an e-mail address"))),
  /** Where people read the runbook; alarms link to it. */
  runbook: v.optional(v.pipe(v.string(), v.url("an address"))),
  logRetentionDays: v.optional(v.enum(RetentionDays), RetentionDays.ONE_YEAR),
  /** How a new version takes over. */
  shift: v.optional(v.picklist(["gradual", "allAtOnce"]), "gradual"),
  /** After how many days a key is to be changed. JumpCloud's end after 365 at most. */
  keyAgeDays: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 335),
  /** For how long nobody, AWS included, can remove an anchor of the audit trails. */
  anchorLockDays: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(36_500)), 365),
});
const stageName = v.regex(/^[a-z][a-z0-9]{0,15}$/, "lower case letters and digits, 16 at most");
const CdkJson = v.looseObject({
  context: v.looseObject({ stages: v.record(v.pipe(v.string(), stageName), Stage) }),
});

export type Settings = {
  /** Of the stack and, as a prefix, of everything in it. */
  stackName: string;
  alarmEmail: string | undefined;
  /** Address or path of docs/operations.md. */
  runbook: string;
  logRetention: RetentionDays;
  shift: "gradual" | "allAtOnce";
  anchorLockDays: number;
  keyAgeDays: number;
  jira: { url: string; tokenUrl: string };
  jumpcloud: { url: string; tokenUrl: string };
};

/** Settings cannot be used. The message names every problem by file and line, for a person. */
class SettingsError extends Error {
  override readonly name = "SettingsError";
}

/**
 * All settings of the stack, from one stage of cdk.json and the site.yaml that it names. The addresses that keys are sent to
 * are fixed here, at deployment: whoever can change a table's items cannot redirect them.
 *
 * @throws SettingsError
 */
export function readSettings(stage: string, cdkJson = join(root, "cdk.json")): Settings {
  const stages = readStages(cdkJson);
  const settings = Object.hasOwn(stages, stage) ? stages[stage] : undefined;
  if (!settings)
    throw new SettingsError(
      `There is no stage “${stage}”. ${shown(cdkJson)} has: ${Object.keys(stages).join(", ")}.`,
    );
  const { policy, alarmEmail, runbook, logRetentionDays, ...others } = settings;
  const site = readSite(shown(join(root, policy)));
  if ("problems" in site) throw unusable(site.problems);
  return {
    stackName: `latchkey-${stage}`,
    alarmEmail,
    runbook: runbook ?? "docs/operations.md",
    logRetention: logRetentionDays,
    ...others,
    ...addresses(site),
  };
}

function readStages(file: string): Record<string, v.InferOutput<typeof Stage>> {
  // JSON is YAML too, and the reader of YAML knows the lines.
  const source = readSource(shown(file), readFileSync(file, "utf8"));
  if (Array.isArray(source)) throw unusable(source);
  const checked = checkShape(source, CdkJson);
  if ("problems" in checked) throw unusable(checked.problems);
  return checked.value.context.stages;
}

function unusable(problems: Problem[]): SettingsError {
  return new SettingsError(problems.map(formatProblem).join("\n"));
}

/** As a person at the prompt would call the file. */
function shown(file: string): string {
  return relative(process.cwd(), file);
}

function addresses({ jira, jumpcloud }: Site): Pick<Settings, "jira" | "jumpcloud"> {
  const { api, token } = regions[jumpcloud.region];
  return {
    jira: { url: jiraUrl(jira), tokenUrl: jiraTokenUrl },
    jumpcloud: { url: api, tokenUrl: token },
  };
}
