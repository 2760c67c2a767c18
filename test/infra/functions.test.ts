import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { expect, test } from "vitest";
import { environments } from "../../src/lambda/environments.ts";
import { all, functionOf, short } from "../support/deployed-stack.ts";

const functions = all("AWS::Lambda::Function").map(({ properties }) => ({
  name: functionOf(properties.FunctionName),
  ...properties,
})) as { name: string; [property: string]: unknown }[];

test("every file of functions/ is a function, and there is no other", () => {
  const files = readdirSync("functions").map((file) => basename(file, ".ts"));
  expect(functions.map(({ name }) => name).sort()).toEqual(files.sort());
});

test.each(functions)("$name runs on Node 24 on arm64, and nothing about it is unusual", (properties) => {
  expect(properties).toMatchObject({
    Runtime: "nodejs24.x",
    Architectures: ["arm64"],
    Handler: "index.handler",
    MemorySize: 256,
    LoggingConfig: { LogGroup: `/aws/lambda/latchkey-local-${properties.name}` },
  });
  // No layers, no VPC, no reserved concurrency, no tracing of its own, no function URL.
  const { name: _, ...given } = properties;
  expect(Object.keys(given).sort()).toEqual([
    "Architectures",
    "Code",
    "Environment",
    "FunctionName",
    "Handler",
    "LoggingConfig",
    "MemorySize",
    "Role",
    "Runtime",
    "Tags",
    "Timeout",
  ]);
});

test.each(Object.entries(environments))("%s has exactly the environment that it reads", (name, schema) => {
  const given = functions.find((one) => one.name === name)?.Environment as {
    Variables: Record<string, string>;
  };
  expect(Object.keys(given.Variables).sort()).toEqual(Object.keys(schema.entries).sort());
  for (const value of Object.values(given.Variables)) expect(value).not.toBe("");
});

test("a function gives up before whoever waits for it does", () => {
  const timeout = (name: string) => Number(functions.find((one) => one.name === name)?.Timeout);
  // An HTTP API waits 30 seconds for an integration.
  expect(timeout("receive-webhook")).toBeLessThan(30);
  expect(timeout("sweep-requests")).toBeLessThan(5 * 60);

  const machines = all("AWS::StepFunctions::StateMachine").map(({ properties }) => properties);
  const waits = machines.flatMap(({ DefinitionString, DefinitionSubstitutions }) => {
    const states: Record<
      string,
      { Arguments?: { FunctionName: string }; TimeoutSeconds?: unknown; Resource?: string }
    > = JSON.parse(DefinitionString).States;
    return Object.values(states).flatMap(({ Arguments, TimeoutSeconds, Resource }) =>
      Arguments && Resource === "arn:aws:states:::lambda:invoke"
        ? [
            {
              name: functionOf(DefinitionSubstitutions[Arguments.FunctionName.slice(2, -1)]),
              seconds: TimeoutSeconds,
            },
          ]
        : [],
    );
  });
  expect(waits.length).toBeGreaterThan(5);
  for (const { name, seconds } of waits) expect(Number(seconds), name).toBeGreaterThan(timeout(name));
});

test.each([
  ["the sweep", "sweep", "sweep-requests", "rate(5 minutes)"],
  ["the synthetic request", "synthetic", "raise-synthetic-request", "rate(10 minutes)"],
])("%s comes by its schedule, and the next one is the retry of one that failed", (_, rule, name, rate) => {
  expect(scheduleOf(rule)).toMatchObject({
    ScheduleExpression: rate,
    State: "ENABLED",
    Targets: [expect.objectContaining({ RetryPolicy: { MaximumRetryAttempts: 0 } })],
  });
  const settings = all("AWS::Lambda::EventInvokeConfig").find(
    ({ properties }) => short(properties.FunctionName) === name,
  );
  expect(settings?.properties.MaximumRetryAttempts).toBe(0);
});

test("the catalog is compared with JumpCloud four times a day", () => {
  expect(scheduleOf("sync")).toMatchObject({ ScheduleExpression: "rate(6 hours)", State: "ENABLED" });
});

test("days that are over are anchored within some hours, and a run that failed is made up for by the next", () => {
  expect(scheduleOf("anchor")).toMatchObject({ ScheduleExpression: "rate(6 hours)", State: "ENABLED" });
});

test("the age of the keys is looked at every few hours", () => {
  expect(scheduleOf("keys")).toMatchObject({ ScheduleExpression: "rate(6 hours)", State: "ENABLED" });
});

function scheduleOf(name: string) {
  return all("AWS::Events::Rule").find(({ properties }) => short(properties.Name) === name)?.properties;
}
