import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  TaskTimedOut,
} from "@aws-sdk/client-sfn";
import { expect, onTestFinished, test } from "vitest";
import { listen } from "../../../local/http.ts";
import { AwsError } from "../../../local/runtime/endpoint/aws-error.ts";
import { ask, Bench, machine, region, roleArn, startOfTime } from "./support.ts";

/** The engine behind HTTP, as the runtime's endpoint will have it. */
async function clientOf(bench: Bench): Promise<SFNClient> {
  const server = await listen({
    port: 0,
    clock: bench.clock,
    handle: async ({ headers, body }) => {
      const operation = headers["x-amz-target"]?.replace("AWSStepFunctions.", "") ?? "";
      try {
        return { status: 200, body: await bench.service.handle(operation, JSON.parse(body.toString())) };
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        return { status: 400, body: { __type: error.name, message: error.message } };
      }
    },
  });
  const client = new SFNClient({
    region,
    endpoint: server.url,
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  });
  onTestFinished(async () => {
    client.destroy();
    await server.close();
  });
  return client;
}

test("the ordinary SDK client can do it all", async () => {
  let token = "";
  const bench = new Bench({
    functions: {
      f: (payload: { token: string }) => {
        token = payload.token;
      },
    },
  });
  const client = await clientOf(bench);
  const { stateMachineArn } = await client.send(
    new CreateStateMachineCommand({
      name: "m",
      roleArn,
      definition: JSON.stringify(machine({ T: ask("f", { TimeoutSeconds: 3600, End: true }) })),
    }),
  );
  const start = new StartExecutionCommand({ stateMachineArn, name: "one", input: "{}" });
  const started = await client.send(start);
  expect(started.startDate).toEqual(new Date(startOfTime));
  await bench.pass(90.5);

  await client.send(new SendTaskSuccessCommand({ taskToken: token, output: '{"ok":true}' }));
  await bench.pass(0);
  const again = await client
    .send(new SendTaskSuccessCommand({ taskToken: token, output: "1" }))
    .catch((e: unknown) => e);
  expect(again).toBeInstanceOf(TaskTimedOut);
  expect(await client.send(start).catch((e: unknown) => e)).toBeInstanceOf(ExecutionAlreadyExists);

  const { executionArn } = started;
  const described = await client.send(new DescribeExecutionCommand({ executionArn }));
  expect(described).toMatchObject({
    status: "SUCCEEDED",
    output: '{"ok":true}',
    stopDate: new Date(startOfTime + 90_500),
  });
  const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
  expect(events.map(({ type }) => type)).toEqual([
    "ExecutionStarted",
    "TaskStateEntered",
    "TaskScheduled",
    "TaskStarted",
    "TaskSubmitted",
    "TaskSucceeded",
    "TaskStateExited",
    "ExecutionSucceeded",
  ]);
  expect(events[2]).toMatchObject({
    id: 3,
    previousEventId: 2,
    timestamp: new Date(startOfTime),
    taskScheduledEventDetails: { resourceType: "lambda", timeoutInSeconds: 3600 },
  });
  const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn }));
  expect(executions).toMatchObject([{ name: "one", status: "SUCCEEDED", startDate: new Date(startOfTime) }]);
});
