import { expect, test } from "vitest";
import { permissionUses } from "../../support/company-story.ts";
import { explainedGrants } from "../../support/explained-grants.ts";
import { problemsOf } from "../../support/permission-uses.ts";

test("every right of every role is needed by some story, or its reason is written down", () => {
  expect(problemsOf(permissionUses.all(), explainedGrants)).toEqual({
    unexplained: [],
    explainedButUsed: [],
    explainedButNotGranted: [],
  });
});
