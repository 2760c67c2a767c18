import { writeFileSync } from "node:fs";
import * as v from "valibot";
import { rowTrail } from "../src/actions/row.ts";
import { AuditEntry, TrailHead } from "../src/audit/audit-trail.ts";
import { type Checked, checkTrails } from "../src/audit/check-audit.ts";
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
  const broken = checkPack(pack).filter(({ why }) => why !== undefined);
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
export async function verifyEvidence(file: string, text: string, output: Output): Promise<void> {
  const checked = checkPack(read(file, text));
  print(output, checked, () => [
    ...checked.map(({ id, entries, hash, why }) =>
      why === undefined ? `${id}: ${entries} entries, whole, last hash ${hash}` : `${id}: NOT WHOLE: ${why}`,
    ),
    "A trail that was made anew from its beginning looks whole: compare with the hashes on the ticket, or with the table.",
  ]);
  const broken = checked.filter(({ why }) => why !== undefined).length;
  if (broken > 0) throw new Error(`${broken} of ${checked.length} audit trails in ${file} are not whole.`);
}

function read(file: string, text: string): v.InferOutput<typeof Pack> {
  try {
    return v.parse(Pack, JSON.parse(text));
  } catch (error) {
    if (error instanceof v.ValiError || error instanceof SyntaxError)
      throw new Error(
        `${file} is not what “latchkey audit evidence” or “audit export” writes: ${error.message}`,
      );
    throw error;
  }
}

/** In a file of one ticket its own requests are all that is known. */
function checkPack({ requests, trails }: v.InferOutput<typeof Pack>): Checked[] {
  const heads = new Map<string, TrailHead>();
  for (const { requestId, trail, rows = [] } of requests) {
    heads.set(requestId, trail);
    for (const row of rows) heads.set(rowTrail(row), row.trail);
  }
  return checkTrails({
    trails: new Map(trails.map(({ id, entries }) => [id, entries])),
    heads,
    anchors: [],
  });
}
