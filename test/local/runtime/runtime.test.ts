import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { GetItemCommand, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { GetSecretValueCommand, PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { expect, onTestFinished, test } from "vitest";
import { VirtualClock } from "../../../local/clock.ts";
import { startRuntime } from "../../../local/runtime/runtime.ts";
import { Store } from "../../../local/store.ts";
import { allow, arnOf, clients, FakeStates, Fixture, monday, serve, temporaryFolder } from "./fixture.ts";

const table = {
  TableName: "notes",
  AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
};

/** A bundle that keeps what it gets from the queue in the table, by calls that it signs with its role's key. */
const keeper = `
export const handler = async ({ Records }) => {
  for (const { body } of Records) {
    const { AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, AWS_SESSION_TOKEN } = process.env;
    const answer = await fetch(AWS_ENDPOINT_URL, {
      method: "POST",
      headers: {
        authorization: \`AWS4-HMAC-SHA256 Credential=\${AWS_ACCESS_KEY_ID}/20260302/eu-west-1/dynamodb/aws4_request\`,
        "x-amz-security-token": AWS_SESSION_TOKEN,
        "x-amz-target": "DynamoDB_20120810.PutItem",
      },
      body: JSON.stringify({ TableName: "notes", Item: { pk: { S: body } } }),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }
};`;

function keeping(folder?: string) {
  return new Fixture(folder)
    .add("Notes", "AWS::DynamoDB::Table", table)
    .add("Secret", "AWS::SecretsManager::Secret", { Name: "secret" })
    .add("Kept", "AWS::SQS::Queue", { QueueName: "kept" })
    .add("Doorbells", "AWS::SQS::Queue", { QueueName: "doorbells.fifo", FifoQueue: true })
    .lambda("Keep", keeper, [
      allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], arnOf("Doorbells")),
      allow("dynamodb:PutItem", arnOf("Notes")),
    ])
    .add("Mapping", "AWS::Lambda::EventSourceMapping", {
      EventSourceArn: arnOf("Doorbells"),
      FunctionName: { Ref: "Keep" },
    });
}

test("a message goes from the queue through a bundle in its worker into the table, while virtual time stands still", async () => {
  const { awsUrl, resources, clock, permissions } = await serve(keeping());
  const { sqs, dynamodb } = clients(awsUrl);
  const QueueUrl = resources.queueUrl("doorbells.fifo");
  for (const body of ["a", "b", "c"])
    await sqs.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: body,
        MessageGroupId: body,
        MessageDeduplicationId: body,
      }),
    );
  await clock.settle();
  const { Items } = await dynamodb.send(new ScanCommand({ TableName: resources.tableName("Notes") }));
  expect(Items?.map(({ pk }) => pk?.S).sort()).toEqual(["a", "b", "c"]);
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
  expect(Attributes).toMatchObject({
    ApproximateNumberOfMessages: "0",
    ApproximateNumberOfMessagesNotVisible: "0",
  });
  expect(clock.now()).toBe(monday);
  expect(permissions.used()).toContainEqual({
    role: "Test-KeepRole",
    action: "dynamodb:PutItem",
    resource: "arn:aws:dynamodb:eu-west-1:000000000000:table/notes",
    allowed: true,
  });
});

test("a function can be run by hand, by logical id or name", async () => {
  const { invoke, resources } = await serve(
    new Fixture().lambda("Add", "export const handler = async ({ a, b }) => a + b;"),
  );
  expect(await invoke("Add", { a: 1, b: 2 })).toBe(3);
  expect(await invoke(resources.functionName("Add"), { a: 1, b: 2 })).toBe(3);
  await expect(invoke("Nobody", {})).rejects.toThrow("the template has no function Nobody");
  expect(() => resources.queueUrl("Nobody")).toThrow("the template has no queue Nobody");
});

test("a start that fails lets go of everything, so that the next one works", async () => {
  const folder = temporaryFolder();
  const fixture = keeping();
  const options = {
    assets: fixture.assets(),
    stackName: "Test",
    clock: new VirtualClock(monday),
    store: new Store(),
    databasePath: join(folder, "tables"),
    port: 0,
    secrets: {},
    states: () => new FakeStates(),
  };
  const broken = { ...options, template: fixture.template(), awsPort: 0, secrets: { Nobody: "x" } };
  await expect(startRuntime(broken)).rejects.toThrow("Nobody");
  const first = await startRuntime({ ...options, template: fixture.template(), awsPort: 0 });
  const awsPort = Number(new URL(first.awsUrl).port);
  await expect(startRuntime({ ...broken, awsPort })).rejects.toThrow("EADDRINUSE");
  await first.stop();
  await first.stop();
  const second = await startRuntime({ ...options, template: fixture.template(), awsPort });
  expect(second.awsUrl).toBe(first.awsUrl);
  await second.stop();
});

