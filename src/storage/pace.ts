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
/** How long places are good for that a function has taken and not used yet. */
const freshness = 10_000;
/** For how long nobody calls after a complaint, so that the next calls meet a JumpCloud that has forgotten the last ones. */
const pause = 8_000;
const slowest = 8;
/** From a wait of that length on it is worth a look whether JumpCloud has complained meanwhile. */
const longWait = 1_000;
/** For how long the pace that was refused is not tried again, half of it neither exceeded. */
const memory = 30 * 60_000;
/** How much faster everybody gets after that, with every minute that passes without another complaint. */
const recovery = 1.25;

/**
 * One pace for all of the account's calls to JumpCloud: a queue that every function shares, as one item in the Requests
 * table. Places are taken in batches, so that a function with a handful of calls asks once, and are given in the order in
 * which they are asked for.
 */
export class Pace {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #batch: number;
  /** The complaint by which the pace was set at which the places were taken. */
  #known = { slowness: 1, slowedAt: 0 };
  #places = 0;
  #goodUntil = 0;
  #hasQueued = false;

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
    if (this.#places === 0 || this.#clock.now() > this.#goodUntil) {
      await this.#take();
      this.#places = this.#batch;
      this.#goodUntil = this.#clock.now() + freshness;
    }
    this.#places--;
  }

  /**
   * JumpCloud said that it was too much: everybody pauses, goes half as fast for half an hour, and recovers over some minutes. Of
   * several calls that were made at the same pace, the first complaint counts; places that were given at that pace are given anew.
   */
  async slowDown(): Promise<void> {
    this.#places = 0;
    const item = await this.#stored();
    if (!item || item.slowedAt > this.#known.slowedAt) return;
    const now = this.#clock.now();
    const slowness = Math.min(slowest, slownessAt(item, now) * 2);
    await this.#table.update(
      key,
      "nextFree = :nextFree, slowness = :slowness, slowedAt = :now",
      "attribute_not_exists(slowedAt) OR slowedAt = :before",
      {
        ":nextFree": now + pause,
        ":slowness": slowness,
        ":now": now,
        ":before": item.slowedAt,
      },
    );
  }

  async #take(): Promise<void> {
    for (let attempt = 0; attempt < 5; attempt++) {
      const now = this.#clock.now();
      const slowness = slownessAt(this.#known, now);
      const cost = this.#batch * interval * slowness;
      // As last time: in a storm there is a queue nearly always, and hardly ever without one.
      const [first, second] = this.#hasQueued ? [this.#join, this.#begin] : [this.#begin, this.#join];
      const stored = (await first.call(this, now, cost)) ?? (await second.call(this, now, cost));
      if (stored === undefined) continue;
      const item = readItem(StoredPace, stored);
      this.#known = item;
      // Everybody goes slower than was known here.
      const more = this.#batch * interval * (slownessAt(item, now) - slowness);
      if (more > 0)
        await this.#table.update(key, "nextFree = nextFree + :more", "attribute_exists(pk)", {
          ":more": more,
        });
      const wait = Math.max(0, Math.ceil(item.nextFree - cost - now));
      this.#hasQueued = wait > 0;
      await this.#clock.sleep(wait);
      if (wait < longWait || (await this.#stored())?.slowedAt === item.slowedAt) return;
    }
    throw new TooManyCallsError();
  }

  /** Takes places where nobody waits. */
  #begin(now: number, cost: number): Promise<unknown> {
    return this.#table.update(
      key,
      "nextFree = :nextFree, schemaVersion = :schema",
      "attribute_not_exists(pk) OR nextFree < :now",
      { ":schema": 1, ":nextFree": now + cost, ":now": now },
    );
  }

  /** Takes places behind those who wait. */
  #join(now: number, cost: number): Promise<unknown> {
    return this.#table.update(key, "nextFree = nextFree + :cost", "nextFree BETWEEN :now AND :latest", {
      ":cost": cost,
      ":now": now,
      ":latest": now + longestWait,
    });
  }

  async #stored(): Promise<Item | undefined> {
    const stored = await this.#table.get(key);
    return stored === undefined ? undefined : readItem(StoredPace, stored);
  }
}

function slownessAt({ slowness, slowedAt }: Pick<Item, "slowness" | "slowedAt">, now: number): number {
  const recovering = Math.max(0, now - slowedAt - memory);
  return Math.max(1, slowness / recovery ** (recovering / 60_000));
}
