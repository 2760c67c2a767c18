import { DynamoDBClient, ListTablesCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import {
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
  StateMachineDoesNotExist,
} from "@aws-sdk/client-sfn";
import {
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { hour, openStory, option, type Story } from "../support/company-story.ts";

/** Ordinary SDK clients, with keys that the runtime has never heard of. */
function clients(story: Story) {
  const credentials = { accessKeyId: "AKIAANYBODY", secretAccessKey: "anything" };
  const config = { endpoint: story.runtime.awsUrl, region: "eu-west-1", credentials, maxAttempts: 1 };
  return {
    states: new SFNClient(config),
    dynamodb: new DynamoDBClient(config),
    secrets: new SecretsManagerClient(config),
    sqs: new SQSClient(config),
  };
}

/** Every type of state, and a table of the stack. */
const definition = {
  QueryLanguage: "JSONata",
  StartAt: "Count",
  States: {
    Count: {
      Type: "Pass",
      Assign: { first: "{% $states.input.first %}" },
      Output: [1, 2, 3],
      Next: "Double",
    },
    Double: {
      Type: "Map",
      ItemProcessor: {
        StartAt: "Twice",
        States: { Twice: { Type: "Pass", Output: "{% $states.input * 2 %}", End: true } },
      },
      Next: "Many?",
    },
    "Many?": {
      Type: "Choice",
      Choices: [{ Condition: "{% $count($states.input) > 2 %}", Next: "Rest" }],
      Default: "Too few",
    },
    "Too few": { Type: "Fail", Error: "TooFew" },
    Rest: { Type: "Wait", Seconds: 3600, Next: "Both" },
    Both: {
      Type: "Parallel",
      Branches: [
        { StartAt: "Sum", States: { Sum: { Type: "Pass", Output: "{% $sum($states.input) %}", End: true } } },
        {
          StartAt: "Note",
          States: {
            Note: {
              Type: "Task",
              Resource: "arn:aws:states:::dynamodb:putItem",
              Arguments: {
                TableName: "latchkey-local-requests",
                Item: { pk: { S: "note" }, sk: { S: "{% $first %}" } },
              },
              Output: "noted",
              End: true,
            },
          },
        },
      ],
      Next: "Done",
    },
    Done: { Type: "Succeed" },
  },
};

test("anybody's own state machine can be made, run, looked into and deleted", async () => {
  const story = await openStory();
  const { states, dynamodb } = clients(story);
  const { stateMachineArn } = await states.send(
    new CreateStateMachineCommand({
      name: "my-own",
      definition: JSON.stringify(definition),
      roleArn: "arn:aws:iam::000000000000:role/made-up",
    }),
  );
  const { stateMachines = [] } = await states.send(new ListStateMachinesCommand({}));
  expect(stateMachines.map(({ name }) => name).toSorted()).toEqual([
    "latchkey-local-access-request",
    "latchkey-local-directory-action",
    "my-own",
  ]);
  const input = JSON.stringify({ first: "one" });
  const { executionArn } = await states.send(new StartExecutionCommand({ stateMachineArn, input }));
  await story.settle();
  expect(await states.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
    status: "RUNNING",
  });
  await story.pass(hour);
  expect(await states.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
    status: "SUCCEEDED",
    output: '[12,"noted"]',
  });
  const kept = await dynamodb.send(new ScanCommand({ TableName: "latchkey-local-requests" }));
  expect(kept.Items).toContainEqual({ pk: { S: "note" }, sk: { S: "one" } });
  const { events = [] } = await states.send(
    new GetExecutionHistoryCommand({ executionArn, reverseOrder: true }),
  );
  expect(events[0]).toMatchObject({ type: "ExecutionSucceeded" });

  await states.send(new DeleteStateMachineCommand({ stateMachineArn }));
  await expect(states.send(new DescribeStateMachineCommand({ stateMachineArn }))).rejects.toThrow(
    StateMachineDoesNotExist,
  );
});

test("whoever the stack does not know is the operator, and sees all that it keeps", async () => {
  const story = await openStory();
  const { states, dynamodb, secrets, sqs } = clients(story);
  const { key } = await story.request("alice.moreau", option.slackMember);
  const stateMachineArn = story.runtime.resources.stateMachineArn("latchkey-local-access-request");
  const { executions = [] } = await states.send(new ListExecutionsCommand({ stateMachineArn }));
  expect(executions).toMatchObject([{ name: `${key}-1`, status: "SUCCEEDED" }]);

  const { TableNames } = await dynamodb.send(new ListTablesCommand({}));
  expect(TableNames).toEqual(["latchkey-local-audit", "latchkey-local-catalog", "latchkey-local-requests"]);
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: "latchkey-local-audit" }));
  expect(Items.map(({ action }) => action?.S)).toContain("access.granted");

  const { SecretList = [] } = await secrets.send(new ListSecretsCommand({}));
  expect(SecretList).toHaveLength(4);
  const secret = await secrets.send(new GetSecretValueCommand({ SecretId: "latchkey-local/jumpcloud-read" }));
  expect(JSON.parse(secret.SecretString ?? "")).toMatchObject({ kind: "api-key" });

  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  const QueueUrl = QueueUrls.find((url) => url.endsWith("/latchkey-local-issues-dead.fifo"));
  const MessageBody = "mine";
  await sqs.send(
    new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: "g", MessageDeduplicationId: "d" }),
  );
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
  expect(Attributes).toMatchObject({ ApproximateNumberOfMessages: "1", FifoQueue: "true" });
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  expect(Messages).toMatchObject([{ Body: "mine" }]);
});
