import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { VirtualClock } from "../../../local/clock.ts";
import type { QueueDefinition } from "../../../local/runtime/queues/queue-definition.ts";
import { Queues } from "../../../local/runtime/queues/queues.ts";
import { Store } from "../../../local/store.ts";
import { arnOf, clients, Fixture, monday, serve } from "./fixture.ts";

async function served(store?: Store, clock?: VirtualClock) {
  const fixture = new Fixture()
    .add("Dead", "AWS::SQS::Queue", { QueueName: "dead" })
    .add("Jobs", "AWS::SQS::Queue", {
      QueueName: "jobs",
      VisibilityTimeout: 30,
      RedrivePolicy: { deadLetterTargetArn: arnOf("Dead"), maxReceiveCount: 2 },
    })
    .add("DeadDoorbells", "AWS::SQS::Queue", { QueueName: "dead-doorbells.fifo", FifoQueue: true })
    .add("Doorbells", "AWS::SQS::Queue", {
      QueueName: "doorbells.fifo",
      FifoQueue: true,
      RedrivePolicy: { deadLetterTargetArn: arnOf("DeadDoorbells"), maxReceiveCount: 3 },
    })
    .add("Contents", "AWS::SQS::Queue", {
      QueueName: "contents.fifo",
      FifoQueue: true,
      ContentBasedDeduplication: true,
    });
  const runtime = await serve(fixture, { ...(store && { store }), ...(clock && { clock }) });
  const { sqs } = clients(runtime.awsUrl);
  const url = (id: string) => runtime.resources.queueUrl(id);
  return {
    ...runtime,
    sqs,
    url,
    send: (queue: string, MessageBody: string, more: Partial<SendMessageCommandInput> = {}) =>
      sqs.send(new SendMessageCommand({ QueueUrl: url(queue), MessageBody, ...more })),
    /** Rings in a group; the body is the de-duplication id. */
    ring: (MessageGroupId: string, body: string) =>
      sqs.send(
        new SendMessageCommand({
          QueueUrl: url("Doorbells"),
          MessageBody: body,
          MessageGroupId,
          MessageDeduplicationId: body,
        }),
      ),
    receive: async (queue: string, MaxNumberOfMessages = 10) => {
      const answer = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: url(queue),
          MaxNumberOfMessages,
          MessageSystemAttributeNames: ["All"],
          MessageAttributeNames: ["All"],
        }),
      );
      return answer.Messages ?? [];
    },
    remove: (queue: string, ReceiptHandle: string | undefined) =>
      sqs.send(new DeleteMessageCommand({ QueueUrl: url(queue), ReceiptHandle })),
    attributes: async (queue: string) =>
      (await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url(queue), AttributeNames: ["All"] })))
        .Attributes,
  };
}

const bodies = (messages: { Body?: string | undefined }[]) => messages.map(({ Body }) => Body);

test("a message is received once, hidden for the visibility timeout, and gone after it is deleted", async () => {
  const { send, receive, remove, clock } = await served();
  await send("Jobs", "hello", { MessageAttributes: { kind: { DataType: "String", StringValue: "test" } } });
  const [message] = await receive("Jobs");
  expect(message).toMatchObject({
    Body: "hello",
    MD5OfBody: "5d41402abc4b2a76b9719d911017c592",
    Attributes: { SentTimestamp: String(monday), ApproximateReceiveCount: "1", SenderId: "operator" },
    MessageAttributes: { kind: { DataType: "String", StringValue: "test" } },
  });
  expect(await receive("Jobs")).toEqual([]);
  await clock.advance(30_000);
  const [again] = await receive("Jobs");
  expect(again?.MessageId).toBe(message?.MessageId);
  expect(again?.Attributes?.ApproximateReceiveCount).toBe("2");
  await remove("Jobs", message?.ReceiptHandle);
  await clock.advance(30_000);
  await remove("Jobs", again?.ReceiptHandle);
  expect(await receive("Jobs")).toEqual([]);
});

