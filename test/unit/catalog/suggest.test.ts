import { expect, test } from "vitest";
import { suggestEntries } from "../../../src/catalog/suggest.ts";
import { entry } from "../../support/policy.ts";

const entries = [
  entry({ entitlementId: "github/developer", title: "GitHub: Developer", tags: ["source-code"] }),
  entry({
    entitlementId: "datadog/viewer",
    application: "datadog",
    title: "Datadog: Viewer",
    tags: ["logs"],
  }),
  entry({ entitlementId: "adobe/designer", application: "adobe", title: "Adobe Creative Cloud: Designer" }),
  entry({ entitlementId: "old/user", application: "old", title: "Old Wiki: User", status: "disabled" }),
];

test.each([
  ["Git Hub please", "github/developer"],
  ["access to the DataDog dashboards", "datadog/viewer"],
  ["Adobe Photoshop", "adobe/designer"],
  ["I need to see logs", "datadog/viewer"],
])("%s: %s", (text, id) => {
  expect(suggestEntries(text, entries)[0]?.entitlementId).toBe(id);
});

test.each(["A chair", "", "…", "Old Wiki"])("nothing is suggested for “%s”", (text) => {
  expect(suggestEntries(text, entries)).toEqual([]);
});

test("no more are suggested than are wanted, the best first", () => {
  const many = Array.from({ length: 9 }, (_, at) => entry({ title: `GitHub: Team ${at}` }));
  expect(suggestEntries("github team 4", many, 2)).toHaveLength(2);
  expect(suggestEntries("github team 4", many)[0]?.title).toBe("GitHub: Team 4");
});
