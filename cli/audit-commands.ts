import { readFileSync, writeFileSync } from "node:fs";
import { type Anchor, anchorHash } from "../src/audit/anchor.ts";
import { type Audit, checkAnchors, checkTrails } from "../src/audit/check-audit.ts";
import { switchTrail } from "../src/grants/grant-switch.ts";
import { policyTrail } from "../src/policy/second-person.ts";
import { auditCsv, auditLines, isExport, readAuditLines } from "./audit-file.ts";
import type { Connection } from "./connection.ts";
import { verifyEvidence } from "./evidence-commands.ts";
import { type Output, print } from "./print.ts";

/** Writes everything that proves what happened to a file. */
export async function exportAudit(connection: Connection, file: string, output: Output): Promise<void> {
  const audit = await readAudit(connection);
  const made = { stack: connection.stackName, at: connection.clock.now() };
  writeFileSync(file, file.endsWith(".csv") ? auditCsv(audit) : auditLines(audit, made));
  const { trails, anchors } = audit;
  const entries = [...trails.values()].flat().length;
  print(output, { file, trails: trails.size, entries, anchors: anchors.length }, () => [
    `${file} has ${trails.size} audit trails with ${entries} entries, and ${anchors.length} anchors.`,
  ]);
}

/** What is read first may be older than what is read later, never newer: so a trail has all that is known of it. */
async function readAudit(connection: Connection): Promise<Audit> {
  const anchors: Anchor[] = [];
  for await (const anchor of await connection.anchors()) anchors.push(anchor);
  const heads = await readHeads(connection);
  const trails = await connection.wholeAudit.trails();
  if ([...trails.keys()].some((id) => !heads.has(id))) {
    // Begun since the heads were read.
    const later = await readHeads(connection);
    for (const id of trails.keys()) {
      const head = heads.get(id) ?? later.get(id);
      if (head && !heads.has(id)) {
        heads.set(id, head);
        trails.set(id, await connection.audit.entries(id));
      }
    }
  }
  return { anchors, heads, trails };
}

async function readHeads({ wholeAudit, policyChanges, grantSwitch }: Connection): Promise<Audit["heads"]> {
  const others = [
    [policyTrail, (await policyChanges.get()).trail],
    [switchTrail, (await grantSwitch.get()).trail],
  ] as const;
  return new Map([...others.filter(([, { sequence }]) => sequence > 0), ...(await wholeAudit.heads())]);
}

/** Says whether the audit trails in a file are whole; asks no other system. */
export async function verifyAudit(file: string, output: Output): Promise<void> {
  const text = readFileSync(file, "utf8");
  if (!isExport(text)) return verifyEvidence(file, text, output);
  const { header, isAsMade, ...audit } = readAuditLines(text);
  const trails = checkTrails(audit);
  const broken = trails.filter(({ why }) => why !== undefined);
  const problems = [
    ...checkAnchors(audit.anchors, { at: header.at, last: header.lastAnchor }),
    ...broken.map(({ id, why }) => `Trail ${id}: ${why}.`),
    ...(isAsMade ? [] : ["The file is not as it was made: lines were changed, moved, added or left out."]),
  ];
  const last = audit.anchors.at(-1);
  const found = {
    trails: trails.length,
    anchors: audit.anchors.length,
    ...(last ? { lastAnchor: { day: last.day, hash: anchorHash(last) } } : {}),
    problems,
  };
  print(output, found, () => [
    ...problems,
    `${trails.length - broken.length} of ${trails.length} audit trails are whole.`,
    last
      ? `The last of ${audit.anchors.length} anchors is that of ${last.day}, SHA-256 ${anchorHash(last)}: compare with the object in the bucket.`
      : "There is no anchor yet: a trail that was made anew from its beginning looks whole.",
  ]);
  if (problems.length > 0) throw new Error(`The audit trails in ${file} are not whole.`);
}
