import { BusyError, JiraRefusedError } from "../errors.ts";
import type { Site } from "../policy/site.ts";
import type { Account } from "../requests/issue.ts";
import type { CatalogEntry } from "./catalog.ts";
import type { CatalogHealth } from "./health.ts";

export type OwnerDeps = {
  findings: {
    /** The health with its new version; undefined when somebody else wrote since it was read. */
    saveHealth(health: CatalogHealth): Promise<CatalogHealth | undefined>;
  };
  jira: {
    accountByEmail(email: string): Promise<Account | undefined>;
    comment(issueId: string, comment: { lines: string[][] }, audience: "public"): Promise<void>;
  };
  serviceDesk: {
    /** Makes a request on the portal; gives the issue's id. */
    raise(
      form: { serviceDesk: string; requestType: string },
      request: { summary: string; description: string; onBehalfOf: string | undefined },
    ): Promise<string>;
  };
};

/**
 * Tells the owner of each application of what has closed and what has opened since the last time: on a ticket of theirs, one for as
 * long as something is wrong. Whoever dies between a ticket and the note of it leaves a second one the next time, which is
 * better than none.
 */
export async function tellOwners(
  deps: OwnerDeps,
  { operations }: Site,
  entries: CatalogEntry[],
  health: CatalogHealth,
): Promise<void> {
  if (operations === undefined) return;
  let current = health;
  const keep = async (told: CatalogHealth["told"]) => {
    const saved = await deps.findings.saveHealth({ ...current, told });
    if (!saved) throw new BusyError("the catalog is looked at by somebody else at the same time");
    current = saved;
  };
  for (const application of new Set([
    ...entries.map((entry) => entry.application),
    ...Object.keys(health.told),
  ])) {
    const own = entries.filter((entry) => entry.application === application);
    const closed = Object.fromEntries(
      own.flatMap(({ entitlementId }) => {
        const fault = current.closed[entitlementId];
        return fault === undefined ? [] : [[entitlementId, fault]];
      }),
    );
    const { [application]: last, ...others } = current.told;
    if (JSON.stringify(closed) === JSON.stringify(last?.closed ?? {})) continue;
    const lines = linesOf(closed, own);
    if (last) await deps.jira.comment(last.issueId, { lines: lines.map((line) => [line]) }, "public");
    const issueId = last?.issueId ?? (await raise(deps, operations, { closed, lines, own }));
    await keep(Object.keys(closed).length === 0 ? others : { ...others, [application]: { issueId, closed } });
  }
}

async function raise(
  { jira, serviceDesk }: OwnerDeps,
  operations: NonNullable<Site["operations"]>,
  { closed, lines, own }: { closed: Record<string, string>; lines: string[]; own: CatalogEntry[] },
): Promise<string> {
  const owner = own[0]?.owner;
  const [first = "", ...more] = Object.keys(closed);
  const account = owner === undefined ? undefined : await jira.accountByEmail(owner);
  const request = {
    summary: `${titleOf(first, own)}${more.length === 0 ? "" : ` and ${more.length} more`} cannot be requested at present`,
    description: lines.join("\n\n"),
  };
  try {
    return await serviceDesk.raise(operations, { ...request, onBehalfOf: account?.accountId });
  } catch (error) {
    // The owner may be no customer of that service desk: then its agents read it.
    if (!(error instanceof JiraRefusedError) || account === undefined) throw error;
    return serviceDesk.raise(operations, { ...request, onBehalfOf: undefined });
  }
}

function linesOf(closed: Record<string, string>, own: CatalogEntry[]): string[] {
  const faults = Object.entries(closed);
  if (faults.length === 0)
    return ["Everything is well again and can be requested. Nothing more is to be done here."];
  return [
    "This cannot be requested until it is put right in JumpCloud, or the catalog is changed:",
    ...faults.map(([id, fault]) => `${titleOf(id, own)}: ${fault}.`),
    "Latchkey looks again every six hours. Access that people have already stays as it is.",
  ];
}

function titleOf(id: string, own: CatalogEntry[]): string {
  return own.find(({ entitlementId }) => entitlementId === id)?.title ?? id;
}
