import { randomUUID } from "node:crypto";
import type * as v from "valibot";
import { AwsError } from "../endpoint/aws-error.ts";
import { checkArn, checkName, type inputs, pageOf } from "./api.ts";
import { describeExecution, summarizeExecution } from "./describe.ts";
import { drive } from "./drive.ts";
import { isTooLarge } from "./failure.ts";
import { executionStarted, withoutData } from "./history.ts";
import type { ExecutionRecord, ThreadRecord } from "./journal.ts";
import type { Machines } from "./machines.ts";
import { Run, type Surroundings } from "./run.ts";
import { Aborted, Thread } from "./thread.ts";

type Input<Operation extends keyof typeof inputs> = v.InferOutput<(typeof inputs)[Operation]>;

const statuses = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"];
const day = 86_400_000;
/** AWS ends an execution after a year and frees its name 90 days after its end. */
const longestExecution = 365 * day;
const nameIsTaken = 90 * day;

/** The executions: started, continued, stopped, described. */
export class Executions {
  readonly #surroundings: Surroundings;
  readonly #machines: Machines;
  readonly #runs = new Map<string, Run>();
  #newest: number;

  constructor(surroundings: Omit<Surroundings, "whenEnded" | "stopExecution">, machines: Machines) {
    this.#machines = machines;
    this.#newest = Math.max(0, ...surroundings.journal.executions.values().map(({ order }) => order));
    this.#surroundings = {
      ...surroundings,
      whenEnded: (arn) => this.#whenEnded(arn),
      stopExecution: (arn) => this.#runs.get(arn)?.end({ status: "ABORTED" }),
    };
  }

  start(input: Input<"StartExecution">): object {
    const machine = this.#machines.resolve(input.stateMachineArn);
    const name = input.name ?? randomUUID();
    checkName(name);
    const text = input.input ?? "{}";
    checkInput(text);
    const arn = `${machine.machineArn.replace(":stateMachine:", ":execution:")}:${name}`;
    const known = this.#journal.executions.get(arn);
    if (known?.status === "RUNNING" && known.input === text) return started(known);
    if (known && !this.#isForgotten(known))
      throw new AwsError("ExecutionAlreadyExists", `Execution Already Exists: '${arn}'`);
    return started(this.#begin({ ...machine, arn, name, input: text }));
  }

  /** Continues what was running when the process ended. */
  resume(): void {
    const threads = Map.groupBy(this.#journal.threads.values(), (thread) => thread.execution);
    const paused = this.#journal.executions
      .values()
      .filter(({ arn, status }) => status === "RUNNING" && !this.#runs.has(arn));
    const runs = paused.map((record) => this.#run(record, threads.get(record.arn) ?? []));
    for (const run of runs) this.#go(run);
  }

  /** Stops working without ending an execution. */
  leave(): void {
    const runs = [...this.#runs.values()];
    this.#runs.clear();
    for (const run of runs) run.leave();
  }

  stop(input: Input<"StopExecution">): object {
    const record = this.get(input.executionArn);
    this.#abort(record, { error: input.error, cause: input.cause });
    return { stopDate: (record.stopped ?? this.#surroundings.clock.now()) / 1000 };
  }

  describe(input: Input<"DescribeExecution">): object {
    return describeExecution(this.get(input.executionArn));
  }

  list(input: Input<"ListExecutions">): object {
    const { stateMachineArn, statusFilter } = input;
    if (stateMachineArn === undefined)
      throw new AwsError("ValidationException", "'stateMachineArn' is required: there are no map runs here");
    if (statusFilter !== undefined && !statuses.includes(statusFilter))
      throw new AwsError("ValidationException", `'statusFilter' must be one of ${statuses.join(", ")}`);
    this.#machines.get(stateMachineArn);
    const all = this.#journal.executions
      .values()
      .filter((record) => record.machineArn === stateMachineArn)
      .filter((record) => statusFilter === undefined || record.status === statusFilter)
      .sort((a, b) => (b.stopped ?? b.started) - (a.stopped ?? a.started) || b.order - a.order);
    const { items, nextToken } = pageOf(all, (record) => record.arn, input);
    return { executions: items.map(summarizeExecution), ...(nextToken ? { nextToken } : {}) };
  }

  history(input: Input<"GetExecutionHistory">): object {
    const events = this.#journal.events.of(this.get(input.executionArn).arn);
    const ordered = input.reverseOrder ? events.toReversed() : events;
    const { items, nextToken } = pageOf(ordered, (event) => String(event.id), input);
    return {
      events: input.includeExecutionData === false ? items.map(withoutData) : items,
      ...(nextToken ? { nextToken } : {}),
    };
  }

  /** Ends and forgets the executions of a machine. */
  deleteOf(machineArn: string): void {
    for (const record of this.#journal.executions.values()) {
      if (record.machineArn !== machineArn) continue;
      this.#abort(record, {});
      this.#journal.commit(() => this.#journal.forgetExecution(record.arn));
    }
  }

  /** @throws AwsError InvalidArn, ExecutionDoesNotExist */
  get(arn: string): ExecutionRecord {
    checkArn(arn, "execution");
    const record = this.#journal.executions.get(arn);
    if (!record) throw new AwsError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`);
    return record;
  }

  get #journal() {
    return this.#surroundings.journal;
  }

  #begin(
    given: Pick<
      ExecutionRecord,
      "arn" | "name" | "machineArn" | "versionArn" | "aliasArn" | "revision" | "input"
    >,
  ): ExecutionRecord {
    const now = this.#surroundings.clock.now();
    const { timeoutSeconds } = this.#machines.parsed(given.revision);
    const record: ExecutionRecord = {
      ...given,
      order: ++this.#newest,
      status: "RUNNING",
      started: now,
      deadline: now + Math.min((timeoutSeconds ?? Number.POSITIVE_INFINITY) * 1000, longestExecution),
    };
    const run = this.#run(record, [rootThread(record)]);
    const root = rootOf(run);
    const input: unknown = JSON.parse(record.input);
    run.commit(() => {
      this.#journal.forgetExecution(record.arn);
      this.#journal.executions.set(record.arn, record);
      run.addEvent(executionStarted(record, run.revision.roleArn), 0);
      root.enter(run.machine.startAt, input);
    });
    this.#go(run);
    return record;
  }

  /** Also ends an execution that has not been resumed. */
  #abort(record: ExecutionRecord, why: { error?: string | undefined; cause?: string | undefined }): void {
    if (record.status !== "RUNNING") return;
    const isOfIt = (thread: ThreadRecord) => thread.execution === record.arn;
    const run =
      this.#runs.get(record.arn) ?? this.#run(record, this.#journal.threads.values().filter(isOfIt));
    run.end({ status: "ABORTED", ...why });
  }

  #run(record: ExecutionRecord, threads: ThreadRecord[]): Run {
    const revision = this.#machines.revisionOf(record.revision);
    const machine = this.#machines.parsed(record.revision);
    const run = new Run(this.#surroundings, { record, revision, machine, threads });
    this.#runs.set(record.arn, run);
    void run.ended.then(() => {
      if (this.#runs.get(record.arn) === run) this.#runs.delete(record.arn);
    });
    return run;
  }

  #go(run: Run): void {
    drive(rootOf(run)).catch((error: unknown) => {
      if (error instanceof Aborted || run.signal.aborted) return;
      // Nothing but a bug of the engine comes here. The execution stays where it is, to be continued by a better one.
      console.error(`The execution ${run.record.arn} cannot go on.`, error);
    });
  }

  #whenEnded(arn: string): Promise<ExecutionRecord> | undefined {
    const record = this.#journal.executions.get(arn);
    if (!record) return undefined;
    const run = this.#runs.get(arn);
    return run ? run.ended.then(() => record) : Promise.resolve(record);
  }

  #isForgotten({ stopped }: ExecutionRecord): boolean {
    return stopped !== undefined && this.#surroundings.clock.now() - stopped > nameIsTaken;
  }
}

function rootThread(record: ExecutionRecord): ThreadRecord {
  return {
    execution: record.arn,
    path: "",
    state: "",
    input: null,
    variables: {},
    entered: record.started,
    enteredEvent: 0,
    lastEvent: 0,
    tries: [],
    retryCount: 0,
    phase: { at: "start" },
  };
}

function rootOf(run: Run): Thread {
  const record = run.thread("");
  if (!record) throw new Error(`the execution ${run.record.arn} has lost its place`);
  return new Thread(run, record);
}

function started(record: ExecutionRecord): object {
  return { executionArn: record.arn, startDate: record.started / 1000 };
}

function checkInput(text: string): void {
  if (isTooLarge(text))
    throw new AwsError("InvalidExecutionInput", "Invalid State Machine Execution Input: more than 256 KiB");
  try {
    JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AwsError("InvalidExecutionInput", `Invalid State Machine Execution Input: '${reason}'`);
  }
}
