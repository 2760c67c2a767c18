import { describe, expect, test } from "vitest";
import { sources, testProbes } from "./probes.ts";
import { ask, Bench, invoke, machine, succeed } from "./support.ts";

const slow = { f: (_: never, { sleep }: { sleep: (seconds: number) => Promise<void> }) => sleep(60) };

describe("TimeoutSeconds:", () => {
  testProbes([
    {
      title: "fails the task with States.Timeout",
      source: sources.task,
      machine: machine({ T: invoke("f", {}, { TimeoutSeconds: 10, End: true }) }),
      functions: slow,
      error: "States.Timeout",
      seconds: 10,
    },
    {
      title: "from an expression",
      source: sources.task,
      machine: machine({ T: invoke("f", {}, { TimeoutSeconds: "{% $states.input.t %}", End: true }) }),
      input: { t: 25 },
      functions: slow,
      error: "States.Timeout",
      seconds: 25,
    },
    {
      title: "is enough for a function that ends before",
      source: sources.task,
      machine: machine({ T: invoke("f", {}, { TimeoutSeconds: 61, Output: 1, End: true }) }),
      functions: slow,
      output: 1,
      seconds: 60,
    },
    ...[0, -5, 1.5, "5", 100_000_000].map((value) => ({
      title: `${JSON.stringify(value)} from an expression is refused`,
      source: sources.jsonata,
      machine: machine({ T: invoke("f", {}, { TimeoutSeconds: "{% $states.input %}", End: true }) }),
      input: value,
      functions: slow,
      error: "States.QueryEvaluationError",
      cause: "TimeoutSeconds",
    })),
    {
      title: "begins anew with every retry",
      source: sources.errors,
      machine: machine({
        T: invoke(
          "f",
          {},
          {
            TimeoutSeconds: 10,
            Retry: [{ ErrorEquals: ["States.Timeout"], IntervalSeconds: 5, MaxAttempts: 1 }],
            End: true,
          },
        ),
      }),
      functions: slow,
      error: "States.Timeout",
      seconds: 25,
    },
    {
      title: "of a callback passes while nobody answers",
      source: sources.patterns,
      machine: machine({
        T: ask("f", {
          TimeoutSeconds: 86_400,
          Catch: [{ ErrorEquals: ["States.Timeout"], Next: "C" }],
          End: true,
        }),
        C: succeed,
      }),
      functions: { f: () => null },
      output: { Error: "States.Timeout", Cause: "" },
      seconds: 86_400,
    },
  ]);

  test("a function that nobody waits for any more is told", async () => {
    let toldAt = -1;
    const bench = new Bench({
      functions: {
        f: async (_, { sleep }) => {
          await sleep(60);
          toldAt = bench.clock.now();
        },
      },
    });
    const caught = { TimeoutSeconds: 10, Catch: [{ ErrorEquals: ["States.Timeout"], Next: "W" }], End: true };
    const definition = machine({ T: invoke("f", {}, caught), W: { Type: "Wait", Seconds: 90, End: true } });
    const arn = await bench.start(definition);
    const begin = bench.clock.now();
    await bench.pass(100);
    expect(await bench.execution(arn)).toMatchObject({ status: "SUCCEEDED", seconds: 100 });
    expect(toldAt - begin).toBe(10_000);
  });
});

describe("HeartbeatSeconds:", () => {
  const tokens: string[] = [];
  const keep = {
    f: (payload: { token: string }) => {
      tokens.push(payload.token);
    },
  };
  testProbes([
    {
      title: "a token that is silent for too long fails the task",
      source: sources.errors,
      machine: machine({ T: ask("f", { TimeoutSeconds: 600, HeartbeatSeconds: 5, End: true }) }),
      functions: keep,
      error: "States.HeartbeatTimeout",
      seconds: 5,
    },
    {
      title: "a missing heartbeat is a timeout, and ErrorEquals may call it so",
      source: sources.errors,
      machine: machine({
        T: ask("f", {
          HeartbeatSeconds: 5,
          Catch: [{ ErrorEquals: ["States.Timeout"], Next: "C" }],
          End: true,
        }),
        C: succeed,
      }),
      functions: keep,
      output: { Error: "States.HeartbeatTimeout", Cause: "" },
      seconds: 5,
    },
    {
      title: "a missing heartbeat is caught by its own name",
      source: sources.errors,
      machine: machine({
        T: ask("f", {
          HeartbeatSeconds: "{% $states.input %}",
          Catch: [{ ErrorEquals: ["States.HeartbeatTimeout"], Next: "C" }],
          End: true,
        }),
        C: succeed,
      }),
      input: 7,
      functions: keep,
      output: { Error: "States.HeartbeatTimeout", Cause: "" },
      seconds: 7,
    },
    {
      title: "a timeout is no missing heartbeat",
      source: sources.errors,
      machine: machine({
        T: ask("f", {
          TimeoutSeconds: 5,
          Catch: [{ ErrorEquals: ["States.HeartbeatTimeout"], Next: "C" }],
          End: true,
        }),
        C: succeed,
      }),
      functions: keep,
      error: "States.Timeout",
    },
    {
      title: "must be smaller than TimeoutSeconds also when both are expressions",
      source: sources.task,
      machine: machine({
        T: ask("f", { TimeoutSeconds: "{% 5 %}", HeartbeatSeconds: "{% 5 %}", End: true }),
      }),
      functions: keep,
      error: "States.QueryEvaluationError",
      cause: "HeartbeatSeconds",
    },
  ]);

  test("every heartbeat starts the clock again, but not the timeout", async () => {
    const bench = new Bench({ functions: keep });
    tokens.length = 0;
    const arn = await bench.start(
      machine({ T: ask("f", { TimeoutSeconds: 30, HeartbeatSeconds: 10, End: true }) }),
    );
    await bench.pass(0);
    for (let beats = 0; beats < 3; beats++) {
      await bench.pass(8);
      await bench.call("SendTaskHeartbeat", { taskToken: tokens[0] });
    }
    expect(await bench.execution(arn)).toEqual({ arn, status: "RUNNING" });
    await bench.pass(100);
    expect(await bench.execution(arn)).toMatchObject({
      status: "FAILED",
      error: "States.Timeout",
      seconds: 30,
    });
  });

  test("the silence counts from the last heartbeat", async () => {
    const bench = new Bench({ functions: keep });
    tokens.length = 0;
    const arn = await bench.start(machine({ T: ask("f", { HeartbeatSeconds: 10, End: true }) }));
    await bench.pass(9);
    await bench.call("SendTaskHeartbeat", { taskToken: tokens[0] });
    await bench.pass(100);
    expect(await bench.execution(arn)).toMatchObject({ status: "FAILED", seconds: 19 });
  });
});
