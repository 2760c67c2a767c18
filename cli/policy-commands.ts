import * as v from "valibot";
import type { CatalogEntry } from "../src/catalog/catalog.ts";
import { planPolicy } from "../src/policy/apply-policy.ts";
import { type Changes, isEmpty } from "../src/policy/changes.ts";
import { applyAs, protectedChanges } from "../src/policy/second-person.ts";
import { formatProblem, type PolicyFiles, readPolicyFiles } from "../src/policy-files/read-policy-files.ts";
import { type Affected, affectedRequests } from "../src/requests/affected-requests.ts";
import { type EligibilityChanges, EligibilityCompared } from "../src/requests/compare-eligibility.ts";
import type { Connection } from "./connection.ts";
import { moment, type Output, print } from "./print.ts";

/** The policy files cannot be used; `message` is one line per problem. */
export class PolicyFilesError extends Error {
  override readonly name = "PolicyFilesError";
}

export async function plan(connection: Connection, folder: string, output: Output): Promise<void> {
  const files = readFiles(folder);
  const changes = await planPolicy(connection, files);
  const affected = isEmpty(changes)
    ? []
    : await affectedRequests(connection.allRequests, changes, files.policy);
  const eligibility = await eligibilityThen(connection, changes);
  const second = protectedChanges(await connection.policies.latest(), changes);
  const { proposal } = await connection.policyChanges.get();
  print(output, { ...changes, affected, eligibility, secondFor: second, proposal }, (value) =>
    isEmpty(value)
      ? [`Nothing to change: policy version ${value.version} is in force.`]
      : [
          `Policy version ${value.version} would bring:`,
          ...describe(value),
          ...describeEligibility(eligibility),
          ...describeAffected(affected),
          ...(second.length === 0 ? [] : [`A second person has to apply this too: ${second.join(", ")}.`]),
          ...(proposal === undefined
            ? []
            : [`${proposal.by} proposed something at ${moment(proposal.at)} that is not in force yet.`]),
          "Nothing was changed. “latchkey apply” brings it into force.",
        ],
  );
}

export async function apply(connection: Connection, folder: string, output: Output): Promise<void> {
  const applied = await bringIntoForce(connection, folder);
  print(output, applied, describeApplied);
}

type AppliedChanges = Changes & { checked?: string; secondFor?: string[]; by?: string };

export async function bringIntoForce(connection: Connection, folder: string): Promise<AppliedChanges> {
  const by = await connection.person();
  const { changes, secondFor } = await applyAs(connection, readFiles(folder), by);
  if (isEmpty(changes)) return changes;
  return secondFor.length > 0
    ? { ...changes, secondFor, by }
    : { ...changes, checked: await startCheck(connection) };
}

export function describeApplied({ checked, secondFor, by, ...changes }: AppliedChanges): string[] {
  if (secondFor)
    return [
      ...describe(changes),
      `Proposed; nothing is in force yet. A second person is needed for: ${secondFor.join(", ")}.`,
      `It comes into force when somebody else than ${by ?? "you"} runs “latchkey apply” with the same files.`,
    ];
  return checked === undefined
    ? [`Nothing to change: policy version ${changes.version} is in force.`]
    : [
        ...describe(changes),
        `Policy version ${changes.version} is in force; running functions follow within a minute.`,
        checked,
      ];
}

/** Has the catalog compared with JumpCloud, without waiting for it. */
async function startCheck(connection: Connection): Promise<string> {
  try {
    await connection.start("sync-catalog", {});
    return "It is compared with JumpCloud now: “latchkey catalog list” shows what is found.";
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `It could not be compared with JumpCloud now (${why}); that happens every six hours.`;
  }
}

export function readFiles(folder: string): PolicyFiles {
  const files = readPolicyFiles(folder);
  if ("problems" in files) throw new PolicyFilesError(files.problems.map(formatProblem).join("\n"));
  return files;
}

/** More cannot be sent to the function at once. */
const mostCompared = 500;

/** Who gains or loses what, by the conditions that change; undefined when none does. */
async function eligibilityThen(
  connection: Connection,
  { added, changed, removed }: Changes,
): Promise<EligibilityCompared | { unknown: string } | undefined> {
  const eligibility: EligibilityChanges["eligibility"] = [
    ...added.map((entry) => ({ entitlementId: entry.entitlementId, after: entry.eligibility })),
    ...removed.map((entry) => ({ entitlementId: entry.entitlementId, before: entry.eligibility })),
    ...changed
      .filter(({ fields }) => fields.includes("eligibility"))
      .map(({ before, entry }) => ({
        entitlementId: entry.entitlementId,
        before: before.eligibility ?? ("everybody" as const),
        after: entry.eligibility ?? ("everybody" as const),
      })),
  ].filter((one) => ("before" in one && one.before) || ("after" in one && one.after));
  if (eligibility.length === 0) return undefined;
  if (eligibility.length > mostCompared)
    return { unknown: `${eligibility.length} conditions change; ${mostCompared} can be looked up` };
  try {
    return v.parse(EligibilityCompared, await connection.invoke("simulate-request", { eligibility }));
  } catch (error) {
    return { unknown: error instanceof Error ? error.message : String(error) };
  }
}

const shownPeople = 10;

function describeEligibility(compared: Awaited<ReturnType<typeof eligibilityThen>>): string[] {
  if (compared === undefined) return [];
  if ("unknown" in compared) return [`Who gains or loses what could not be looked up: ${compared.unknown}.`];
  const people = (emails: string[]) =>
    `${emails.slice(0, shownPeople).join(", ")}${emails.length > shownPeople ? " …" : ""}`;
  const lines = compared.flatMap(({ entitlementId, gain, lose }) => [
    ...(gain.length === 0 ? [] : [`  + ${entitlementId}: ${gain.length} (${people(gain)})`]),
    ...(lose.length === 0 ? [] : [`  - ${entitlementId}: ${lose.length} (${people(lose)})`]),
  ]);
  return ["Who may ask for what then, and who not any more:", ...(lines.length === 0 ? ["  nobody"] : lines)];
}

/** More than that nobody reads; `--json` has them all. */
const shownAffected = 50;

function describeAffected(affected: Affected[]): string[] {
  if (affected.length === 0) return [];
  const rest = affected.length - shownAffected;
  return [
    "Requests that this concerns:",
    ...affected.slice(0, shownAffected).map(({ key, title, effect }) => `  ${key}  ${title}: ${effect}`),
    ...(rest > 0 ? [`  and ${rest} more: --json lists them.`] : []),
  ];
}

function describe({ added, changed, removed, settings }: Changes): string[] {
  return [
    ...added.map((entry) => `  + ${entry.entitlementId}`),
    ...changed.flatMap(({ before, entry, fields }) => [
      `  ~ ${before.entitlementId}`,
      ...fields.map((field) => `      ${field}: ${shown(before, field)} → ${shown(entry, field)}`),
    ]),
    ...removed.map((entry) => `  - ${entry.entitlementId}`),
    ...settings.map((setting) => `  ~ ${setting}`),
  ];
}

function shown(entry: CatalogEntry, field: string): string {
  const value: unknown = Reflect.get(entry, field);
  if (value === undefined) return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
}
