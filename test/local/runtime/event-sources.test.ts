import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { VirtualClock } from "../../../local/clock.ts";
import { Store } from "../../../local/store.ts";
import { allow, arnOf, clients, Fixture, inProcess, monday, serve } from "./fixture.ts";

type SqsEvent = { Records: { messageId: string; body: string; attributes: Record<string, string> }[] };

const mayPoll = allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], arnOf("Queue"));

function fixture(mapping: object = {}, queue: object = {}, statements = [mayPoll]) {
  return new Fixture()
    .add("Dead", "AWS::SQS::Queue", { QueueName: "dead.fifo", FifoQueue: true })
    .add("Queue", "AWS::SQS::Queue", {
      QueueName: "queue.fifo",
      FifoQueue: true,
      VisibilityTimeout: 60,
      RedrivePolicy: { deadLetterTargetArn: arnOf("Dead"), maxReceiveCount: 3 },
      ...queue,
    })
    .lambda("Work", "", statements)
    .add("Mapping", "AWS::Lambda::EventSourceMapping", {
      EventSourceArn: arnOf("Queue"),
      FunctionName: { Ref: "Work" },
      ...mapping,
    });
}

async function served(
  work: (event: SqsEvent) => unknown,
  mapping: object = {},
  options: { clock?: VirtualClock; store?: Store } = {},
) {
  const runtime = await serve(fixture(mapping), { functionHost: inProcess({ Work: work }), ...options });
  const { sqs } = clients(runtime.awsUrl);
  const QueueUrl = runtime.resources.queueUrl("Queue");
  return {
    ...runtime,
    sqs,
    ring: (MessageGroupId: string, MessageBody: string) =>
      sqs.send(
        new SendMessageCommand({
          QueueUrl,
          MessageBody,
          MessageGroupId,
          MessageDeduplicationId: MessageBody,
        }),
      ),
    waiting: async (id = "Queue") => {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: runtime.resources.queueUrl(id), AttributeNames: ["All"] }),
      );
      return {
        visible: Number(Attributes?.ApproximateNumberOfMessages),
        inFlight: Number(Attributes?.ApproximateNumberOfMessagesNotVisible),
      };
    },
  };
}

const bodies = ({ Records }: SqsEvent) => Records.map(({ body }) => body);

test("a message reaches the function as AWS sends it, and is gone when the function is done", async () => {
  const events: SqsEvent[] = [];
  const { ring, waiting, clock } = await served((event) => void events.push(event));
  await ring("10042", "doorbell");
  await clock.settle();
  expect(events).toEqual([
    {
      Records: [
        {
          messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          receiptHandle: expect.any(String),
          body: "doorbell",
          attributes: {
            ApproximateReceiveCount: "1",
            ApproximateFirstReceiveTimestamp: String(monday),
            SentTimestamp: String(monday),
            SenderId: "operator",
            SequenceNumber: expect.stringMatching(/^\d{20}$/),
            MessageGroupId: "10042",
            MessageDeduplicationId: "doorbell",
          },
          messageAttributes: {},
          md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
          eventSource: "aws:sqs",
          eventSourceARN: "arn:aws:sqs:eu-west-1:000000000000:queue.fifo",
          awsRegion: "eu-west-1",
        },
      ],
    },
  ]);
  expect(await waiting()).toEqual({ visible: 0, inFlight: 0 });
});

test("groups are worked on at the same time, one group one after the other", async () => {
  const running = new Set<string>();
  const overlaps: string[] = [];
  let most = 0;
  const order: string[] = [];
  const { ring, clock } = await served(
    async (event) => {
      const group = event.Records[0]?.attributes.MessageGroupId ?? "";
      if (running.has(group)) overlaps.push(group);
      running.add(group);
      most = Math.max(most, running.size);
      await clock.sleep(1_000);
      order.push(...bodies(event));
      running.delete(group);
    },
    { BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } },
  );
  for (const body of ["a1", "b1", "c1", "a2", "b2"]) await ring(body.slice(0, 1), body);
  await clock.advance(10_000);
  expect(overlaps).toEqual([]);
  expect(most).toBe(2);
  expect(order).toHaveLength(5);
  expect(order.indexOf("a1")).toBeLessThan(order.indexOf("a2"));
  expect(order.indexOf("b1")).toBeLessThan(order.indexOf("b2"));
});

