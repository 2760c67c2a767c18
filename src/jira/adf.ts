import type { Comment } from "../requests/comment.ts";

/** A comment as Jira's document format, which version 3 of the API wants. */
export function asDocument({ lines }: Comment): object {
  return {
    type: "doc",
    version: 1,
    content: lines.map((parts) => ({
      type: "paragraph",
      content: parts
        .filter((part) => part !== "")
        .map((part) =>
          typeof part === "string"
            ? { type: "text", text: part }
            : { type: "mention", attrs: { id: part.mention } },
        ),
    })),
  };
}

/** A comment as wiki text, which the service desk's API wants. */
export function asText({ lines }: Comment): string {
  return lines
    .map((parts) =>
      parts.map((part) => (typeof part === "string" ? part : `[~accountid:${part.mention}]`)).join(""),
    )
    .join("\n\n");
}
