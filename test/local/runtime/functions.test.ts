import { expect, onTestFinished, test } from "vitest";
import { RunningClock, VirtualClock } from "../../../local/clock.ts";
import type { FunctionDefinition } from "../../../local/runtime/functions/function-definition.ts";
import { FunctionPool } from "../../../local/runtime/functions/function-pool.ts";
import { readStack } from "../../../local/runtime/stack.ts";
import { Fixture, monday } from "./fixture.ts";

const place = {
  region: "eu-west-1",
  account: "000000000000",
  stackName: "Test",
  awsUrl: "http://127.0.0.1:1",
  apiUrl: "http://127.0.0.1:2",
};

/** A function with this bundle in a pool whose time limits run on `stopwatch`. */
function pool(code: string, properties: Record<string, unknown> = {}, clock = new VirtualClock(monday)) {
  const fixture = new Fixture().lambda("Work", code, [], properties);
  const stack = readStack(fixture.template(), place, fixture.assets(), () => ({ OVERRIDE: "mine" }));
  const definition = stack.functions[0] as FunctionDefinition;
  const stopwatch = new VirtualClock(0);
  const lines: string[] = [];
  let heard = () => {};
  const all = new FunctionPool({
    clock,
    stopwatch,
    onLog: ({ functionName, line }) => {
      lines.push(`${functionName}: ${line}`);
      heard();
    },
  });
  onTestFinished(() => all.stop());
  return {
    all,
    definition,
    stopwatch,
    clock,
    lines,
    invoke: (payload?: unknown, signal?: AbortSignal) =>
      all.invoke({ function: definition, payload, signal }),
    /** Resolves when the function has written so many lines. */
    async written(count: number) {
      while (lines.length < count)
        await new Promise<void>((resolve) => {
          heard = resolve;
        });
    },
  };
}

const failing = (answer: object): unknown =>
  expect.objectContaining({ name: "FunctionError", answer: expect.objectContaining(answer) });

test("a bundle gets its event and answers, and keeps its module's state while it is warm", async () => {
  const { invoke } = pool(
    "let count = 0; export const handler = async (event) => ({ event, count: ++count });",
  );
  expect(await invoke({ a: [1, "ü"] })).toEqual({ event: { a: [1, "ü"] }, count: 1 });
  expect(await invoke()).toEqual({ event: null, count: 2 });
});

test("the environment is Lambda's and the template's, and nothing of this process", async () => {
  process.env.SECRET_OF_THE_HOST = "x";
  process.env.TZ = "America/New_York";
  onTestFinished(() => void delete process.env.SECRET_OF_THE_HOST);
  const { invoke, definition } = pool(
    "export const handler = async () => ({ ...process.env, hour: new Date(2026, 0, 1, 12).toISOString() });",
    { Environment: { Variables: { TABLE: "t", N: 3 } }, MemorySize: 256 },
  );
  expect(await invoke()).toEqual({
    ...definition.environment,
    hour: "2026-01-01T12:00:00.000Z",
  });
  expect(definition.environment).toMatchObject({
    TABLE: "t",
    N: "3",
    OVERRIDE: "mine",
    AWS_ACCESS_KEY_ID: "Test-WorkRole",
    AWS_ENDPOINT_URL: "http://127.0.0.1:1",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
    AWS_LAMBDA_FUNCTION_NAME: "Test-Work",
    AWS_REGION: "eu-west-1",
    _HANDLER: "index.handler",
  });
});

test("the context tells which function it is and how much time is left", async () => {
  const { invoke } = pool(
    `export const handler = async (event, context) => ({ ...context, left: context.getRemainingTimeInMillis() });`,
    { Timeout: 9, LoggingConfig: { LogGroup: "/mine" } },
  );
  expect(await invoke()).toEqual({
    awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    callbackWaitsForEmptyEventLoop: true,
    functionName: "Test-Work",
    functionVersion: "$LATEST",
    invokedFunctionArn: "arn:aws:lambda:eu-west-1:000000000000:function:Test-Work",
    left: expect.toSatisfy((left) => left > 0 && left <= 9_000),
    logGroupName: "/mine",
    logStreamName: "local",
    memoryLimitInMB: "128",
  });
});

test("what a function throws is told as Lambda's Node.js runtime tells it, and the sandbox goes on", async () => {
  const { invoke, lines } = pool(`
    class AlreadyApprovedError extends Error { name = "AlreadyApprovedError"; }
    let count = 0;
    export const handler = async (what) => {
      count += 1;
      if (what === "error") throw new AlreadyApprovedError("by somebody");
      if (what === "text") throw "just text";
      return count;
    };`);
  await expect(invoke("error")).rejects.toEqual(
    failing({
      errorType: "AlreadyApprovedError",
      errorMessage: "by somebody",
      trace: expect.arrayContaining(["AlreadyApprovedError: by somebody"]),
    }),
  );
  await expect(invoke("text")).rejects.toEqual(
    failing({ errorType: "string", errorMessage: "just text", trace: [] }),
  );
  expect(await invoke("fine")).toBe(3);
  expect(lines[0]).toContain(
    'Invoke Error\t{"errorType":"AlreadyApprovedError","errorMessage":"by somebody"',
  );
});

