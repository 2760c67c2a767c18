import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { Store } from "../../../local/store.ts";
import { live, World } from "./long-story.ts";
import { MortalStore } from "./mortal-store.ts";
import { ask, Bench, branch, invoke, machine, payloadOnly, succeed } from "./support.ts";

const expected = { both: ["yes", "worked"], each: [2, 4, 6], why: "Refused" };
const onceEach = { flaky: 3, ask: 1, work: 1, double: 3, refuse: 1 };

describe("an execution whose process is killed", () => {
  test("without a kill, everything is called once", async () => {
    expect(await live([])).toMatchObject({
      status: "SUCCEEDED",
      output: expected,
      calls: onceEach,
      ids: 1,
      attempts: 8,
    });
  });

  test("at any write, and started again at once, ends as if nothing had been", async () => {
    const whole = await live([]);
    expect(whole.writes).toBeGreaterThan(30);
    for (let write = 0; write < whole.writes; write++) {
      const report = await live([write]);
      const where = `killed at write ${write}`;
      expect(report, where).toMatchObject({ status: "SUCCEEDED", output: expected, ids: 1, attempts: 8 });
      // A call that was under way is made again with the same arguments; at most two are under way at once here.
      const more = Object.entries(report.calls).map(
        ([name, count]) => count - (onceEach[name as never] as number),
      );
      expect(Math.min(...more), where).toBe(0);
      expect(
        more.reduce((sum, count) => sum + count),
        where,
      ).toBeLessThanOrEqual(1);
      // What is in the history was done once.
      expect(report.types.toSorted(), where).toEqual(whole.types.toSorted());
    }
  });

  test("again and again, at any writes, ends as if nothing had been", async () => {
    const { writes } = await live([]);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 0, max: writes * 2 }), { minLength: 2, maxLength: 6 }),
        async (deaths) => {
          const report = await live(deaths.toSorted((a, b) => a - b));
          expect(report).toMatchObject({ status: "SUCCEEDED", output: expected, ids: 1, attempts: 8 });
        },
      ),
      { numRuns: 40 },
    );
  });

  test("keeps no more of an execution that has ended than its description and history", async () => {
    const folder = mkdtempSync(join(tmpdir(), "latchkey-states-"));
    folders.push(folder);
    const store = new Store(join(folder, "states.db"));
    const bench = new Bench({ functions: new World().functions, store });
    await bench.run(
      machine({
        M: {
          Type: "Map",
          ItemProcessor: branch({ T: ask("ask", { TimeoutSeconds: 1, End: true }) }),
          End: true,
        },
      }),
      [1, 2],
    );
    expect(store.collection("states.thread").size).toBe(0);
    expect(store.collection("states.token").size).toBe(0);
    store.close();
  });
});

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe("while the process is away", () => {
  const down = async (bench: Bench, seconds: number) => {
    bench.service.stop();
    await bench.pass(seconds);
    bench.restart();
    await bench.pass(0);
  };

  test("a wait goes on, and ends at once when its time has passed", async () => {
    for (const [away, ends] of [
      [100, 600],
      [900, 910],
    ] as const) {
      const bench = new Bench();
      const arn = await bench.start(machine({ W: { Type: "Wait", Seconds: 600, End: true } }));
      await bench.pass(10);
      await down(bench, away);
      await bench.pass(1_000);
      expect(await bench.execution(arn)).toMatchObject({ status: "SUCCEEDED", seconds: ends });
    }
  });

  test("a wait counts from its beginning also when the kill came right then", async () => {
    const store = new MortalStore();
    const bench = new Bench({ store });
    store.onDeath = () => bench.service.stop();
    // The definition and the start have been written; the end of the wait has not.
    store.diesAt = 2;
    const arn = await bench.start(machine({ W: { Type: "Wait", Seconds: 600, End: true } }));
    await bench.pass(100);
    expect(store.writes).toBe(3);
    bench.restart();
    await bench.pass(1_000);
    expect(await bench.execution(arn)).toMatchObject({ status: "SUCCEEDED", seconds: 600 });
  });

  test("the timeout of a callback goes on, and an answer is refused after it", async () => {
    const world = new World();
    const bench = new Bench({ functions: world.functions });
    const arn = await bench.start(machine({ T: ask("ask", { TimeoutSeconds: 600, End: true }) }));
    await bench.pass(10);
    await down(bench, 700);
    expect(await bench.execution(arn)).toMatchObject({
      status: "FAILED",
      error: "States.Timeout",
      seconds: 710,
    });
    await expect(
      bench.call("SendTaskSuccess", { taskToken: world.tokens[0], output: "1" }),
    ).rejects.toMatchObject({ name: "TaskTimedOut" });
    expect(bench.callsOf("ask")).toHaveLength(1);
  });

  test("a token stays good, and its function is not called again", async () => {
    const world = new World();
    const bench = new Bench({ functions: world.functions });
    const arn = await bench.start(machine({ T: ask("ask", { HeartbeatSeconds: 600, End: true }) }));
    await bench.pass(10);
    await down(bench, 500);
    await bench.call("SendTaskHeartbeat", { taskToken: world.tokens[0] });
    await down(bench, 500);
    await bench.call("SendTaskSuccess", { taskToken: world.tokens[0], output: "1" });
    await bench.pass(0);
    expect(await bench.execution(arn)).toMatchObject({ status: "SUCCEEDED", output: 1, seconds: 1_010 });
    expect(bench.callsOf("ask")).toHaveLength(1);
  });

  test("an answer that was taken just before the kill counts, also when the timeout has passed since", async () => {
    const world = new World();
    const bench = new Bench({ functions: world.functions });
    const arn = await bench.start(machine({ T: ask("ask", { TimeoutSeconds: 600, End: true }) }));
    await bench.pass(10);
    const answer = bench.call("SendTaskSuccess", { taskToken: world.tokens[0], output: '"yes"' });
    bench.service.stop();
    await answer;
    await bench.pass(700);
    expect((await bench.execution(arn)).status).toBe("RUNNING");
    bench.restart();
    await bench.pass(0);
    expect(await bench.execution(arn)).toMatchObject({ status: "SUCCEEDED", output: "yes" });
  });

  test("the machine's own timeout goes on", async () => {
    const bench = new Bench();
    const arn = await bench.start(
      machine({ W: { Type: "Wait", Seconds: 600, End: true } }, { TimeoutSeconds: 60 }),
    );
    await down(bench, 100);
    expect(await bench.execution(arn)).toMatchObject({ status: "TIMED_OUT", seconds: 100 });
  });

  test("an execution that nobody has continued yet can be stopped", async () => {
    const bench = new Bench();
    const executionArn = await bench.start(machine({ W: { Type: "Wait", Seconds: 600, End: true } }));
    bench.service.stop();
    const later = new Bench({ store: bench.store });
    await later.call("StopExecution", { executionArn });
    later.service.resume();
    await later.pass(1_000);
    expect(await later.execution(executionArn)).toMatchObject({ status: "ABORTED" });
  });

  test("being continued twice changes nothing", async () => {
    const world = new World();
    const bench = new Bench({ functions: world.functions });
    const arn = await bench.start(
      machine({
        W: { Type: "Wait", Seconds: 60, Next: "T" },
        T: invoke("work", {}, { ...payloadOnly, End: true }),
      }),
    );
    bench.restart();
    bench.service.resume();
    await bench.pass(100);
    expect(await bench.execution(arn)).toMatchObject({ status: "SUCCEEDED", output: "worked" });
    expect(bench.calls).toHaveLength(1);
  });

  test("a retry waits for the rest of its delay", async () => {
    const world = new World();
    const bench = new Bench({ functions: world.functions });
    await bench.start(
      machine({
        T: invoke(
          "flaky",
          { attempt: "{% $uuid() %}" },
          { Retry: [{ ErrorEquals: ["Flaky"], IntervalSeconds: 100 }], End: true },
        ),
      }),
    );
    await bench.pass(20);
    await down(bench, 30);
    await bench.pass(500);
    expect(bench.calls.map(({ at }) => at)).toEqual([0, 101, 302]);
  });

  test("an execution that waits for another one finds it again", async () => {
    const bench = new Bench();
    bench.define(machine({ W: { Type: "Wait", Seconds: 600, Output: 7, End: true } }), "child");
    const start = {
      Type: "Task",
      Resource: "arn:aws:states:::states:startExecution.sync:2",
      Arguments: { StateMachineArn: "arn:aws:states:eu-west-1:111111111111:stateMachine:child", Name: "kid" },
      Output: "{% $states.result.Output %}",
      End: true,
    };
    const arn = await bench.start(machine({ S: start }));
    await bench.pass(10);
    await down(bench, 100);
    await bench.pass(1_000);
    expect(await bench.execution(arn)).toMatchObject({ status: "SUCCEEDED", output: 7, seconds: 600 });
    expect(bench.calls).toHaveLength(1);
  });

  test("the store may be a file that another process opens", async () => {
    const folder = mkdtempSync(join(tmpdir(), "latchkey-states-"));
    folders.push(folder);
    const file = join(folder, "states.db");
    const world = new World();
    const first = new Bench({ functions: world.functions, store: new Store(file) });
    const arn = await first.start(
      machine({
        A: { Type: "Pass", Assign: { x: 1 }, Next: "T" },
        T: ask("ask", { Next: "E" }),
        E: { Type: "Pass", Output: "{% [$states.input, $x] %}", Next: "S" },
        S: succeed,
      }),
    );
    await first.pass(10);
    first.service.stop();
    first.store.close();

    const second = new Bench({ functions: world.functions, store: new Store(file) });
    second.service.resume();
    await second.call("SendTaskSuccess", { taskToken: world.tokens[0], output: '"yes"' });
    await second.pass(0);
    expect(await second.execution(arn)).toMatchObject({ status: "SUCCEEDED", output: ["yes", 1] });
    expect((await second.history(arn)).map(({ id }) => id)).toEqual(
      Array.from({ length: 14 }, (_, index) => index + 1),
    );
    second.service.stop();
    second.store.close();
  });
});
