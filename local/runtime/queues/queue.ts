import { randomUUID } from "node:crypto";
import type { LocalClock, Timer } from "../../clock.ts";
import type { Collection, Store } from "../../store.ts";
import { AwsError } from "../endpoint/aws-error.ts";
import { deadLetter, invalid, type Message } from "./message.ts";
import type { QueueDefinition } from "./queue-definition.ts";

/** Messages that are received in their order: those of a FIFO queue's group, or a single one of a standard queue. */
type Lane = { name: string; messages: Message[] };

/** SQS never gives more messages at once, so of a lane only so many can be in flight. */
const batchLimit = 10;

/**
 * The messages of one queue and who may receive them when. A FIFO queue is one lane per message group, and a lane gives
 * nothing while one of its messages is in flight; a standard queue has a lane for every message.
 * Every change is kept at once. Nothing polls: listeners are told when there is something to receive.
 */
export class Queue {
  readonly definition: QueueDefinition;
  readonly #clock: LocalClock;
  readonly #store: Store;
  readonly #kept: Collection<Message>;
  readonly #messages = new Map<number, Message>();
  readonly #lanes = new Map<string, Lane>();
  readonly #ready = new Set<Lane>();
  readonly #timers = new Map<number, Timer>();
  readonly #listeners = new Set<() => void>();
  readonly #deadLetterQueue: () => Queue | undefined;
  #isAnnouncing = false;

  /** @param options.deadLetterQueue where messages go that were received too often; without one they stay */
  constructor(options: {
    definition: QueueDefinition;
    clock: LocalClock;
    store: Store;
    deadLetterQueue: () => Queue | undefined;
  }) {
    this.definition = options.definition;
    this.#clock = options.clock;
    this.#store = options.store;
    this.#kept = options.store.collection(`sqs messages of ${options.definition.name}`);
    this.#deadLetterQueue = options.deadLetterQueue;
    const messages = this.#kept.values().sort((a, b) => a.sequence - b.sequence);
    for (const message of messages) {
      this.#enter(message.isHeldByEventSource ? this.#notReceived(message) : message);
    }
  }

  add(message: Message): void {
    this.#keep(message);
    this.#enter(message);
  }

  /**
   * Up to `max` messages, which are then in flight for `seconds`. Takes out messages that are past their retention and
   * those that were received too often.
   */
  receive(max: number, seconds: number, isHeldByEventSource = false): Message[] {
    return this.#store.together(() => this.#receive(max, seconds, isHeldByEventSource));
  }

