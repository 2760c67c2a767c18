import { describe, expect, test } from "vitest";
import { Bench, roleArn, startOfTime } from "./support.ts";

const arn = "arn:aws:states:eu-west-1:111111111111:stateMachine:m";
const waiting = (Seconds: number) => ({
  QueryLanguage: "JSONata",
  StartAt: "Wait",
  States: { Wait: { Type: "Wait", Seconds, End: true } },
});

/** Deploys the definition as the newest version, with an alias that leads to it. */
function deploy(bench: Bench, seconds: number, aliases = ["live"]): void {
  bench.service.define({ arn, name: "m", definition: JSON.stringify(waiting(seconds)), roleArn, aliases });
}

const start = (bench: Bench, stateMachineArn: string, name: string) =>
  bench.call<{ executionArn: string }>("StartExecution", { stateMachineArn, name });

describe("a run that is started by an alias", () => {
  test("is known by its machine and name, and says by what it was started", async () => {
    const bench = new Bench();
    deploy(bench, 60);
    const { executionArn } = await start(bench, `${arn}:live`, "one");
    expect(executionArn).toBe(`${arn.replace("stateMachine", "execution")}:one`);
    expect(await bench.call("DescribeExecution", { executionArn })).toMatchObject({
      stateMachineArn: arn,
      stateMachineAliasArn: `${arn}:live`,
      stateMachineVersionArn: `${arn}:1`,
    });
    const { events } = await bench.call<{ events: object[] }>("GetExecutionHistory", { executionArn });
    expect(events[0]).toMatchObject({
      executionStartedEventDetails: {
        stateMachineAliasArn: `${arn}:live`,
        stateMachineVersionArn: `${arn}:1`,
      },
    });
  });

  test("keeps its version when the alias leads to the next one", async () => {
    const bench = new Bench();
    deploy(bench, 60);
    await start(bench, `${arn}:live`, "old");
    deploy(bench, 10);
    const { executionArn } = await start(bench, `${arn}:live`, "new");
    expect(await bench.call("DescribeExecution", { executionArn })).toMatchObject({
      stateMachineVersionArn: `${arn}:2`,
      startDate: startOfTime / 1000,
    });
    await bench.pass(60);
    const seconds = async (name: string) =>
      (await bench.execution(`${arn.replace("stateMachine", "execution")}:${name}`)).seconds;
    expect([await seconds("old"), await seconds("new")]).toEqual([60, 10]);
  });

  test("takes a name that a run of another version has", async () => {
    const bench = new Bench();
    deploy(bench, 0);
    await start(bench, `${arn}:live`, "one");
    await bench.pass(1);
    deploy(bench, 5);
    await expect(start(bench, `${arn}:live`, "one")).rejects.toMatchObject({
      name: "ExecutionAlreadyExists",
    });
    await expect(start(bench, arn, "one")).rejects.toMatchObject({ name: "ExecutionAlreadyExists" });
  });
});

test("a definition that was deployed before is no new version", async () => {
  const bench = new Bench();
  deploy(bench, 60);
  deploy(bench, 60);
  const { executionArn } = await start(bench, `${arn}:1`, "one");
  expect(await bench.call("DescribeExecution", { executionArn })).not.toHaveProperty("stateMachineAliasArn");
  await expect(start(bench, `${arn}:2`, "two")).rejects.toMatchObject({ name: "StateMachineDoesNotExist" });
});

test("versions are kept when the process ends", async () => {
  const bench = new Bench();
  deploy(bench, 60);
  bench.restart();
  deploy(bench, 10);
  await start(bench, `${arn}:1`, "old");
  await bench.pass(60);
  expect(await bench.execution(`${arn.replace("stateMachine", "execution")}:old`)).toMatchObject({
    seconds: 60,
  });
});

test("an alias that is not there starts nothing", async () => {
  const bench = new Bench();
  deploy(bench, 60, []);
  for (const name of ["live", "1", "0", "toString"])
    await expect(start(bench, `${arn}:${name}`, "one")).rejects.toMatchObject({
      name: "StateMachineDoesNotExist",
    });
});
