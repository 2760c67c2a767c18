import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { conformancePage, pageFile } from "../../docs/generate-conformance.ts";

test("docs/conformance.md is what `npm run generate` makes of the table", () => {
  expect(readFileSync(pageFile, "utf8")).toBe(conformancePage());
});
