import * as v from "valibot";
import { strictObject, TemplateError } from "../template/parse.ts";
import type { Named, StackReader } from "../template/stack-reader.ts";

/** A queue and its settings; times are seconds. */
export type QueueDefinition = Named & {
  isFifo: boolean;
  hasContentBasedDeduplication: boolean;
  /** Whether de-duplication ids count within a message group only. */
  deduplicatesPerGroup: boolean;
  delay: number;
  maximumMessageBytes: number;
  retention: number;
  receiveWait: number;
  visibility: number;
  redrive?: { deadLetterArn: string; maxReceiveCount: number };
};

export const redrivePolicy = {
  deadLetterTargetArn: v.string(),
  maxReceiveCount: v.union([v.number(), v.string()]),
};
const queueShape = strictObject({
  ContentBasedDeduplication: v.optional(v.boolean()),
  DeduplicationScope: v.optional(v.picklist(["queue", "messageGroup"])),
  DelaySeconds: v.optional(v.number()),
  FifoQueue: v.optional(v.boolean()),
  MaximumMessageSize: v.optional(v.number()),
  MessageRetentionPeriod: v.optional(v.number()),
  ReceiveMessageWaitTimeSeconds: v.optional(v.number()),
  RedrivePolicy: v.optional(strictObject(redrivePolicy)),
  VisibilityTimeout: v.optional(v.number()),
});
const withoutEffect = [
  "FifoThroughputLimit",
  "KmsDataKeyReusePeriodSeconds",
  "KmsMasterKeyId",
  "QueueName",
  "RedriveAllowPolicy",
  "SqsManagedSseEnabled",
  "Tags",
];

export function readQueues(reader: StackReader): QueueDefinition[] {
  const queues = reader
    .all("AWS::SQS::Queue", queueShape, withoutEffect)
    .map(({ resource, properties }): QueueDefinition => {
      const queue = queueWith(properties, reader.named(resource, "Arn"));
      if (queue.name.endsWith(".fifo") !== queue.isFifo)
        throw new TemplateError(
          `${queue.logicalId}: the name of a FIFO queue, and of no other, ends with .fifo`,
        );
      return queue;
    });
  for (const { logicalId, isFifo, redrive } of queues) {
    if (!redrive) continue;
    const target = queues.find(({ arn }) => arn === redrive.deadLetterArn);
    if (target?.isFifo !== isFifo)
      throw new TemplateError(
        `${logicalId}: the dead-letter queue must be a queue of the template and of the same kind`,
      );
  }
  return queues;
}

/** A queue with these settings, and SQS's own values for the others. */
export function queueWith(settings: v.InferOutput<typeof queueShape>, own: Named): QueueDefinition {
  const redrive = settings.RedrivePolicy;
  return {
    ...own,
    isFifo: settings.FifoQueue ?? false,
    hasContentBasedDeduplication: settings.ContentBasedDeduplication ?? false,
    deduplicatesPerGroup: settings.DeduplicationScope === "messageGroup",
    delay: settings.DelaySeconds ?? 0,
    maximumMessageBytes: settings.MaximumMessageSize ?? 1_048_576,
    retention: settings.MessageRetentionPeriod ?? 345_600,
    receiveWait: settings.ReceiveMessageWaitTimeSeconds ?? 0,
    visibility: settings.VisibilityTimeout ?? 30,
    ...(redrive && {
      redrive: {
        deadLetterArn: redrive.deadLetterTargetArn,
        maxReceiveCount: Number(redrive.maxReceiveCount),
      },
    }),
  };
}

/** A queue whose messages are given to a function. */
export type EventSource = {
  logicalId: string;
  functionArn: string;
  queueArn: string;
  isEnabled: boolean;
  batchSize: number;
  maximumConcurrency?: number;
  reportsBatchItemFailures: boolean;
};

// Batching windows would make messages wait; a template that has one is refused rather than served wrongly.
const eventSourceShape = strictObject({
  BatchSize: v.optional(v.number()),
  Enabled: v.optional(v.boolean()),
  EventSourceArn: v.string(),
  FunctionName: v.string(),
  FunctionResponseTypes: v.optional(v.array(v.literal("ReportBatchItemFailures"))),
  MaximumBatchingWindowInSeconds: v.optional(v.literal(0)),
  ScalingConfig: v.optional(strictObject({ MaximumConcurrency: v.number() })),
});

/** Refuses what Lambda refuses when it makes the mapping. */
export function readEventSources(
  reader: StackReader,
  queues: QueueDefinition[],
  functions: { arn: string; timeoutSeconds: number; qualifiers: string[] }[],
): EventSource[] {
  return reader
    .all("AWS::Lambda::EventSourceMapping", eventSourceShape, ["Tags", "MetricsConfig"])
    .map(({ resource, properties }) => {
      const { logicalId } = resource;
      const functionArn = reader.functionArn(properties.FunctionName);
      const queue = queues.find(({ arn }) => arn === properties.EventSourceArn);
      const target = functions.find(({ arn, qualifiers }) =>
        [arn, ...qualifiers.map((name) => `${arn}:${name}`)].includes(functionArn),
      );
      const batchSize = properties.BatchSize ?? 10;
      const refuse = (problem: string) => new TemplateError(`${logicalId}: ${problem}`);
      if (!queue) throw refuse(`the template has no queue ${properties.EventSourceArn}`);
      if (!target) throw refuse(`the template has no function ${functionArn}`);
      if (batchSize < 1 || batchSize > 10)
        throw refuse("without a batching window a batch has 1 to 10 messages");
      if (queue.visibility < target.timeoutSeconds)
        throw refuse("the queue's visibility timeout is shorter than the function's timeout");
      const concurrency = properties.ScalingConfig?.MaximumConcurrency;
      if (concurrency !== undefined && (concurrency < 2 || concurrency > 1000))
        throw refuse("MaximumConcurrency is 2 to 1000");
      return {
        logicalId,
        functionArn,
        queueArn: queue.arn,
        isEnabled: properties.Enabled ?? true,
        batchSize,
        reportsBatchItemFailures: (properties.FunctionResponseTypes ?? []).length > 0,
        ...(concurrency === undefined ? {} : { maximumConcurrency: concurrency }),
      };
    });
}
