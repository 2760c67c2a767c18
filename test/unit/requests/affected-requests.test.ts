import { expect, test } from "vitest";
import type { Changes } from "../../../src/policy/changes.ts";
import { affectedRequests } from "../../../src/requests/affected-requests.ts";
import type { Request } from "../../../src/requests/request.ts";
import { entry, policy } from "../../support/policy.ts";
import { pin, request } from "../../support/requests.ts";

const none: Changes = { version: 2, added: [], changed: [], removed: [], settings: [] };

async function* each(...requests: Request[]) {
  yield* requests;
}

async function effects(changes: Partial<Changes>, parts = {}) {
  const requests = [request("approved"), request("granted"), request("ended"), request("refused")];
  const affected = await affectedRequests(each(...requests), { ...none, ...changes }, policy(parts));
  return affected.map(({ effect }) => effect);
}

const changed = (fields: string[], parts = {}): Partial<Changes> => ({
  changed: [{ before: entry(), entry: entry(parts), fields }],
});

test.each([
  ["nothing", {}, []],
  ["another entry", { removed: [entry({ entitlementId: "slack/member" })] }, []],
  ["how long an approval is waited for", { settings: ["policy.expiresAfter"] }, []],
  [
    "its removal",
    { removed: [entry()] },
    [
      expect.stringContaining("not in the catalog any more"),
      expect.stringContaining("keeps it until its end"),
    ],
  ],
  [
    "its groups",
    changed(["groups"]),
    [expect.stringContaining("what it gives has changed"), expect.stringContaining("keeps the groups")],
  ],
  ["its closing", changed(["status"], { status: "disabled" }), [expect.stringContaining("it is closed")]],
  ["its approval", changed(["approval"], { approval: "security" }), [expect.stringContaining("“security”")]],
  ["who may have it", changed(["eligibility"]), ["is decided anew when it would be granted"]],
  ["the rules", { settings: ["policy.rules"] }, ["is decided anew when it would be granted"]],
])("a change of %s concerns open requests and access that people have", async (_, changes, expected) => {
  expect(await effects(changes)).toEqual(expected);
});

test("protection that comes while somebody has the access is said before", async () => {
  const expected = [expect.stringContaining("need an operator")];
  expect(await effects({}, { protectedGroups: pin().groups })).toEqual(expected);
  expect(await effects({}, { protectedPeople: [pin().beneficiary.userId] })).toEqual(expected);
});

test("an approval by a rule does not depend on the entry's own", async () => {
  const byRule = request("approved", { pin: pin({ rule: "caps", approval: "security" }) });
  const changes = { ...none, ...changed(["approval"], { approval: "owner" }) };
  const [affected] = await affectedRequests(each(byRule), changes, policy());
  expect(affected).toMatchObject({
    key: byRule.issueKey,
    effect: "is decided anew when it would be granted",
  });
});

test("a request that needs an operator counts by what it was before", async () => {
  const open = request("failed", { before: request("approved") });
  const changes = { ...none, ...changed(["groups"]) };
  const affected = await affectedRequests(each(open, request("requested")), changes, policy());
  expect(affected.map(({ effect }) => effect)).toEqual([
    expect.stringContaining("what it gives has changed"),
  ]);
});

test("an entry that names no approval any more needs the default one", async () => {
  const { approval: _, ...withoutApproval } = entry();
  const fields = ["approval"];
  const changes = { ...none, changed: [{ before: entry(), entry: withoutApproval, fields }] };
  const [affected] = await affectedRequests(each(request("approved")), changes, policy());
  expect(affected?.effect).toContain("“by default”");
});
