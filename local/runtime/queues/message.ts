import { createHash, randomUUID } from "node:crypto";
import { AwsError } from "../endpoint/aws-error.ts";

/** As in SQS's JSON protocol; bytes are base64. */
type MessageAttribute = {
  DataType: string;
  StringValue?: string | undefined;
  BinaryValue?: string | undefined;
};
export type MessageAttributes = Record<string, MessageAttribute>;

/** A message as it is kept. Times are milliseconds since 1970. */
export type Message = {
  /** Place in the queue's order; never given twice. */
  sequence: number;
  id: string;
  body: string;
  attributes: MessageAttributes;
  senderId: string;
  sentAt: number;
  groupId?: string | undefined;
  deduplicationId?: string | undefined;
  /** When it can be received: in the future while it is delayed or in flight. */
  visibleAt: number;
  receives: number;
  firstReceivedAt?: number;
  /** The handle of the last receive. */
  receipt?: string;
  /** Whether an event source of this runtime holds it; nobody does any more after a restart. */
  isHeldByEventSource?: boolean;
  /** ARN of the queue whose dead letter it is. */
  deadLetterSource?: string;
};

export function md5(text: string | Uint8Array): string {
  return createHash("md5").update(text).digest("hex");
}

/**
 * The digest that senders check.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function md5OfAttributes(attributes: MessageAttributes): string {
  const withLength = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const parts = Object.keys(attributes)
    .sort()
    .flatMap((name) => {
      const { DataType = "", StringValue, BinaryValue } = attributes[name] ?? {};
      const isBinary = DataType.startsWith("Binary");
      const value = isBinary ? Buffer.from(BinaryValue ?? "", "base64") : Buffer.from(StringValue ?? "");
      const encoded = [withLength(Buffer.from(name)), withLength(Buffer.from(DataType))];
      return [...encoded, Buffer.from([isBinary ? 2 : 1]), withLength(value)];
    });
  return md5(Buffer.concat(parts));
}

/** Bytes that count against the size limit. */
export function sizeOf(body: string, attributes: MessageAttributes): number {
  const sizes = Object.entries(attributes).map(
    ([name, { DataType, StringValue = "", BinaryValue }]) =>
      Buffer.byteLength(name) +
      Buffer.byteLength(DataType) +
      (BinaryValue === undefined
        ? Buffer.byteLength(StringValue)
        : Buffer.from(BinaryValue, "base64").length),
  );
  return sizes.reduce((sum, size) => sum + size, Buffer.byteLength(body));
}

/** Refuses what SQS refuses in a body and its attributes. */
export function checkContents(body: string, attributes: MessageAttributes): void {
  if (body === "")
    throw new AwsError(
      "MissingRequiredParameterException",
      "The request must contain the parameter MessageBody.",
    );
  if (!/^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u.test(body))
    throw new AwsError(
      "InvalidMessageContents",
      "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.",
    );
  if (Object.keys(attributes).length > 10)
    throw invalid("Number of message attributes exceeds the allowed maximum (10).");
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes)) {
    if (!/^[\w.-]{1,256}$/.test(name)) throw invalid(`The message attribute name '${name}' is invalid.`);
    if (!/^(String|Number|Binary)(\..*)?$/.test(DataType))
      throw invalid(`The type of message (user) attribute '${name}' is invalid.`);
    if (DataType.startsWith("Binary") ? !BinaryValue : !StringValue)
      throw invalid(
        `Message (user) attribute '${name}' must contain a non-empty value of type '${DataType}'.`,
      );
  }
}

/** A message as it enters a dead-letter queue. A FIFO one counts its age anew, a standard one keeps it. */
export function deadLetter(message: Message, source: string, sentAt: number): Message {
  const { receipt: _, isHeldByEventSource: __, ...rest } = message;
  return { ...rest, sentAt, deadLetterSource: source };
}

/** A dead letter as it goes back: a new message with the old content. */
export function redriven(message: Message, sequence: number, now: number): Message {
  const { body, attributes, senderId, groupId, deduplicationId } = message;
  const content = { body, attributes, senderId, groupId, deduplicationId };
  return { ...content, sequence, id: randomUUID(), sentAt: now, visibleAt: now, receives: 0 };
}

/** As FIFO queues show it. */
export function sequenceNumber(sequence: number): string {
  return String(sequence).padStart(20, "0");
}

/** SQS's answer to a parameter that is present and wrong. */
export function invalid(reason: string): AwsError {
  return new AwsError("InvalidParameterValueException", reason);
}
