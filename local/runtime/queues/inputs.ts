import * as v from "valibot";
import { object, record, wholeNumber } from "../../json-schemas.ts";

const between = (least: number, most: number) => v.pipe(wholeNumber, v.minValue(least), v.maxValue(most));
const fifoId = v.pipe(v.string(), v.regex(/^[!-~]{1,128}$/));
const attribute = object({
  DataType: v.string(),
  StringValue: v.optional(v.string()),
  BinaryValue: v.optional(v.string()),
});
const sendEntry = {
  MessageBody: v.string(),
  DelaySeconds: v.optional(between(0, 900)),
  MessageAttributes: v.optional(record(attribute)),
  MessageDeduplicationId: v.optional(fifoId),
  MessageGroupId: v.optional(fifoId),
};
const seconds = between(0, 43_200);
const names = v.optional(v.array(v.string()));
const entries = <Shape extends v.GenericSchema>(shape: Shape) =>
  object({ QueueUrl: v.string(), Entries: v.array(shape) });
/** What each call takes. Members that are not here are not looked at. */
export const inputs = {
  queue: object({ QueueUrl: v.string() }),
  send: object({ QueueUrl: v.string(), ...sendEntry }),
  sendBatch: entries(object({ Id: v.string(), ...sendEntry })),
  receive: object({
    QueueUrl: v.string(),
    AttributeNames: names,
    MessageSystemAttributeNames: names,
    MessageAttributeNames: names,
    MaxNumberOfMessages: v.optional(between(1, 10)),
    VisibilityTimeout: v.optional(seconds),
    WaitTimeSeconds: v.optional(between(0, 20)),
  }),
  remove: object({ QueueUrl: v.string(), ReceiptHandle: v.string() }),
  removeBatch: entries(object({ Id: v.string(), ReceiptHandle: v.string() })),
  change: object({ QueueUrl: v.string(), ReceiptHandle: v.string(), VisibilityTimeout: seconds }),
  changeBatch: entries(object({ Id: v.string(), ReceiptHandle: v.string(), VisibilityTimeout: seconds })),
  name: object({ QueueName: v.string() }),
  attributes: object({ QueueUrl: v.string(), AttributeNames: names }),
  list: object({ QueueNamePrefix: v.optional(v.string()) }),
  create: object({
    QueueName: v.pipe(v.string(), v.regex(/^[\w-]{1,75}(\.fifo)?$|^[\w-]{76,80}$/)),
    Attributes: v.optional(record(v.string())),
  }),
  move: object({ SourceArn: v.string(), DestinationArn: v.optional(v.string()) }),
};

/** One message to send; `Id` is its name within a batch. */
export type SendEntry = v.InferOutput<typeof inputs.sendBatch>["Entries"][number];
