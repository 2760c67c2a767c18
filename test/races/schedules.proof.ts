import { expect, test } from "vitest";
import { figure } from "../../proof/figure.ts";
import { explore, variants } from "./handshake-model.ts";
import { search } from "./schedules.ts";

const count = 10_000;

test("no approval is lost and nothing is done twice in 10,000 schedules", async () => {
  expect(await search(count, 2026)).toBeUndefined();
  figure("schedules of reconcile, token and sweep", `${count.toLocaleString("en")}, 0 lost, 0 double`);
});

test("no order of token, decision, redelivery, sweep and five crashes loses the decision", () => {
  const { states, lost, hopeless } = explore(variants.latchkey, 5);
  expect({ lost, hopeless }).toEqual({ lost: 0, hopeless: 0 });
  figure("states of the handshake and the sweeper, with 5 crashes", `${states.toLocaleString("en")}, 0 lost`);
});