test.each([
  [
    "export const handler = async () => { const a = {}; a.a = a; return a; };",
    { errorMessage: "Unable to stringify response body" },
  ],
  ["export const handler = async () => 1n;", { errorMessage: "Unable to stringify response body" }],
  [
    "export const handler = async () => { setTimeout(() => { throw new RangeError('later'); }); await new Promise(() => {}); };",
    { errorType: "RangeError", errorMessage: "later" },
  ],
  [
    "export const handler = async () => { Promise.reject(new Error('lost')); await new Promise(() => {}); };",
    { errorType: "Runtime.UnhandledPromiseRejection", errorMessage: "Error: lost" },
  ],
  [
    "export const handler = async () => process.exit(3);",
    {
      errorType: "Runtime.ExitError",
      errorMessage: expect.stringMatching(
        /^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: exit status 3$/,
      ),
    },
  ],
  [
    "export const handler = async () => process.exit(0);",
    { errorType: "Runtime.ExitError", errorMessage: expect.stringContaining("without providing a reason") },
  ],
  [
    "throw new TypeError('at start'); export const handler = 1;",
    { errorType: "TypeError", errorMessage: "at start" },
  ],
  ["export const handler = async ( => {};", { errorType: "Runtime.UserCodeSyntaxError" }],
  ["import 'not-there'; export const handler = async () => 1;", { errorType: "Runtime.ImportModuleError" }],
  [
    "export const other = async () => 1;",
    { errorType: "Runtime.HandlerNotFound", errorMessage: "index.handler is undefined or not exported" },
  ],
  ["export const handler = 7;", { errorType: "Runtime.HandlerNotFound" }],
  [
    "export const handler = (event, context, callback) => callback(null, 1);",
    { errorType: "Runtime.CallbackHandlerDeprecated" },
  ],
])("the bundle %j fails with %o, also the next time", async (code, answer) => {
  const { invoke } = pool(code);
  await expect(invoke()).rejects.toEqual(failing(answer));
  await expect(invoke()).rejects.toEqual(failing(answer));
});

test("a function that takes too long is killed, and the next call gets a new sandbox", async () => {
  const { invoke, stopwatch, written } = pool(
    "let count = 0; export const handler = async (wait) => { count++; if (wait) { console.log('waiting'); for (;;); } return count; };",
    { Timeout: 3 },
  );
  expect(await invoke(false)).toBe(1);
  const slow = invoke(true);
  const failed = expect(slow).rejects.toEqual(
    failing({
      errorType: "Sandbox.Timedout",
      errorMessage: expect.stringMatching(
        /^RequestId: [0-9a-f-]{36} Error: Task timed out after 3\.00 seconds$/,
      ),
    }),
  );
  await written(1);
  await stopwatch.advance(2_999);
  await stopwatch.advance(1);
  await failed;
  expect(await invoke(false)).toBe(1);
});

test("a function that needs too much memory is killed", async () => {
  const { invoke } = pool(
    "export const handler = async (eat) => { const all = []; while (eat) all.push(new Array(1e6).fill(all.length)); return 'ok'; };",
    { MemorySize: 128, Timeout: 60 },
  );
  await expect(invoke(true)).rejects.toEqual(failing({ errorType: "Runtime.OutOfMemory" }));
  expect(await invoke(false)).toBe("ok");
});

test("what a function writes is told line by line, in order, before its answer", async () => {
  const { invoke, lines } = pool(`export const handler = async () => {
    console.log("one", { a: 1 });
    process.stdout.write("two ");
    process.stdout.write(Buffer.from("halves\\nthr"));
    console.error("ee");
    process.stdout.write("unfinished");
  };`);
  await invoke();
  expect(lines).toEqual(
    ["one { a: 1 }", "two halves", "three", "unfinished"].map((line) => `Test-Work: ${line}`),
  );
});

test("calls at the same time run in several sandboxes up to the limit; the rest wait for their turn", async () => {
  const code = `import { threadId } from "node:worker_threads";
    let running = 0;
    export const handler = async () => {
      if (++running > 1) throw new Error("two at once in one sandbox");
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return threadId;
    };`;
  const parallel = pool(code);
  const threads = await Promise.all(Array.from({ length: 12 }, () => parallel.invoke()));
  expect(new Set(threads).size).toBe(4);
  const reserved = pool(code, { ReservedConcurrentExecutions: 1 });
  const one = await Promise.all(Array.from({ length: 3 }, () => reserved.invoke()));
  expect(new Set(one).size).toBe(1);
});

