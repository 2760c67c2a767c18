import { applyPolicy, planPolicy } from "../src/policy/apply-policy.ts";
import { type Changes, isEmpty } from "../src/policy/changes.ts";
import { formatProblem, type PolicyFiles, readPolicyFiles } from "../src/policy-files/read-policy-files.ts";
import type { Connection } from "./connection.ts";
import { type Output, print, table } from "./print.ts";

/** The policy files cannot be used; `message` is one line per problem. */
export class PolicyFilesError extends Error {
  override readonly name = "PolicyFilesError";
}

export async function plan(connection: Connection, folder: string, output: Output): Promise<void> {
  const changes = await planPolicy(connection, readFiles(folder));
  print(output, changes, (value) =>
    isEmpty(value)
      ? [`Nothing to change: version ${value.version} is in force.`]
      : [`Version ${value.version} would bring:`, ...describe(value)],
  );
}

export async function apply(connection: Connection, folder: string, output: Output): Promise<void> {
  const changes = await applyPolicy(connection, readFiles(folder));
  print(output, changes, (value) =>
    isEmpty(value)
      ? [`Nothing to change: version ${value.version} is in force.`]
      : [
          ...describe(value),
          `Version ${value.version} is in force; running functions follow within a minute.`,
        ],
  );
}

export async function listCatalog(connection: Connection, output: Output): Promise<void> {
  const applied = await connection.policies.latest();
  const entries = applied ? await connection.policies.entries(applied.version) : [];
  print(output, entries, () => [
    ...table(
      ["ENTITLEMENT", "WHAT PEOPLE READ", "STATUS", "APPROVAL", "LASTS", "OPTION"],
      entries.map(({ entitlementId, title, status, approval, durations, option }) => [
        entitlementId,
        title,
        status,
        approval,
        [
          durations.default ?? "",
          durations.max ? `max ${durations.max}` : "",
          durations.permanent ? "or for ever" : "",
        ]
          .filter(Boolean)
          .join(", "),
        option,
      ]),
    ),
    applied
      ? `${entries.length} entitlements, version ${applied.version}`
      : "Nothing was applied yet: run “latchkey apply”.",
  ]);
}

function readFiles(folder: string): PolicyFiles {
  const files = readPolicyFiles(folder);
  if ("problems" in files) throw new PolicyFilesError(files.problems.map(formatProblem).join("\n"));
  return files;
}

function describe({ added, changed, removed, settings }: Changes): string[] {
  return [
    ...added.map((entry) => `  + ${entry.entitlementId}`),
    ...changed.map(({ entry, fields }) => `  ~ ${entry.entitlementId}: ${fields.join(", ")}`),
    ...removed.map((entry) => `  - ${entry.entitlementId}`),
    ...settings.map((setting) => `  ~ ${setting}`),
  ];
}
