import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Catalog, entriesOf } from "../../../src/catalog/catalog.ts";
import { entriesShownOn } from "../../../src/catalog/shown-entries.ts";
import { readPolicyFiles } from "../../../src/policy-files/read-policy-files.ts";
import { anyCondition } from "../../support/policy.ts";

const files = readPolicyFiles("policy");
if ("problems" in files) throw new Error("the example files are wrong");
const { applications } = files.catalog;

/** Entitlements that the form of a request type offers. */
const shown = (catalogs: Catalog["catalogs"], requestType = "25") =>
  entriesShownOn(requestType, entriesOf({ applications, catalogs })).map(
    ({ entitlementId }) => entitlementId,
  );

test("without catalogs every form offers everything", () => {
  expect(shown(undefined)).toHaveLength(21);
  expect(shown(undefined, "99")).toHaveLength(21);
});

test("a catalog offers by category, tag, application and entitlement, combined by all, any and not", () => {
  const requestTypes = ["25"];
  const offered = (when: NonNullable<Catalog["catalogs"]>[number]["when"]) =>
    shown([{ id: "some", requestTypes, ...(when ? { when } : {}) }]);
  expect(offered(undefined)).toHaveLength(21);
  expect(offered({ category: ["Design"] })).toEqual(["figma/viewer", "figma/editor", "adobe/designer"]);
  expect(offered({ all: [{ category: ["Design"] }, { not: { any: [{ tag: ["licence"] }] } }] })).toEqual([
    "figma/viewer",
    "figma/editor",
  ]);
  expect(offered({ any: [{ application: ["zoom"] }, { entitlement: ["aws/billing"] }] })).toEqual([
    "aws/billing",
    "zoom/licensed",
  ]);
});

test("of several catalogs a form offers what any of those that name it has, and nothing when none does", () => {
  const catalogs = [
    { id: "design", requestTypes: ["25", "31"], when: { category: ["Design"] } },
    { id: "meetings", requestTypes: ["25"], when: { application: ["zoom"] } },
  ];
  expect(shown(catalogs)).toEqual(["figma/viewer", "figma/editor", "zoom/licensed", "adobe/designer"]);
  expect(shown(catalogs, "31")).toEqual(["figma/viewer", "figma/editor", "adobe/designer"]);
  expect(shown(catalogs, "99")).toEqual([]);
});

test("narrowing what a catalog offers never adds to it, whatever the conditions", () => {
  fc.assert(
    fc.property(anyCondition, anyCondition, (one, other) => {
      const requestTypes = ["25"];
      const wide = shown([{ id: "a", requestTypes, when: one }]);
      const narrow = shown([{ id: "a", requestTypes, when: { all: [one, other] } }]);
      expect(wide).toEqual(expect.arrayContaining(narrow));
    }),
  );
});
