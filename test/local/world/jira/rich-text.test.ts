import * as v from "valibot";
import { expect, test } from "vitest";
import { adfSchema, documentFromText, htmlText, wikiText } from "../../../../local/world/jira/rich-text.ts";

const paragraph = (...content: object[]) => ({ type: "paragraph", content });
const text = (value: string, ...marks: object[]) => ({
  type: "text",
  text: value,
  ...(marks.length > 0 ? { marks } : {}),
});
const document = (...content: object[]) => v.parse(adfSchema, { type: "doc", version: 1, content });

test("plain text becomes a document and comes back as it was", () => {
  for (const plain of [
    "One line",
    "Two\nlines",
    "Two\n\nparagraphs",
    "A *bold* word | and {more}",
    "a\n\nb\nc\n\nd",
  ])
    expect(wikiText(documentFromText(plain))).toBe(plain);
});

test("a document is shown as wiki markup to those who know no documents", () => {
  const item = (value: string, ...more: object[]) => ({
    type: "listItem",
    content: [paragraph(text(value)), ...more],
  });
  expect(
    wikiText(
      document(
        { type: "heading", attrs: { level: 2 }, content: [text("Access")] },
        paragraph(
          text("Granted", { type: "strong" }),
          text(" by "),
          { type: "mention", attrs: { id: "712020:1", text: "@Latchkey" } },
          { type: "hardBreak" },
          text("log", { type: "link", attrs: { href: "https://log.example" } }),
        ),
        {
          type: "bulletList",
          content: [item("one"), item("two", { type: "orderedList", content: [item("inner")] })],
        },
        { type: "codeBlock", content: [text("exit 0")] },
        { type: "rule" },
        { type: "panel", attrs: { panelType: "info" }, content: [paragraph(text("Note"))] },
      ),
    ),
  ).toBe(
    [
      "h2. Access",
      "*Granted* by [~accountid:712020:1]\n[log|https://log.example]",
      "* one\n* two\n*# inner",
      "{code}exit 0{code}",
      "----",
      "Note",
    ].join("\n\n"),
  );
});

test("text is escaped in HTML", () => {
  expect(htmlText(documentFromText("a < b & c\nd"))).toBe("<p>a &lt; b &amp; c<br/>d</p>");
});

test("what is no document is refused", () => {
  for (const wrong of [
    "text",
    null,
    { type: "doc", content: [] },
    { type: "doc", version: 2, content: [] },
    { type: "doc", version: 1, content: [{ type: "marquee" }] },
    { type: "doc", version: 1, content: [paragraph({ type: "text", text: "" })] },
    { type: "doc", version: 1, content: [paragraph({ type: "blink" })] },
  ])
    expect(v.is(adfSchema, wrong), JSON.stringify(wrong)).toBe(false);
});
