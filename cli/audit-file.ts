import * as v from "valibot";
import { Anchor, anchorHash } from "../src/audit/anchor.ts";
import { AuditEntry } from "../src/audit/audit-trail.ts";
import type { Audit } from "../src/audit/check-audit.ts";
import { sha256 } from "../src/audit/hash.ts";

/** The first line of an export. */
const Header = v.strictObject({
  kind: v.literal("export"),
  schemaVersion: v.literal(1),
  stack: v.string(),
  /** Milliseconds since 1970. */
  at: v.number(),
  lastAnchor: v.optional(v.strictObject({ day: v.string(), hash: v.string() })),
});

const Line = v.variant("kind", [
  Header,
  v.strictObject({ kind: v.literal("anchor"), ...Anchor.entries }),
  v.strictObject({
    kind: v.literal("head"),
    requestId: v.string(),
    sequence: v.number(),
    hash: v.string(),
  }),
  v.looseObject({ kind: v.literal("entry"), ...AuditEntry.entries }),
  v.strictObject({ kind: v.literal("end"), lines: v.number(), hash: v.string() }),
]);
type Line = v.InferOutput<typeof Line>;

export type ExportedAudit = Audit & { header: v.InferOutput<typeof Header> };

/** Everything as lines of JSON: a header, the anchors, the heads, the entries, and a last line with the hash of all of them. */
export function auditLines(audit: Audit, made: { stack: string; at: number }): string {
  const last = audit.anchors.at(-1);
  const lines = [
    {
      kind: "export",
      schemaVersion: 1,
      ...made,
      ...(last ? { lastAnchor: { day: last.day, hash: anchorHash(last) } } : {}),
    } satisfies Line,
    ...audit.anchors.map((anchor): Line => ({ kind: "anchor", ...anchor })),
    ...[...audit.heads].map(
      ([requestId, { sequence, hash }]): Line => ({ kind: "head", requestId, sequence, hash }),
    ),
    ...[...audit.trails.values()].flat().map((entry): Line => ({ kind: "entry", ...entry })),
  ].map((line) => `${JSON.stringify(line)}\n`);
  const end: Line = { kind: "end", lines: lines.length, hash: sha256(lines.join("")) };
  return `${lines.join("")}${JSON.stringify(end)}\n`;
}

/** Whether a text begins as an export does. */
export function isExport(text: string): boolean {
  return text.startsWith('{"kind":"export"');
}

/**
 * What an export holds.
 *
 * @throws Error that names the line that cannot be read
 */
export function readAuditLines(text: string): ExportedAudit & { isAsMade: boolean } {
  let header: ExportedAudit["header"] | undefined;
  let isAsMade = false;
  const audit: Audit = { anchors: [], heads: new Map(), trails: new Map() };
  const lines = text.split("\n");
  for (const [index, content] of lines.entries()) {
    if (content === "" && index === lines.length - 1) continue;
    const line = parseLine(content, index + 1);
    switch (line.kind) {
      case "export":
        if (index > 0) throw new Error(`Line ${index + 1} is another header.`);
        header = line;
        break;
      case "anchor": {
        const { kind: _, ...anchor } = line;
        audit.anchors.push(anchor);
        break;
      }
      case "head":
        if (audit.heads.has(line.requestId))
          throw new Error(`Line ${index + 1} is a second head of the trail ${line.requestId}.`);
        audit.heads.set(line.requestId, line);
        break;
      case "entry": {
        const { kind: _, ...entry } = line;
        const entries = audit.trails.get(entry.requestId) ?? [];
        entries.push(entry);
        audit.trails.set(entry.requestId, entries);
        break;
      }
      case "end": {
        const before = `${lines.slice(0, index).join("\n")}\n`;
        isAsMade = line.lines === index && line.hash === sha256(before) && index >= lines.length - 2;
      }
    }
  }
  if (!header) throw new Error("The first line is missing.");
  return { header, ...audit, isAsMade };
}

function parseLine(content: string, number: number): Line {
  try {
    return v.parse(Line, JSON.parse(content));
  } catch (error) {
    const why = error instanceof Error ? error.message : "";
    throw new Error(`Line ${number} is not what an export has: ${why}`, { cause: error });
  }
}

/** The entries as a table for spreadsheets, by RFC 4180. */
export function auditCsv({ trails }: Audit): string {
  const header = ["trail", "sequence", "at", "action", "by", "policyVersion", "facts", "hash"];
  const rows = [...trails.values()]
    .flat()
    .map(({ requestId, sequence, at, action, by, policyVersion, facts, hash }) => [
      requestId,
      String(sequence),
      new Date(at).toISOString(),
      action,
      by.join(" "),
      String(policyVersion ?? ""),
      JSON.stringify(facts),
      hash,
    ]);
  return [header, ...rows]
    .map((cells) => `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",")}\r\n`)
    .join("");
}
