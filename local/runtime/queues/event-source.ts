import type { LocalClock } from "../../clock.ts";
import { type Message, type MessageAttributes, md5, md5OfAttributes } from "./message.ts";
import type { Queue } from "./queue.ts";
import type { EventSource } from "./queue-definition.ts";
import { systemAttributes } from "./received-message.ts";

/** How many batches Lambda's poller gives a function at once when nothing is set; it starts with so many. */
const defaultConcurrency = 5;

/**
 * Gives a queue's messages to a function in batches, as Lambda's poller does. After success the messages are deleted; after
 * a failure they stay in flight until their visibility timeout.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export class EventSourcePoller {
  readonly #source: EventSource;
  readonly #queue: Queue;
  readonly #clock: LocalClock;
  readonly #region: string;
  readonly #invoke: (event: object) => Promise<unknown>;
  #running = 0;
  #forget: () => void = () => {};

  constructor(options: {
    source: EventSource;
    queue: Queue;
    clock: LocalClock;
    region: string;
    invoke: (event: object) => Promise<unknown>;
  }) {
    this.#source = options.source;
    this.#queue = options.queue;
    this.#clock = options.clock;
    this.#region = options.region;
    this.#invoke = options.invoke;
  }

  start(): void {
    if (this.#source.isEnabled) this.#forget = this.#queue.onReady(() => this.#poll());
  }

  /** Takes no more messages. */
  stop(): void {
    this.#forget();
    this.#running = Number.POSITIVE_INFINITY;
  }

  #poll(): void {
    const { batchSize, maximumConcurrency = defaultConcurrency } = this.#source;
    while (this.#running < maximumConcurrency) {
      const messages = this.#queue.receive(batchSize, this.#queue.definition.visibility, true);
      if (messages.length === 0) return;
      this.#running += 1;
      void this.#process(messages);
    }
  }

  async #process(messages: Message[]): Promise<void> {
    const done = this.#clock.busy();
    // Handles of this receive; the messages may have been received again when the function is done.
    const receipts = messages.map(({ id, receipt = "" }) => ({ id, receipt }));
    try {
      const answer = await this.#invoke({ Records: messages.map((message) => this.#record(message)) });
      const failed = this.#source.reportsBatchItemFailures ? failures(answer, receipts) : [];
      for (const { id, receipt } of receipts) if (!failed.includes(id)) this.#delete(receipt);
    } catch {
      // As on AWS nobody hears of it here: the function's log has the error and the messages come back.
    } finally {
      this.#running -= 1;
      this.#poll();
      done();
    }
  }

  #delete(receipt: string): void {
    try {
      this.#queue.delete(receipt);
    } catch {
      // The visibility timeout passed while the function worked; the message is somebody else's now.
    }
  }

  #record(message: Message): object {
    return {
      messageId: message.id,
      receiptHandle: message.receipt,
      body: message.body,
      attributes: systemAttributes(message, this.#queue.definition.isFifo),
      messageAttributes: inEvent(message.attributes),
      ...(Object.keys(message.attributes).length > 0
        ? { md5OfMessageAttributes: md5OfAttributes(message.attributes) }
        : {}),
      md5OfBody: md5(message.body),
      eventSource: "aws:sqs",
      eventSourceARN: this.#source.queueArn,
      awsRegion: this.#region,
    };
  }
}

/** The ids that the function reports as failed; all of them when the report cannot be understood. */
function failures(answer: unknown, sent: { id: string }[]): string[] {
  const all = sent.map(({ id }) => id);
  if (answer === null || typeof answer !== "object" || !("batchItemFailures" in answer)) return [];
  const { batchItemFailures: reported } = answer;
  if (reported === null) return [];
  if (!Array.isArray(reported)) return all;
  const ids = reported.map((item: unknown) =>
    typeof item === "object" && item !== null && "itemIdentifier" in item ? item.itemIdentifier : undefined,
  );
  const known = ids.filter((id) => typeof id === "string").filter((id) => all.includes(id));
  return known.length === ids.length ? known : all;
}

/** Events have the attributes' members in camel case. */
function inEvent(attributes: MessageAttributes): object {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      {
        dataType: DataType,
        ...(StringValue === undefined ? {} : { stringValue: StringValue }),
        ...(BinaryValue === undefined ? {} : { binaryValue: BinaryValue }),
        stringListValues: [],
        binaryListValues: [],
      },
    ]),
  );
}
