import { onTestFinished } from "vitest";
import { VirtualClock } from "../../../local/clock.ts";
import type { HistoryEvent } from "../../../local/runtime/states/history.ts";
import { type Host, TaskFailure } from "../../../local/runtime/states/host.ts";
import type { Step } from "../../../local/runtime/states/journal.ts";
import { StatesService } from "../../../local/runtime/states/service.ts";
import { Store } from "../../../local/store.ts";

export const startOfTime = Date.UTC(2026, 10, 20, 9, 0, 0);
export const region = "eu-west-1";
export const account = "111111111111";
export const roleArn = `arn:aws:iam::${account}:role/machine`;

/**
 * What a function does in a test; it declares the payload as what the test sends. `calls` counts from 1; `sleep` passes virtual time; throw `TaskFailure` to fail.
 */
export type FakeFunction = (
  payload: never,
  tools: { calls: number; sleep: (seconds: number) => Promise<void>; service: StatesService },
) => unknown;

/** Declares the parameter as what the test sends. */
export type FakeCall = (input: never, operation: string, service: string) => unknown;

export type HostCall =
  | { functionName: string; payload: unknown; at: number; roleArn: string }
  | { service: string; operation: string; input: unknown; at: number; roleArn: string };

export type Execution = {
  arn: string;
  status: string;
  output?: unknown;
  error?: string;
  cause?: string;
  /** Seconds from the start to the end. */
  seconds?: number;
};

type Described = {
  status: string;
  output?: string;
  error?: string;
  cause?: string;
  startDate: number;
  stopDate?: number;
};

/** A service on a virtual clock, with a host that is made of functions. */
export class Bench {
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly calls: HostCall[] = [];
  readonly functions: Record<string, FakeFunction>;
  readonly api: FakeCall;
  service: StatesService;

  constructor(options: { functions?: Record<string, FakeFunction>; api?: FakeCall; store?: Store } = {}) {
    this.clock = new VirtualClock(startOfTime);
    this.store = options.store ?? new Store();
    this.functions = options.functions ?? {};
    this.api =
      options.api ??
      ((input, operation, service) => {
        if (service === "sfn") return this.service.handle(operation, input);
        throw new Error(`no fake for ${service}:${operation}`);
      });
    this.service = this.#newService();
    onTestFinished(() => this.service.stop());
  }

  #newService(): StatesService {
    return new StatesService({ clock: this.clock, store: this.store, host: this.host(), region, account });
  }

  /** As if the process had been killed and started again. */
  restart(): void {
    this.service.stop();
    this.service = this.#newService();
    this.service.resume();
  }

  host(): Host {
    return {
      invokeFunction: async ({ functionArn, payload, roleArn: role, signal }) => {
        const functionName = functionArn.split(":").at(-1) ?? "";
        this.calls.push({ functionName, payload, at: this.#elapsed(), roleArn: role });
        const fake = this.functions[functionName];
        if (!fake) throw new TaskFailure("Lambda.ResourceNotFoundException", `no function ${functionName}`);
        const calls = this.callsOf(functionName).length;
        const sleep = (seconds: number) => this.clock.sleep(seconds * 1000, signal);
        return fake(payload as never, { calls, sleep, service: this.service });
      },
      call: async ({ service, operation, input, roleArn: role }) => {
        this.calls.push({ service, operation, input, at: this.#elapsed(), roleArn: role });
        return this.api(input as never, operation, service);
      },
    };
  }

  callsOf(functionName: string): HostCall[] {
    return this.calls.filter((call) => "functionName" in call && call.functionName === functionName);
  }

  #elapsed(): number {
    return (this.clock.now() - startOfTime) / 1000;
  }

  define(definition: object, name = "machine"): string {
    const arn = `arn:aws:states:${region}:${account}:stateMachine:${name}`;
    this.service.define({ arn, name, definition: JSON.stringify(definition), roleArn });
    return arn;
  }

  /** One API call, its answer as the type that the test expects. */
  async call<Answer>(operation: string, input: object): Promise<Answer> {
    return (await this.service.handle(operation, input)) as Answer;
  }

  async start(definition: object, input: unknown = {}, name = "one"): Promise<string> {
    const stateMachineArn = this.define(definition);
    const given = { stateMachineArn, name, input: JSON.stringify(input) };
    return (await this.call<{ executionArn: string }>("StartExecution", given)).executionArn;
  }

  /** Starts an execution and lets a year pass at most. */
  async run(definition: object, input: unknown = {}): Promise<Execution> {
    const arn = await this.start(definition, input);
    await this.pass(366 * 86_400);
    return this.execution(arn);
  }

  /** Lets virtual seconds pass. */
  async pass(seconds: number): Promise<void> {
    await this.clock.advance(seconds * 1000);
  }

  async execution(arn: string): Promise<Execution> {
    const { status, output, error, cause, startDate, stopDate } = await this.call<Described>(
      "DescribeExecution",
      { executionArn: arn },
    );
    return {
      arn,
      status,
      ...(output === undefined ? {} : { output: JSON.parse(output) }),
      ...(error === undefined ? {} : { error }),
      ...(cause === undefined ? {} : { cause }),
      ...(stopDate === undefined ? {} : { seconds: Math.round((stopDate - startDate) * 1000) / 1000 }),
    };
  }

  async history(executionArn: string): Promise<HistoryEvent[]> {
    const asked = { executionArn, maxResults: 1000 };
    return (await this.call<{ events: HistoryEvent[] }>("GetExecutionHistory", asked)).events;
  }

  async types(executionArn: string): Promise<string[]> {
    return (await this.history(executionArn)).map((event) => event.type);
  }

  path(executionArn: string): readonly Step[] {
    return this.service.path(executionArn);
  }
}

/** A machine of JSONata states that begins with the first one. */
export function machine(states: Record<string, object>, more: object = {}): object {
  return { QueryLanguage: "JSONata", StartAt: Object.keys(states)[0], States: states, ...more };
}

/** A branch or an item processor that begins with the first state. */
export function branch(states: Record<string, object>): object {
  return { StartAt: Object.keys(states)[0], States: states };
}

/** The output of a task that invokes a function: what the function gave. */
export const payloadOnly = { Output: "{% $states.result.Payload %}" };

export const succeed = { Type: "Succeed" };

/** A Task state that invokes a function with a payload, as an optimised integration. */
export function invoke(functionName: string, payload: unknown, more: object = { End: true }): object {
  return {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke",
    Arguments: { FunctionName: functionName, Payload: payload },
    ...more,
  };
}

/** A Task state that hands its token to a function and waits for the answer. */
export function ask(functionName: string, more: object = { End: true }): object {
  return {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
    Arguments: { FunctionName: functionName, Payload: { token: "{% $states.context.Task.Token %}" } },
    ...more,
  };
}

export { TaskFailure };
