import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Row, sources } from "../test/local/states/conformance/row.ts";
import { rows, table } from "../test/local/states/conformance/table.ts";

/** Writes docs/conformance.md: the sentences that the local Step Functions engine is held against, with their sources. */

export const pageFile = join(import.meta.dirname, "conformance.md");

export function conformancePage(): string {
  const sections = Object.entries(table).flatMap(([subject, ofSubject]) => [
    `## ${subject}`,
    "",
    "| Row | It is written | Where |",
    "| --- | --- | --- |",
    ...ofSubject.map(lineOf),
    "",
  ]);
  return [
    "# What the local Step Functions engine is held against",
    "",
    `${rows.length} sentences of AWS's documents and of the Amazon States Language, each with a machine, calls and what must come of them. They were`,
    "written from the documents before the engine was asked. `npm test` runs [all of them](../test/local/states/conformance.test.ts); this page is",
    "made from [the table](../test/local/states/conformance/table.ts) by `npm run generate`.",
    "",
    ...sections,
  ].join("\n");
}

function lineOf({ id, says, source }: Row): string {
  return `| \`${id}\` | ${says.replaceAll("|", "\\|")} | [${source}](${sources[source]}) |`;
}

if (import.meta.main) writeFileSync(pageFile, conformancePage());
