import { describe, expect, test } from "vitest";
import type { CatalogEntry } from "../../../src/catalog/catalog.ts";
import { EntitlementUnavailableError, FieldInvalidError, FieldMissingError } from "../../../src/errors.ts";
import { accessLength } from "../../../src/policy/access-length.ts";
import { waitsForDecision } from "../../../src/policy/applied.ts";
import { changesBetween, isEmpty } from "../../../src/policy/changes.ts";
import { inWords, secondsOf } from "../../../src/policy/duration.ts";
import { applyRules, type Rule } from "../../../src/policy/rules.ts";
import { accessTypes, type RequestType } from "../../../src/policy/site.ts";
import { readPolicyFiles } from "../../../src/policy-files/read-policy-files.ts";

import { facts } from "../../support/policy.ts";

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

  test("as long as the entitlement allows at most, and no second longer", () => {
    const four = entry({ max: "4h", permanent: false });
    expect(accessLength({ durationOption: "10302" }, requestType, four)).toBe(14_400);
    expect(accessLength({ durationOption: "10305" }, requestType, entry({ permanent: false }))).toBe(
      2_592_000,
    );
  });

  test("in an emergency as long as is allowed then, or less if the form asks for less", () => {
    const who = { tag: ["any"] };
    const open = { ...entry({ default: "7d", permanent: true }), breakGlass: { who, max: "2h" } };
    const length = (form: object, type = requestType) =>
      accessLength({ incident: "INC-1", ...form }, type, open);
    expect(length({ durationOption: "10301" })).toBe(3_600);
    expect(length({ durationOption: "10304" })).toBe(7_200);
    expect(length({ durationOption: "10307" })).toBe(7_200);
    expect(length({ durationOption: "99999" })).toBe(7_200);
    expect(length({})).toBe(7_200);
    const { durations: _, ...without } = requestType;
    expect(length({ durationOption: "10301" }, without)).toBe(7_200);
    expect(accessLength({}, requestType, open)).toBe(604_800);
    // What nobody may take in an emergency lasts as long as it usually does.
    expect(accessLength({ incident: "INC-1" }, requestType, entry({ default: "7d", permanent: true }))).toBe(
      604_800,
    );
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
    ).toThrow(
      new EntitlementUnavailableError("GitHub: Developer", "the catalog does not say how long it lasts"),
    );
    const { durations: __, ...without } = requestType;
    expect(() =>
      accessLength({ durationOption: "10301" }, { ...without, fields }, entry({ permanent: true })),
    ).toThrow(new FieldInvalidError("Duration", "this choice is not known to Latchkey"));
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

describe("the rules of a policy", () => {
  const yes = { tag: ["source-code"] };
  const unknown = { attribute: "location" as const, in: ["Berlin"], of: "beneficiary" as const };
  const ask = (when: Rule["when"]): Rule => ({ id: "hm", when, decide: "ask", approval: "security" });
  const approve = (when: Rule["when"]): Rule => ({ id: "yes", when, decide: "approve", say: "Sure." });

  test("that do not hold say nothing, and the entitlement's own approval is asked for", () => {
    const { decision, trace } = applyRules([ask({ not: yes }), approve({ not: yes })], facts());
    expect(decision).toEqual({ outcome: "ask" });
    expect(trace).toEqual([
      { rule: "hm", decide: "ask", holds: false },
      { rule: "yes", decide: "approve", holds: false },
    ]);
  });

  test("that hold name themselves, a question before a waiver", () => {
    expect(applyRules([approve(yes), ask(yes)], facts()).decision).toEqual({
      outcome: "ask",
      rule: "hm",
      approval: "security",
    });
    expect(applyRules([approve(yes), ask({ not: yes })], facts()).decision).toEqual({
      outcome: "approve",
      rule: "yes",
      say: "Sure.",
    });
  });

  test("of which one cannot be decided say which, so that somebody can fill in what is missing", () => {
    expect(applyRules([ask(unknown)], facts()).decision).toEqual({
      outcome: "deny",
      rule: "hm",
      say: "The rule “hm” could not be decided: something that it needs to know is not set in JumpCloud.",
    });
  });
});
