import { setImmediate as turn } from "node:timers/promises";
import type { LocalClock, Timer } from "../../local/clock.ts";

/** One invocation of a function. Killed, it does nothing more: what it waits for never comes. */
export class Invocation {
  readonly name: string;
  readonly startedAt: number;
  readonly whenKilled: Promise<never>;
  isOver = false;
  kill: () => void = () => {};

  constructor(name: string, startedAt: number) {
    this.name = name;
    this.startedAt = startedAt;
    this.whenKilled = new Promise((_, reject) => {
      this.kill = () => {
        this.isOver = true;
        reject(new Killed(name));
      };
    });
    this.whenKilled.catch(() => {});
  }
}

class Killed extends Error {
  override readonly name = "Killed";
}

type Call = { label: string; by: Invocation; effect: () => void };

/** Something that may happen at any time while it is possible, and happens once; at the latest `by` that time. */
export type Happening = { label: string; isPossible: () => boolean; happen: () => unknown; by?: number };

type Appointment = { time: number; task: () => void };

/** What a call to the outside takes. */
const callTime = 100;

/** A function is stopped after a minute: nothing that it does comes later. */
const longestInvocation = 60_000;

/**
 * Decides what comes next, one step at a time: a call of one of the invocations that are under way, something that happens, or
 * time that passes until the next thing is due. Between two steps everything stands still. It is also the clock.
 */
export class Turns implements LocalClock {
  readonly #choices: readonly number[];
  readonly #crashes: ReadonlyMap<number, "before" | "after">;
  #now: number;
  #calls: Call[] = [];
  #appointments: Appointment[] = [];
  readonly #running = new Set<Invocation>();
  happenings: Happening[] = [];
  #taken = 0;
  #called = 0;
  /** What happened, for whoever reads a failure. */
  readonly story: string[] = [];

  /** @param choices which of the possible steps comes next, each time; the first one when there are no more choices */
  constructor(startAt: number, choices: readonly number[], crashes: ReadonlyMap<number, "before" | "after">) {
    this.#now = startAt;
    this.#choices = choices;
    this.#crashes = crashes;
  }

  /** Lets an invocation run to its end; rejects when it fails or is killed. */
  async run<Answer>(name: string, work: (by: Invocation) => Promise<Answer>): Promise<Answer> {
    const invocation = new Invocation(name, this.#now);
    this.#running.add(invocation);
    try {
      return await Promise.race([work(invocation), invocation.whenKilled]);
    } finally {
      invocation.isOver = true;
      this.#running.delete(invocation);
    }
  }

  /** A call to the outside: it has its effect when its turn has come, in one step. */
  step<Answer>(by: Invocation, label: string, effect: () => Answer): Promise<Awaited<Answer>> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        try {
          resolve(effect() as Awaited<Answer>);
        } catch (error) {
          reject(error);
        }
      };
      this.#calls.push({ label, by, effect: settle });
    });
  }

  /** Takes steps until nothing can happen any more. */
  async play(mostSteps: number): Promise<void> {
    for (let count = 0; count < mostSteps; count++) {
      await turn();
      if (!this.#takeOne()) return;
    }
    throw new Error("it did not come to rest");
  }

  #takeOne(): boolean {
    this.#calls = this.#calls.filter(({ by }) => !by.isOver);
    const due = this.#appointments[0];
    if (due && due.time <= this.#now) return this.#pass();
    const possible = this.happenings.filter(({ isPossible }) => isPossible());
    // What is under way gets four turns for each one of what may happen at any time.
    const steps: (() => void)[] = this.#calls.flatMap((call) => Array(4).fill(() => this.#let(call)));
    for (const happening of possible)
      steps.push(() => {
        this.happenings = this.happenings.filter((other) => other !== happening);
        this.story.push(`${this.#time()} ${happening.label}`);
        happening.happen();
      });
    if (this.#mayPass(due)) steps.push(() => void this.#pass());
    if (steps.length === 0) return false;
    steps[(this.#choices[this.#taken++] ?? 0) % steps.length]?.();
    return true;
  }

  #mayPass(due: Appointment | undefined): boolean {
    if (!due) return false;
    const limits = [
      ...[...this.#running].map(({ startedAt }) => startedAt + longestInvocation),
      ...this.happenings.map(({ by = Number.POSITIVE_INFINITY }) => by),
    ];
    return limits.every((limit) => due.time <= limit);
  }

  #let(call: Call): void {
    this.#calls = this.#calls.filter((other) => other !== call);
    const crash = this.#crashes.get(this.#called++);
    this.story.push(`${this.#time()} ${call.by.name}: ${call.label}${crash ? ` (killed ${crash} it)` : ""}`);
    this.#now += callTime;
    if (crash !== "before") call.effect();
    if (crash) call.by.kill();
  }

  #pass(): boolean {
    const next = this.#appointments.shift();
    if (!next) return false;
    this.#now = Math.max(this.#now, next.time);
    next.task();
    return true;
  }

  #time(): string {
    return new Date(this.#now).toISOString().slice(8, 19);
  }

  now(): number {
    return this.#now;
  }

  at(time: number, task: () => void): Timer {
    const appointment = { time: Math.max(Math.ceil(time), this.#now), task };
    this.#appointments.push(appointment);
    this.#appointments.sort((a, b) => a.time - b.time);
    return {
      cancel: () => {
        this.#appointments = this.#appointments.filter((other) => other !== appointment);
      },
    };
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.at(this.#now + milliseconds, resolve);
      signal?.addEventListener("abort", () => {
        timer.cancel();
        resolve();
      });
    });
  }

  /** Time passes by turns here, whatever is being done. */
  busy(): () => void {
    return () => {};
  }

  timeSource(): { time: number; at: number; scale: number } {
    return { time: this.#now, at: 0, scale: 0 };
  }
}
