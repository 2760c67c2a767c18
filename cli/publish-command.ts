import * as v from "valibot";
import { accessPublications, groupPublications, namedIn } from "../src/catalog/publications.ts";
import { type Published, publishOptions } from "../src/catalog/publish-options.ts";
import { JiraCredentials } from "../src/jira/jira-api.ts";
import { JiraOptions } from "../src/jira/jira-options.ts";
import {
  hasProblems,
  type PublishedOptions,
  readOptions,
  writeOptions,
} from "../src/policy-files/options-file.ts";
import { formatProblem, type PolicyFiles, readPolicyFiles } from "../src/policy-files/read-policy-files.ts";
import type { Connection } from "./connection.ts";
import { bringIntoForce, describeApplied, PolicyFilesError } from "./policy-commands.ts";
import { type Output, print } from "./print.ts";
import { readSecretFile } from "./secret-values.ts";

export type PublishOptions = { policy: string; dryRun?: boolean; jira?: string; jiraKey?: string };

const Groups = v.object({ groups: v.array(v.object({ groupId: v.string(), name: v.string() })) });

/**
 * Keeps the options of the forms in step with the catalog, and brings the catalog into force with them. Which option stands for
 * what is kept in `options.yaml` of the policy's folder.
 */
export async function publish(
  connection: Connection,
  { policy: folder, dryRun = false, jira, jiraKey }: PublishOptions,
  output: Output,
): Promise<void> {
  const files = expectFiles(folder);
  const published = optionsIn(folder);
  const credentials =
    jiraKey === undefined
      ? await connection.jiraCredentials()
      : v.parse(JiraCredentials, readSecretFile(jiraKey === "-" ? 0 : jiraKey));
  const form = new JiraOptions(connection.jira(files.site.jira, credentials, jira));
  const named = namedIn(files.catalog);
  const keep = (fieldId: string, ids: ReadonlyMap<string, string>) => {
    const own = [...ids].filter(([owner]) => published[fieldId]?.[owner] !== undefined || !named.has(owner));
    published[fieldId] = Object.fromEntries(own);
    writeOptions(folder, published);
  };
  const results: Published[] = [];
  output.progress?.("Comparing the forms with the catalog …");
  for (const publication of [
    ...accessPublications(files.site, files.catalog, await form.cascadingFields(), published),
    ...(await publicationsOfGroups(connection, files, published)),
  ])
    results.push(await publishOptions({ form, keep }, publication, dryRun));
  const applied = dryRun ? undefined : await bringIntoForce(connection, folder);
  print(output, { fields: results, ...applied }, () => [
    ...results.flatMap(describe),
    ...(applied ? describeApplied(applied) : ["Nothing was changed."]),
  ]);
}

async function publicationsOfGroups(
  connection: Connection,
  { site, policy }: PolicyFiles,
  published: PublishedOptions,
) {
  if (!site.groupFields?.length) return [];
  const { groups } = v.parse(Groups, await connection.invoke("sync-catalog", { only: "groups" }));
  return groupPublications(site, groups, policy.protectedGroups ?? [], published);
}

function expectFiles(folder: string): PolicyFiles {
  const files = readPolicyFiles(folder, { unpublished: true });
  if ("problems" in files) throw new PolicyFilesError(files.problems.map(formatProblem).join("\n"));
  return files;
}

function optionsIn(folder: string): PublishedOptions {
  const options = readOptions(folder);
  if (hasProblems(options)) throw new PolicyFilesError(options.problems.map(formatProblem).join("\n"));
  return options;
}

function describe({
  field,
  added,
  renamed,
  enabled,
  disabled,
  ordered,
  foreign,
  missing,
}: Published): string[] {
  const lines = [
    ...added.map((label) => `  + ${label}`),
    ...renamed.map(({ from, to }) => `  ~ ${from} → ${to}`),
    ...enabled.map((label) => `  + ${label} (shown again)`),
    ...disabled.map((label) => `  - ${label} (no longer shown)`),
    ...(ordered > 0 ? [`  ~ the order of ${ordered} ${ordered === 1 ? "list" : "lists"}`] : []),
  ];
  return [
    lines.length === 0 ? `${field}: nothing to change.` : `${field}:`,
    ...lines,
    ...(foreign.length === 0
      ? []
      : [`  These options stand for nothing that is known: ${foreign.join(", ")}`]),
    ...Object.entries(missing).map(
      ([requestType, count]) =>
        `  The form of request type ${requestType} does not show ${count} of them. Is the field on it? Jira may need some minutes, too.`,
    ),
  ];
}
