import middy from "@middy/core";
import type { Context } from "aws-lambda";
import * as v from "valibot";
import { InconsistentError, LatchkeyError } from "../errors.ts";
import { type LogEntry, logLine } from "./log.ts";
import { lambdaPlatform, type Platform } from "./platform.ts";
import { AwsCallError } from "./signed-call.ts";

type Definition<Schema extends v.GenericSchema, Result> = {
  name: string;
  /** The shape of the event. What else an event holds is dropped. */
  event: Schema;
  /** Puts the function together, once, at its first event. */
  wire(platform: Platform): (event: v.InferOutput<Schema>) => Promise<Result>;
  /** What of the event and the result goes into the log. */
  logged(event: v.InferOutput<Schema>, result: Result | undefined): Partial<LogEntry>;
};

/**
 * A Lambda function around a use case: parses the event, runs the use case, writes one line of log. Errors go on to whoever invoked
 * the function: the state machine decides by their name.
 *
 * @returns `handler` for Lambda; `on`, which gives the same handler for another platform; and `event`, the shape that it
 *   accepts, which must go on accepting what running executions send
 */
export function defineFunction<Schema extends v.GenericSchema, Result>(
  definition: Definition<Schema, Result>,
) {
  const on = (platform: Platform) => {
    let run: ((event: v.InferOutput<Schema>) => Promise<Result>) | undefined;
    return middy(async (event: unknown): Promise<Result> => {
      run ??= definition.wire(platform);
      return run(parse(definition, event));
    }).use(logging(definition, platform));
  };
  let live: ReturnType<typeof on> | undefined;
  return {
    on,
    event: definition.event,
    handler: (event: unknown, context: Context) => {
      live ??= on(lambdaPlatform);
      return live(event, context);
    },
  };
}

function parse<Schema extends v.GenericSchema>(
  { name, event: schema }: Pick<Definition<Schema, never>, "name" | "event">,
  event: unknown,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, event);
  if (parsed.success) return parsed.output;
  throw new InconsistentError(`${name} was given an event of another shape.`);
}

function logging<Schema extends v.GenericSchema, Result>(
  definition: Definition<Schema, Result>,
  { clock, write }: Platform,
): middy.MiddlewareObj<unknown, Result> {
  const { name, event: schema } = definition;
  let started = 0;
  const about = (event: unknown, result: Result | undefined): Partial<LogEntry> => {
    const parsed = v.safeParse(schema, event);
    return {
      ...(parsed.success ? definition.logged(parsed.output, result) : {}),
      milliseconds: clock.now() - started,
    };
  };
  return {
    before: () => {
      started = clock.now();
    },
    after: ({ event, response }) => {
      write(logLine({ level: "info", function: name, ...about(event, response ?? undefined) }));
    },
    onError: (request) => {
      const { event, error } = request;
      write(logLine({ level: "error", function: name, ...about(event, undefined), ...described(error) }));
      // Lambda logs what is thrown, and the state machine keeps it.
      if (!isHarmless(error)) request.error = withoutMessage(error);
    },
  };
}

/** Of an error that Latchkey did not raise itself only the name and the places in the code are known to be harmless. */
function described(error: Error | null | undefined): Partial<LogEntry> {
  if (error instanceof LatchkeyError)
    return { error: error.name, message: error.message, operatorHint: error.operatorHint };
  return {
    error: error?.name ?? "Error",
    at: placesIn(error),
  };
}

/** Whether the message says nothing but what Latchkey itself wrote. */
function isHarmless(error: unknown): boolean {
  return error instanceof LatchkeyError || error instanceof AwsCallError;
}

/** An error to throw in place of a bug, whose message may say anything: a part of an answer, or of a secret. */
function withoutMessage(error: Error | null | undefined): Error {
  const harmless = new Error("A bug. Its place is in the function's log.");
  harmless.name = error?.name ?? "Error";
  return harmless;
}

function placesIn(error: Error | null | undefined): string[] {
  const trace = (error?.stack ?? "").replace(error?.message ?? "", "");
  return trace.match(/\bat [\w.<># ]*\(?(file:|node:|\/).*/g)?.slice(0, 5) ?? [];
}
