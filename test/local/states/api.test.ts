import { describe, expect, test } from "vitest";
import type { Transition } from "../../../local/runtime/states/run.ts";
import { StatesService } from "../../../local/runtime/states/service.ts";
import { account, Bench, machine, region, roleArn, startOfTime, succeed } from "./support.ts";

const machineArn = (name: string) => `arn:aws:states:${region}:${account}:stateMachine:${name}`;
const executionArn = (name: string, of = "m") =>
  `arn:aws:states:${region}:${account}:execution:${of}:${name}`;
const definition = JSON.stringify(machine({ A: succeed }));
const waiting = JSON.stringify(machine({ W: { Type: "Wait", Seconds: 60, End: true } }));
const made = { name: "m", definition, roleArn };

async function benchWith(text = definition): Promise<Bench> {
  const bench = new Bench();
  await bench.call("CreateStateMachine", { ...made, definition: text });
  return bench;
}

const begin = (bench: Bench, more: object = {}) =>
  bench.call("StartExecution", { stateMachineArn: machineArn("m"), ...more });

describe("state machines:", () => {
  test("CreateStateMachine is idempotent for the same definition, whatever the role and tags", async () => {
    const bench = new Bench();
    const first = await bench.call("CreateStateMachine", made);
    expect(first).toEqual({ stateMachineArn: machineArn("m"), creationDate: startOfTime / 1000 });
    await bench.pass(60);
    const again = { ...made, roleArn: `${roleArn}2`, tags: [{ key: "a", value: "b" }] };
    expect(await bench.call("CreateStateMachine", again)).toEqual(first);
    await expect(bench.call("CreateStateMachine", { ...made, definition: waiting })).rejects.toMatchObject({
      name: "StateMachineAlreadyExists",
    });
  });

  test.each(["", "a b", "a/b", "a:b", "a#b", "a*", "x".repeat(81), "tab\t", "über<"])(
    "the name %j is refused",
    async (name) => {
      await expect(new Bench().call("CreateStateMachine", { ...made, name })).rejects.toMatchObject({
        name: "InvalidName",
      });
    },
  );

  test("EXPRESS machines and versions are refused, not ignored", async () => {
    for (const more of [{ type: "EXPRESS" }, { publish: true }])
      await expect(new Bench().call("CreateStateMachine", { ...made, ...more })).rejects.toMatchObject({
        name: "ValidationException",
      });
  });

  test("DescribeStateMachine", async () => {
    const bench = await benchWith();
    expect(await bench.call("DescribeStateMachine", { stateMachineArn: machineArn("m") })).toEqual({
      stateMachineArn: machineArn("m"),
      name: "m",
      status: "ACTIVE",
      definition,
      roleArn,
      type: "STANDARD",
      creationDate: startOfTime / 1000,
      loggingConfiguration: { level: "OFF", includeExecutionData: false },
      tracingConfiguration: { enabled: false },
    });
  });

  test("UpdateStateMachine: running executions keep their definition, new ones have the new", async () => {
    const bench = await benchWith(waiting);
    await begin(bench, { name: "old" });
    await bench.pass(1);
    const update = { stateMachineArn: machineArn("m"), definition };
    const answer = await bench.call<{ revisionId: string; updateDate: number }>("UpdateStateMachine", update);
    expect(answer.updateDate).toBe(startOfTime / 1000 + 1);
    await begin(bench, { name: "new" });
    await bench.pass(60);
    expect(await bench.execution(executionArn("old"))).toMatchObject({ status: "SUCCEEDED", seconds: 60 });
    expect(await bench.execution(executionArn("new"))).toMatchObject({ status: "SUCCEEDED", seconds: 0 });
    const asStarted = (name: string) =>
      bench.call<{ definition: string }>("DescribeStateMachineForExecution", {
        executionArn: executionArn(name),
      });
    expect((await asStarted("old")).definition).toBe(waiting);
    expect((await asStarted("new")).definition).toBe(definition);
    expect((await bench.call<{ revisionId: string }>("UpdateStateMachine", update)).revisionId).toBe(
      answer.revisionId,
    );
  });

  test("UpdateStateMachine needs something to update, and a definition that is right", async () => {
    const bench = await benchWith();
    const stateMachineArn = machineArn("m");
    await expect(bench.call("UpdateStateMachine", { stateMachineArn })).rejects.toMatchObject({
      name: "MissingRequiredParameter",
    });
    await expect(
      bench.call("UpdateStateMachine", { stateMachineArn, definition: "{}" }),
    ).rejects.toMatchObject({
      name: "InvalidDefinition",
    });
  });

  test("ListStateMachines gives pages in the order of names", async () => {
    const bench = new Bench();
    for (const name of ["c", "a", "b"]) await bench.call("CreateStateMachine", { ...made, name });
    type Page = { stateMachines: { name: string }[]; nextToken?: string };
    const first = await bench.call<Page>("ListStateMachines", { maxResults: 2 });
    const second = await bench.call<Page>("ListStateMachines", { maxResults: 2, nextToken: first.nextToken });
    expect([first, second].map(({ stateMachines }) => stateMachines.map(({ name }) => name))).toEqual([
      ["a", "b"],
      ["c"],
    ]);
    expect(second).not.toHaveProperty("nextToken");
    await expect(bench.call("ListStateMachines", { maxResults: 1001 })).rejects.toMatchObject({
      name: "ValidationException",
    });
  });

  test("DeleteStateMachine ends its executions and forgets them; a machine that is not there is fine", async () => {
    const bench = await benchWith(waiting);
    await begin(bench, { name: "one" });
    const stateMachineArn = machineArn("m");
    expect(await bench.call("DeleteStateMachine", { stateMachineArn })).toEqual({});
    expect(await bench.call("DeleteStateMachine", { stateMachineArn })).toEqual({});
    await expect(bench.call("DescribeStateMachine", { stateMachineArn })).rejects.toMatchObject({
      name: "StateMachineDoesNotExist",
    });
    await expect(bench.execution(executionArn("one"))).rejects.toMatchObject({
      name: "ExecutionDoesNotExist",
    });
    expect(await bench.clock.advanceToNext(400 * 86_400_000)).toBe(false);
  });

  test("a machine made anew under a deleted one's name begins from nothing", async () => {
    const bench = await benchWith(waiting);
    await begin(bench, { name: "one" });
    await bench.call("DeleteStateMachine", { stateMachineArn: machineArn("m") });
    await bench.call("CreateStateMachine", { ...made, definition: waiting });
    await begin(bench, { name: "one" });
    await bench.pass(30);
    expect(await bench.call("StopExecution", { executionArn: executionArn("one") })).toEqual({
      stopDate: startOfTime / 1000 + 30,
    });
    expect(await bench.types(executionArn("one"))).toEqual([
      "ExecutionStarted",
      "WaitStateEntered",
      "ExecutionAborted",
    ]);
  });

  test("tags", async () => {
    const bench = await benchWith();
    const resourceArn = machineArn("m");
    const tags = [
      { key: "team", value: "it" },
      { key: "stage", value: "dev" },
    ];
    await bench.call("TagResource", { resourceArn, tags });
    await bench.call("UntagResource", { resourceArn, tagKeys: ["stage"] });
    expect(await bench.call("ListTagsForResource", { resourceArn })).toEqual({ tags: tags.slice(0, 1) });
    await expect(
      bench.call("ListTagsForResource", { resourceArn: machineArn("nobody") }),
    ).rejects.toMatchObject({ name: "ResourceNotFound" });
  });
});

