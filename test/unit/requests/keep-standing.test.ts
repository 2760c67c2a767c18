import { expect, test } from "vitest";
import { BusyError } from "../../../src/errors.ts";
import { noStanding, type Standing } from "../../../src/policy/standing.ts";
import { keepStanding } from "../../../src/requests/keep-standing.ts";
import { pin, request } from "../../support/requests.ts";

const counted = request("granted", { pin: pin({ countedIn: ["USER#person"] }) });
const { requestId, pin: pinned } = counted;

function open(requests: Standing["requests"] = {}, isTaken = false) {
  let standing: Standing = { ...noStanding("USER#person"), requests };
  let writes = 0;
  const deps = {
    clock: { now: () => 9_000, sleep: async () => {} },
    standings: {
      get: async () => standing,
      save: async (after: Standing) => {
        writes++;
        if (!isTaken) standing = after;
        return !isTaken;
      },
    },
  };
  return { deps, stand: () => standing.requests[requestId], writes: () => writes };
}

const pending = { entitlementId: pinned.entitlementId, state: "pending" as const, at: 1_000 };

test("a grant counts from its own time on, and still does when it is over", async () => {
  const { deps, stand, writes } = open({ [requestId]: pending });
  await keepStanding(deps, counted, "granted");
  expect(stand()).toEqual({ ...pending, state: "granted", at: 9_000 });
  await keepStanding({ ...deps, clock: { ...deps.clock, now: () => 20_000 } }, counted, "ended");
  expect(stand()).toEqual({ ...pending, state: "over", at: 9_000 });
  expect(writes()).toBe(2);
});

test("what gave nothing is forgotten", async () => {
  const { deps, stand } = open({ [requestId]: pending });
  await keepStanding(deps, counted, "nothing");
  expect(stand()).toBeUndefined();
});

test("done again, nothing is written", async () => {
  const { deps, writes } = open({ [requestId]: { ...pending, state: "granted" } });
  await keepStanding(deps, counted, "granted");
  expect(writes()).toBe(0);
});

test("a request that no limit concerns is not counted", async () => {
  const { deps, writes } = open();
  await keepStanding(deps, request("granted", { pin: pin() }), "granted");
  expect(writes()).toBe(0);
});

test("of two that write at once one tries again", async () => {
  const { deps } = open({ [requestId]: pending }, true);
  await expect(keepStanding(deps, counted, "granted")).rejects.toThrow(BusyError);
});
