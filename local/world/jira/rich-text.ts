import * as v from "valibot";
import { object } from "../../json-schemas.ts";

/** A node of the Atlassian Document Format. */
type AdfNode = {
  [key: string]: unknown;
  type: string;
  text?: string;
  content?: AdfNode[];
};

/** A rich text, as REST v3 reads and writes it. */
export type AdfDocument = { type: "doc"; version: 1; content: AdfNode[] };

const knownNodes = new Set([
  "blockquote",
  "bulletList",
  "codeBlock",
  "date",
  "emoji",
  "expand",
  "hardBreak",
  "heading",
  "inlineCard",
  "listItem",
  "mention",
  "orderedList",
  "panel",
  "paragraph",
  "rule",
  "status",
  "table",
  "tableCell",
  "tableHeader",
  "tableRow",
  "text",
]);

const node: v.GenericSchema<unknown, AdfNode> = v.looseObject({
  type: v.pipe(
    v.string(),
    v.check((type) => knownNodes.has(type)),
  ),
  text: v.exactOptional(v.pipe(v.string(), v.minLength(1))),
  content: v.exactOptional(v.array(v.lazy(() => node))),
});

/** Accepts what Jira accepts: a document of known nodes. A plain string is not a document. */
export const adfSchema = object({
  type: v.literal("doc"),
  version: v.literal(1),
  content: v.array(node),
});

/** Plain text as a document: empty lines part paragraphs, other line ends stay. Wiki markup is kept as typed. */
export function documentFromText(text: string): AdfDocument {
  const paragraphs = text.split(/\n{2,}/).filter((paragraph) => paragraph !== "");
  return {
    type: "doc",
    version: 1,
    content: paragraphs.map((paragraph) => ({
      type: "paragraph",
      content: paragraph
        .split("\n")
        .flatMap((line, index) => [
          ...(index > 0 ? [{ type: "hardBreak" }] : []),
          ...(line === "" ? [] : [{ type: "text", text: line }]),
        ]),
    })),
  };
}

/** The document in wiki markup, as REST v2, webhooks and the service desk API show it. */
export function wikiText(document: AdfDocument): string {
  return document.content.map((block) => wikiBlock(block, "")).join("\n\n");
}

function wikiBlock(block: AdfNode, bullets: string): string {
  const children = block.content ?? [];
  switch (block.type) {
    case "bulletList":
      return children.map((item) => wikiBlock(item, `${bullets}*`)).join("\n");
    case "orderedList":
      return children.map((item) => wikiBlock(item, `${bullets}#`)).join("\n");
    case "listItem":
      return children
        .map((child) =>
          child.type.endsWith("List") ? wikiBlock(child, bullets) : `${bullets} ${wikiBlock(child, "")}`,
        )
        .join("\n");
    case "heading":
      return `h${attribute(block, "level")}. ${wikiInline(children)}`;
    case "codeBlock":
      return `{code}${wikiInline(children)}{code}`;
    case "rule":
      return "----";
    case "tableRow":
      return `|${children.map((cell) => wikiBlock(cell, "")).join("|")}|`;
    case "blockquote":
    case "expand":
    case "panel":
    case "table":
    case "tableCell":
    case "tableHeader":
      return children.map((child) => wikiBlock(child, "")).join("\n");
    default:
      return wikiInline(block.content ?? [block]);
  }
}

function wikiInline(nodes: AdfNode[]): string {
  return nodes
    .map((inline) => {
      if (inline.type === "text") return marked(inline);
      if (inline.type === "hardBreak") return "\n";
      if (inline.type === "mention") return `[~accountid:${attribute(inline, "id")}]`;
      if (inline.type === "inlineCard") return attribute(inline, "url");
      return attribute(inline, "text");
    })
    .join("");
}

const marks = v.fallback(
  v.array(
    object({ type: v.string(), attrs: v.exactOptional(object({ href: v.exactOptional(v.string()) })) }),
  ),
  [],
);

function marked(inline: AdfNode): string {
  let text = inline.text ?? "";
  for (const mark of v.parse(marks, inline.marks)) {
    if (mark.type === "strong") text = `*${text}*`;
    if (mark.type === "em") text = `_${text}_`;
    if (mark.type === "code") text = `{{${text}}}`;
    if (mark.type === "link" && mark.attrs?.href) text = `[${text}|${mark.attrs.href}]`;
  }
  return text;
}

function attribute(element: AdfNode, name: string): string {
  const { attrs } = element;
  if (typeof attrs !== "object" || attrs === null) return "";
  const value = new Map<string, unknown>(Object.entries(attrs)).get(name);
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** The text as HTML paragraphs, as `renderedFields` and `renderedBody` show it. */
export function htmlText(document: AdfDocument): string {
  const escaped = wikiText(document).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return escaped
    .split("\n\n")
    .map((paragraph) => `<p>${paragraph.replaceAll("\n", "<br/>")}</p>`)
    .join("\n");
}
