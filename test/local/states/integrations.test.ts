import { describe, expect, test } from "vitest";
import { sources, testProbes } from "./probes.ts";
import { account, Bench, invoke, machine, region, roleArn, succeed, TaskFailure } from "./support.ts";

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

const task = (resource: string, args: unknown, more: object = { End: true }) =>
  machine({
    T: { Type: "Task", Resource: `arn:aws:states:::${resource}`, Arguments: args, ...more },
    ...("Catch" in more ? { C: succeed } : {}),
  });

describe("Lambda:", () => {
  const functionArn = `arn:aws:lambda:${region}:${account}:function:f`;
  const plain = { Type: "Task", Resource: functionArn, End: true };
  testProbes([
    {
      title: "lambda:invoke gives payload, version and status",
      source: sources.lambda,
      machine: task("lambda:invoke", { FunctionName: "f", Payload: { a: "{% $states.input.a %}" } }),
      functions: { f: (payload) => ({ got: payload }) },
      input: { a: 1 },
      output: {
        ExecutedVersion: "$LATEST",
        Payload: { got: { a: 1 } },
        SdkHttpMetadata: { HttpStatusCode: 200 },
        StatusCode: 200,
      },
    },
    ...["f", functionArn, `${functionArn}:$LATEST`].map((name) => ({
      title: `the function may be named as ${name}`,
      source: sources.lambda,
      machine: task(
        "lambda:invoke",
        { FunctionName: name },
        { Output: "{% $states.result.Payload %}", End: true },
      ),
      functions: { f: (payload: unknown) => payload },
      output: {},
    })),
    {
      title: "a function ARN as Resource: the arguments are the payload, the result is what it gives",
      source: sources.lambda,
      machine: machine({ T: { ...plain, Arguments: { n: "{% $states.input + 1 %}" } } }),
      functions: { f: (payload) => [payload] },
      input: 1,
      output: [{ n: 2 }],
    },
    {
      title: "without Arguments the payload is the input",
      source: sources.language,
      machine: machine({ T: plain }),
      functions: { f: (payload) => [payload] },
      input: "in",
      output: ["in"],
    },
    {
      title: "a function that gives nothing gives null",
      source: sources.lambda,
      machine: machine({ T: plain }),
      functions: { f: () => undefined },
      output: null,
    },
    {
      title: "a missing function is Lambda.ResourceNotFoundException",
      source: sources.lambda,
      machine: task("lambda:invoke", { FunctionName: "nobody" }),
      error: "Lambda.ResourceNotFoundException",
    },
    {
      title: "arguments from one expression that lack the function's name are States.Runtime",
      source: sources.recorded,
      machine: task("lambda:invoke", "{% { 'Payload': 1 } %}"),
      error: "States.Runtime",
      cause: "'FunctionName' is missing",
    },
    {
      title: "a result of more than 256 KiB is States.DataLimitExceeded",
      source: sources.quotas,
      machine: machine({ T: plain }),
      functions: { f: () => "é".repeat(131_072) },
      error: "States.DataLimitExceeded",
    },
  ]);

  test("the function is invoked as the machine's role", async () => {
    const bench = new Bench({ functions: { f: () => 1 } });
    await bench.run(machine({ T: invoke("f", {}) }));
    expect(bench.calls[0]?.roleArn).toBe(roleArn);
  });

  test("the cause of a function's error is the JSON text that it answered", async () => {
    const cause = '{"errorType":"Refused","errorMessage":"no","trace":[]}';
    const bench = new Bench({
      functions: {
        f: () => {
          throw new TaskFailure("Refused", cause);
        },
      },
    });
    const definition = machine({
      T: invoke("f", {}, { Catch: [{ ErrorEquals: ["Refused"], Next: "C" }], End: true }),
      C: { Type: "Pass", Output: "{% $parse($states.input.Cause).errorMessage %}", End: true },
    });
    expect((await bench.run(definition)).output).toBe("no");
  });
});

