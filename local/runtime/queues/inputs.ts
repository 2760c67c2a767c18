import * as z from "zod/mini";

const attribute = z.object({
  DataType: z.string(),
  StringValue: z.optional(z.string()),
  BinaryValue: z.optional(z.string()),
});
const sendEntry = {
  MessageBody: z.string(),
  DelaySeconds: z.optional(z.int().check(z.gte(0), z.lte(900))),
  MessageAttributes: z.optional(z.record(z.string(), attribute)),
  MessageDeduplicationId: z.optional(z.string().check(z.regex(/^[!-~]{1,128}$/))),
  MessageGroupId: z.optional(z.string().check(z.regex(/^[!-~]{1,128}$/))),
};
const seconds = z.int().check(z.gte(0), z.lte(43_200));
const names = z.optional(z.array(z.string()));
const entries = <Shape extends z.ZodMiniType>(shape: Shape) =>
  z.object({ QueueUrl: z.string(), Entries: z.array(shape) });
/** What each call takes. Members that are not here are not looked at. */
export const inputs = {
  queue: z.object({ QueueUrl: z.string() }),
  send: z.object({ QueueUrl: z.string(), ...sendEntry }),
  sendBatch: entries(z.object({ Id: z.string(), ...sendEntry })),
  receive: z.object({
    QueueUrl: z.string(),
    AttributeNames: names,
    MessageSystemAttributeNames: names,
    MessageAttributeNames: names,
    MaxNumberOfMessages: z.optional(z.int().check(z.gte(1), z.lte(10))),
    VisibilityTimeout: z.optional(seconds),
    WaitTimeSeconds: z.optional(z.int().check(z.gte(0), z.lte(20))),
  }),
  remove: z.object({ QueueUrl: z.string(), ReceiptHandle: z.string() }),
  removeBatch: entries(z.object({ Id: z.string(), ReceiptHandle: z.string() })),
  change: z.object({ QueueUrl: z.string(), ReceiptHandle: z.string(), VisibilityTimeout: seconds }),
  changeBatch: entries(z.object({ Id: z.string(), ReceiptHandle: z.string(), VisibilityTimeout: seconds })),
  name: z.object({ QueueName: z.string() }),
  attributes: z.object({ QueueUrl: z.string(), AttributeNames: names }),
  list: z.object({ QueueNamePrefix: z.optional(z.string()) }),
  create: z.object({
    QueueName: z.string().check(z.regex(/^[\w-]{1,75}(\.fifo)?$|^[\w-]{76,80}$/)),
    Attributes: z.optional(z.record(z.string(), z.string())),
  }),
  move: z.object({ SourceArn: z.string(), DestinationArn: z.optional(z.string()) }),
};

/** One message to send; `Id` is its name within a batch. */
export type SendEntry = z.infer<typeof inputs.sendBatch>["Entries"][number];
