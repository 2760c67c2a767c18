import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { actionsPage, pageFile } from "../../docs/generate-actions.ts";
import { allActions } from "../../src/actions/all-actions.ts";

test("docs/actions.md is what `npm run generate` makes of the list of actions", () => {
  expect(readFileSync(pageFile, "utf8")).toBe(actionsPage());
});

test("every action says all that there is to know of it, and its inverse is one of them", () => {
  for (const [name, action] of Object.entries(allActions)) {
    const { does, needs, alreadySo, again, scope } = action;
    for (const text of [needs, alreadySo, again]) expect(text, name).toMatch(/^[a-z].{5,}[^.]$/);
    expect(does, name).toMatch(/^[A-Z].+\.$/);
    expect(scope, name).toMatch(/^(users|groups|associations)/);
    if ("inverse" in action) expect(Object.keys(allActions)).toContain(action.inverse);
  }
});