test("a delayed message is not there before its time", async () => {
  const { send, receive, attributes, clock } = await served();
  await send("Jobs", "later", { DelaySeconds: 10 });
  expect(await receive("Jobs")).toEqual([]);
  expect(await attributes("Jobs")).toMatchObject({
    ApproximateNumberOfMessages: "0",
    ApproximateNumberOfMessagesDelayed: "1",
  });
  await clock.advance(10_000);
  expect(bodies(await receive("Jobs"))).toEqual(["later"]);
});

test("a FIFO queue keeps the order in a group and gives nothing of a group that is in flight", async () => {
  const { ring, receive, remove } = await served();
  for (const [group, body] of [
    ["a", "1"],
    ["a", "2"],
    ["b", "3"],
    ["a", "4"],
  ] as const)
    await ring(group, body);
  const [first] = await receive("Doorbells", 1);
  expect(first).toMatchObject({
    Body: "1",
    Attributes: { MessageGroupId: "a", MessageDeduplicationId: "1" },
  });
  expect(bodies(await receive("Doorbells"))).toEqual(["3"]);
  expect(await receive("Doorbells")).toEqual([]);
  await remove("Doorbells", first?.ReceiptHandle);
  const rest = await receive("Doorbells");
  expect(bodies(rest)).toEqual(["2", "4"]);
  expect(Number(rest[0]?.Attributes?.SequenceNumber)).toBeLessThan(
    Number(rest[1]?.Attributes?.SequenceNumber),
  );
  await remove("Doorbells", rest[0]?.ReceiptHandle);
  await ring("a", "5");
  expect(await receive("Doorbells")).toEqual([]);
});

test("a group stays blocked while any of its messages is in flight, also when its first is visible again", async () => {
  const { ring, receive, remove, sqs, url } = await served();
  for (const body of ["1", "2", "3"]) await ring("a", body);
  const [first, second] = await receive("Doorbells", 2);
  const again = { QueueUrl: url("Doorbells"), ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 };
  await sqs.send(new ChangeMessageVisibilityCommand(again));
  expect(await receive("Doorbells")).toEqual([]);
  await remove("Doorbells", second?.ReceiptHandle);
  expect(bodies(await receive("Doorbells"))).toEqual(["1", "3"]);
});

test("the same de-duplication id within five minutes is one message, even after that was deleted", async () => {
  const { ring, receive, remove, clock } = await served();
  const first = await ring("a", "same");
  const [message] = await receive("Doorbells");
  await remove("Doorbells", message?.ReceiptHandle);
  await clock.advance(299_000);
  const second = await ring("a", "same");
  expect(second.MessageId).toBe(first.MessageId);
  expect(second.SequenceNumber).toBe(first.SequenceNumber);
  expect(await receive("Doorbells")).toEqual([]);
  await clock.advance(1_000);
  await ring("a", "same");
  expect(bodies(await receive("Doorbells"))).toEqual(["same"]);
});

test("with de-duplication by content the body is the id", async () => {
  const { send, receive } = await served();
  for (const body of ["x", "x", "y"]) await send("Contents", body, { MessageGroupId: "g" });
  expect(bodies(await receive("Contents"))).toEqual(["x", "y"]);
});

test("a message that was received too often goes to the dead-letter queue and can be moved back", async () => {
  const { send, receive, clock, sqs, url, attributes } = await served();
  const sent = await send("Jobs", "poison");
  for (let round = 0; round < 2; round++) {
    expect(await receive("Jobs")).toHaveLength(1);
    await clock.advance(30_000);
  }
  expect(await receive("Jobs")).toEqual([]);
  const dead = await attributes("Dead");
  expect(dead?.ApproximateNumberOfMessages).toBe("1");
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: dead?.QueueArn ?? "" }));
  expect(await receive("Dead")).toEqual([]);
  const [back] = await receive("Jobs");
  expect(back).toMatchObject({ Body: "poison", Attributes: { ApproximateReceiveCount: "1" } });
  expect(back?.MessageId).not.toBe(sent.MessageId);
  await expect(
    sqs.send(new StartMessageMoveTaskCommand({ SourceArn: (await attributes("Jobs"))?.QueueArn ?? "" })),
  ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  expect(url("Dead")).toMatch(/\/000000000000\/dead$/);
});

