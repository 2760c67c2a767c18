import * as v from "valibot";
import type { Clock } from "../clock.ts";
import { TooManyCallsError } from "../errors.ts";
import { readItem } from "./read-item.ts";
import type { Table } from "./table.ts";

const key = { pk: "PACE", sk: "jumpcloud" };
export const StoredPace = v.object({
  schemaVersion: v.literal(1),
  /** When the next free place in the queue is. */
  nextFree: v.number(),
  slowness: v.optional(v.number(), 1),
  slowedAt: v.optional(v.number(), 0),
});
type Item = v.InferOutput<typeof StoredPace>;

/** JumpCloud publishes no limit; three calls a second are a careful start. */
const interval = 1_000 / 3;
const longestWait = 10_000;
const slowest = 32;
const recovery = 60_000;

/**
 * One pace for all of the account's calls to JumpCloud: a queue that every function shares, as one item in the Requests
 * table. Places are taken in batches, so that a function with a handful of calls asks once.
 */
export class Pace {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #batch: number;
  #slowness = 1;
  #places = 0;

  /** @param batch how many calls the function usually makes */
  constructor(table: Table, clock: Clock, batch: number) {
    this.#table = table;
    this.#clock = clock;
    this.#batch = batch;
  }

  /**
   * Waits until a call may be made.
   *
   * @throws TooManyCallsError when that would take too long; no place in the queue is kept then
   */
  async next(): Promise<void> {
    if (this.#places === 0) {
      await this.#take();
      this.#places = this.#batch;
    }
    this.#places--;
  }

  /** JumpCloud said that it was too much: everybody goes half as fast, and recovers over some minutes. */
  async slowDown(): Promise<void> {
    this.#places = 0;
    const now = this.#clock.now();
    const stored = await this.#table.get(key);
    if (stored === undefined) return;
    const item = readItem(StoredPace, stored);
    if (now - item.slowedAt < 1_000) return;
    this.#slowness = Math.min(slowest, slownessAt(item, now) * 2);
    await this.#table.update(
      key,
      "nextFree = :nextFree, slowness = :slowness, slowedAt = :now",
      "nextFree = :before",
      {
        ":nextFree": Math.max(item.nextFree, now) + interval * this.#slowness,
        ":slowness": this.#slowness,
        ":now": now,
        ":before": item.nextFree,
      },
    );
  }

  async #take(): Promise<void> {
    for (let attempt = 0; attempt < 5; attempt++) {
      const now = this.#clock.now();
      const cost = this.#batch * interval * this.#slowness;
      const stored =
        (await this.#table.update(
          key,
          "nextFree = :nextFree, schemaVersion = :schema",
          "attribute_not_exists(pk) OR nextFree < :now",
          {
            ":schema": 1,
            ":nextFree": now + cost,
            ":now": now,
          },
        )) ??
        (await this.#table.update(key, "nextFree = nextFree + :cost", "nextFree <= :latest", {
          ":cost": cost,
          ":latest": now + longestWait,
        }));
      if (stored === undefined) continue;
      const item = readItem(StoredPace, stored);
      this.#slowness = slownessAt(item, now);
      await this.#clock.sleep(Math.max(0, Math.ceil(item.nextFree - cost - now)));
      return;
    }
    throw new TooManyCallsError();
  }
}

/** Halves with every minute that passes without another complaint. */
function slownessAt({ slowness, slowedAt }: Item, now: number): number {
  return Math.max(1, slowness / 2 ** ((now - slowedAt) / recovery));
}
