import { describe, expect, test } from "vitest";
import { JumpCloudUnavailableError, NotVerifiedError } from "../../../src/errors.ts";
import { changeMembership } from "../../../src/grants/membership.ts";

/** A JumpCloud whose reads show each of the given answers once, and the last one from then on. */
async function change(wanted: boolean, shown: boolean[], refusal?: Error) {
  const calls: string[] = [];
  const slept: number[] = [];
  let reads = 0;
  const write = (what: string) => async (user: string, group: string) => {
    calls.push(`${what} ${user} ${group}`);
    if (refusal) throw refusal;
  };
  const error = await changeMembership(
    {
      clock: { now: () => 0, sleep: async (milliseconds) => void slept.push(milliseconds) },
      memberships: {
        isMember: async (user, group) => {
          calls.push(`read ${user} ${group}`);
          return shown[Math.min(reads++, shown.length - 1)] ?? false;
        },
        addMember: write("add"),
        removeMember: write("remove"),
      },
    },
    { userId: "u", groupId: "g", wanted },
  ).catch((thrown: Error) => thrown);
  return { error, calls, slept };
}

describe.each([
  [true, "add", "user u in group g"],
  [false, "remove", "user u out of group g"],
])("a membership that is to be %s", (wanted, word, said) => {
  test("is changed once, and read back without waiting", async () => {
    expect(await change(wanted, [wanted])).toEqual({
      error: undefined,
      calls: [`${word} u g`, "read u g"],
      slept: [],
    });
  });

  test("is read again for seven seconds before it counts as not done", async () => {
    const late = await change(wanted, [!wanted, !wanted, !wanted, wanted]);
    expect(late.error).toBeUndefined();
    expect(late.slept).toEqual([1_000, 2_000, 4_000]);
    const never = await change(wanted, [!wanted]);
    expect(never.error).toBeInstanceOf(NotVerifiedError);
    expect(never.error).toMatchObject({ message: expect.stringContaining(said) });
    expect(never.calls).toHaveLength(5);
  });

  test("counts as done when it is there, though JumpCloud did not answer", async () => {
    const lost = new JumpCloudUnavailableError("the connection failed", { mayHaveHappened: true });
    expect(await change(wanted, [wanted], lost)).toMatchObject({ error: undefined, slept: [] });
    const refused = new JumpCloudUnavailableError("HTTP 429");
    expect(await change(wanted, [wanted], refused)).toMatchObject({ error: refused, calls: [`${word} u g`] });
    const bug = new Error("a bug");
    expect((await change(wanted, [wanted], bug)).error).toBe(bug);
  });
});