test("a poison message of a FIFO group lets the next one through when it is dead", async () => {
  const { ring, receive, clock } = await served();
  await ring("a", "poison");
  await ring("a", "good");
  for (let round = 0; round < 3; round++) {
    expect(bodies(await receive("Doorbells", 1))).toEqual(["poison"]);
    await clock.advance(30_000);
  }
  expect(bodies(await receive("Doorbells", 1))).toEqual(["good"]);
  expect(await receive("DeadDoorbells")).toMatchObject([
    {
      Body: "poison",
      Attributes: {
        MessageGroupId: "a",
        DeadLetterQueueSourceArn: expect.stringContaining("doorbells.fifo"),
      },
    },
  ]);
});

test("a waiting receive gets the message as soon as it comes, and nothing when none comes in time", async () => {
  const { sqs, url, send, clock } = await served();
  const wait = () => sqs.send(new ReceiveMessageCommand({ QueueUrl: url("Jobs"), WaitTimeSeconds: 20 }));
  const waiting = wait();
  await send("Jobs", "now");
  expect((await waiting).Messages).toMatchObject([{ Body: "now" }]);
  const inVain = wait();
  // The request has arrived when its deadline is the next thing that is due.
  while (!(await clock.advanceToNext(20_000))) await new Promise(setImmediate);
  expect((await inVain).Messages).toBeUndefined();
});

test("visibility can be changed while a message is in flight, and only then", async () => {
  const { send, receive, sqs, url, clock } = await served();
  await send("Jobs", "m");
  const [message] = await receive("Jobs");
  const change = (VisibilityTimeout: number) =>
    sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: url("Jobs"),
        ReceiptHandle: message?.ReceiptHandle,
        VisibilityTimeout,
      }),
    );
  await change(100);
  await clock.advance(99_000);
  expect(await receive("Jobs")).toEqual([]);
  await change(0);
  await expect(change(5)).rejects.toMatchObject({ name: "MessageNotInflight" });
  expect(bodies(await receive("Jobs"))).toEqual(["m"]);
});

test("a batch succeeds and fails entry by entry", async () => {
  const { sqs, url, receive } = await served();
  const answer = await sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: url("Doorbells"),
      Entries: [
        { Id: "good", MessageBody: "1", MessageGroupId: "a", MessageDeduplicationId: "1" },
        { Id: "bad", MessageBody: "2", MessageDeduplicationId: "2" },
      ],
    }),
  );
  expect(answer.Successful?.map(({ Id }) => Id)).toEqual(["good"]);
  expect(answer.Failed).toMatchObject([{ Id: "bad", SenderFault: true }]);
  const [message] = await receive("Doorbells");
  const removed = await sqs.send(
    new DeleteMessageBatchCommand({
      QueueUrl: url("Doorbells"),
      Entries: [
        { Id: "1", ReceiptHandle: message?.ReceiptHandle },
        { Id: "2", ReceiptHandle: "rubbish" },
      ],
    }),
  );
  expect([removed.Successful?.length, removed.Failed?.[0]?.Code]).toEqual([1, "ReceiptHandleIsInvalid"]);
});

test("the handle of an earlier receive deletes nothing", async () => {
  const { send, receive, remove, ring, clock } = await served();
  await send("Jobs", "m");
  const [first] = await receive("Jobs");
  await clock.advance(30_000);
  const [second] = await receive("Jobs");
  await remove("Jobs", first?.ReceiptHandle);
  await remove("Jobs", second?.ReceiptHandle);
  await remove("Jobs", second?.ReceiptHandle);
  await ring("a", "f");
  const [late] = await receive("Doorbells");
  await clock.advance(30_000);
  await expect(remove("Doorbells", late?.ReceiptHandle)).rejects.toThrow("The receipt handle has expired");
  expect(bodies(await receive("Doorbells"))).toEqual(["f"]);
});

