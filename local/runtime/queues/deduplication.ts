import { createHash } from "node:crypto";
import type { LocalClock } from "../../clock.ts";
import type { Collection, Store } from "../../store.ts";
import { AwsError } from "../endpoint/aws-error.ts";
import type { SendEntry } from "./inputs.ts";
import { invalid } from "./message.ts";
import type { QueueDefinition } from "./queue-definition.ts";

/** What the first send with a de-duplication id was answered. */
type Sent = { at: number; messageId: string; sequence: number };

const span = 5 * 60_000;

/** Remembers for five minutes what was sent with which de-duplication id. */
export class Deduplication {
  readonly #clock: LocalClock;
  readonly #kept: Collection<Sent>;
  /** In the order of time. */
  readonly #sent: Map<string, Sent>;

  constructor(clock: LocalClock, store: Store) {
    this.#clock = clock;
    this.#kept = store.collection("sqs deduplication");
    this.#sent = new Map(this.#kept.entries().sort(([, a], [, b]) => a.at - b.at));
  }

  find(key: string): Sent | undefined {
    for (const [old, { at }] of this.#sent) {
      if (at + span > this.#clock.now()) break;
      this.#sent.delete(old);
      this.#kept.delete(old);
    }
    return this.#sent.get(key);
  }

  highestSequence(): number {
    return Math.max(0, ...[...this.#sent.values()].map(({ sequence }) => sequence));
  }

  remember(key: string, messageId: string, sequence: number): void {
    const sent = { at: this.#clock.now(), messageId, sequence };
    this.#sent.set(key, sent);
    this.#kept.set(key, sent);
  }
}

/** The id that counts; undefined for standard queues. Refuses what is for the other kind of queue. */
export function deduplicationIdOf(queue: QueueDefinition, entry: SendEntry): string | undefined {
  const { MessageDeduplicationId: given, MessageGroupId, DelaySeconds } = entry;
  if (!queue.isFifo) {
    if (given === undefined) return undefined;
    throw invalid(
      `Value ${given} for parameter MessageDeduplicationId is invalid. Reason: The request includes a parameter that is not valid for this queue type.`,
    );
  }
  if (MessageGroupId === undefined)
    throw new AwsError(
      "MissingRequiredParameterException",
      "The request must contain the parameter MessageGroupId.",
    );
  if (DelaySeconds !== undefined && DelaySeconds > 0)
    throw invalid(
      `Value ${DelaySeconds} for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.`,
    );
  if (given !== undefined) return given;
  if (queue.hasContentBasedDeduplication) return createHash("sha256").update(entry.MessageBody).digest("hex");
  throw invalid(
    "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
  );
}
