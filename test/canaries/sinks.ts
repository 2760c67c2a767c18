import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Story } from "../support/company-story.ts";

/** One text that was kept, logged or passed on, and where. */
export type Kept = { where: string; text: string };

const credentials = { accessKeyId: "operator", secretAccessKey: "operator" };

/** Everything that Latchkey wrote anywhere, except to Jira and JumpCloud themselves. */
export async function everythingKept(story: Story): Promise<Kept[]> {
  return [
    ...story.host.lines.map((text) => ({ where: "log or metric", text })),
    ...invocations(story),
    ...awsCalls(story),
    ...(await histories(story)),
    ...(await deadLetters(story)),
    ...(await items(story)),
  ];
}

/** What functions are given and answer, errors with their traces included; the two that people call are given what people say. */
function invocations(story: Story): Kept[] {
  return story.host.invocations.flatMap(({ name, payload, answer }) => [
    ...(["receive-webhook", "simulate-request"].includes(name)
      ? []
      : [{ where: `payload of ${name}`, text: JSON.stringify(payload) ?? "" }]),
    { where: `answer of ${name}`, text: JSON.stringify(answer) ?? "" },
  ]);
}

/** What functions and state machines send to AWS: messages, starts, answers of tokens. Tables are looked at themselves. */
function awsCalls(story: Story): Kept[] {
  return story.awsCalls
    .filter(({ caller, service }) => caller !== "operator" && service !== "dynamodb")
    .map(({ service, operation, input }) => ({
      where: `${service} ${operation}`,
      text: JSON.stringify(input),
    }));
}

async function histories(story: Story): Promise<Kept[]> {
  const kept: Kept[] = [];
  for (const machine of ["access-request", "directory-action"]) {
    const stateMachineArn = story.runtime.resources.stateMachineArn(`latchkey-local-${machine}`);
    const listed = await story.states.handle("ListExecutions", { stateMachineArn, maxResults: 1000 });
    for (const { executionArn } of (listed as { executions: { executionArn: string }[] }).executions) {
      const history = await story.states.handle("GetExecutionHistory", { executionArn, maxResults: 1000 });
      const description = await story.states.handle("DescribeExecution", { executionArn });
      kept.push({ where: `execution of ${machine}`, text: JSON.stringify([history, description]) });
    }
  }
  return kept;
}

async function deadLetters(story: Story): Promise<Kept[]> {
  const endpoint = story.runtime.awsUrl;
  const client = new SQSClient({ endpoint, region: "eu-west-1", credentials });
  const QueueUrl = story.runtime.resources.queueUrl("latchkey-local-issues-dead.fifo");
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
  );
  client.destroy();
  return Messages.map(({ Body = "" }) => ({ where: "dead letter", text: Body }));
}

/** Each text of each item by itself, with the table and the attribute that it is in. */
async function items(story: Story): Promise<Kept[]> {
  const client = new DynamoDBClient({ endpoint: story.runtime.awsUrl, region: "eu-west-1", credentials });
  const kept: Kept[] = [];
  for (const table of ["requests", "audit", "catalog"])
    for await (const page of paginateScan({ client }, { TableName: `latchkey-local-${table}` }))
      for (const item of page.Items ?? []) kept.push(...texts(unmarshall(item), `table ${table}`));
  client.destroy();
  return kept;
}

function texts(value: unknown, where: string): Kept[] {
  if (typeof value === "string") return [{ where, text: value }];
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([name, one]) => [
    // A name of a member may be what was to be kept out.
    { where: `${where}, name of a member`, text: name },
    ...texts(one, /^\d+$/.test(name) ? where : `${where}.${name}`),
  ]);
}
