import { describe, expect, test } from "vitest";
import { day, hour, minute, openStory, option, policyWith } from "../../support/company-story.ts";

const alice = "alice.moreau";

/** Friday, ten in the morning in Berlin, where people work from nine to five. */
function working() {
  return openStory({
    policy: policyWith(({ policy }) => {
      policy.businessHours = {
        timeZone: "Europe/Berlin",
        days: ["mon", "tue", "wed", "thu", "fri"],
        from: "09:00",
        to: "17:00",
      };
      policy.reminders = ["8h"];
      delete policy.escalation;
      policy.expiresAfter = "16h";
    }),
  });
}

describe("with business hours", () => {
  test("nobody is reminded at the weekend, and nothing expires then", async () => {
    const story = await working();
    const { key, id } = await story.request(alice, option.githubDeveloper);
    await story.pass(2 * day + 23 * hour);
    expect(await story.actions(id)).not.toContain("approval.reminded");
    await story.pass(2 * hour);
    expect(await story.actions(id)).toContain("approval.reminded");
    await story.pass(21 * hour);
    expect(await story.statusOf(key)).toBe("waitingForApproval");
    await story.pass(3 * hour);
    expect(await story.stored(id)).toMatchObject({ status: "expired" });
  });

  test("the time of a later stage counts from when that is asked", async () => {
    const story = await working();
    const { key, id } = await story.request(alice, option.githubAdministrator, { duration: "4 hours" });
    // Friday, seven in the evening: all of the eight hours are left, and they are over on Monday at five.
    await story.pass(9 * hour);
    await story.decide("jonas.bergmann", key, "approve");
    const reminded = async () =>
      (await story.actions(id)).filter((action) => action === "approval.reminded").length;
    await story.pass(2 * day + 21 * hour + 45 * minute);
    expect(await reminded()).toBe(0);
    // The first stage's wait, begun now, would go on until seven.
    await story.pass(30 * minute);
    expect(await reminded()).toBe(1);
  });
});
