import { writeFileSync } from "node:fs";
import { type LocalClock, RunningClock, type Timer } from "../../local/clock.ts";

/**
 * The real time, from which whole stretches can be skipped. What was skipped is written to a file, for the functions, which are
 * processes of their own.
 */
export class SkippingClock implements LocalClock {
  readonly #real = new RunningClock();
  readonly #file: string;
  readonly #armings = new Set<() => void>();
  #skipped = 0;
  #busy = 0;

  constructor(file: string) {
    this.#file = file;
    this.skip(0);
  }

  /** Lets time go on by so many milliseconds at once. */
  skip(milliseconds: number): void {
    this.#skipped += milliseconds;
    writeFileSync(this.#file, String(this.#skipped));
    for (const arm of this.#armings) arm();
  }

  now(): number {
    return this.#real.now() + this.#skipped;
  }

  at(time: number, task: () => void): Timer {
    let timer: Timer | undefined;
    const arm = () => {
      timer?.cancel();
      timer = this.#real.at(time - this.#skipped, () => {
        this.#armings.delete(arm);
        task();
      });
    };
    this.#armings.add(arm);
    arm();
    return {
      cancel: () => {
        this.#armings.delete(arm);
        timer?.cancel();
      },
    };
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.at(this.now() + milliseconds, resolve);
      signal?.addEventListener("abort", () => {
        timer.cancel();
        resolve();
      });
    });
  }

  busy(): () => void {
    this.#busy++;
    return () => {
      this.#busy--;
    };
  }

  /** Whether work is announced: a call whose time limit a skip would use up. */
  get isBusy(): boolean {
    return this.#busy > 0;
  }

  timeSource() {
    const { time, ...rest } = this.#real.timeSource();
    return { ...rest, time: time + this.#skipped };
  }
}
