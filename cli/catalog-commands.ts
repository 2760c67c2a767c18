import * as v from "valibot";
import type { CatalogEntry } from "../src/catalog/catalog.ts";
import type { KnownApplication } from "../src/catalog/known-application.ts";
import type { Connection } from "./connection.ts";
import { moment, type Output, print, table } from "./print.ts";

const Synced = v.object({
  applications: v.number(),
  checked: v.number(),
  closed: v.record(v.string(), v.string()),
  opened: v.array(v.string()),
  violations: v.number(),
});

/** What can be requested, what cannot at present and why, and what JumpCloud has beside it. */
export async function listCatalog(connection: Connection, output: Output): Promise<void> {
  const applied = await connection.policies.latest();
  const entries = applied ? await connection.policies.entries(applied.version) : [];
  const { closed, at } = await connection.findings.health();
  const unassigned = (await knownTo(connection)).filter((one) => isUnassigned(one, entries));
  const entitlements = entries.map((entry) => ({ ...entry, closed: closed[entry.entitlementId] }));
  print(output, { entitlements, unassigned }, () => [
    ...table(
      ["ENTITLEMENT", "WHAT PEOPLE READ", "STATUS", "APPROVAL", "LASTS", "OPTION"],
      entitlements.map(({ entitlementId, title, status, approval, durations, option, closed: fault }) => [
        entitlementId,
        title,
        fault === undefined ? status : "closed",
        approval ?? "",
        lengths(durations),
        option,
      ]),
    ),
    applied
      ? `${entries.length} entitlements; policy version ${applied.version} is in force.`
      : "No policy is in force yet: run “latchkey apply”.",
    ...describeClosed(closed),
    ...(unassigned.length === 0
      ? []
      : [
          "JumpCloud has these applications too. Nobody can request them; “latchkey catalog adopt ID” prints what to add to catalog.yaml:",
          ...unassigned.map(({ applicationId, name }) => `  ${applicationId}  ${name}`),
        ]),
    at === 0 ? "It has not been compared with JumpCloud yet." : `Compared with JumpCloud at ${moment(at)}.`,
  ]);
}

/** Compares the catalog with JumpCloud now; otherwise that happens every six hours. */
export async function syncCatalog(
  connection: Connection,
  { force = false }: { force?: boolean },
  output: Output,
): Promise<void> {
  output.progress?.("Comparing the catalog with JumpCloud and Jira …");
  const synced = v.parse(Synced, await connection.invoke("sync-catalog", { force }));
  print(output, synced, ({ applications, checked, closed, opened, violations }) => [
    `JumpCloud has ${applications} applications; ${checked} entitlements were looked at.`,
    ...(opened.length === 0 ? [] : [`Well again: ${opened.join(", ")}.`]),
    ...(Object.keys(closed).length === 0 ? ["All of them can be given."] : describeClosed(closed)),
    ...(violations === 0
      ? []
      : [
          `${violations === 1 ? "Once" : `${violations} times`} somebody has what nobody should have together: “latchkey grants violations”.`,
        ]),
  ]);
}

/** Prints an application that JumpCloud has as a part of catalog.yaml; what a person has to decide is left open. */
export async function adoptApplication(
  connection: Connection,
  applicationId: string,
  output: Output,
): Promise<void> {
  const application = (await knownTo(connection)).find((one) => one.applicationId === applicationId);
  if (!application)
    throw new Error(
      `No application ${applicationId} was found in JumpCloud. “latchkey catalog sync” looks again.`,
    );
  print(output, application, ({ name, groups = [] }) => [
    `  - id: ${kebab(name)}`,
    `    name: ${JSON.stringify(name)}`,
    `    jumpcloudApplication: ${applicationId}`,
    "    owner: # e-mail of the owner in JumpCloud",
    "    status: unassigned # approved opens it for requests",
    "    entitlements:",
    ...groups.flatMap((group) => [
      `      - id: ${kebab(group.name)}`,
      `        name: ${JSON.stringify(group.name)}`,
      "        option: # id of the form's option, in quotes",
      "        groups:",
      `          - ${group.groupId}`,
      "        durations: { default: 30d, permanent: false }",
    ]),
    ...(groups.length === 0
      ? ["      [] # no group opens it in JumpCloud: bind one there, then “latchkey catalog sync”"]
      : []),
  ]);
}

async function knownTo({ findings }: Connection): Promise<KnownApplication[]> {
  const known: KnownApplication[] = [];
  for await (const one of findings.applications()) known.push(one);
  return known.toSorted((a, b) => a.name.localeCompare(b.name));
}

function isUnassigned({ applicationId, goneAt }: KnownApplication, entries: CatalogEntry[]): boolean {
  return goneAt === undefined && !entries.some((entry) => entry.jumpcloudApplication === applicationId);
}

function describeClosed(closed: Record<string, string>): string[] {
  const faults = Object.entries(closed);
  return faults.length === 0
    ? []
    : ["Closed for requests at present:", ...faults.map(([id, fault]) => `  ${id}: ${fault}`)];
}

/** Such as `4h, at most 1d` or `90d, or for ever`. */
function lengths({ default: usual, max, permanent }: CatalogEntry["durations"]): string {
  const limited = [...(usual ? [usual] : []), ...(max ? [`at most ${max}`] : [])];
  if (!permanent) return limited.join(", ");
  return limited.length === 0 ? "for ever" : [...limited, "or for ever"].join(", ");
}

function kebab(name: string): string {
  const words = name.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.join("-");
}
