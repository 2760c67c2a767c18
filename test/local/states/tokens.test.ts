import { describe, expect, test } from "vitest";
import { ask, Bench, type FakeFunction, machine, succeed, TaskFailure } from "./support.ts";

/** A bench whose function `ask` keeps the tokens it gets. */
function askingBench(more: Record<string, FakeFunction> = {}): { bench: Bench; tokens: string[] } {
  const tokens: string[] = [];
  const keep: FakeFunction = (payload: { token: string }) => {
    tokens.push(payload.token);
  };
  return { bench: new Bench({ functions: { ask: keep, ...more } }), tokens };
}

const waiting = machine({ T: ask("ask", { End: true }) });

function answer(bench: Bench, taskToken: string | undefined, output: unknown): Promise<object> {
  return bench.call("SendTaskSuccess", { taskToken, output: JSON.stringify(output) });
}

describe("a task token:", () => {
  test("SendTaskSuccess gives the task its result", async () => {
    const { bench, tokens } = askingBench();
    const arn = await bench.start(
      machine({ T: ask("ask", { Output: "{% $states.result.decision & '!' %}", End: true }) }),
    );
    await bench.pass(3_600);
    expect(await bench.execution(arn)).toEqual({ arn, status: "RUNNING" });
    expect(await answer(bench, tokens[0], { decision: "yes" })).toEqual({});
    await bench.pass(0);
    expect(await bench.execution(arn)).toMatchObject({ output: "yes!", seconds: 3_600 });
    expect(bench.calls).toHaveLength(1);
  });

  test("SendTaskFailure fails the task with its error and cause", async () => {
    const { bench, tokens } = askingBench();
    const arn = await bench.start(
      machine({ T: ask("ask", { Catch: [{ ErrorEquals: ["Denied"], Next: "C" }], End: true }), C: succeed }),
    );
    await bench.pass(0);
    await bench.call("SendTaskFailure", { taskToken: tokens[0], error: "Denied", cause: "by her" });
    await bench.pass(0);
    expect((await bench.execution(arn)).output).toEqual({ Error: "Denied", Cause: "by her" });
  });

  test("SendTaskFailure without a name is caught by States.ALL and States.TaskFailed, with nulls", async () => {
    for (const name of ["States.ALL", "States.TaskFailed"]) {
      const { bench, tokens } = askingBench();
      const arn = await bench.start(
        machine({ T: ask("ask", { Catch: [{ ErrorEquals: [name], Next: "C" }], End: true }), C: succeed }),
      );
      await bench.pass(0);
      await bench.call("SendTaskFailure", { taskToken: tokens[0] });
      await bench.pass(0);
      expect((await bench.execution(arn)).output).toEqual({ Error: null, Cause: null });
    }
  });

  test("is another one with every retry, and the old one is void", async () => {
    const { bench, tokens } = askingBench();
    const arn = await bench.start(
      machine({
        T: ask("ask", { TimeoutSeconds: 10, Retry: [{ ErrorEquals: ["States.Timeout"] }], End: true }),
      }),
    );
    await bench.pass(11);
    expect(new Set(tokens).size).toBe(2);
    await expect(answer(bench, tokens[0], "late")).rejects.toMatchObject({ name: "TaskTimedOut" });
    await answer(bench, tokens[1], "in time");
    await bench.pass(0);
    expect((await bench.execution(arn)).output).toBe("in time");
  });

  test("takes one answer only; a second one is TaskTimedOut, before and after the execution ends", async () => {
    const { bench, tokens } = askingBench();
    const arn = await bench.start(
      machine({ T: ask("ask", { Next: "W" }), W: { Type: "Wait", Seconds: 60, End: true } }),
    );
    await bench.pass(0);
    await answer(bench, tokens[0], 1);
    const timedOut = { name: "TaskTimedOut" };
    await expect(answer(bench, tokens[0], 2)).rejects.toMatchObject(timedOut);
    await bench.pass(0);
    await expect(answer(bench, tokens[0], 2)).rejects.toMatchObject(timedOut);
    await bench.pass(60);
    expect((await bench.execution(arn)).output).toBe(1);
    for (const operation of ["SendTaskFailure", "SendTaskHeartbeat"])
      await expect(bench.call(operation, { taskToken: tokens[0] })).rejects.toMatchObject(timedOut);
  });

  test.each(["StopExecution", "the machine's timeout"])("is void after %s", async (how) => {
    const { bench, tokens } = askingBench();
    const executionArn = await bench.start(machine({ T: ask("ask") }, { TimeoutSeconds: 100 }));
    await bench.pass(50);
    if (how === "StopExecution") await bench.call("StopExecution", { executionArn });
    else await bench.pass(50);
    await expect(answer(bench, tokens[0], 1)).rejects.toMatchObject({ name: "TaskTimedOut" });
  });

  test.each(["", "no-token", "A".repeat(64)])(
    "that was never given (%j) is InvalidToken",
    async (taskToken) => {
      const { bench } = askingBench();
      await expect(answer(bench, taskToken, 1)).rejects.toMatchObject({ name: "InvalidToken" });
    },
  );

  test("of another runtime is InvalidToken", async () => {
    const [here, there] = [askingBench(), askingBench()];
    await there.bench.start(waiting);
    await there.bench.pass(0);
    await expect(answer(here.bench, there.tokens[0], 1)).rejects.toMatchObject({ name: "InvalidToken" });
  });

  test("an output that is not JSON is InvalidOutput, and the token is still good", async () => {
    const { bench, tokens } = askingBench();
    const arn = await bench.start(waiting);
    await bench.pass(0);
    for (const output of ["yes", "{", JSON.stringify("x".repeat(262_144))])
      await expect(bench.call("SendTaskSuccess", { taskToken: tokens[0], output })).rejects.toMatchObject({
        name: "InvalidOutput",
      });
    await answer(bench, tokens[0], null);
    await bench.pass(0);
    expect(await bench.execution(arn)).toMatchObject({ status: "SUCCEEDED", output: null });
  });

  test("a function that throws fails the task at once, and the token with it", async () => {
    let token = "";
    const { bench } = askingBench({
      broken: (payload: { token: string }) => {
        token = payload.token;
        throw new TaskFailure("Broken", "{}");
      },
    });
    const arn = await bench.start(machine({ T: ask("broken", { TimeoutSeconds: 600, End: true }) }));
    await bench.pass(1);
    expect(await bench.execution(arn)).toMatchObject({ status: "FAILED", error: "Broken", seconds: 0 });
    await expect(answer(bench, token, 1)).rejects.toMatchObject({ name: "TaskTimedOut" });
  });

  test("an answer that comes while the function still runs counts, whatever becomes of the function", async () => {
    const { bench } = askingBench({
      quick: async (payload: { token: string }, { sleep, service }) => {
        await service.handle("SendTaskSuccess", { taskToken: payload.token, output: '"from inside"' });
        await sleep(30);
        throw new TaskFailure("TooLate", "{}");
      },
    });
    const arn = await bench.start(machine({ T: ask("quick") }));
    await bench.pass(60);
    expect(await bench.execution(arn)).toMatchObject({ status: "SUCCEEDED", output: "from inside" });
  });

  test("a function that ends after its token was answered changes nothing any more", async () => {
    const { bench } = askingBench({
      quick: async (payload: { token: string }, { sleep, service }) => {
        await service.handle("SendTaskSuccess", { taskToken: payload.token, output: "1" });
        await sleep(30);
      },
    });
    const arn = await bench.start(
      machine({ T: ask("quick", { Next: "W" }), W: { Type: "Wait", Seconds: 60, End: true } }),
    );
    await bench.pass(100);
    expect(await bench.execution(arn)).toMatchObject({ status: "SUCCEEDED", seconds: 60 });
    expect((await bench.types(arn)).slice(4)).toEqual([
      "TaskSucceeded",
      "TaskStateExited",
      "WaitStateEntered",
      "WaitStateExited",
      "ExecutionSucceeded",
    ]);
  });

  test("is void after its timeout also when that is caught", async () => {
    const { bench, tokens } = askingBench();
    const caught = { TimeoutSeconds: 10, Catch: [{ ErrorEquals: ["States.Timeout"], Next: "W" }], End: true };
    await bench.start(machine({ T: ask("ask", caught), W: { Type: "Wait", Seconds: 60, End: true } }));
    await bench.pass(20);
    await expect(answer(bench, tokens[0], 1)).rejects.toMatchObject({ name: "TaskTimedOut" });
  });

  test("is in the context of Output and Assign too", async () => {
    const { bench, tokens } = askingBench();
    const arn = await bench.start(
      machine({ T: ask("ask", { Output: "{% $states.context.Task.Token %}", End: true }) }),
    );
    await bench.pass(0);
    await answer(bench, tokens[0], 1);
    await bench.pass(0);
    expect((await bench.execution(arn)).output).toBe(tokens[0]);
  });

  test("is not in the context of a task that waits for no token", async () => {
    const task = {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke",
      Arguments: { FunctionName: "ask", Payload: "{% $exists($states.context.Task) %}" },
      Output: "{% $states.result.Payload %}",
      End: true,
    };
    const bench = new Bench({ functions: { ask: (payload) => payload } });
    expect((await bench.run(machine({ T: task }))).output).toBe(false);
  });
});
