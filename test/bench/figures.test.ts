import { describe, expect, test } from "vitest";
import { actionFigures } from "../../bench/actions.ts";
import { isOk } from "../../bench/figures.ts";
import { bundleSizes } from "../../bench/functions.ts";
import { publishingFigures } from "../../bench/publishing.ts";
import { countedFigures } from "../../bench/requests.ts";
import { storm } from "../../bench/storm.ts";
import { readAssembly } from "../../local/assembly.ts";
import { assemblyFolder } from "../support/assembly.ts";

const publishing = await publishingFigures();
const actions = await actionFigures();
const assembly = readAssembly(assemblyFolder);
const { groups, costs } = await countedFigures(assembly);
const stormy = await storm(assembly, 60);
const figures = [bundleSizes(), publishing, stormy, ...groups].flatMap(({ title, figures }) =>
  figures.map((figure) => ({ ...figure, title })),
);
const limited = figures.filter(({ limit }) => limit !== undefined);

describe("what is counted stays within its limit", () => {
  test.each(limited)("$title: $name, at most $limit $unit", (figure) => {
    if (figure.limit !== 0) expect(figure.measured).toBeGreaterThan(0);
    expect(isOk(figure), `${figure.measured} ${figure.unit} (${figure.note ?? ""})`).toBe(true);
  });

  test("every function's bundle has a limit, and so have an approved request and an idle month", () => {
    expect(limited).toHaveLength(19 + 5 + 1 + 2 + 4 + 1);
  });

  test("every action is counted", () => {
    for (const { name, measured } of actions.figures) expect(measured, name).toBeGreaterThanOrEqual(0);
  });

  test("a figure over its limit is not ok, one without a limit always is", () => {
    expect(isOk({ name: "calls", measured: 41, unit: "", limit: 40 })).toBe(false);
    expect(isOk({ name: "calls", measured: 40, unit: "", limit: 40 })).toBe(true);
    expect(isOk({ name: "calls", measured: 41, unit: "" })).toBe(true);
  });
});

describe("costs", () => {
  test("most of what a request costs is the state machine's transitions", () => {
    const sum = costs.warm.reduce((total, { usd }) => total + usd, 0);
    const transitions = costs.warm.find(({ unit }) => unit === "state transition");
    expect(transitions).toMatchObject({ quantity: 9_000, usd: expect.closeTo(0.225) });
    expect(transitions?.usd).toBeGreaterThan(sum / 2);
  });

  test("a stack that nobody uses costs less than five dollars a month: secrets, alarms, metrics, the sweeper and an empty queue", () => {
    expect(costs.idle.reduce((total, { usd }) => total + usd, 0)).toBeLessThan(5);
    const quantities = Object.fromEntries(costs.idle.map(({ unit, quantity }) => [unit, quantity]));
    expect(quantities).toMatchObject({
      "secret for a month": 4,
      "metric of an alarm for a month": expect.toSatisfy((alarms: number) => alarms >= 9),
      // For 30 days: the sweeper, every five minutes; a look whether a synthetic request is to be made, every ten; the
      // comparison with JumpCloud, the anchors and the keys, every six hours. Nothing else runs.
      invocation: 30 * (24 * (12 + 6) + 3 * 4),
      "scheduled event": 30 * (24 * (12 + 6) + 3 * 4),
    });
    expect(quantities).not.toHaveProperty("state transition");
  });
});
