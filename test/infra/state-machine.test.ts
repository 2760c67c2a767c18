import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { all, functionOf, grants, short } from "../support/deployed-stack.ts";

const machines = all("AWS::StepFunctions::StateMachine").map(({ properties }) => ({
  name: String(properties.StateMachineName).replace("latchkey-local-", ""),
  machine: properties,
}));

test("there is a machine for each kind of request", () => {
  expect(machines.map(({ name }) => name).sort()).toEqual(["access-request", "directory-action"]);
});

describe.each(machines)("$name", ({ name, machine }) => {
  const named = [...new Set(machine.DefinitionString.match(/\$\{\w+\}/g))] as string[];

  test("the graph that is deployed is the file, letter by letter", () => {
    expect(machine.DefinitionString).toBe(readFileSync(`statemachines/${name}.asl.json`, "utf8"));
  });

  test("runs last as long as they must, and each of their steps happens once", () => {
    expect(machine.StateMachineType ?? "STANDARD").toBe("STANDARD");
  });

  test("every step is logged and traced, without what was handed from step to step", () => {
    expect(machine.LoggingConfiguration).toMatchObject({ Level: "ALL", IncludeExecutionData: false });
    expect(machine.TracingConfiguration).toEqual({ Enabled: true });
  });

  test("a run may invoke exactly the functions that the graph names", () => {
    const substitutions: Record<string, string> = machine.DefinitionSubstitutions;
    expect(named.map((one) => one.slice(2, -1)).sort()).toEqual(Object.keys(substitutions).sort());
    const role = short(machine.RoleArn).replace("role/", "");
    const invoked = grants.filter((one) => one.action === "lambda:InvokeFunction" && one.role === role);
    expect(invoked.map(({ resource }) => functionOf(resource)).sort()).toEqual(
      Object.values(substitutions).map(functionOf).sort(),
    );
  });
});
