import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { functionOf, grants, only } from "../support/deployed-stack.ts";

const machine = only("AWS::StepFunctions::StateMachine").properties;
const named = [...new Set(machine.DefinitionString.match(/\$\{\w+\}/g))] as string[];

test("the graph that is deployed is the file, letter by letter", () => {
  expect(machine.DefinitionString).toBe(readFileSync("statemachines/access-request.asl.json", "utf8"));
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
  expect(named.map((name) => name.slice(2, -1)).sort()).toEqual(Object.keys(substitutions).sort());
  const invoked = grants.filter(({ action }) => action === "lambda:InvokeFunction");
  expect(new Set(invoked.map(({ role }) => role)).size).toBe(1);
  expect(invoked.map(({ resource }) => functionOf(resource)).sort()).toEqual(
    Object.values(substitutions).map(functionOf).sort(),
  );
});
