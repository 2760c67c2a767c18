import { describe, expect, test } from "vitest";
import type { HistoryEvent } from "../../../local/runtime/states/history.ts";
import {
  account,
  ask,
  Bench,
  branch,
  invoke,
  machine,
  region,
  roleArn,
  succeed,
  TaskFailure,
} from "./support.ts";

// The orders and predecessors are those that LocalStack's project recorded against AWS, see `sources.recorded`.

const line = (event: HistoryEvent) => `${event.id} < ${event.previousEventId} ${event.type}`;
async function historyOf(definition: object, input: unknown, bench = new Bench()): Promise<HistoryEvent[]> {
  const { arn } = await bench.run(definition, input);
  return bench.history(arn);
}

describe("the history of", () => {
  test("a Pass and a Succeed state", async () => {
    const definition = machine({ A: { Type: "Pass", Assign: { x: "é" }, Output: 1, Next: "B" }, B: succeed });
    expect(await historyOf(definition, { a: 1 })).toEqual([
      {
        id: 1,
        previousEventId: 0,
        timestamp: 1_795_165_200,
        type: "ExecutionStarted",
        executionStartedEventDetails: { input: '{"a":1}', inputDetails: { truncated: false }, roleArn },
      },
      {
        id: 2,
        previousEventId: 0,
        timestamp: 1_795_165_200,
        type: "PassStateEntered",
        stateEnteredEventDetails: { name: "A", input: '{"a":1}', inputDetails: { truncated: false } },
      },
      {
        id: 3,
        previousEventId: 2,
        timestamp: 1_795_165_200,
        type: "PassStateExited",
        stateExitedEventDetails: {
          name: "A",
          output: "1",
          outputDetails: { truncated: false },
          assignedVariables: { x: '"é"' },
          assignedVariablesDetails: { truncated: false },
        },
      },
      expect.objectContaining({ id: 4, previousEventId: 3, type: "SucceedStateEntered" }),
      expect.objectContaining({ id: 5, previousEventId: 4, type: "SucceedStateExited" }),
      {
        id: 6,
        previousEventId: 5,
        timestamp: 1_795_165_200,
        type: "ExecutionSucceeded",
        executionSucceededEventDetails: { output: "1", outputDetails: { truncated: false } },
      },
    ]);
  });

  test("a service task that is retried and caught", async () => {
    const bench = new Bench({
      functions: {
        f: () => {
          throw new TaskFailure("E", "why");
        },
      },
    });
    const definition = machine({
      T: invoke(
        "f",
        { a: 1 },
        {
          TimeoutSeconds: 60,
          Retry: [{ ErrorEquals: ["E"], MaxAttempts: 1 }],
          Catch: [{ ErrorEquals: ["E"], Next: "C" }],
          End: true,
        },
      ),
      C: succeed,
    });
    const events = await historyOf(definition, {}, bench);
    expect(events.map(line)).toEqual([
      "1 < 0 ExecutionStarted",
      "2 < 0 TaskStateEntered",
      "3 < 2 TaskScheduled",
      "4 < 3 TaskStarted",
      "5 < 4 TaskFailed",
      "6 < 5 TaskScheduled",
      "7 < 6 TaskStarted",
      "8 < 7 TaskFailed",
      "9 < 8 TaskStateExited",
      "10 < 9 SucceedStateEntered",
      "11 < 10 SucceedStateExited",
      "12 < 11 ExecutionSucceeded",
    ]);
    expect(events[2]?.taskScheduledEventDetails).toEqual({
      resource: "invoke",
      resourceType: "lambda",
      region,
      parameters: '{"FunctionName":"f","Payload":{"a":1}}',
      timeoutInSeconds: 60,
    });
    expect(events[4]?.taskFailedEventDetails).toEqual({
      resource: "invoke",
      resourceType: "lambda",
      error: "E",
      cause: "why",
    });
  });

  test("a plain function", async () => {
    const functionArn = `arn:aws:lambda:${region}:${account}:function:f`;
    const events = await historyOf(
      machine({
        T: { Type: "Task", Resource: functionArn, Arguments: { a: 1 }, TimeoutSeconds: 9, End: true },
      }),
      {},
      new Bench({ functions: { f: () => 2 } }),
    );
    expect(events.map(line)).toEqual([
      "1 < 0 ExecutionStarted",
      "2 < 0 TaskStateEntered",
      "3 < 2 LambdaFunctionScheduled",
      "4 < 3 LambdaFunctionStarted",
      "5 < 4 LambdaFunctionSucceeded",
      "6 < 5 TaskStateExited",
      "7 < 6 ExecutionSucceeded",
    ]);
    expect(events[2]?.lambdaFunctionScheduledEventDetails).toEqual({
      resource: functionArn,
      input: '{"a":1}',
      inputDetails: { truncated: false },
      timeoutInSeconds: 9,
    });
    expect(events[4]?.lambdaFunctionSucceededEventDetails).toEqual({
      output: "2",
      outputDetails: { truncated: false },
    });
  });

  test("a callback that times out", async () => {
    const events = await historyOf(
      machine({ T: ask("f", { TimeoutSeconds: 5, HeartbeatSeconds: 4, End: true }) }),
      {},
      new Bench({ functions: { f: () => null } }),
    );
    expect(events.map(line)).toEqual([
      "1 < 0 ExecutionStarted",
      "2 < 0 TaskStateEntered",
      "3 < 2 TaskScheduled",
      "4 < 3 TaskStarted",
      "5 < 4 TaskSubmitted",
      "6 < 5 TaskTimedOut",
      "7 < 6 ExecutionFailed",
    ]);
    expect(events[2]?.taskScheduledEventDetails).toMatchObject({
      resource: "invoke.waitForTaskToken",
      timeoutInSeconds: 5,
      heartbeatInSeconds: 4,
    });
    expect(events[5]?.taskTimedOutEventDetails).toEqual({
      resource: "invoke.waitForTaskToken",
      resourceType: "lambda",
      error: "States.HeartbeatTimeout",
    });
    expect(events[6]?.executionFailedEventDetails).toEqual({ error: "States.HeartbeatTimeout" });
  });

  test("a Map with two turns", async () => {
    const map = {
      Type: "Map",
      MaxConcurrency: 1,
      ItemProcessor: branch({ I: { Type: "Pass", End: true } }),
      End: true,
    };
    const events = await historyOf(machine({ M: map }), ["a", "b"]);
    expect(events.map(line)).toEqual([
      "1 < 0 ExecutionStarted",
      "2 < 0 MapStateEntered",
      "3 < 2 MapStateStarted",
      "4 < 3 MapIterationStarted",
      "5 < 4 PassStateEntered",
      "6 < 5 PassStateExited",
      "7 < 6 MapIterationSucceeded",
      "8 < 6 MapIterationStarted",
      "9 < 8 PassStateEntered",
      "10 < 9 PassStateExited",
      "11 < 10 MapIterationSucceeded",
      "12 < 11 MapStateSucceeded",
      "13 < 11 MapStateExited",
      "14 < 13 ExecutionSucceeded",
    ]);
    expect(events[2]?.mapStateStartedEventDetails).toEqual({ length: 2 });
    expect(events[7]?.mapIterationStartedEventDetails).toEqual({ index: 1, name: "M" });
  });

  test("a Map whose iteration fails, retried once", async () => {
    const map = {
      Type: "Map",
      ItemProcessor: branch({ F: { Type: "Fail", Error: "E" } }),
      Retry: [{ ErrorEquals: ["E"], MaxAttempts: 1 }],
      End: true,
    };
    expect((await historyOf(machine({ M: map }), [1])).map(line)).toEqual([
      "1 < 0 ExecutionStarted",
      "2 < 0 MapStateEntered",
      "3 < 2 MapStateStarted",
      "4 < 3 MapIterationStarted",
      "5 < 4 FailStateEntered",
      "6 < 5 MapIterationFailed",
      "7 < 5 MapStateStarted",
      "8 < 7 MapIterationStarted",
      "9 < 8 FailStateEntered",
      "10 < 9 MapIterationFailed",
      "11 < 9 MapStateFailed",
      "12 < 11 ExecutionFailed",
    ]);
  });

  test("a Parallel whose task fails, caught", async () => {
    const parallel = {
      Type: "Parallel",
      Branches: [branch({ T: ask("f") })],
      Catch: [{ ErrorEquals: ["States.ALL"], Next: "C" }],
      End: true,
    };
    const bench = new Bench({
      functions: {
        f: async (payload: { token: string }, { service }) => {
          await service.handle("SendTaskFailure", { taskToken: payload.token });
        },
      },
    });
    const events = await historyOf(machine({ P: parallel, C: succeed }), {}, bench);
    expect(events.map(line)).toEqual([
      "1 < 0 ExecutionStarted",
      "2 < 0 ParallelStateEntered",
      "3 < 2 ParallelStateStarted",
      "4 < 3 TaskStateEntered",
      "5 < 4 TaskScheduled",
      "6 < 5 TaskStarted",
      "7 < 6 TaskSubmitted",
      "8 < 7 TaskFailed",
      "9 < 8 TaskStateAborted",
      "10 < 8 ParallelStateFailed",
      "11 < 10 ParallelStateExited",
      "12 < 11 SucceedStateEntered",
      "13 < 12 SucceedStateExited",
      "14 < 13 ExecutionSucceeded",
    ]);
    expect(events[7]?.taskFailedEventDetails).toEqual({
      resource: "invoke.waitForTaskToken",
      resourceType: "lambda",
    });
  });

  test("a Parallel with two branches", async () => {
    const parallel = {
      Type: "Parallel",
      Branches: [branch({ A: { Type: "Pass", End: true } }), branch({ B: { Type: "Pass", End: true } })],
      End: true,
    };
    const events = (await historyOf(machine({ P: parallel }), {})).map(line);
    expect(events.slice(0, 3)).toEqual([
      "1 < 0 ExecutionStarted",
      "2 < 0 ParallelStateEntered",
      "3 < 2 ParallelStateStarted",
    ]);
    expect(events.slice(-3)).toEqual([
      "8 < 7 ParallelStateSucceeded",
      "9 < 7 ParallelStateExited",
      "10 < 9 ExecutionSucceeded",
    ]);
  });

  test("a failing expression after the task succeeded", async () => {
    const definition = machine({ T: invoke("f", {}, { Output: "{% $states.result.no %}", End: true }) });
    const events = await historyOf(definition, {}, new Bench({ functions: { f: () => 1 } }));
    expect(events.map(({ type }) => type).slice(4)).toEqual([
      "TaskSucceeded",
      "EvaluationFailed",
      "ExecutionFailed",
    ]);
  });

  test("an execution that is stopped", async () => {
    const bench = new Bench();
    const executionArn = await bench.start(machine({ W: { Type: "Wait", Seconds: 60, End: true } }));
    await bench.pass(5);
    await bench.call("StopExecution", { executionArn, error: "Enough", cause: "of it" });
    const events = await bench.history(executionArn);
    expect(events.map(line)).toEqual([
      "1 < 0 ExecutionStarted",
      "2 < 0 WaitStateEntered",
      "3 < 0 ExecutionAborted",
    ]);
    expect(events[2]?.executionAbortedEventDetails).toEqual({ error: "Enough", cause: "of it" });
  });
});