describe("StartExecution:", () => {
  test("the same name and input give the same execution while it runs", async () => {
    const bench = await benchWith(waiting);
    const first = await begin(bench, { name: "one", input: '{"a":1}' });
    expect(first).toEqual({ executionArn: executionArn("one"), startDate: startOfTime / 1000 });
    await bench.pass(30);
    expect(await begin(bench, { name: "one", input: '{"a":1}' })).toEqual(first);
    await bench.pass(30);
    expect(await bench.types(executionArn("one"))).toHaveLength(4);
  });

  test("another input, or an execution that has ended, is ExecutionAlreadyExists", async () => {
    const bench = await benchWith(waiting);
    await begin(bench, { name: "one", input: "1" });
    const exists = {
      name: "ExecutionAlreadyExists",
      message: `Execution Already Exists: '${executionArn("one")}'`,
    };
    await expect(begin(bench, { name: "one", input: "2" })).rejects.toMatchObject(exists);
    await bench.pass(60);
    await expect(begin(bench, { name: "one", input: "1" })).rejects.toMatchObject(exists);
  });

  test("a name is free again 90 days after the end", async () => {
    const bench = await benchWith();
    await begin(bench, { name: "one", input: "1" });
    await bench.pass(90 * 86_400);
    await expect(begin(bench, { name: "one" })).rejects.toMatchObject({ name: "ExecutionAlreadyExists" });
    await bench.pass(1);
    await begin(bench, { name: "one", input: "2" });
    await bench.pass(0);
    expect(await bench.execution(executionArn("one"))).toMatchObject({ status: "SUCCEEDED", output: 2 });
    expect(await bench.types(executionArn("one"))).toHaveLength(4);
  });

  test("without a name it has a UUID, without an input {}", async () => {
    const bench = await benchWith();
    const answer = await bench.call<{ executionArn: string }>("StartExecution", {
      stateMachineArn: machineArn("m"),
    });
    expect(answer.executionArn).toMatch(/:execution:m:[0-9a-f-]{36}$/);
    await bench.pass(0);
    expect((await bench.execution(answer.executionArn)).output).toEqual({});
  });

  test.each(["1", '"text"', "null", "[]"])("the input may be any JSON: %s", async (input) => {
    const bench = await benchWith();
    await begin(bench, { name: "one", input });
    await bench.pass(0);
    expect((await bench.execution(executionArn("one"))).output).toEqual(JSON.parse(input));
  });

  test.each(["", "not JSON", "{'a': 1}", JSON.stringify("x".repeat(262_143))])(
    "other text is InvalidExecutionInput: %.20s",
    async (input) => {
      await expect(begin(await benchWith(), { input })).rejects.toMatchObject({
        name: "InvalidExecutionInput",
      });
    },
  );

  test("bad names, ARNs and machines", async () => {
    const bench = await benchWith();
    await expect(begin(bench, { name: "a b" })).rejects.toMatchObject({ name: "InvalidName" });
    for (const [stateMachineArn, name] of [
      ["m", "InvalidArn"],
      [executionArn("one"), "InvalidArn"],
      [machineArn("nobody"), "StateMachineDoesNotExist"],
      [`${machineArn("m")}:1`, "StateMachineDoesNotExist"],
    ])
      await expect(bench.call("StartExecution", { stateMachineArn })).rejects.toMatchObject({ name });
    await expect(bench.call("StartExecution", {})).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining("stateMachineArn") as string,
    });
  });
});