test("stopping ends a waiting receive and functions at work", async () => {
  const { awsUrl, resources, stop, invoke } = await serve(
    keeping().lambda("Hang", "export const handler = () => new Promise(() => setInterval(() => {}, 1000));"),
  );
  const { sqs } = clients(awsUrl);
  const QueueUrl = resources.queueUrl("Kept");
  const waiting = sqs
    .send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
    .catch((error: unknown) => error);
  const hanging = expect(invoke("Hang", {})).rejects.toThrow();
  await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
  await stop();
  await hanging;
  expect(await waiting).toBeDefined();
});

/** A runtime in its own process on the state in `folder`. */
async function startProcess(
  folder: string,
): Promise<{ awsUrl: string; queueUrl: string; kill: () => Promise<void> }> {
  const fixture = keeping(folder);
  const file = join(folder, "fixture.json");
  writeFileSync(file, JSON.stringify({ template: fixture.template(), assets: fixture.assets() }));
  const script = join(import.meta.dirname, "fixtures/runtime-process.ts");
  const child: ChildProcess = spawn(process.execPath, [script, folder, file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  onTestFinished(kill);
  if (!child.stdout) throw new Error("no output");
  const [line] = await Promise.race([
    once(createInterface(child.stdout), "line"),
    once(child, "exit").then(() => Promise.reject(new Error("the process did not start"))),
  ]);
  const { awsUrl, queueUrl } = JSON.parse(String(line)) as { awsUrl: string; queueUrl: string };
  return { awsUrl, queueUrl, kill };
}

test("kill -9 in the middle of everything loses nothing that was acknowledged", async () => {
  const folder = temporaryFolder();
  const kept = {
    items: [] as string[],
    messages: [] as string[],
    doorbells: [] as string[],
    secret: "first",
  };
  for (let round = 0; round < 3; round++) {
    const { awsUrl, queueUrl, kill } = await startProcess(folder);
    const { sqs, dynamodb, secrets } = clients(awsUrl);
    const doorbells = queueUrl.replace(/kept$/, "doorbells.fifo");
    let isKilled = false;
    // Four kinds of writers go on until the process is gone; only what was answered counts.
    const writer = async (write: (id: string) => Promise<void>) => {
      for (let count = 0; !isKilled; count++)
        await write(`${round}-${count}`).catch((error: unknown) => {
          if (!isKilled) throw error;
        });
    };
    const writing = [
      writer(async (id) => {
        await dynamodb.send(new PutItemCommand({ TableName: "notes", Item: { pk: { S: `item ${id}` } } }));
        kept.items.push(`item ${id}`);
      }),
      writer(async (id) => {
        await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: id }));
        kept.messages.push(id);
      }),
      writer(async (id) => {
        const message = { MessageBody: `bell ${id}`, MessageGroupId: id, MessageDeduplicationId: id };
        await sqs.send(new SendMessageCommand({ QueueUrl: doorbells, ...message }));
        kept.doorbells.push(`bell ${id}`);
      }),
      writer(async (id) => {
        await secrets.send(new PutSecretValueCommand({ SecretId: "secret", SecretString: id }));
        kept.secret = id;
        if (kept.doorbells.length > (round + 1) * 20) {
          isKilled = true;
          await kill();
        }
      }),
    ];
    await Promise.all(writing);
  }

  const { awsUrl, queueUrl } = await startProcess(folder);
  const { sqs, dynamodb, secrets } = clients(awsUrl);
  const notes = new Set<string | undefined>();
  const readNotes = async () => {
    const { Items } = await dynamodb.send(new ScanCommand({ TableName: "notes", ConsistentRead: true }));
    for (const { pk } of Items ?? []) notes.add(pk?.S);
  };
  await readNotes();
  expect(kept.items.filter((id) => !notes.has(id))).toEqual([]);
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: "secret" }));
  // The write that was under way at the kill may have come through.
  const [round, count] = kept.secret.split("-").map(Number);
  expect([kept.secret, `${round}-${Number(count) + 1}`]).toContain(SecretString);
  const messages: (string | undefined)[] = [];
  for (let batch = [{}]; batch.length > 0; ) {
    const answer = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }));
    batch = answer.Messages ?? [];
    messages.push(...(answer.Messages ?? []).map(({ Body }) => Body));
  }
  expect(kept.messages.filter((id) => !messages.includes(id))).toEqual([]);
  expect(new Set(messages).size).toBe(messages.length);
  // The function works off what is left; it is killed with the process when it does not.
  while (kept.doorbells.some((id) => !notes.has(id))) await readNotes();
  const last = kept.doorbells.at(-1) ?? "";
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName: "notes", Key: { pk: { S: last } } }));
  expect(Item).toBeDefined();
}, 60_000);
