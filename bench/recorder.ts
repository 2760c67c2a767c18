import * as v from "valibot";
import type { Assembly } from "../local/assembly.ts";
import { VirtualClock } from "../local/clock.ts";
import type { AwsCall } from "../local/runtime/endpoint/services.ts";
import type { Transition } from "../local/runtime/states/run.ts";
import { type Served, serve } from "../local/serve.ts";
import { keys } from "../local/world/company.ts";
import { type PolicyFiles, readPolicyFiles } from "../src/policy-files/read-policy-files.ts";
import { InProcessHost } from "../test/support/in-process-host.ts";
import { Portal } from "./portal.ts";
import { RequestUnits } from "./request-units.ts";

/** A call of a function to AWS, with DynamoDB's request units. */
type MeteredCall = AwsCall & { reads: number; writes: number };

/** Everything that AWS, Jira and JumpCloud had to do for something that happened. */
export type Recording = {
  /** Steps of executions through the graph, retries included, without the start. */
  steps: Transition[];
  executions: number;
  /** Functions that the state machine invoked. */
  tasks: number;
  /** Calls that functions made to AWS. */
  awsCalls: MeteredCall[];
  /** Names of the functions that ran, oldest first, whoever invoked them. */
  invocations: string[];
  coldStarts: number;
  webhooks: number;
  jiraCalls: number;
  jumpcloudCalls: number;
  /** What functions wrote. */
  lines: string[];
  /** Events of the executions' history as the state machine logs them: without execution data. */
  history: HistoryEvent[];
  /** Time that functions spent waiting for their turn at JumpCloud. */
  waitedMilliseconds: number;
};

const HistoryEvent = v.looseObject({
  type: v.string(),
  id: v.number(),
  previousEventId: v.number(),
  timestamp: v.number(),
});
type HistoryEvent = v.InferOutput<typeof HistoryEvent> & { executionArn: string };
const History = v.object({ events: v.array(HistoryEvent) });
const Line = v.object({ milliseconds: v.optional(v.number(), 0) });

/** Friday, nine in the morning. */
const friday = Date.UTC(2026, 10, 20, 9);

/** The whole stack in the simulated world, on a clock that is moved by hand, with everything that it does recorded. */
export class Recorder {
  readonly portal: Portal;
  readonly #clock: VirtualClock;
  readonly #host: InProcessHost;
  readonly #served: Served;
  readonly #awsCalls: MeteredCall[];
  readonly #steps: Transition[];
  /** How many invocations there had been each time that all functions became cold. */
  #cooled: number[] = [];

  private constructor(
    served: Served,
    watched: { clock: VirtualClock; host: InProcessHost; awsCalls: MeteredCall[]; steps: Transition[] },
  ) {
    this.portal = new Portal(served.jiraUrl);
    this.#served = served;
    this.#clock = watched.clock;
    this.#host = watched.host;
    this.#awsCalls = watched.awsCalls;
    this.#steps = watched.steps;
  }

  static async open(assembly: Assembly, policy: PolicyFiles = exampleFiles()): Promise<Recorder> {
    const clock = new VirtualClock(friday);
    const host = new InProcessHost(clock);
    const units = new RequestUnits(assembly.template);
    const awsCalls: MeteredCall[] = [];
    const steps: Transition[] = [];
    const served = await serve({
      clock,
      port: 0,
      awsPort: 0,
      policy,
      assembly,
      functionHost: host,
      onCall: (call) => awsCalls.push({ ...call, ...units.of(call) }),
      onStep: (step) => steps.push(step),
    });
    return new Recorder(served, { clock, host, awsCalls, steps });
  }

  /** Records what a happening sets going, until nothing follows from it any more. */
  async record(happening: () => Promise<unknown>): Promise<Recording> {
    this.#forget();
    await happening();
    await this.settle();
    const arns = [...new Set(this.#steps.map(({ executionArn }) => executionArn))];
    const history = (await Promise.all(arns.map((arn) => this.#historyOf(arn)))).flat();
    const invocations = this.#host.invocations.map(({ name }) => name);
    return {
      steps: [...this.#steps],
      executions: arns.length,
      tasks: history.filter(({ type }) => type === "TaskScheduled").length,
      awsCalls: this.#awsCalls.filter(({ caller }) => caller !== "operator"),
      invocations,
      coldStarts: this.#coldStarts(invocations),
      webhooks: invocations.filter((name) => name === "receive-webhook").length,
      jiraCalls: this.#jiraCalls(),
      jumpcloudCalls: this.#served.jumpcloud?.calls.all().length ?? 0,
      lines: [...this.#host.lines],
      history,
      waitedMilliseconds: this.#host.lines.map(millisecondsIn).reduce((sum, one) => sum + one, 0),
    };
  }

  /** Lets everything happen that is due now or follows from it within some seconds. */
  async settle(): Promise<void> {
    await this.#clock.advance(0);
    for (let round = 0; round < 50 && (await this.#clock.advanceToNext(3_000)); round++);
  }

  async pass(milliseconds: number): Promise<void> {
    await this.#clock.advance(milliseconds);
  }

  /** Nothing has run for so long that every function starts anew. */
  cool(): void {
    this.#host.forget();
    this.#cooled.push(this.#host.invocations.length);
  }

  async stop(): Promise<void> {
    await this.#served.stop();
  }

  #forget(): void {
    this.#awsCalls.length = 0;
    this.#steps.length = 0;
    this.#host.invocations.length = 0;
    this.#host.lines.length = 0;
    this.#cooled = [];
    this.#served.jira?.calls.clear();
    this.#served.jumpcloud?.calls.clear();
  }

  #coldStarts(invocations: string[]): number {
    const ends = [...this.#cooled.slice(1), invocations.length];
    return this.#cooled.reduce((sum, from, n) => sum + new Set(invocations.slice(from, ends[n])).size, 0);
  }

  /** Latchkey's own; people call Jira, too. */
  #jiraCalls(): number {
    const calls = this.#served.jira?.calls.all() ?? [];
    return calls.filter(({ by }) => by === keys.jiraServiceAccountId).length;
  }

  async #historyOf(executionArn: string): Promise<HistoryEvent[]> {
    const page = { executionArn, includeExecutionData: false, maxResults: 1_000 };
    const answer = await this.#served.states.handle("GetExecutionHistory", page);
    return v.parse(History, answer).events.map((event) => ({ ...event, executionArn }));
  }
}

function exampleFiles(): PolicyFiles {
  const policy = readPolicyFiles("policy");
  if ("problems" in policy) throw new Error("The example files in policy/ are wrong.");
  return policy;
}

/** Time that passed in the function; on a clock moved by hand only waiting takes any. */
function millisecondsIn(line: string): number {
  return v.parse(Line, JSON.parse(line)).milliseconds;
}
