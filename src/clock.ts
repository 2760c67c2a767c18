import { setTimeout as wait } from "node:timers/promises";

/** Time, given to whoever needs it, so that tests can move it. Milliseconds since 1970, UTC. */
export type Clock = {
  now(): number;
  sleep(milliseconds: number): Promise<void>;
};

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => wait(milliseconds),
};