describe("DynamoDB, SQS and Secrets Manager:", () => {
  const key = { TableName: "requests", Key: { id: { S: "{% $states.input %}" } } };
  test.each([
    ["dynamodb:getItem", "GetItem"],
    ["dynamodb:deleteItem", "DeleteItem"],
    ["dynamodb:updateItem", "UpdateItem"],
    ["aws-sdk:dynamodb:query", "Query"],
  ])("%s is called as %s with the evaluated arguments", async (resource, operation) => {
    const bench = new Bench({ api: () => ({ Item: { id: { S: "1" } } }) });
    const args = operation === "Query" ? { TableName: "requests" } : key;
    const execution = await bench.run(
      task(resource, args, { Output: "{% $states.result.Item %}", End: true }),
      "1",
    );
    expect(execution.output).toEqual({ id: { S: "1" } });
    expect(bench.calls[0]).toMatchObject({ service: "dynamodb", operation, roleArn });
    if (operation !== "Query")
      expect(bench.calls[0]).toMatchObject({ input: { TableName: "requests", Key: { id: { S: "1" } } } });
  });

  test("an SDK integration gives the answer as it is, an optimised one with the SDK's metadata", async () => {
    const results = [];
    for (const resource of ["aws-sdk:dynamodb:putItem", "dynamodb:putItem"]) {
      const bench = new Bench({ api: () => ({}) });
      results.push((await bench.run(task(resource, { TableName: "t", Item: {} }))).output);
    }
    expect(results).toEqual([{}, { SdkHttpMetadata: { HttpStatusCode: 200 } }]);
  });

  test("a message body that is JSON is sent as text", async () => {
    const bench = new Bench({ api: () => ({ MessageId: "m" }) });
    await bench.run(
      task("sqs:sendMessage", { QueueUrl: "https://q", MessageBody: { a: "{% $states.input %}" } }),
      1,
    );
    expect(bench.calls[0]).toMatchObject({
      service: "sqs",
      operation: "SendMessage",
      input: { QueueUrl: "https://q", MessageBody: '{"a":1}' },
    });
  });

  test("times in an SDK integration's answer are ISO text", async () => {
    const bench = new Bench({ api: () => ({ Name: "s", CreatedDate: 1_700_000_000.5 }) });
    const execution = await bench.run(task("aws-sdk:secretsmanager:describeSecret", { SecretId: "s" }));
    expect(execution.output).toEqual({ Name: "s", CreatedDate: "2023-11-14T22:13:20.500Z" });
  });

  test("aws-sdk:dynamodb:updateItem.waitForTaskToken stores the token and waits for the answer", async () => {
    let stored = "";
    const bench = new Bench({
      api: (input: { ExpressionAttributeValues: { ":t": { S: string } } }) => {
        stored = input.ExpressionAttributeValues[":t"].S;
        return {};
      },
    });
    const arn = await bench.start(
      task("aws-sdk:dynamodb:updateItem.waitForTaskToken", {
        TableName: "requests",
        Key: { id: { S: "1" } },
        UpdateExpression: "SET token = :t",
        ExpressionAttributeValues: { ":t": { S: "{% $states.context.Task.Token %}" } },
      }),
    );
    await bench.pass(10);
    await bench.call("SendTaskSuccess", { taskToken: stored, output: '{"decision":1}' });
    await bench.pass(0);
    expect((await bench.execution(arn)).output).toEqual({ decision: 1 });
  });

  const conditional = () => {
    throw named("ConditionalCheckFailedException", "The conditional request failed");
  };
  const denied = () => {
    throw named("AccessDeniedException", "not authorized to perform: dynamodb:PutItem");
  };
  const invalid = () => {
    throw named("ValidationException", "no key");
  };
  const put = { TableName: "t", Item: {} };
  testProbes([
    {
      title: "an optimised integration names the service's error with the service",
      source: sources.recorded,
      machine: task("dynamodb:putItem", put),
      api: conditional,
      error: "DynamoDB.ConditionalCheckFailedException",
      cause: "The conditional request failed",
    },
    {
      title: "an SDK integration does so in its own spelling",
      source: sources.recorded,
      machine: task("aws-sdk:dynamodb:putItem", put),
      api: conditional,
      error: "DynamoDb.ConditionalCheckFailedException",
    },
    {
      title: "an error outside the service's model has the name of the SDK's base class (optimised)",
      source: sources.recorded,
      machine: task("dynamodb:putItem", put),
      api: invalid,
      error: "DynamoDB.AmazonDynamoDBException",
      cause: "ValidationException",
    },
    {
      title: "an error outside the service's model has the name of the SDK's base class (SDK)",
      source: sources.recorded,
      machine: task("aws-sdk:secretsmanager:createSecret", { Name: "x" }),
      api: invalid,
      error: "SecretsManager.SecretsManagerException",
    },
    {
      title: "a missing permission can be caught as States.Permissions",
      source: sources.errors,
      machine: task("dynamodb:putItem", put, {
        Catch: [
          { ErrorEquals: ["States.Permissions"], Output: "{% $states.errorOutput.Error %}", Next: "C" },
        ],
        End: true,
      }),
      api: denied,
      output: "DynamoDB.AmazonDynamoDBException",
    },
    {
      title: "a queue that does not exist",
      source: sources.sqs,
      machine: task("aws-sdk:sqs:sendMessage", { QueueUrl: "https://q", MessageBody: "x" }),
      api: () => {
        throw named("QueueDoesNotExist", "no queue");
      },
      error: "Sqs.QueueDoesNotExistException",
    },
    {
      title: "an error code gets the ending Exception, as in the SDK for Java",
      source: sources.recorded,
      machine: task("aws-sdk:sfn:sendTaskSuccess", { TaskToken: "no-token", Output: { a: 1 } }),
      error: "Sfn.InvalidTokenException",
    },
    {
      title: "a machine that does not exist",
      source: sources.recorded,
      machine: task("states:startExecution", {
        StateMachineArn: `arn:aws:states:${region}:${account}:stateMachine:nobody`,
      }),
      error: "StepFunctions.StateMachineDoesNotExistException",
    },
  ]);
});

