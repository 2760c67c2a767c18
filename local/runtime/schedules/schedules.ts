import { createHash, randomUUID } from "node:crypto";
import type { LocalClock, Timer } from "../../clock.ts";
import type { Collection, Store } from "../../store.ts";
import { TemplateError } from "../template/parse.ts";
import type { Place } from "../template/template.ts";
import type { ScheduleDefinition, ScheduleTarget } from "./schedule-definition.ts";
import { readExpression } from "./schedule-expression.ts";

/** `expression` includes the time zone; a changed one begins anew. */
type Kept = { expression: string; createdAt: number; dueAt: number };

/** Calls a schedule's target. `executionName` is the same whenever the same run is tried again. */
export type StartTarget = (
  schedule: ScheduleDefinition,
  target: ScheduleTarget,
  input: unknown,
  executionName: string,
) => Promise<void>;

/**
 * Runs rules and schedules when they are due. What is due next is kept: of the runs that were missed while the process
 * was away, one is made up for at once.
 */
export class Schedules {
  readonly #clock: LocalClock;
  readonly #kept: Collection<Kept>;
  readonly #place: Place;
  readonly #startTarget: StartTarget;
  readonly #schedules: ScheduleDefinition[];
  readonly #timers = new Map<string, Timer>();
  #isStopped = false;

  /** Throws `TemplateError` for what EventBridge would refuse. */
  constructor(options: {
    clock: LocalClock;
    store: Store;
    place: Place;
    definitions: ScheduleDefinition[];
    startTarget: StartTarget;
  }) {
    this.#clock = options.clock;
    this.#kept = options.store.collection("eventbridge schedules");
    this.#place = options.place;
    this.#startTarget = options.startTarget;
    this.#schedules = options.definitions.filter(({ isEnabled }) => isEnabled);
    for (const schedule of options.definitions) {
      readExpression(schedule.expression, schedule.timezone, 0);
      for (const target of schedule.targets) inputOf(schedule, target, 0, this.#place);
    }
  }

  start(): void {
    for (const [arn] of this.#kept.entries())
      if (!this.#schedules.some((schedule) => schedule.arn === arn)) this.#kept.delete(arn);
    for (const schedule of this.#schedules) {
      const expression = `${schedule.expression} ${schedule.timezone}`;
      const kept = this.#kept.get(schedule.arn);
      if (kept?.expression === expression) this.#arm(schedule, kept);
      else this.#next(schedule, { expression, createdAt: this.#clock.now() });
    }
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) timer.cancel();
  }

  #next(schedule: ScheduleDefinition, { expression, createdAt }: Omit<Kept, "dueAt">): void {
    const dueAt = readExpression(schedule.expression, schedule.timezone, createdAt)(this.#clock.now());
    if (dueAt === undefined) {
      this.#kept.delete(schedule.arn);
      return;
    }
    const kept = { expression, createdAt, dueAt };
    this.#kept.set(schedule.arn, kept);
    this.#arm(schedule, kept);
  }

  #arm(schedule: ScheduleDefinition, kept: Kept): void {
    if (kept.dueAt <= this.#clock.now()) {
      void this.#run(schedule, kept);
      return;
    }
    this.#timers.set(
      schedule.arn,
      this.#clock.at(kept.dueAt, () => void this.#run(schedule, kept)),
    );
  }

  /** The next run is kept after this one's targets were called: a kill in between calls them again. */
  async #run(schedule: ScheduleDefinition, kept: Kept): Promise<void> {
    const done = this.#clock.busy();
    try {
      for (const target of schedule.targets) {
        const run = createHash("sha256").update(`${schedule.arn}/${target.id}/${kept.dueAt}`).digest("hex");
        const input = inputOf(schedule, target, kept.dueAt, this.#place);
        await this.#startTarget(schedule, target, input, run.slice(0, 32)).catch((error: unknown) =>
          console.error(`${schedule.name} could not call ${target.arn}:`, error),
        );
      }
      if (!this.#isStopped) this.#next(schedule, kept);
    } finally {
      done();
    }
  }
}

/** The target's own input, or the event that EventBridge makes. */
function inputOf(schedule: ScheduleDefinition, target: ScheduleTarget, dueAt: number, place: Place): unknown {
  const time = new Date(dueAt).toISOString().replace(/\.\d+Z$/, "Z");
  if (target.input !== undefined) {
    const text = schedule.kind === "rule" ? target.input : withAttributes(target.input, schedule.arn, time);
    return parsedInput(text, schedule);
  }
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: schedule.kind === "rule" ? "aws.events" : "aws.scheduler",
    account: place.account,
    time,
    region: place.region,
    resources: [schedule.arn],
    detail: schedule.kind === "rule" ? {} : "{}",
  };
}

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
function withAttributes(input: string, arn: string, time: string): string {
  return input
    .replaceAll("<aws.scheduler.schedule-arn>", arn)
    .replaceAll("<aws.scheduler.scheduled-time>", time)
    .replaceAll("<aws.scheduler.execution-id>", randomUUID())
    .replaceAll("<aws.scheduler.attempt-number>", "1");
}

function parsedInput(text: string, { logicalId }: ScheduleDefinition): unknown {
  try {
    const input: unknown = JSON.parse(text);
    return input;
  } catch {
    throw new TemplateError(`${logicalId}: the input of its target is not JSON`);
  }
}
