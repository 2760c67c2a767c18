import * as v from "valibot";
import { object } from "../../json-schemas.ts";
import { AwsError } from "../endpoint/aws-error.ts";
import type { Queue } from "./queue.ts";
import { type QueueDefinition, queueWith, redrivePolicy } from "./queue-definition.ts";

/** The attributes of a queue as GetQueueAttributes gives them, all as strings. @param asked names, or `All` */
export function attributesOf(queue: Queue, asked: string[]): Record<string, string> {
  const { definition } = queue;
  const { visible, inFlight, delayed } = queue.counts();
  const all: Record<string, string> = {
    QueueArn: definition.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    DelaySeconds: String(definition.delay),
    MaximumMessageSize: String(definition.maximumMessageBytes),
    MessageRetentionPeriod: String(definition.retention),
    ReceiveMessageWaitTimeSeconds: String(definition.receiveWait),
    VisibilityTimeout: String(definition.visibility),
    ...(definition.redrive && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: definition.redrive.deadLetterArn,
        maxReceiveCount: definition.redrive.maxReceiveCount,
      }),
    }),
    ...(definition.isFifo && {
      FifoQueue: "true",
      ContentBasedDeduplication: String(definition.hasContentBasedDeduplication),
      DeduplicationScope: definition.deduplicatesPerGroup ? "messageGroup" : "queue",
    }),
  };
  const known = [...Object.keys(all), "All", "RedrivePolicy", "FifoQueue", "ContentBasedDeduplication"];
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new AwsError("InvalidAttributeName", `Unknown Attribute ${unknown}.`);
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => asked.includes("All") || asked.includes(name)),
  );
}

const redriveShape = object(redrivePolicy);

/** A queue from the attributes that CreateQueue takes. */
export function definitionOf(name: string, arn: string, attributes: Record<string, string>): QueueDefinition {
  const settable = [
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "VisibilityTimeout",
  ];
  const unknown = Object.keys(attributes).find((attribute) => !settable.includes(attribute));
  if (unknown !== undefined) throw new AwsError("InvalidAttributeName", `Unknown Attribute ${unknown}.`);
  const number = (attribute: string) => {
    if (attributes[attribute] === undefined) return undefined;
    const value = Number(attributes[attribute]);
    if (Number.isInteger(value) && value >= 0) return value;
    throw new AwsError("InvalidAttributeValue", `Invalid value for the parameter ${attribute}.`);
  };
  const isFifo = attributes.FifoQueue === "true";
  if (name.endsWith(".fifo") !== isFifo)
    throw new AwsError(
      "InvalidAttributeValue",
      "The name of a FIFO queue, and of no other, ends with .fifo.",
    );
  const own = { logicalId: "", constructPath: "", name, arn };
  return queueWith(
    {
      FifoQueue: isFifo,
      ContentBasedDeduplication: attributes.ContentBasedDeduplication === "true",
      DeduplicationScope: attributes.DeduplicationScope === "messageGroup" ? "messageGroup" : "queue",
      DelaySeconds: number("DelaySeconds"),
      MaximumMessageSize: number("MaximumMessageSize"),
      MessageRetentionPeriod: number("MessageRetentionPeriod"),
      ReceiveMessageWaitTimeSeconds: number("ReceiveMessageWaitTimeSeconds"),
      VisibilityTimeout: number("VisibilityTimeout"),
      RedrivePolicy: redriveOf(attributes.RedrivePolicy),
    },
    own,
  );
}

function redriveOf(text: string | undefined): v.InferOutput<typeof redriveShape> | undefined {
  if (text === undefined) return undefined;
  try {
    return v.parse(redriveShape, JSON.parse(text));
  } catch {
    throw new AwsError("InvalidAttributeValue", "Invalid value for the parameter RedrivePolicy.");
  }
}