describe("GetExecutionHistory", () => {
  test("gives pages, also backwards, that make up the whole", async () => {
    const bench = new Bench();
    const { arn } = await bench.run(machine({ A: { Type: "Pass", Next: "B" }, B: succeed }));
    const whole = (await bench.history(arn)).map(({ id }) => id);
    for (const reverseOrder of [false, true]) {
      const ids: number[] = [];
      let nextToken: string | undefined;
      do {
        const page: { events: HistoryEvent[]; nextToken?: string } = await bench.call("GetExecutionHistory", {
          executionArn: arn,
          maxResults: 4,
          reverseOrder,
          ...(nextToken ? { nextToken } : {}),
        });
        ids.push(...page.events.map(({ id }) => id));
        nextToken = page.nextToken;
      } while (nextToken);
      expect(ids).toEqual(reverseOrder ? whole.toReversed() : whole);
    }
  });

  test("leaves the data out when asked to", async () => {
    const bench = new Bench();
    const { arn } = await bench.run(machine({ A: { Type: "Pass", Assign: { secret: 1 }, End: true } }), {
      secret: 2,
    });
    const { events } = await bench.call<{ events: HistoryEvent[] }>("GetExecutionHistory", {
      executionArn: arn,
      includeExecutionData: false,
    });
    expect(JSON.stringify(events)).not.toContain("secret");
    expect(events.map(({ type }) => type)).toEqual(await bench.types(arn));
  });

  test("refuses a page token that it did not give", async () => {
    const bench = new Bench();
    const { arn } = await bench.run(machine({ A: succeed }));
    await expect(
      bench.call("GetExecutionHistory", { executionArn: arn, nextToken: "x" }),
    ).rejects.toMatchObject({
      name: "InvalidToken",
    });
  });
});
