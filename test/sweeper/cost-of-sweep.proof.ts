import { expect, test } from "vitest";
import { figure } from "../../proof/figure.ts";
import { type Cost, costOfSweep } from "./cost-of-sweep.ts";

test("a sweep over 100,000 open requests costs what one over 10 does", async () => {
  const costs: Cost[] = [];
  for (const open of [10, 1_000, 100_000]) {
    const cost = await costOfSweep(open);
    costs.push(cost);
    const { readUnits, itemsRead, queries, callsToJira, doorbells } = cost;
    figure(
      `a sweep over ${open.toLocaleString("en")} open requests, 5 of them due, 10 tickets changed`,
      `${readUnits} read units, ${itemsRead} items, ${queries} queries, ${callsToJira} call to Jira, ${doorbells} doorbells`,
    );
  }
  expect(costs).toEqual([costs[0], costs[0], costs[0]]);
});
