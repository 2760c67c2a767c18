import { expect, test } from "vitest";
import { checkKeys } from "../../../src/keys/check-keys.ts";

const day = 86_400_000;

async function oldestOf(made: Record<string, number | undefined>): Promise<number[]> {
  const reported: number[] = [];
  const deps = {
    clock: { now: () => 500 * day, sleep: async () => {} },
    madeAt: async (secret: string) => made[secret],
    report: (days: number) => void reported.push(days),
  };
  return [await checkKeys(deps, Object.keys(made)), ...reported];
}

test("the oldest key counts, and is reported", async () => {
  expect(await oldestOf({ one: 490 * day, two: 160 * day, three: 499.5 * day })).toEqual([340, 340]);
});

test("a secret that has no value yet has no age", async () => {
  expect(await oldestOf({ one: undefined, two: 498.5 * day })).toEqual([1.5, 1.5]);
  expect(await oldestOf({ one: undefined })).toEqual([0, 0]);
});
