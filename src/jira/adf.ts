import type { Comment, Part } from "../requests/comment.ts";

/** A comment as Jira's document format, which version 3 of the API wants. */
export function asDocument({ lines, table = [] }: Comment): object {
  const rows = table.map((cells) => ({
    type: "tableRow",
    content: cells.map((parts) => ({ type: "tableCell", attrs: {}, content: [paragraph(parts)] })),
  }));
  const paragraphs = lines.map(paragraph);
  return {
    type: "doc",
    version: 1,
    content: [
      ...paragraphs.slice(0, -1),
      ...(rows.length === 0 ? [] : [{ type: "table", content: rows }]),
      ...paragraphs.slice(-1),
    ],
  };
}

function paragraph(parts: Part[]): object {
  return {
    type: "paragraph",
    content: parts
      .filter((part) => part !== "")
      .map((part) =>
        typeof part === "string"
          ? { type: "text", text: part }
          : { type: "mention", attrs: { id: part.mention } },
      ),
  };
}

/** A comment as wiki text, which the service desk's API wants. */
export function asText({ lines, table = [] }: Comment): string {
  const rows = table.map((cells) => `|${cells.map((parts) => inCell(wiki(parts))).join("|")}|`);
  const paragraphs = lines.map(wiki);
  return [
    ...paragraphs.slice(0, -1),
    ...(rows.length === 0 ? [] : [rows.join("\n")]),
    ...paragraphs.slice(-1),
  ].join("\n\n");
}

function wiki(parts: Part[]): string {
  return parts.map((part) => (typeof part === "string" ? part : `[~accountid:${part.mention}]`)).join("");
}

/** A bar would begin another cell, and an empty cell is none. */
function inCell(text: string): string {
  return text.replaceAll("|", "/") || " ";
}
