import { expect, test } from "vitest";
import { figure } from "../../proof/figure.ts";
import { most, storm } from "./storm.ts";

test.each([
  [4, 0],
  [2, 1],
  [1, 2],
])("fifty functions with 1,000 calls, of which JumpCloud takes %d a second", async (limit, halvings) => {
  const { made, refused, seconds, functions } = await storm({ functions: 50, calls: 20, limit });
  const longest = Math.max(...functions.map(({ began, came }) => began - came));
  figure(
    `1,000 calls, of which JumpCloud takes ${limit} a second`,
    `${refused.length} refused, ${most(made, 60)} in the busiest minute (limit 186), over after ${Math.round(seconds)} s, longest wait ${Math.round(longest)} s`,
  );
  expect(functions).toHaveLength(50);
  expect(refused).toHaveLength(halvings);
  expect(most(made, 60)).toBeLessThanOrEqual(180 + 6);
});
