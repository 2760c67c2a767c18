import { describe, expect, test } from "vitest";
import { edgesOf, graphs } from "../support/graphs.ts";
import { cases } from "./cases.ts";
import { testState } from "./engine.ts";
import { differences, requestOf } from "./request.ts";

describe.each(graphs)("the cases of $name", ({ name: machine, states }) => {
  const own = cases.filter((one) => one.machine === machine);

  test("are one for every way out of every state, and no others", () => {
    const ways = new Set(own.map(({ state, way }) => `${machine}: ${state} ${way}`));
    expect([...ways].toSorted()).toEqual(edgesOf(machine).toSorted());
  });

  test("have every error that is caught by name, where it is caught", () => {
    const caught = states.flatMap(([state, { Catch = [] }]) =>
      Catch.flatMap(({ ErrorEquals, Next }, index) =>
        ErrorEquals.filter((name) => name !== "States.ALL").map(
          (name) => `${state} -catch ${index}-> ${Next}: ${name}`,
        ),
      ),
    );
    const tried = own.map(({ state, way, error }) => `${state} ${way}: ${error}`);
    expect(caught.length).toBeGreaterThan(10);
    expect(caught.filter((one) => !tried.includes(one))).toEqual([]);
  });

  test("come out on the runtime's engine as they say", async () => {
    const differing: string[] = [];
    for (const one of own) {
      const found = differences(one, await testState(requestOf(one)));
      if (found.length > 0) differing.push(`${one.state} ${one.way} ${one.error ?? ""}: ${found.join("; ")}`);
    }
    expect(differing).toEqual([]);
  });
});
