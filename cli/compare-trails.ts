import { rowTrail } from "../src/actions/row.ts";
import { type AuditEntry, firstBreak } from "../src/audit/audit-trail.ts";
import { InconsistentError } from "../src/errors.ts";
import type { AnyRequest } from "../src/requests/request.ts";
import type { Connection } from "./connection.ts";
import { moment, type Output, print } from "./print.ts";

/** A trail that is not as its request says. */
type Difference = {
  trail: string;
  issueKey: string;
  /** How many entries there are, and how many the request knows of; none: the table does not have it. */
  entries: number;
  known: number | undefined;
  /** Memberships that were given in the entries that the request does not know of, and not taken away in them. */
  given: { user: string; group: string; endsAt: number | undefined }[];
  isBroken: boolean;
};

/**
 * Compares every audit trail with what its request knows of it. After the Requests table was restored, that shows what
 * happened since: access that was given meanwhile is in no ledger then, so nobody would take it away.
 */
export async function compareTrails(connection: Connection, output: Output): Promise<void> {
  const lengths = await connection.allTrails.lengths();
  const differences: Difference[] = [];
  for (const [trail, entries] of [...lengths].toSorted(([a], [b]) =>
    a.localeCompare(b, "en", { numeric: true }),
  )) {
    if (!/^\d+-\d+(\/\d+)?$/.test(trail)) continue;
    const known = await headOf(connection, trail);
    if (known !== entries) differences.push(await difference(connection, { trail, entries, known }));
  }
  print(output, differences, () => [
    ...differences.flatMap(describe),
    `${differences.length} of ${lengths.size} audit trails are not as their requests say.`,
  ]);
}

async function headOf(connection: Connection, trail: string): Promise<number | undefined> {
  const [requestId = "", index] = trail.split("/");
  const request = await find(connection, requestId);
  if (request === undefined || index === undefined) return request?.trail.sequence;
  const rows = await connection.rows.all(requestId);
  return rows.find((row) => rowTrail(row) === trail)?.trail.sequence;
}

async function find({ anyRequests }: Connection, requestId: string): Promise<AnyRequest | undefined> {
  try {
    return await anyRequests.get(requestId);
  } catch (error) {
    if (error instanceof InconsistentError) return undefined;
    throw error;
  }
}

async function difference(
  { audit }: Connection,
  { trail, entries: length, known }: Pick<Difference, "trail" | "entries" | "known">,
): Promise<Difference> {
  const entries = await audit.entries(trail);
  const [opened] = trail.includes("/") ? await audit.entries(trail.split("/")[0] ?? "") : entries;
  return {
    trail,
    issueKey: String(opened?.facts.issueKey ?? "?"),
    entries: length,
    known,
    given: givenIn(entries.filter(({ sequence }) => sequence > (known ?? 0))),
    isBroken: firstBreak(entries) !== undefined,
  };
}

function givenIn(entries: AuditEntry[]): Difference["given"] {
  const last = entries.findLast(({ action }) => action.startsWith("access.") && action !== "access.intended");
  if (last?.action === "access.ended" || last?.action === "access.undone") return [];
  const facts = entries.findLast(({ action }) => action === "access.granted")?.facts ?? {};
  return Object.entries(facts.groups ?? {})
    .filter(([, outcome]) => outcome === "added")
    .map(([group]) => ({
      user: String(facts.user),
      group,
      endsAt: typeof facts.endsAt === "number" ? facts.endsAt : undefined,
    }));
}

function describe({ trail, issueKey, entries, known, given, isBroken }: Difference): string[] {
  const what =
    known === undefined
      ? "the request is not in the table"
      : `the request knows ${known} of ${entries} entries`;
  return [
    `${issueKey}  ${trail}  ${what}${isBroken ? "; THE CHAIN IS BROKEN" : ""}`,
    ...given.map(
      ({ user, group, endsAt }) =>
        `  given since: JumpCloud user ${user}, group ${group}, until ${endsAt === undefined ? "ever" : moment(endsAt)}`,
    ),
  ];
}
