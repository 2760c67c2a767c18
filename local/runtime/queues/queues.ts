import { randomUUID } from "node:crypto";
import type * as v from "valibot";
import type { LocalClock } from "../../clock.ts";
import type { Collection, Store } from "../../store.ts";
import { AwsError } from "../endpoint/aws-error.ts";
import { checkInput } from "../endpoint/check-input.ts";
import type { Service } from "../endpoint/service.ts";
import type { Place } from "../template/template.ts";
import { batch } from "./batch.ts";
import { Deduplication, deduplicationIdOf } from "./deduplication.ts";
import { inputs, type SendEntry } from "./inputs.ts";
import { checkContents, invalid, md5, md5OfAttributes, redriven, sequenceNumber, sizeOf } from "./message.ts";
import { Queue } from "./queue.ts";
import { attributesOf, definitionOf } from "./queue-attributes.ts";
import type { QueueDefinition } from "./queue-definition.ts";
import { receivedMessage } from "./received-message.ts";

/**
 * SQS for the template's queues and those that are created by call. Everything is kept; a message that was in flight when
 * the process ended becomes visible at its deadline, one that an event source held at once.
 * Not served: deleting queues, changing their attributes, permissions of queues, receive attempt ids.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/
 */
export class Queues implements Service {
  readonly #clock: LocalClock;
  readonly #store: Store;
  readonly #place: Place;
  readonly #queues = new Map<string, Queue>();
  readonly #created: Collection<QueueDefinition>;
  readonly #deduplication: Deduplication;
  readonly #stopping = new AbortController();
  #lastSequence: number;

