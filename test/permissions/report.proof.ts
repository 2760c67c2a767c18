import "../statemachines/stories.test.ts";
import { expect, test } from "vitest";
import { figure } from "../../proof/figure.ts";
import { permissionUses, refusedCalls } from "../support/company-story.ts";
import { explainedGrants } from "../support/explained-grants.ts";
import { nameOf } from "../support/permission-uses.ts";

// Plays every story, and then tells what each role of the stack may do and how often that was needed.

test("what every role may do is told, with how often the stories needed it or why it is there", () => {
  const uses = permissionUses.all();
  const roles = [...new Set(uses.map(({ role }) => role))];
  for (const role of roles) {
    console.log(`\n${role}`);
    for (const { action, resource, calls } of uses.filter((use) => use.role === role))
      console.log(`  ${(calls === 0 ? "never" : String(calls)).padStart(7)}  ${action} ${resource}`);
  }
  console.log("\nNever needed locally, and why they are there");
  for (const { roles: whose, actions, why, see } of explainedGrants)
    console.log(`  ${actions.join(", ")}\n    of ${whose.join(", ")}\n    ${why}: ${see}`);
  console.log(`\nRefused: ${refusedCalls.length === 0 ? "none" : refusedCalls.join("\n  ")}\n`);

  const used = uses.filter(({ calls }) => calls > 0);
  figure("roles", roles.length);
  figure("grants", uses.length);
  figure("grants that stories need", used.length);
  figure("grants explained", uses.length - used.length);
  figure(
    "calls checked",
    used.reduce((sum, { calls }) => sum + calls, 0),
  );
  figure("calls refused", `${refusedCalls.length} (at most 0)`);
  expect(refusedCalls).toEqual([]);
  expect(uses.filter(({ action }) => action.includes("*")).map(nameOf)).toEqual([]);
});
