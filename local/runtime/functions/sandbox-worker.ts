/** The inside of a sandbox: a worker thread that loads a bundle and runs its handler, as Lambda's Node.js runtime does. */

import { existsSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import timers from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import type { TimeSource } from "../../clock.ts";
import { errorAnswer } from "./function-error.ts";
import type { Invocation, SandboxMessage, SandboxStart } from "./sandbox-messages.ts";

type Handler = (event: unknown, context: object) => unknown;

// oxlint-disable-next-line typescript/no-unsafe-assignment -- Sandbox starts it with this
const start: SandboxStart = workerData;
let time: TimeSource = start.time;

function post(message: SandboxMessage): void {
  parentPort?.postMessage(message);
}

/** Lambda writes what the code throws to the function's log, too. */
function fail(thrown: unknown, fatal: boolean): void {
  const answer = errorAnswer(thrown);
  const { errorType, errorMessage, trace: stack } = answer;
  const what = fatal ? "Uncaught Exception" : "Invoke Error";
  const log = `ERROR\t${what}\t${JSON.stringify({ errorType, errorMessage, stack })}\n`;
  post({ kind: "failure", answer, fatal, log });
}

/** An error with a name of Lambda's own. */
function runtimeError(name: string, message: string): Error {
  const error = new Error(message);
  error.name = `Runtime.${name}`;
  return error;
}

/** Output goes to the parent at once and in order with the results; the thread's own streams would lag behind. */
function redirectOutput(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
      post({ kind: "log", text: typeof chunk === "string" ? chunk : Buffer.from(chunk).toString() });
      const done = rest.at(-1);
      if (typeof done === "function") process.nextTick(done);
      return true;
    };
}

/**
 * `new Date()` and `Date.now()` tell the runtime's time, which may be scaled or stand still, and `node:timers/promises`
 * waits by it. The global timers do not: time limits of HTTP clients count on them, and their work takes real time.
 */
function followTheClock(): void {
  const now = () =>
    Math.floor(time.time + (performance.timeOrigin + performance.now() - time.at) * time.scale);
  const LocalDate = new Proxy(Date, {
    construct(target, given: unknown[], newTarget): object {
      const values = given.length === 0 ? [now()] : given;
      // oxlint-disable-next-line typescript/no-unsafe-return -- Reflect.construct of Date makes a Date
      return Reflect.construct(target, values, newTarget);
    },
    apply: (target) => new target(now()).toString(),
  });
  Date.now = now;
  Date.prototype.constructor = LocalDate;
  globalThis.Date = LocalDate;
  const wait = timers.setTimeout;
  const waitLocally = (milliseconds = 1, ...rest: [value?: unknown, options?: object]) =>
    wait(milliseconds / (time.scale || 1), ...rest);
  Reflect.set(timers, "setTimeout", waitLocally);
  syncBuiltinESMExports();
}

async function loadHandler(): Promise<Handler> {
  const [, base = "", name = ""] = /^(.+)\.([^./]+)$/.exec(start.handler) ?? [];
  const file = [".js", ".mjs", ".cjs"].map((ending) => join(start.folder, base + ending)).find(existsSync);
  if (!file) throw runtimeError("ImportModuleError", `Error: Cannot find module '${base}'`);
  const loaded = await load(file);
  const exported = memberOf(loaded, name) ?? memberOf(memberOf(loaded, "default"), name);
  if (exported === undefined)
    throw runtimeError("HandlerNotFound", `${start.handler} is undefined or not exported`);
  if (!isHandler(exported)) throw runtimeError("HandlerNotFound", `${start.handler} is not a function`);
  // Node.js 24 on Lambda has no callback handlers any more.
  if (exported.length > 2)
    throw runtimeError(
      "CallbackHandlerDeprecated",
      `${start.handler} takes a callback; use an async function`,
    );
  return exported;
}

async function load(file: string): Promise<unknown> {
  try {
    const loaded: unknown = await import(pathToFileURL(file).href);
    return loaded;
  } catch (error) {
    if (error instanceof SyntaxError)
      throw runtimeError("UserCodeSyntaxError", `SyntaxError: ${error.message}`);
    if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")
      throw runtimeError("ImportModuleError", `Error: ${error.message}`);
    throw error;
  }
}

function memberOf(value: unknown, name: string): unknown {
  const member: unknown = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  return member;
}

function isHandler(value: unknown): value is Handler {
  return typeof value === "function";
}

async function run(handler: Handler, invocation: Invocation): Promise<void> {
  time = invocation.time;
  const deadline = performance.now() + invocation.timeoutMilliseconds;
  const context = {
    ...invocation.context,
    awsRequestId: invocation.requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: "$LATEST",
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadline - performance.now())),
  };
  try {
    const answer = await handler(JSON.parse(invocation.payload), context);
    post({ kind: "result", json: asJson(answer) });
  } catch (error) {
    fail(error, false);
  }
}

function asJson(answer: unknown): string {
  try {
    return JSON.stringify(answer) ?? "null";
  } catch {
    throw new Error("Unable to stringify response body");
  }
}

redirectOutput();
followTheClock();
process.on("uncaughtException", (error) => {
  fail(error, true);
  process.exit(129);
});
process.on("unhandledRejection", (reason) => {
  fail(runtimeError("UnhandledPromiseRejection", String(reason)), true);
  process.exit(128);
});
try {
  const handler = await loadHandler();
  parentPort?.on("message", (invocation: Invocation) => void run(handler, invocation));
  post({ kind: "ready" });
} catch (error) {
  fail(error, true);
}
