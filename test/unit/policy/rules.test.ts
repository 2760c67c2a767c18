import { describe, expect, test } from "vitest";
import type { CatalogEntry } from "../../../src/catalog/catalog.ts";
import { EntitlementUnavailableError, FieldInvalidError, FieldMissingError } from "../../../src/errors.ts";
import { accessLength } from "../../../src/policy/access-length.ts";
import { waitsForDecision } from "../../../src/policy/applied.ts";
import { changesBetween, isEmpty } from "../../../src/policy/changes.ts";
import { inWords, secondsOf } from "../../../src/policy/duration.ts";
import { accessTypes, type RequestType } from "../../../src/policy/site.ts";
import { readPolicyFiles } from "../../../src/policy-files/read-policy-files.ts";

const files = readPolicyFiles("policy");
if ("problems" in files) throw new Error("the example files are wrong");
const requestType = accessTypes(files.site)[0] as RequestType;

function entry(durations: CatalogEntry["durations"]): CatalogEntry {
  return {
    entitlementId: "github/developer",
    application: "github",
    tags: [],
    title: "GitHub: Developer",
    option: "10201",
    owner: "o@x.example",
    status: "approved",
    groups: ["g"],
    approval: "manager",
    durations,
  };
}

describe("how long access lasts", () => {
  test("as long as the form asks, if the entitlement allows that long", () => {
    expect(
      accessLength({ durationOption: "10302" }, requestType, entry({ max: "1d", permanent: false })),
    ).toBe(14_400);
    expect(() =>
      accessLength({ durationOption: "10304" }, requestType, entry({ max: "1d", permanent: false })),
    ).toThrow(new FieldInvalidError("For how long", "GitHub: Developer is given for 1 day at most"));
  });

  test("without an end only where the entitlement says so", () => {
    expect(
      accessLength({ durationOption: "10307" }, requestType, entry({ permanent: true })),
    ).toBeUndefined();
    expect(() =>
      accessLength({ durationOption: "10307" }, requestType, entry({ max: "1d", permanent: false })),
    ).toThrow("“For how long” cannot be used as it is: GitHub: Developer is given for a limited time only.");
  });

  test("the usual time when the form says nothing, and never longer by leaving the field empty", () => {
    expect(accessLength({}, requestType, entry({ default: "4h", permanent: true }))).toBe(14_400);
    expect(accessLength({}, requestType, entry({ permanent: true }))).toBeUndefined();
    expect(() => accessLength({}, requestType, entry({ max: "1d", permanent: false }))).toThrow(
      FieldMissingError,
    );
    const { duration: _, ...fields } = requestType.fields;
    expect(() =>
      accessLength({}, { ...requestType, fields }, entry({ max: "1d", permanent: false })),
    ).toThrow(EntitlementUnavailableError);
  });

  test("an option that site.yaml does not know is an error that names the field", () => {
    expect(() => accessLength({ durationOption: "99999" }, requestType, entry({ permanent: true }))).toThrow(
      "“For how long” cannot be used as it is: this choice is not known to Latchkey.",
    );
  });

  test("lengths of time are read and said as people write them", () => {
    expect(["30m", "4h", "14d"].map(secondsOf)).toEqual([1_800, 14_400, 1_209_600]);
    expect([1_800, 3_600, 172_800].map(inWords)).toEqual(["30 minutes", "1 hour", "2 days"]);
  });
});

test("the waits for a decision are the reminders' and then the rest until it expires", () => {
  expect(waitsForDecision({ reminders: [10, 20], expiresAfter: 100 })).toEqual([10, 20, 70]);
  expect(waitsForDecision({ reminders: [], expiresAfter: 100 })).toEqual([100]);
  expect(waitsForDecision({ reminders: [10, 90], expiresAfter: 100 })).toEqual([10, 90]);
});

describe("what applying files would change", () => {
  const { site, policy, catalog } = files;
  const entries = changesBetween(undefined, [], files).added;

  test("the first time everything is new, and afterwards nothing is", () => {
    expect(entries).toHaveLength(21);
    expect(changesBetween(undefined, [], files)).toMatchObject({ version: 1, removed: [] });
    const again = changesBetween({ version: 1, site, policy }, entries, files);
    expect(isEmpty(again)).toBe(true);
    expect(again.version).toBe(1);
  });

  test("a changed approval, a removed application and another policy are named", () => {
    const applications = catalog.applications.slice(1).map((application) =>
      application.id === "notion"
        ? {
            ...application,
            entitlements: application.entitlements.map((one) => ({ ...one, approval: "owner" })),
          }
        : application,
    );
    const changed = { site, policy: { ...policy, expiresAfter: "9d" }, catalog: { applications } };
    expect(changesBetween({ version: 4, site, policy }, entries, changed)).toMatchObject({
      version: 5,
      changed: [{ entry: { entitlementId: "notion/member" }, fields: ["approval"] }],
      removed: [{ entitlementId: "github/developer" }, { entitlementId: "github/administrator" }],
      settings: ["policy.expiresAfter"],
    });
  });
});
