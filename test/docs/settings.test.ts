import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { schemaFiles } from "../../docs/generate-schemas.ts";
import { pageFile, settingsPage } from "../../docs/generate-settings.ts";

test("docs/settings.md is what `npm run generate` makes of the schemas", () => {
  expect(readFileSync(pageFile, "utf8")).toBe(settingsPage(schemaFiles()));
});

test("every setting is explained, and stands on the page once", () => {
  const sections = settingsPage(schemaFiles()).split("\n## ").slice(1);
  expect(sections).toHaveLength(5);
  for (const section of sections) {
    const rows = section.split("\n").filter((line) => line.startsWith("| `"));
    const settings = rows.map((row) => row.split("`")[1]);
    expect(new Set(settings).size).toBe(settings.length);
    for (const row of rows) expect(row).toMatch(/\| [^|]+ \| [^|]+ \|$/);
  }
});

test("what only one of several ways needs is not called needed", () => {
  const way = (name: string) => ({
    type: "object",
    properties: {
      [name]: { type: "integer", description: "One way." },
      id: { type: "string", description: "A | B." },
    },
    required: [name, "id"],
  });
  const schema = { type: "object", anyOf: [way("one"), way("other")] };
  const page = settingsPage({ "x.schema.json": JSON.stringify(schema) });
  expect(page).toContain("| `one` | whole number | One way. |");
  expect(page).toContain("| `id` • | text | A \\| B. |");
});
