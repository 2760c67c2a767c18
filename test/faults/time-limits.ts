import { onTestFinished, vi } from "vitest";
import type { LocalClock } from "../../local/clock.ts";

/** The time limits of calls, which Node counts in real time, are counted on the clock from now on. */
export function countTimeLimitsOn(clock: LocalClock): void {
  const limits = vi.spyOn(AbortSignal, "timeout").mockImplementation((milliseconds) => {
    const limit = new AbortController();
    clock.at(clock.now() + milliseconds, () => limit.abort(new DOMException("too late", "TimeoutError")));
    return limit.signal;
  });
  onTestFinished(() => void limits.mockRestore());
}