  constructor(options: { clock: LocalClock; store: Store; place: Place; definitions: QueueDefinition[] }) {
    this.#clock = options.clock;
    this.#store = options.store;
    this.#place = options.place;
    this.#created = options.store.collection("sqs created queues");
    this.#deduplication = new Deduplication(options.clock, options.store);
    for (const definition of [...options.definitions, ...this.#created.values()])
      if (!this.#queues.has(definition.name)) this.#open(definition);
    const sequences = [...this.#queues.values()].map((queue) => queue.highestSequence());
    this.#lastSequence = Math.max(this.#deduplication.highestSequence(), ...sequences);
  }

  /** The queue with this URL, ARN or name. The URL's host is not looked at: the port may be another than before. */
  find(id: string): Queue | undefined {
    return this.#queues.get(
      id.startsWith("arn:") ? (id.split(":").at(-1) ?? "") : (id.split("/").at(-1) ?? ""),
    );
  }

  /** The URL of the queue with this URL, ARN or name. Throws QueueDoesNotExist. */
  urlOf(id: string): string {
    const { definition } = this.#existing(id);
    return `${this.#place.awsUrl}/${this.#place.account}/${definition.name}`;
  }

  async handle(operation: string, input: unknown, caller: string): Promise<object> {
    switch (operation) {
      case "SendMessage": {
        const { QueueUrl, ...entry } = checkInput(inputs.send, input);
        return this.#send(this.#existing(QueueUrl), { Id: "", ...entry }, caller);
      }
      case "SendMessageBatch": {
        const { QueueUrl, Entries } = checkInput(inputs.sendBatch, input);
        const queue = this.#existing(QueueUrl);
        const size = Entries.reduce(
          (sum, entry) => sum + sizeOf(entry.MessageBody, entry.MessageAttributes ?? {}),
          0,
        );
        if (size > 1_048_576)
          throw new AwsError(
            "BatchRequestTooLong",
            `Batch requests cannot be longer than 1048576 bytes. You have sent ${size} bytes.`,
          );
        return batch(Entries, (entry) => this.#send(queue, entry, caller));
      }
      case "ReceiveMessage":
        return this.#receive(checkInput(inputs.receive, input));
      case "DeleteMessage": {
        const { QueueUrl, ReceiptHandle } = checkInput(inputs.remove, input);
        this.#existing(QueueUrl).delete(ReceiptHandle);
        return {};
      }
      case "DeleteMessageBatch": {
        const { QueueUrl, Entries } = checkInput(inputs.removeBatch, input);
        const queue = this.#existing(QueueUrl);
        return batch(Entries, (entry) => queue.delete(entry.ReceiptHandle));
      }
      case "ChangeMessageVisibility": {
        const { QueueUrl, ReceiptHandle, VisibilityTimeout } = checkInput(inputs.change, input);
        this.#existing(QueueUrl).changeVisibility(ReceiptHandle, VisibilityTimeout);
        return {};
      }
      case "ChangeMessageVisibilityBatch": {
        const { QueueUrl, Entries } = checkInput(inputs.changeBatch, input);
        const queue = this.#existing(QueueUrl);
        return batch(Entries, (entry) =>
          queue.changeVisibility(entry.ReceiptHandle, entry.VisibilityTimeout),
        );
      }
      case "GetQueueUrl":
        return { QueueUrl: this.urlOf(checkInput(inputs.name, input).QueueName) };
      case "GetQueueAttributes": {
        const { QueueUrl, AttributeNames = [] } = checkInput(inputs.attributes, input);
        return { Attributes: attributesOf(this.#existing(QueueUrl), AttributeNames) };
      }
      case "ListQueues": {
        const { QueueNamePrefix = "" } = checkInput(inputs.list, input);
        const queues = [...this.#queues.values()].filter(({ definition }) =>
          definition.name.startsWith(QueueNamePrefix),
        );
        return { QueueUrls: queues.map(({ definition }) => this.urlOf(definition.name)) };
      }
      case "PurgeQueue":
        this.#existing(checkInput(inputs.queue, input).QueueUrl).purge();
        return {};
      case "CreateQueue":
        return this.#create(checkInput(inputs.create, input));
      case "StartMessageMoveTask":
        return this.#move(checkInput(inputs.move, input));
      default:
        throw new AwsError("UnknownOperationException", `${operation}: the local SQS does not know it`);
    }
  }

  /** Ends waiting receives; what is kept stays. */
  stop(): void {
    this.#stopping.abort();
    for (const queue of this.#queues.values()) queue.stop();
  }

  #open(definition: QueueDefinition): void {
    const queue = new Queue({
      definition,
      clock: this.#clock,
      store: this.#store,
      deadLetterQueue: () => this.find(definition.redrive?.deadLetterArn ?? ""),
    });
    this.#queues.set(definition.name, queue);
  }

  #send(queue: Queue, entry: SendEntry, caller: string): object {
    const { definition } = queue;
    const { MessageBody: body, MessageAttributes: attributes = {}, MessageGroupId: groupId } = entry;
    checkContents(body, attributes);
    if (sizeOf(body, attributes) > definition.maximumMessageBytes)
      throw invalid(
        `One or more parameters are invalid. Reason: Message must be shorter than ${definition.maximumMessageBytes} bytes.`,
      );
    const deduplicationId = deduplicationIdOf(definition, entry);
    const key = JSON.stringify([
      definition.name,
      definition.deduplicatesPerGroup ? groupId : "",
      deduplicationId,
    ]);
    const before = deduplicationId === undefined ? undefined : this.#deduplication.find(key);
    const messageId = before?.messageId ?? randomUUID();
    const sequence = before?.sequence ?? this.#nextSequence();
    const now = this.#clock.now();
    if (!before)
      this.#store.together(() => {
        if (deduplicationId !== undefined) this.#deduplication.remember(key, messageId, sequence);
        queue.add({
          sequence,
          id: messageId,
          body,
          attributes,
          senderId: caller,
          sentAt: now,
          groupId,
          deduplicationId,
          visibleAt: now + (entry.DelaySeconds ?? definition.delay) * 1000,
          receives: 0,
        });
      });
    return {
      MessageId: messageId,
      MD5OfMessageBody: md5(body),
      ...(Object.keys(attributes).length > 0 ? { MD5OfMessageAttributes: md5OfAttributes(attributes) } : {}),
      ...(definition.isFifo ? { SequenceNumber: sequenceNumber(sequence) } : {}),
    };
  }

  async #receive(input: v.InferOutput<typeof inputs.receive>): Promise<object> {
    const queue = this.#existing(input.QueueUrl);
    const max = input.MaxNumberOfMessages ?? 1;
    const visibility = input.VisibilityTimeout ?? queue.definition.visibility;
    const until = this.#clock.now() + (input.WaitTimeSeconds ?? queue.definition.receiveWait) * 1000;
    const stopping = this.#stopping.signal;
    let messages = queue.receive(max, visibility);
    while (messages.length === 0 && this.#clock.now() < until && !stopping.aborted) {
      const wake = new AbortController();
      const forget = queue.onReady(() => wake.abort());
      await this.#clock.sleep(until - this.#clock.now(), AbortSignal.any([wake.signal, stopping]));
      forget();
      if (!stopping.aborted) messages = queue.receive(max, visibility);
    }
    if (messages.length === 0) return {};
    const system = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
    return {
      Messages: messages.map((message) =>
        receivedMessage(message, queue.definition.isFifo, system, input.MessageAttributeNames ?? []),
      ),
    };
  }

  #create({ QueueName, Attributes = {} }: v.InferOutput<typeof inputs.create>): object {
    const { region, account } = this.#place;
    const definition = definitionOf(QueueName, `arn:aws:sqs:${region}:${account}:${QueueName}`, Attributes);
    const existing = this.#queues.get(QueueName);
    if (existing && JSON.stringify(existing.definition) !== JSON.stringify(definition))
      throw new AwsError(
        "QueueNameExists",
        `A queue already exists with the same name and a different value for an attribute`,
      );
    const { redrive } = definition;
    if (redrive && this.find(redrive.deadLetterArn)?.definition.isFifo !== definition.isFifo)
      throw invalid(
        `Value ${Attributes.RedrivePolicy} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist or is of the other kind.`,
      );
    if (!existing) {
      this.#created.set(QueueName, definition);
      this.#open(definition);
    }
    return { QueueUrl: this.urlOf(QueueName) };
  }

  /** Moves all at once. The messages are new ones then, as on AWS. */
  #move({ SourceArn, DestinationArn }: v.InferOutput<typeof inputs.move>): object {
    const source = this.find(SourceArn);
    const isDeadLetterQueue = [...this.#queues.values()].some(
      ({ definition }) => definition.redrive?.deadLetterArn === SourceArn,
    );
    if (!source || !isDeadLetterQueue)
      throw new AwsError(
        "ResourceNotFoundException",
        "The resource that you specified for the SourceArn parameter doesn't exist or is not a dead-letter queue.",
      );
    this.#store.together(() => {
      for (const message of source.drain()) {
        const target = this.find(DestinationArn ?? message.deadLetterSource ?? "");
        (target ?? source).add(redriven(message, this.#nextSequence(), this.#clock.now()));
      }
    });
    return { TaskHandle: Buffer.from(randomUUID()).toString("base64") };
  }

  #existing(id: string): Queue {
    const queue = this.find(id);
    if (!queue) throw new AwsError("QueueDoesNotExist", "The specified queue does not exist.");
    return queue;
  }

  /** Grows over restarts too without being kept, because it follows the time. */
  #nextSequence(): number {
    this.#lastSequence = Math.max(this.#lastSequence + 1, this.#clock.now() * 1000);
    return this.#lastSequence;
  }
}
