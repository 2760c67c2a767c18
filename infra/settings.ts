import { join } from "node:path";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import * as v from "valibot";
import { regions } from "../src/jumpcloud/jumpcloud-api.ts";
import type { Site } from "../src/policy/site.ts";
import { formatProblem, readSite } from "../src/policy-files/read-policy-files.ts";

/** What a stage may set, in cdk.json's context under `stages`. */
const Stage = v.strictObject({
  /** Folder with site.yaml, from the project's root. */
  policy: v.optional(v.string(), "policy"),
  /** Who gets the alarms. */
  alarmEmail: v.optional(v.pipe(v.string(), v.email())),
  logRetentionDays: v.optional(v.enum(RetentionDays), RetentionDays.ONE_YEAR),
});

export type Settings = {
  /** Of the stack and, as a prefix, of everything in it. */
  stackName: string;
  alarmEmail: string | undefined;
  logRetention: RetentionDays;
  jira: { url: string; tokenUrl: string };
  jumpcloud: { url: string; tokenUrl: string };
};

const stageName = /^[a-z][a-z0-9]{0,15}$/;

/**
 * All settings of the stack, from one stage of cdk.json and the site.yaml that it names. The addresses that keys are sent to
 * are fixed here, at deployment: whoever can change a table's items cannot redirect them.
 *
 * @throws Error that names every problem
 */
export function readSettings(stage: string, stages: unknown): Settings {
  if (!stageName.test(stage))
    throw new Error(`“${stage}” is no name of a stage: lower case letters and digits, 16 at most.`);
  const given: unknown =
    stages !== null && typeof stages === "object" ? Reflect.get(stages, stage) : undefined;
  const parsed = v.safeParse(Stage, given ?? {});
  if (!parsed.success) {
    const problems = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? ""}: ${issue.message}`);
    throw new Error(`cdk.json, stage ${stage}: ${problems.join("; ")}`);
  }
  const { policy, alarmEmail, logRetentionDays } = parsed.output;
  const site = readSite(join(import.meta.dirname, "..", policy));
  if ("problems" in site) throw new Error(site.problems.map(formatProblem).join("\n"));
  return { stackName: `latchkey-${stage}`, alarmEmail, logRetention: logRetentionDays, ...addresses(site) };
}

function addresses({ jira, jumpcloud }: Site): Pick<Settings, "jira" | "jumpcloud"> {
  const gateway = `https://api.atlassian.com/ex/jira/${jira.cloudId}`;
  const { api, token } = regions[jumpcloud.region];
  return {
    jira: {
      url: jira.api === "gateway" ? gateway : `https://${jira.site}`,
      tokenUrl: "https://auth.atlassian.com/oauth/token",
    },
    jumpcloud: { url: api, tokenUrl: token },
  };
}
