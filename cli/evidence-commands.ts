import { readFileSync, writeFileSync } from "node:fs";
import * as v from "valibot";
import { rowTrail } from "../src/actions/row.ts";
import { AuditEntry, firstBreak, TrailHead } from "../src/audit/audit-trail.ts";
import type { Connection } from "./connection.ts";
import { evidencePage } from "./evidence-page.ts";
import { type Output, print } from "./print.ts";
import { findRequests, trailsOf, withRows } from "./request-commands.ts";

/** Everything that is known of the requests of a ticket, as JSON and as a page to read, with every entry of the trails. */
export async function writeEvidence(
  connection: Connection,
  key: string,
  file: string,
  output: Output,
): Promise<void> {
  const requests = await withRows(connection, await findRequests(connection, key));
  const trails = [];
  for (const id of await trailsOf(connection, key))
    trails.push({ id, entries: await connection.audit.entries(id) });
  const pack = { ticket: key, requests, trails };
  const page = `${file.replace(/\.json$/, "")}.html`;
  writeFileSync(file, `${JSON.stringify(pack, null, 2)}\n`);
  writeFileSync(page, evidencePage(pack));
  const broken = checkTrails(pack).filter(({ why }) => why !== undefined);
  print(output, { file, page, trails: trails.length, broken }, () => [
    `${file} has ${requests.length} requests and ${trails.length} audit trails; ${page} is for reading.`,
    ...broken.map(({ id, why }) => `THE TRAIL ${id} IS NOT WHOLE: ${why}.`),
  ]);
}

/** What has to be in a file to check it. What else an entry may hold is kept, as its hash is over all of it. */
const Pack = v.object({
  ticket: v.string(),
  requests: v.array(
    v.object({
      requestId: v.string(),
      trail: TrailHead,
      rows: v.optional(v.array(v.object({ requestId: v.string(), index: v.number(), trail: TrailHead }))),
    }),
  ),
  trails: v.array(v.object({ id: v.string(), entries: v.array(v.looseObject(AuditEntry.entries)) })),
});

/** Says of each trail in the file whether it is whole. */
export async function verifyEvidence(file: string, output: Output): Promise<void> {
  const checked = checkTrails(read(file));
  print(output, checked, () => [
    ...checked.map(({ id, entries, hash, why }) =>
      why === undefined ? `${id}: ${entries} entries, whole, last hash ${hash}` : `${id}: NOT WHOLE: ${why}`,
    ),
    "A trail that was made anew from its beginning looks whole: compare with the hashes on the ticket, or with the table.",
  ]);
  const broken = checked.filter(({ why }) => why !== undefined).length;
  if (broken > 0) throw new Error(`${broken} of ${checked.length} audit trails in ${file} are not whole.`);
}

function read(file: string): v.InferOutput<typeof Pack> {
  try {
    return v.parse(Pack, JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    if (error instanceof v.ValiError || error instanceof SyntaxError)
      throw new Error(`${file} is not what “latchkey audit evidence” writes: ${error.message}`);
    throw error;
  }
}

type Checked = { id: string; entries: number; hash: string | undefined; why: string | undefined };

/** Checks each trail by its chain, and by the last entry that its request knows of: a chain without its last entries is one, too. */
function checkTrails({ requests, trails }: v.InferOutput<typeof Pack>): Checked[] {
  const heads = new Map<string, TrailHead>();
  for (const { requestId, trail, rows = [] } of requests) {
    heads.set(requestId, trail);
    for (const row of rows) heads.set(rowTrail(row), row.trail);
  }
  const found = trails.map(({ id, entries }) => ({
    id,
    entries: entries.length,
    hash: entries.at(-1)?.hash,
    why: whatIsWrong(id, entries, heads.get(id)),
  }));
  const missing = [...heads.keys()].filter((id) => !trails.some((trail) => trail.id === id));
  return [
    ...found,
    ...missing.map((id) => ({ id, entries: 0, hash: undefined, why: "the trail is missing" })),
  ];
}

function whatIsWrong(id: string, entries: AuditEntry[], head: TrailHead | undefined): string | undefined {
  if (!head) return "no request has this trail";
  if (entries.some(({ requestId }) => requestId !== id)) return "it has entries of another trail";
  const broken = firstBreak(entries);
  if (broken !== undefined) return `the chain is broken at entry ${broken}`;
  // Whoever appended the last entries may have died before the request knew of them: a trail may be longer, not shorter.
  const known = entries[head.sequence - 1];
  if (head.sequence > 0 && known?.hash !== head.hash)
    return `it does not have the entry ${head.sequence} that the request knows of`;
  return undefined;
}