test.each([
  ["Jobs", { MessageBody: "" }, "MessageBody"],
  ["Jobs", { MessageBody: "bell \u0007" }, "Invalid characters"],
  ["Jobs", { MessageBody: "x".repeat(1_048_577) }, "shorter than 1048576 bytes"],
  ["Jobs", { MessageBody: "x", MessageDeduplicationId: "1" }, "not valid for this queue type"],
  ["Jobs", { MessageBody: "x", DelaySeconds: 901 }, "DelaySeconds"],
  ["Doorbells", { MessageBody: "x", MessageDeduplicationId: "1" }, "MessageGroupId"],
  ["Doorbells", { MessageBody: "x", MessageGroupId: "a" }, "ContentBasedDeduplication"],
  ["Doorbells", { MessageBody: "x", MessageGroupId: "a b", MessageDeduplicationId: "1" }, "MessageGroupId"],
  [
    "Doorbells",
    { MessageBody: "x", MessageGroupId: "a", MessageDeduplicationId: "1", DelaySeconds: 5 },
    "DelaySeconds",
  ],
])("to %s the message %o is refused", async (queue, message, reason) => {
  const { sqs, url, receive } = await served();
  await expect(sqs.send(new SendMessageCommand({ QueueUrl: url(queue), ...message }))).rejects.toThrow(
    reason,
  );
  expect(await receive(queue)).toEqual([]);
});

test("a call with wrong input is refused with the names of what is wrong, and why", async () => {
  const { sqs, url } = await served();
  const Entries = [
    { Id: "1", MessageBody: "x", DelaySeconds: 901 },
    { Id: undefined, MessageBody: "x" },
  ];
  const call = new SendMessageBatchCommand({ QueueUrl: url("Jobs"), Entries });
  await expect(sqs.send(call)).rejects.toMatchObject({
    name: "ValidationException",
    message:
      "2 validation error(s) detected: 'Entries.0.DelaySeconds': Invalid value: Expected <=900 but received 901; 'Entries.1.Id': Invalid key: Expected \"Id\" but received undefined",
  });
});

test("one mebibyte is allowed", async () => {
  const { send, receive } = await served();
  await send("Jobs", "x".repeat(1_048_576));
  expect((await receive("Jobs"))[0]?.Body).toHaveLength(1_048_576);
});

test("an unknown queue has the error that SDK clients know, with its old code too", async () => {
  const { sqs, awsUrl } = await served();
  const QueueUrl = `${awsUrl}/000000000000/nobody`;
  await expect(sqs.send(new PurgeQueueCommand({ QueueUrl }))).rejects.toMatchObject({
    name: "QueueDoesNotExist",
    Error: { Code: "AWS.SimpleQueueService.NonExistentQueue", Type: "Sender" },
  });
});

test("queues can be found, listed, made and emptied", async () => {
  const { sqs, url, send, receive, resources } = await served();
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: "mine", Attributes: { VisibilityTimeout: "5" } }),
  );
  await sqs.send(new CreateQueueCommand({ QueueName: "mine", Attributes: { VisibilityTimeout: "5" } }));
  await expect(
    sqs.send(new CreateQueueCommand({ QueueName: "mine", Attributes: { VisibilityTimeout: "6" } })),
  ).rejects.toMatchObject({ name: "QueueNameExists" });
  await expect(
    sqs.send(new CreateQueueCommand({ QueueName: "x", Attributes: { FifoQueue: "true" } })),
  ).rejects.toThrow(".fifo");
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: "arn:aws:sqs:x:y:nobody", maxReceiveCount: 1 });
  await expect(
    sqs.send(new CreateQueueCommand({ QueueName: "x", Attributes: { RedrivePolicy } })),
  ).rejects.toThrow("Dead letter target does not exist");
  const found = await sqs.send(new GetQueueUrlCommand({ QueueName: "mine" }));
  expect(found.QueueUrl).toBe(QueueUrl);
  const { QueueUrls } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: "d" }));
  expect(QueueUrls).toEqual([resources.queueUrl("Dead"), url("DeadDoorbells"), url("Doorbells")]);
  await send("Jobs", "a");
  await sqs.send(new PurgeQueueCommand({ QueueUrl: url("Jobs") }));
  expect(await receive("Jobs")).toEqual([]);
});

