import { expect, test } from "vitest";
import { standstillSeconds } from "../../../src/requests/standstill.ts";
import { policy } from "../../support/policy.ts";
import { actionRequest, asked, decision, pin, request } from "../../support/requests.ts";

const minute = 60_000;
const day = 24 * 60 * minute;
const applied = { policy: policy({ reminders: ["1d"], expiresAfter: "7d" }) };
const minutesStill = (one: Parameters<typeof standstillSeconds>[0], now: number) =>
  standstillSeconds(one, now, applied) / 60;

test.each([
  ["nobody has checked yet: since it was made", request("requested", { createdAt: 5 * minute })],
  ["waits to be asked for: since it was made", request("checked", { createdAt: 5 * minute })],
  [
    "waits for its second stage: since the first was decided",
    request("checked", { decisions: [decision({ at: 5 * minute })] }),
  ],
  ["is approved: since the decision", request("approved", { decisions: [decision({ at: 5 * minute })] })],
  [
    "is approved for a later day: since its start",
    request("approved", { pin: pin({ startsAt: 5 * minute }), decisions: [decision({ at: 1 })] }),
  ],
  ["has actions that are put off: since their day", actionRequest("approved", { heldUntil: 5 * minute })],
  ["is ending: since it was to end", request("ending", { end: { why: "early", at: 5 * minute } })],
])("a request that %s", (_, one) => {
  expect(minutesStill(one, 65 * minute)).toBe(60);
});

test("that another run was started does not begin its time anew", () => {
  const again = request("requested", { runs: 9, updatedAt: 64 * minute });
  expect(minutesStill(again, 65 * minute)).toBe(65);
});

test.each(["asked", "blocked"] as const)(
  "a request that is %s stands still once its time to decide is over",
  (status) => {
    const waiting = request(status, { asked: asked({ at: day }) });
    expect(minutesStill(waiting, 8 * day)).toBe(0);
    expect(minutesStill(waiting, 8 * day + 90 * minute)).toBe(90);
  },
);

test("what waits for people, for its end, or for nothing does not stand still", () => {
  const byHand = { askedAt: 0 };
  for (const one of [
    request("asked"),
    request("approved", { byHand }),
    request("ending", { end: { why: "time", at: 0, byHand } }),
    request("approved", { pin: pin({ startsAt: 9 * day }) }),
    actionRequest("approved", { heldUntil: 9 * day }),
    request("granted"),
    request("ended"),
    request("declined"),
    request("failed"),
    actionRequest("done"),
  ])
    expect(minutesStill(one, day), one.status).toBe(0);
});