  /** Deletes by the handle of the latest receive. An old handle deletes nothing; of a FIFO queue it is refused. */
  delete(receipt: string): void {
    const message = this.#byReceipt(receipt);
    if (!message) return;
    if (this.definition.isFifo && message.visibleAt <= this.#clock.now())
      throw invalid(
        `Value ${receipt} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
      );
    this.#remove(message);
  }

  /** Makes a message in flight visible so many seconds from now. */
  changeVisibility(receipt: string, seconds: number): void {
    const message = this.#byReceipt(receipt);
    if (!message || !this.#isInFlight(message))
      throw new AwsError(
        "MessageNotInflight",
        `Value ${receipt} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
      );
    this.#hide(message, seconds);
    this.#refresh(this.#laneOf(message));
  }

  purge(): void {
    for (const message of [...this.#messages.values()]) this.#remove(message);
  }

  /** Takes every message out that is neither in flight nor delayed. */
  drain(): Message[] {
    const visible = [...this.#messages.values()].filter(({ visibleAt }) => visibleAt <= this.#clock.now());
    for (const message of visible) this.#remove(message);
    return visible;
  }

  counts(): { visible: number; inFlight: number; delayed: number } {
    const all = [...this.#messages.values()];
    const hidden = all.filter(({ visibleAt }) => visibleAt > this.#clock.now());
    const inFlight = hidden.filter((message) => this.#isInFlight(message)).length;
    return { visible: all.length - hidden.length, inFlight, delayed: hidden.length - inFlight };
  }

  highestSequence(): number {
    return Math.max(0, ...this.#messages.keys());
  }

  /** Calls `listener` whenever there is something to receive, now too; the returned function ends that. */
  onReady(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#announce();
    return () => this.#listeners.delete(listener);
  }

  /** Forgets timers and listeners; what is kept stays. */
  stop(): void {
    this.#listeners.clear();
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  #receive(max: number, seconds: number, isHeldByEventSource: boolean): Message[] {
    const taken: Message[] = [];
    for (const lane of this.#ready) {
      if (taken.length >= max) break;
      for (const message of this.#takeFrom(lane, max - taken.length)) {
        message.receives += 1;
        message.firstReceivedAt ??= this.#clock.now();
        message.receipt = receiptFor(message);
        message.isHeldByEventSource = isHeldByEventSource;
        taken.push(message);
        this.#hide(message, seconds);
      }
      this.#refresh(lane);
    }
    return taken;
  }

  /** A poller that died with its process has received nothing: on AWS the poller lives on, here a kill would use up the receives. */
  #notReceived(message: Message): Message {
    const { receipt: _, isHeldByEventSource: __, ...rest } = message;
    const visibleAt = Math.min(message.visibleAt, this.#clock.now());
    return { ...rest, visibleAt, receives: message.receives - 1 };
  }

  #enter(message: Message): void {
    this.#messages.set(message.sequence, message);
    const lane = this.#laneOf(message);
    lane.messages.push(message);
    this.#arm(message);
    this.#refresh(lane);
  }

  #remove(message: Message): void {
    this.#messages.delete(message.sequence);
    this.#kept.delete(keyOf(message));
    this.#timers.get(message.sequence)?.cancel();
    this.#timers.delete(message.sequence);
    const lane = this.#laneOf(message);
    lane.messages.splice(lane.messages.indexOf(message), 1);
    this.#refresh(lane);
  }

  /** The visible messages at the head of the lane, without those whose time is over. */
  #takeFrom(lane: Lane, max: number): Message[] {
    const now = this.#clock.now();
    const { arn, retention, redrive } = this.definition;
    const taken: Message[] = [];
    for (const message of lane.messages.slice()) {
      if (taken.length >= max || message.visibleAt > now) break;
      const isExhausted = redrive !== undefined && message.receives >= redrive.maxReceiveCount;
      const target = isExhausted ? this.#deadLetterQueue() : undefined;
      if (message.sentAt + retention * 1000 <= now) this.#remove(message);
      else if (target) {
        this.#remove(message);
        target.add(deadLetter(message, arn, target.definition.isFifo ? now : message.sentAt));
      } else taken.push(message);
    }
    return taken;
  }

  #hide(message: Message, seconds: number): void {
    message.visibleAt = this.#clock.now() + seconds * 1000;
    this.#keep(message);
    this.#arm(message);
  }

  #arm(message: Message): void {
    this.#timers.get(message.sequence)?.cancel();
    this.#timers.delete(message.sequence);
    if (message.visibleAt <= this.#clock.now()) return;
    const timer = this.#clock.at(message.visibleAt, () => {
      this.#timers.delete(message.sequence);
      this.#refresh(this.#laneOf(message));
    });
    this.#timers.set(message.sequence, timer);
  }

  #refresh(lane: Lane): void {
    const [head] = lane.messages;
    if (!head) this.#lanes.delete(lane.name);
    const isReady =
      head !== undefined &&
      head.visibleAt <= this.#clock.now() &&
      !lane.messages.slice(0, batchLimit).some((message) => this.#isInFlight(message));
    if (!isReady) this.#ready.delete(lane);
    else {
      this.#ready.add(lane);
      this.#announce();
    }
  }

  /** In a microtask, so that a listener that receives at once does not find the queue half-way through a change. */
  #announce(): void {
    if (this.#isAnnouncing) return;
    this.#isAnnouncing = true;
    queueMicrotask(() => {
      this.#isAnnouncing = false;
      for (const listener of [...this.#listeners]) if (this.#ready.size > 0) listener();
    });
  }

  #laneOf(message: Message): Lane {
    const name = this.definition.isFifo ? (message.groupId ?? "") : message.id;
    const lane = this.#lanes.get(name) ?? { name, messages: [] };
    this.#lanes.set(name, lane);
    return lane;
  }

  #isInFlight(message: Message): boolean {
    return message.receipt !== undefined && message.visibleAt > this.#clock.now();
  }

  #byReceipt(receipt: string): Message | undefined {
    const sequence = /^(\d+)\/[\w-]+$/.exec(Buffer.from(receipt, "base64").toString())?.[1];
    if (sequence === undefined)
      throw new AwsError(
        "ReceiptHandleIsInvalid",
        `The input receipt handle "${receipt}" is not a valid receipt handle.`,
      );
    const message = this.#messages.get(Number(sequence));
    return message?.receipt === receipt ? message : undefined;
  }

  #keep(message: Message): void {
    this.#kept.set(keyOf(message), message);
  }
}

function keyOf(message: Message): string {
  return String(message.sequence);
}

function receiptFor(message: Message): string {
  return Buffer.from(`${message.sequence}/${randomUUID()}`).toString("base64");
}