test("after a restart messages, what is in flight and de-duplication are as before", async () => {
  const clock = new VirtualClock(monday);
  const store = new Store();
  const first = await served(store, clock);
  await first.ring("a", "1");
  await first.ring("a", "2");
  await first.sqs.send(new CreateQueueCommand({ QueueName: "mine" }));
  const [inFlight] = await first.receive("Doorbells", 1);
  await first.stop();

  const second = await served(store, clock);
  expect(await second.receive("Doorbells")).toEqual([]);
  await second.ring("a", "1");
  await second.remove("Doorbells", inFlight?.ReceiptHandle);
  expect(bodies(await second.receive("Doorbells"))).toEqual(["2"]);
  const { QueueUrls } = await second.sqs.send(new ListQueuesCommand({ QueueNamePrefix: "mine" }));
  expect(QueueUrls).toHaveLength(1);
  await clock.advance(30_000);
  expect(bodies(await second.receive("Doorbells"))).toEqual(["2"]);
});

test("a message older than the retention is not received", async () => {
  const { send, receive, clock } = await served();
  await send("Jobs", "old");
  await clock.advance(345_600_000);
  await send("Jobs", "new");
  expect(bodies(await receive("Jobs"))).toEqual(["new"]);
});

const fifo: QueueDefinition = {
  logicalId: "Q",
  constructPath: "",
  name: "q.fifo",
  arn: "arn:aws:sqs:eu-west-1:000000000000:q.fifo",
  isFifo: true,
  hasContentBasedDeduplication: false,
  deduplicatesPerGroup: false,
  delay: 0,
  maximumMessageBytes: 1_000,
  retention: 345_600,
  receiveWait: 0,
  visibility: 30,
};

test("whatever is sent, received, deleted, timed out and restarted: a group's messages are finished in their order, none twice, none lost", async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("send" as const), group: fc.constantFrom("a", "b", "c") }),
    fc.record({ do: fc.constant("receive" as const), max: fc.integer({ min: 1, max: 10 }) }),
    fc.record({ do: fc.constant("finish" as const) }),
    fc.record({ do: fc.constant("wait" as const) }),
    fc.record({ do: fc.constant("restart" as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const clock = new VirtualClock(monday);
      const store = new Store();
      const place = {
        region: "eu-west-1",
        account: "000000000000",
        stackName: "T",
        awsUrl: "http://x",
        apiUrl: "",
      };
      const open = () => new Queues({ clock, store, place, definitions: [fifo] });
      let queues = open();
      let held: { id: string; group: string; receipt: string }[] = [];
      const sent: Record<string, string[]> = { a: [], b: [], c: [] };
      const finished: Record<string, string[]> = { a: [], b: [], c: [] };
      const receive = async (max: number) => {
        const answer = (await queues.handle(
          "ReceiveMessage",
          { QueueUrl: "x/q.fifo", MaxNumberOfMessages: max, AttributeNames: ["All"] },
          "test",
        )) as {
          Messages?: { Body: string; ReceiptHandle: string; Attributes: { MessageGroupId: string } }[];
        };
        for (const { Body, ReceiptHandle, Attributes } of answer.Messages ?? [])
          held.push({ id: Body, group: Attributes.MessageGroupId, receipt: ReceiptHandle });
      };
      const finish = async () => {
        const message = held.shift();
        if (!message) return;
        await queues
          .handle("DeleteMessage", { QueueUrl: "x/q.fifo", ReceiptHandle: message.receipt }, "test")
          .then(() => finished[message.group]?.push(message.id));
      };
      let count = 0;
      for (const one of steps) {
        if (one.do === "send") {
          const id = String(++count);
          sent[one.group]?.push(id);
          await queues.handle(
            "SendMessage",
            { QueueUrl: "x/q.fifo", MessageBody: id, MessageGroupId: one.group, MessageDeduplicationId: id },
            "test",
          );
        } else if (one.do === "receive") await receive(one.max);
        else if (one.do === "finish") await finish();
        else if (one.do === "wait") {
          await clock.advance(30_000);
          held = [];
        } else {
          queues.stop();
          queues = open();
        }
      }
      await clock.advance(30_000);
      held = [];
      for (let round = 0; round <= count; round++) {
        await receive(10);
        while (held.length > 0) await finish();
      }
      expect(finished).toEqual(sent);
    }),
    { numRuns: 60 },
  );
});
