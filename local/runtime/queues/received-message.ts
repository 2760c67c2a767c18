import { type Message, type MessageAttributes, md5, md5OfAttributes, sequenceNumber } from "./message.ts";

/** The attributes that SQS itself gives a message, all as strings. */
export function systemAttributes(message: Message, isFifo: boolean): Record<string, string> {
  const { groupId, deduplicationId, deadLetterSource } = message;
  return {
    SenderId: message.senderId,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receives),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? message.sentAt),
    ...(isFifo ? { SequenceNumber: sequenceNumber(message.sequence) } : {}),
    ...(groupId === undefined ? {} : { MessageGroupId: groupId }),
    ...(deduplicationId === undefined ? {} : { MessageDeduplicationId: deduplicationId }),
    ...(deadLetterSource === undefined ? {} : { DeadLetterQueueSourceArn: deadLetterSource }),
  };
}

/** A message in the answer of ReceiveMessage, with the attributes that were asked for. */
export function receivedMessage(message: Message, isFifo: boolean, system: string[], own: string[]): object {
  const isAsked = (name: string) => system.includes("All") || system.includes(name);
  const attributes = Object.entries(systemAttributes(message, isFifo)).filter(([name]) => isAsked(name));
  const asked: MessageAttributes = Object.fromEntries(
    Object.entries(message.attributes).filter(([name]) => own.some((pattern) => covers(pattern, name))),
  );
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(attributes.length > 0 ? { Attributes: Object.fromEntries(attributes) } : {}),
    ...(Object.keys(asked).length > 0
      ? { MessageAttributes: asked, MD5OfMessageAttributes: md5OfAttributes(asked) }
      : {}),
  };
}

/** `All`, `.*`, a name, or `prefix.*`. */
function covers(pattern: string, name: string): boolean {
  if (pattern === "All" || pattern === ".*") return true;
  return pattern.endsWith(".*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}
