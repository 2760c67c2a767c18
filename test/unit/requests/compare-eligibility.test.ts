import { expect, test } from "vitest";
import { compareEligibility, type EligibilityChanges } from "../../../src/requests/compare-eligibility.ts";

const user = (userId: string, department: string, state = "ACTIVATED") => ({
  userId,
  email: `${userId}@fernhill.example`,
  state,
  attributes: { department },
});
const people = [
  user("ann", "Engineering"),
  user("bo", "Data"),
  user("cy", "Sales"),
  user("di", "Data", "SUSPENDED"),
];

function compare(change: Omit<EligibilityChanges["eligibility"][number], "entitlementId">) {
  const deps = {
    clock: { now: () => 0 },
    directory: {
      async *users() {
        yield* people;
      },
      membersOf: async (id: string) => (id === "6a00000000000000000b0001" ? ["cy"] : undefined),
    },
  };
  return compareEligibility(deps, { eligibility: [{ entitlementId: "aws/developer", ...change }] });
}

const inDepartments = (...names: string[]) => ({
  attribute: "department" as const,
  in: names,
  of: "beneficiary" as const,
});
const inGroup = (id: string) => ({ inGroup: [id], of: "beneficiary" as const });

test("active people who gain and who lose are told apart", async () => {
  const before = inDepartments("Engineering", "Data");
  expect(await compare({ before, after: inDepartments("Engineering", "Sales") })).toEqual([
    { entitlementId: "aws/developer", gain: ["cy@fernhill.example"], lose: ["bo@fernhill.example"] },
  ]);
});

test("everybody is every active person, and nobody none", async () => {
  const everybody = await compare({ before: inDepartments("Data"), after: "everybody" });
  expect(everybody[0]?.gain).toEqual(["ann@fernhill.example", "cy@fernhill.example"]);
  const nobody = await compare({ before: inDepartments("Data") });
  expect(nobody[0]).toMatchObject({ gain: [], lose: ["bo@fernhill.example"] });
});

test("groups are looked up, and who cannot be told about may not", async () => {
  const known = await compare({ after: inGroup("6a00000000000000000b0001") });
  expect(known[0]?.gain).toEqual(["cy@fernhill.example"]);
  const unknown = await compare({ after: { not: inGroup("6a00000000000000000b00ff") } });
  expect(unknown[0]?.gain).toHaveLength(3);
  const owner = await compare({ after: { requesterIs: "owner" } });
  expect(owner[0]?.gain).toEqual([]);
});
