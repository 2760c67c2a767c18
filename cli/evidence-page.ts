import type { AuditEntry } from "../src/audit/audit-trail.ts";
import { describeEntry } from "../src/audit/describe.ts";
import { moment } from "./print.ts";
import { describeRequest, type Shown } from "./request-commands.ts";

/** A page that needs nothing else, and in which nothing runs: for reading, printing and keeping. */
export function evidencePage({
  ticket,
  requests,
  trails,
}: {
  ticket: string;
  requests: Shown[];
  trails: { id: string; entries: AuditEntry[] }[];
}): string {
  const title = `Evidence of ${ticket}`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escaped(title)}</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em }
  table { border-collapse: collapse }
  th, td { text-align: left; vertical-align: top; padding: 0.2em 1em 0.2em 0; border-bottom: 1px solid #ccc }
  code, pre { font: 12px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap }
</style>
<h1>${escaped(title)}</h1>
<p>People are named by their ids in Jira and JumpCloud. Each entry carries the hash of the one before.</p>
${requests.map((request) => `<pre>${escaped(describeRequest(request).join("\n"))}</pre>`).join("\n")}
${trails.map(trailTable).join("\n")}
</html>
`;
}

function trailTable({ id, entries }: { id: string; entries: AuditEntry[] }): string {
  const cells = (tag: string, texts: string[]) => `<tr>${texts.map((text) => `<${tag}>${text}`).join("")}`;
  return `<h2>Audit trail ${escaped(id)}</h2>
<table>
${cells("th", ["Entry", "When", "What", "Policy", "Hash"])}
${entries
  .map((entry) =>
    cells("td", [
      String(entry.sequence),
      moment(entry.at),
      escaped(describeEntry(entry, (accountId) => accountId)),
      String(entry.policyVersion ?? ""),
      `<code>${escaped(entry.hash)}</code>`,
    ]),
  )
  .join("\n")}
</table>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => `&#${character.charCodeAt(0)};`);
}
