import fc from "fast-check";
import { expect, test } from "vitest";
import { DeniedByPolicyError } from "../../../src/errors.ts";
import { extendable, extensionOf } from "../../../src/requests/extension.ts";
import { entry } from "../../support/policy.ts";
import { pin, request } from "../../support/requests.ts";

const hour = 3_600_000;
const limited = (max: string) => entry({ durations: { max, permanent: false } });
const granted = (at: number, endsAt: number | undefined, parts = {}) =>
  request("granted", { grant: { at, ...(endsAt === undefined ? {} : { endsAt }) }, pin: pin(parts) });

test("more time counts from the end of what is there", () => {
  const extension = extensionOf(granted(0, 4 * hour), limited("1d"), 4 * 3_600, hour);
  expect(extension).toEqual({ since: 0, endsAt: 8 * hour });
});

test("however often somebody asks, the whole never exceeds the entitlement's longest, nor does it get shorter", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 60, max: 100_000 }), { maxLength: 20 }), (asked) => {
      let held = granted(0, hour);
      for (const seconds of asked) {
        try {
          const before = held.grant.endsAt ?? 0;
          const extension = extensionOf(held, limited("2d"), seconds, before);
          expect(extension.endsAt).toBeLessThanOrEqual(48 * hour);
          expect(extension.endsAt).toBeGreaterThan(before);
          held = granted(before, extension.endsAt, { extension });
        } catch (error) {
          if (!(error instanceof DeniedByPolicyError)) throw error;
          expect(held.grant.endsAt).toBe(48 * hour);
        }
      }
    }),
  );
});

test("an execution lives a year, so no end is further away than 300 days", () => {
  const extension = extensionOf(granted(0, 200 * 24 * hour), entry(), 200 * 86_400, hour);
  expect(extension.endsAt).toBe(300 * 24 * hour + hour);
});

test("nothing is made longer that has no end, has ended, or was given for another form", () => {
  expect(() => extensionOf(granted(0, undefined), entry(), 60, 0)).toThrow("no end date");
  expect(() => extensionOf(granted(0, hour), entry(), undefined, 0)).toThrow("not the one any more");
  const other = entry({ entitlementId: "github/administrator" });
  expect(() => extensionOf(granted(0, hour), other, 60, 0)).toThrow("not the one any more");
  expect(() => extendable(request("ended"))).toThrow("ended meanwhile");
});