describe("executions:", () => {
  test("DescribeExecution of a running, a succeeded and a failed one", async () => {
    const bench = new Bench();
    const arn = await bench.start(
      machine({
        W: { Type: "Wait", Seconds: 10, Next: "C" },
        C: { Type: "Choice", Choices: [{ Condition: "{% $states.input %}", Next: "S" }], Default: "F" },
        S: succeed,
        F: { Type: "Fail", Error: "E", Cause: "c" },
      }),
      true,
    );
    const running = await bench.call("DescribeExecution", { executionArn: arn });
    expect(running).toEqual({
      executionArn: arn,
      stateMachineArn: machineArn("machine"),
      name: "one",
      status: "RUNNING",
      startDate: startOfTime / 1000,
      input: "true",
      inputDetails: { included: true },
      redriveCount: 0,
      redriveStatus: "NOT_REDRIVABLE",
      redriveStatusReason: "Execution is RUNNING and cannot be redriven",
    });
    await bench.pass(10);
    expect(await bench.call("DescribeExecution", { executionArn: arn })).toMatchObject({
      status: "SUCCEEDED",
      output: "true",
      outputDetails: { included: true },
      stopDate: startOfTime / 1000 + 10,
    });
    await bench.call("StartExecution", {
      stateMachineArn: machineArn("machine"),
      name: "two",
      input: "false",
    });
    await bench.pass(10);
    const failed = await bench.call("DescribeExecution", { executionArn: executionArn("two", "machine") });
    expect(failed).toMatchObject({ status: "FAILED", error: "E", cause: "c" });
    expect(failed).not.toHaveProperty("output");
  });

  test("ListExecutions shows what began or ended last first, filtered and in pages", async () => {
    const bench = await benchWith(waiting);
    for (const name of ["a", "b", "c"]) {
      await begin(bench, { name });
      await bench.pass(10);
    }
    await bench.call("StopExecution", { executionArn: executionArn("b") });
    type Page = { executions: { name: string }[]; nextToken?: string };
    const list = async (more: object) => {
      const page = await bench.call<Page>("ListExecutions", { stateMachineArn: machineArn("m"), ...more });
      return { names: page.executions.map(({ name }) => name), nextToken: page.nextToken };
    };
    expect((await list({})).names).toEqual(["b", "c", "a"]);
    expect((await list({ statusFilter: "ABORTED" })).names).toEqual(["b"]);
    expect((await list({ statusFilter: "RUNNING" })).names).toEqual(["c", "a"]);
    const first = await list({ maxResults: 2 });
    // One that starts between two pages does not move the second page.
    await begin(bench, { name: "d" });
    expect((await list({ maxResults: 2, nextToken: first.nextToken })).names).toEqual(["a"]);
    await expect(list({ statusFilter: "running" })).rejects.toMatchObject({ name: "ValidationException" });
    await expect(
      bench.call("ListExecutions", { stateMachineArn: machineArn("nobody") }),
    ).rejects.toMatchObject({ name: "StateMachineDoesNotExist" });
  });

  test("StopExecution ends a running one with error and cause; one that has ended stays as it is", async () => {
    const bench = await benchWith(waiting);
    await begin(bench, { name: "one" });
    await bench.pass(20);
    const stop = { executionArn: executionArn("one"), error: "E", cause: "c" };
    expect(await bench.call("StopExecution", stop)).toEqual({ stopDate: startOfTime / 1000 + 20 });
    await bench.pass(60);
    expect(await bench.execution(executionArn("one"))).toMatchObject({
      status: "ABORTED",
      error: "E",
      seconds: 20,
    });
    expect(await bench.call("StopExecution", { ...stop, error: "F" })).toEqual({
      stopDate: startOfTime / 1000 + 20,
    });
    expect(await bench.execution(executionArn("one"))).toMatchObject({ error: "E" });
  });

  test.each([
    "DescribeExecution",
    "GetExecutionHistory",
    "StopExecution",
    "DescribeStateMachineForExecution",
  ])("%s of an execution that does not exist", async (operation) => {
    const bench = await benchWith();
    await expect(bench.call(operation, { executionArn: executionArn("none") })).rejects.toMatchObject({
      name: "ExecutionDoesNotExist",
    });
    await expect(bench.call(operation, { executionArn: "none" })).rejects.toMatchObject({
      name: "InvalidArn",
    });
  });

  test("an operation that is not here is said so", async () => {
    await expect(new Bench().call("RedriveExecution", {})).rejects.toMatchObject({
      name: "UnknownOperationException",
      message: expect.stringContaining("StartExecution") as string,
    });
  });
});

test("every step is told after it is kept, with its time", async () => {
  const bench = new Bench();
  const told: Transition[] = [];
  const service = new StatesService({
    clock: bench.clock,
    store: bench.store,
    host: bench.host(),
    region,
    account,
    onTransition: (transition) => {
      expect(service.path(transition.executionArn)).toContainEqual({
        state: transition.state,
        how: transition.how,
        ...("to" in transition ? { to: transition.to } : {}),
      });
      told.push(transition);
    },
  });
  service.define({ arn: machineArn("m"), name: "m", definition: waiting, roleArn });
  await service.handle("StartExecution", { stateMachineArn: machineArn("m"), name: "one" });
  await bench.pass(60);
  expect(told).toEqual([
    { executionArn: executionArn("one"), state: "W", how: "entered", at: startOfTime },
    { executionArn: executionArn("one"), state: "W", how: "end", at: startOfTime + 60_000 },
  ]);
  expect(service.billedTransitions(executionArn("one"))).toBe(2);
});
