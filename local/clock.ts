/** A timer that has been set; cancelling one that has run does nothing. */
export type Timer = { cancel(): void };

/**
 * Lets another thread tell the same time as a clock, which is
 * `time + (performance.timeOrigin + performance.now() - at) * scale` there.
 */
export type TimeSource = { time: number; at: number; scale: number };

/**
 * Time as the local runtime and the simulated world see it. All times are milliseconds since 1970, UTC.
 *
 * Everything under `local/` that waits or asks for the time does it here, so that a test can move time by hand
 * and `npm start --time-scale` can make it run faster.
 */
export type LocalClock = {
  now(): number;
  /** Runs `task` once at `time`; soon, never at once, when `time` has passed. */
  at(time: number, task: () => void): Timer;
  /**
   * Waits. Inside work that was announced with `busy`, that work counts as idle while it sleeps.
   * An aborted signal ends the wait early, without an error.
   */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /**
   * Announces work that needs no time to pass: until the returned function is called, virtual time stands still, and scaled time
   * goes no faster than the real one.
   */
  busy(): () => void;
  /** A snapshot for another thread. One of a virtual clock stands still. */
  timeSource(): TimeSource;
};

const longestTimeout = 2 ** 31 - 1;

/**
 * The real time, or a faster one: `scale` seconds pass in a second, from `startAt` on. While announced work goes on it is as slow as
 * the real one: what is waited for comes sooner, and no time limit of a call gets shorter than the call.
 */
export class RunningClock implements LocalClock {
  readonly #scale: number;
  /** The time when the rate last changed, and when that was. */
  #time: number;
  #since = performance.now();
  #busy = 0;
  readonly #armings = new Set<() => void>();
  readonly #onWork: ((time: number) => void) | undefined;

  /** @param options.onWork is told the time whenever work begins, if time was scaled until then */
  constructor(options: { scale?: number; startAt?: number; onWork?: (time: number) => void } = {}) {
    this.#onWork = options.onWork;
    this.#scale = options.scale ?? 1;
    this.#time = options.startAt ?? Date.now();
  }

  now(): number {
    return Math.floor(this.#exactly());
  }

  at(time: number, task: () => void): Timer {
    let timeout: NodeJS.Timeout;
    const arm = () => {
      clearTimeout(timeout);
      const wait = Math.max(0, (time - this.now()) / this.#rate());
      timeout = wait > longestTimeout ? setTimeout(arm, longestTimeout) : setTimeout(ring, Math.ceil(wait));
    };
    // A timeout may come a little early, which a scale makes large.
    const ring = () => {
      if (this.now() < time) return arm();
      this.#armings.delete(arm);
      task();
    };
    this.#armings.add(arm);
    arm();
    return {
      cancel: () => {
        clearTimeout(timeout);
        this.#armings.delete(arm);
      },
    };
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    this.#count(-1);
    await sleepUntil(this, this.now() + milliseconds, signal);
    this.#count(1);
  }

  busy(): () => void {
    let over = false;
    this.#count(1);
    return () => {
      if (!over) this.#count(-1);
      over = true;
    };
  }

  timeSource(): TimeSource {
    return { time: this.#exactly(), at: performance.timeOrigin + performance.now(), scale: this.#rate() };
  }

  #rate(): number {
    return this.#busy > 0 ? 1 : this.#scale;
  }

  #exactly(): number {
    return this.#time + (performance.now() - this.#since) * this.#rate();
  }

  #count(change: 1 | -1): void {
    const [time, rate] = [this.#exactly(), this.#rate()];
    this.#busy += change;
    if (this.#rate() === rate) return;
    this.#time = time;
    this.#since = performance.now();
    if (change > 0) this.#onWork?.(Math.floor(time));
    for (const arm of this.#armings) arm();
  }
}

type Appointment = { time: number; order: number; task: () => void };

/** Time that moves only when it is told to, and only while nothing else is going on. */
export class VirtualClock implements LocalClock {
  #now: number;
  #order = 0;
  #busy = 0;
  #whenIdle: (() => void)[] = [];
  #appointments: Appointment[] = [];

  constructor(startAt: number) {
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  at(time: number, task: () => void): Timer {
    const appointment = { time: Math.max(Math.ceil(time), this.#now), order: this.#order++, task };
    this.#appointments.push(appointment);
    this.#appointments.sort((a, b) => a.time - b.time || a.order - b.order);
    return {
      cancel: () => {
        this.#appointments = this.#appointments.filter((other) => other !== appointment);
      },
    };
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    this.#idle();
    await sleepUntil(this, this.#now + milliseconds, signal);
    this.#busy++;
  }

  busy(): () => void {
    let over = false;
    this.#busy++;
    return () => {
      if (!over) this.#idle();
      over = true;
    };
  }

  timeSource(): TimeSource {
    return { time: this.#now, at: 0, scale: 0 };
  }

  /** Resolves when all announced work is done or waits for time to pass. */
  async settle(): Promise<void> {
    let quiet = 0;
    while (quiet < 3) {
      // Without turning in a circle: the work may be in another thread that needs the processor.
      if (this.#busy > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
      await new Promise(setImmediate);
      quiet = this.#busy > 0 ? 0 : quiet + 1;
    }
  }

  #idle(): void {
    this.#busy--;
    if (this.#busy <= 0) for (const wake of this.#whenIdle.splice(0)) wake();
  }

  /** Lets time pass: everything due on the way happens in its order, each at its own time. */
  async advance(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    await this.settle();
    for (let next = this.#appointments[0]; next && next.time <= until; next = this.#appointments[0]) {
      this.#appointments.shift();
      this.#now = next.time;
      next.task();
      await this.settle();
    }
    this.#now = until;
  }

  /** Lets time pass up to the next thing that is due, if it is due within `milliseconds`; says whether there was one. */
  async advanceToNext(milliseconds: number): Promise<boolean> {
    await this.settle();
    const next = this.#appointments[0];
    if (!next || next.time > this.#now + milliseconds) return false;
    await this.advance(next.time - this.#now);
    return true;
  }
}

function sleepUntil(clock: LocalClock, time: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = clock.at(time, () => {
      signal?.removeEventListener("abort", wake);
      resolve();
    });
    const wake = () => {
      timer.cancel();
      resolve();
    };
    signal?.addEventListener("abort", wake, { once: true });
  });
}