test("after a failure the messages come back at their visibility timeout, and go to the dead-letter queue in the end", async () => {
  const times: number[] = [];
  const { ring, waiting, clock, sqs, resources } = await served(() => {
    times.push((clock.now() - monday) / 1000);
    throw new Error("no");
  });
  await ring("a", "poison");
  await clock.settle();
  expect(await waiting()).toEqual({ visible: 0, inFlight: 1 });
  await clock.advance(600_000);
  expect(times).toEqual([0, 60, 120]);
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: resources.queueUrl("Dead"), MessageSystemAttributeNames: ["All"] }),
  );
  expect(Messages).toMatchObject([{ Body: "poison" }]);
});

test("only the items that the function reports as failed come back", async () => {
  const batches: string[][] = [];
  const { ring, clock } = await served(
    (event) => {
      batches.push(bodies(event));
      const isFirst = batches.length === 1;
      return { batchItemFailures: isFirst ? [{ itemIdentifier: event.Records[0]?.messageId }] : [] };
    },
    { FunctionResponseTypes: ["ReportBatchItemFailures"] },
  );
  await ring("a", "bad");
  await ring("b", "good");
  await clock.advance(300_000);
  expect(batches).toEqual([["bad"], ["good"], ["bad"]]);
});

test.each([
  [{ batchItemFailures: [{ itemIdentifier: "nobody" }] }, 1],
  [{ batchItemFailures: [{ itemIdentifier: "" }] }, 1],
  [{ batchItemFailures: [{}] }, 1],
  [{ batchItemFailures: "x" }, 1],
  [{ batchItemFailures: [] }, 0],
  [{ batchItemFailures: null }, 0],
  [null, 0],
  [undefined, 0],
  ["done", 0],
])("the report %j leaves %i messages in flight", async (report, inFlight) => {
  const { ring, waiting, clock } = await served(() => report, {
    FunctionResponseTypes: ["ReportBatchItemFailures"],
  });
  await ring("a", "m");
  await clock.settle();
  expect(await waiting()).toEqual({ visible: 0, inFlight });
});

test("a message that became visible again while the function worked is not deleted by the first to finish", async () => {
  let count = 0;
  const { ring, clock, waiting } = await served(async () => {
    count += 1;
    if (count === 1) await clock.sleep(90_000);
    else throw new Error("second try fails");
  });
  await ring("a", "slow");
  await clock.advance(100_000);
  expect(count).toBe(2);
  expect(await waiting()).toEqual({ visible: 0, inFlight: 1 });
});

test("a restart gives what the function was working on to it again at once", async () => {
  const clock = new VirtualClock(monday);
  const store = new Store();
  const hanging = await served(() => clock.sleep(1_000_000), {}, { clock, store });
  await hanging.ring("a", "interrupted");
  await clock.settle();
  await hanging.stop();
  const seen: SqsEvent[] = [];
  await served((event) => void seen.push(event), {}, { clock, store });
  await clock.settle();
  expect(seen.map(bodies)).toEqual([["interrupted"]]);
  expect(seen[0]?.Records[0]?.attributes.ApproximateReceiveCount).toBe("1");
});

test("a mapping that is switched off takes nothing", async () => {
  const { ring, waiting, clock } = await served(() => undefined, { Enabled: false });
  await ring("a", "m");
  await clock.settle();
  expect(await waiting()).toEqual({ visible: 1, inFlight: 0 });
});

test.each([
  [() => fixture({ MaximumBatchingWindowInSeconds: 5 }), "MaximumBatchingWindowInSeconds"],
  [() => fixture({ FilterCriteria: { Filters: [] } }), "does not know FilterCriteria"],
  [() => fixture({ BatchSize: 11 }), "1 to 10 messages"],
  [() => fixture({ ScalingConfig: { MaximumConcurrency: 1 } }), "MaximumConcurrency is 2 to 1000"],
  [
    () => fixture({ EventSourceArn: "arn:aws:sqs:eu-west-1:000000000000:other" }),
    "the template has no queue",
  ],
  [() => fixture({}, { VisibilityTimeout: 2 }), "visibility timeout is shorter than the function's timeout"],
  [() => fixture({}, { QueueName: "queue" }), "ends with .fifo"],
  [() => fixture({}, {}, [allow("sqs:ReceiveMessage", arnOf("Queue"))]), "sqs:DeleteMessage"],
])(
  "a mapping that AWS would not make, or that would be served wrongly, is refused (%#)",
  async (wrong, message) => {
    await expect(serve(wrong())).rejects.toThrow(message);
  },
);
