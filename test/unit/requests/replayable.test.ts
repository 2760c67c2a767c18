import { expect, test } from "vitest";
import { readPolicyFiles } from "../../../src/policy-files/read-policy-files.ts";
import { replayable } from "../../../src/requests/replayable.ts";
import type { Request } from "../../../src/requests/request.ts";
import { pin, request } from "../../support/requests.ts";

const files = readPolicyFiles("policy");
if ("problems" in files) throw new Error("the example files are wrong");
const { site } = files;

async function* all(...requests: Request[]) {
  yield* requests;
}

test("requests that were checked are taken as they were made, the newest first, each once", async () => {
  const found = await replayable(
    all(
      request("granted", { requestId: "1-1", createdAt: 1, pin: pin({ seconds: 14_400 }) }),
      request("ended", { requestId: "2-1", createdAt: 2, pin: pin({ seconds: 14_400 }) }),
      request("declined", { requestId: "3-1", createdAt: 3 }),
      request("requested", { requestId: "4-1", createdAt: 4 }),
      request("granted", { requestId: "5-1", pin: pin({ extension: { since: 0, endsAt: 1 } }) }),
    ),
    site,
    10,
  );
  expect(found.map(({ requestId, simulation }) => [requestId, simulation.duration])).toEqual([
    ["3-1", "permanent"],
    ["2-1", "4h"],
  ]);
});

test("for whom, for how long before it was made shorter, and in which emergency", async () => {
  const other = { accountId: "acc-other", userId: "user-other" };
  const [one, ...more] = await replayable(
    all(
      request("granted", {
        pin: pin({
          beneficiary: other,
          seconds: 3_600,
          narrowedFrom: { seconds: 86_400 },
          emergency: { incident: "OPS-1", approvers: [], notified: [] },
        }),
      }),
    ),
    site,
    10,
  );
  expect(more).toEqual([]);
  expect(one?.simulation).toEqual({
    requester: "acc-requester",
    beneficiary: "acc-other",
    entitlementId: "github/developer",
    duration: "1d",
    incident: "OPS-1",
  });
  const [unknown] = await replayable(all(request("granted", { pin: pin({ seconds: 17 }) })), site, 1);
  expect(unknown?.simulation).not.toHaveProperty("duration");
});