describe("an execution started by another:", () => {
  const child = `arn:aws:states:${region}:${account}:stateMachine:child`;
  const start = { StateMachineArn: child, Name: "kid", Input: { n: "{% $states.input %}" } };
  const childMachine = machine({
    W: { Type: "Wait", Seconds: 30, Output: "{% { 'm': $states.input.n * 2 } %}", End: true },
  });

  async function run(resource: string, inner: object = childMachine, more: object = { End: true }) {
    const bench = new Bench();
    bench.define(inner, "child");
    return { bench, execution: await bench.run(task(resource, start, more), 21) };
  }

  test("startExecution goes on at once", async () => {
    const { bench, execution } = await run("states:startExecution");
    expect(execution).toMatchObject({ status: "SUCCEEDED", seconds: 0 });
    expect(execution.output).toEqual({
      ExecutionArn: `arn:aws:states:${region}:${account}:execution:child:kid`,
      StartDate: 1_795_165_200_000,
      SdkHttpMetadata: { HttpStatusCode: 200 },
    });
    expect(bench.calls[0]).toMatchObject({
      operation: "StartExecution",
      input: { stateMachineArn: child, name: "kid", input: '{"n":21}' },
    });
  });

  test(".sync waits for its end and gives input and output as text", async () => {
    const { execution } = await run("states:startExecution.sync");
    expect(execution).toMatchObject({
      seconds: 30,
      output: { Name: "kid", Status: "SUCCEEDED", Input: '{"n":21}', Output: '{"m":42}' },
    });
  });

  test(".sync:2 gives them as JSON", async () => {
    const { execution } = await run("states:startExecution.sync:2");
    expect(execution).toMatchObject({ seconds: 30, output: { Input: { n: 21 }, Output: { m: 42 } } });
  });

  test("a started execution that fails, fails the task with States.TaskFailed and its description", async () => {
    const failing = machine({ F: { Type: "Fail", Error: "Bad", Cause: "very" } });
    const { execution } = await run("states:startExecution.sync:2", failing);
    expect(execution).toMatchObject({ status: "FAILED", error: "States.TaskFailed" });
    expect(JSON.parse(execution.cause ?? "")).toMatchObject({
      Status: "FAILED",
      Error: "Bad",
      Cause: "very",
    });
  });

  test("a task that times out stops the execution that it started", async () => {
    const { bench, execution } = await run("states:startExecution.sync", childMachine, {
      TimeoutSeconds: 10,
      End: true,
    });
    expect(execution).toMatchObject({ status: "FAILED", error: "States.Timeout", seconds: 10 });
    const kid = await bench.execution(`arn:aws:states:${region}:${account}:execution:child:kid`);
    expect(kid).toMatchObject({ status: "ABORTED", seconds: 10 });
  });

  test("the SDK integration of Step Functions has PascalCase members and ISO times", async () => {
    const { bench, execution } = await run("aws-sdk:sfn:startExecution");
    expect(execution.output).toEqual({
      ExecutionArn: `arn:aws:states:${region}:${account}:execution:child:kid`,
      StartDate: "2026-11-20T09:00:00.000Z",
    });
    expect(bench.calls[0]).toMatchObject({ input: { name: "kid", input: '{"n":21}' } });
  });
});
