import { describe, expect, test } from "vitest";
import { entitlementsNeeded } from "../../../src/policy/decide.ts";
import { entry, policy } from "../../support/policy.ts";

const separation = { id: "pay", why: "Four eyes.", one: ["bank/payer"], other: ["bank/approver"] };

describe("what has to be looked up before the policy can decide", () => {
  test("are the prerequisites and what is on the other side of a separation, each once", () => {
    const needing = entry({ entitlementId: "bank/payer", requires: ["bank/member", "bank/approver"] });
    const separations = policy({
      separation: [separation, { ...separation, one: ["bank/auditor"], other: ["bank/payer", "bank/clerk"] }],
    });
    expect(entitlementsNeeded(separations, needing)).toEqual([
      "bank/member",
      "bank/approver",
      "bank/auditor",
    ]);
    expect(entitlementsNeeded(separations, entry())).toEqual([]);
    expect(entitlementsNeeded(policy(), entry())).toEqual([]);
  });

  test("are not the entitlement itself", () => {
    const both = { ...separation, one: ["bank/payer"], other: ["bank/payer", "bank/approver"] };
    const payer = entry({ entitlementId: "bank/payer" });
    expect(entitlementsNeeded(policy({ separation: [both] }), payer)).toEqual(["bank/approver"]);
  });
});