test("a caller who no longer waits is let go; who was waiting in line is taken out of it", async () => {
  const { invoke, written, lines } = pool(
    `export const handler = async (name) => { console.log(name); if (name === "long") for (let i = 0; i < 500; i++) await new Promise(setImmediate); };`,
    { ReservedConcurrentExecutions: 1 },
  );
  const stop = new AbortController();
  const long = invoke("long", stop.signal);
  const queued = invoke("queued", stop.signal);
  await written(1);
  stop.abort();
  await expect(long).rejects.toMatchObject({ name: "AbortError" });
  await expect(queued).rejects.toMatchObject({ name: "AbortError" });
  await expect(invoke("late", stop.signal)).rejects.toMatchObject({ name: "AbortError" });
  await invoke("next");
  expect(lines).toEqual(["Test-Work: long", "Test-Work: next"]);
});

test("an idle sandbox is ended after a minute", async () => {
  const { invoke, stopwatch } = pool("let count = 0; export const handler = async () => ++count;");
  expect([await invoke(), await invoke()]).toEqual([1, 2]);
  await stopwatch.advance(60_000);
  expect(await invoke()).toBe(1);
});

test("a sandbox that died after its answer is not used again", async () => {
  const { invoke, written } = pool(
    "let count = 0; export const handler = async () => { setImmediate(() => { throw new Error('too late'); }); return ++count; };",
  );
  expect(await invoke()).toBe(1);
  await written(1);
  expect(await invoke()).toBe(1);
});

test("a function's Date follows the clock: it stands still with a virtual one and runs fast with a scaled one", async () => {
  const code = `export const handler = async () => {
    const p = [performance.now()];
    const [a, b] = [new Date(), Date.now()];
    p.push(performance.now());
    for (let i = 0; i < 100; i++) await new Promise(setImmediate);
    p.push(performance.now());
    const later = Date.now();
    p.push(performance.now());
    class Sub extends Date {}
    return {
      a: a.getTime(), b, later, atLeast: p[2] - p[1], atMost: p[3] - p[0],
      given: new Date(0).toISOString(), parts: new Date(2026, 0, 1).getTime(), text: Date(), utc: Date.UTC(2026, 0, 1),
      isDate: a instanceof Date && new Sub() instanceof Date && new Sub() instanceof Sub, made: new a.constructor().getTime(),
    };
  };`;
  const virtual = pool(code);
  expect(await virtual.invoke()).toEqual({
    a: monday,
    b: monday,
    later: monday,
    atLeast: expect.any(Number),
    atMost: expect.any(Number),
    given: "1970-01-01T00:00:00.000Z",
    parts: Date.UTC(2026, 0, 1),
    text: expect.stringContaining("Mon Mar 02 2026 08:00:00"),
    utc: Date.UTC(2026, 0, 1),
    isDate: true,
    made: monday,
  });
  await virtual.clock.advance(3_600_000);
  expect(await virtual.invoke()).toMatchObject({ a: monday + 3_600_000 });

  const clock = new RunningClock({ scale: 10_000, startAt: monday });
  const scaled = pool(code, {}, clock as never);
  const before = clock.now();
  const { a, later, atLeast, atMost } = (await scaled.invoke()) as Record<string, number>;
  expect(a).toBeGreaterThanOrEqual(before - 10);
  expect(later).toBeLessThanOrEqual(clock.now() + 10);
  expect(Number(later) - Number(a)).toBeGreaterThanOrEqual(Number(atLeast) * 10_000 - 10);
  expect(Number(later) - Number(a)).toBeLessThanOrEqual(Number(atMost) * 10_000 + 10);
});

test("a function that waits in a scaled world waits for as long as its Date says", async () => {
  const code = `import { setTimeout as wait } from "node:timers/promises";
    export const handler = async () => {
      const start = Date.now();
      const value = await wait(86_400_000, "morning");
      return { value, waited: Date.now() - start };
    };`;
  const { invoke } = pool(code, {}, new RunningClock({ scale: 864_000, startAt: monday }) as never);
  const { value, waited } = (await invoke()) as { value: string; waited: number };
  expect(value).toBe("morning");
  expect(waited).toBeGreaterThanOrEqual(86_400_000 * 0.9);
});

test("stopping ends functions at work and refuses new ones", async () => {
  const { all, invoke, written } = pool(
    "export const handler = async () => { console.log('on'); await new Promise(() => setInterval(() => {}, 1000)); };",
  );
  const running = invoke();
  const failed = expect(running).rejects.toThrow("Runtime.ExitError");
  await written(1);
  await all.stop();
  await failed;
  await expect(invoke()).rejects.toThrow("the runtime is stopping");
});

test.each([
  [{ Runtime: "python3.13" }, "only Node.js functions"],
  [{ Layers: ["arn:layer"] }, "does not know Layers"],
  [{ Code: { ZipFile: "code" } }, "does not know ZipFile"],
  [{ Code: { S3Bucket: "assets", S3Key: "other.zip" } }, "has no file other.zip"],
  [{ Environment: { Variables: { AWS_REGION: "x" } } }, "AWS_REGION is Lambda's own"],
  [{ Environment: { Variables: { BIG: "x".repeat(4096) } } }, "larger than 4 KB"],
  [{ Role: "arn:aws:iam::000000000000:role/Other" }, "has no role"],
])("a function with %j is refused", (properties, message) => {
  expect(() => pool("export const handler = 1", properties)).toThrow(message);
});
