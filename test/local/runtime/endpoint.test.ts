import { GetItemCommand, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { ListStateMachinesCommand, SendTaskSuccessCommand, SFNClient } from "@aws-sdk/client-sfn";
import { ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { expect, test, vi } from "vitest";
import type { AwsCall } from "../../../local/runtime/endpoint/services.ts";
import { TaskFailure } from "../../../local/runtime/states/host.ts";
import { allow, arnOf, clients, Fixture, inProcess, serve } from "./fixture.ts";

function fixture(statements: Record<string, unknown>[]) {
  return new Fixture()
    .lambda("Work", "", statements)
    .lambda("Other", "")
    .role("MachineRole", [
      allow("lambda:InvokeFunction", arnOf("Work")),
      allow("sqs:SendMessage", arnOf("Queue")),
    ])
    .add("Machine", "AWS::StepFunctions::StateMachine", {
      DefinitionString: '{"Work":"${Work}"}',
      DefinitionSubstitutions: { Work: arnOf("Work") },
      RoleArn: arnOf("MachineRole"),
    })
    .add("Queue", "AWS::SQS::Queue", { QueueName: "queue" })
    .add("Secret", "AWS::SecretsManager::Secret", { Name: "secret" })
    .add("Table", "AWS::DynamoDB::Table", {
      TableName: "table",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "open", AttributeType: "S" },
      ],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      GlobalSecondaryIndexes: [
        {
          IndexName: "open",
          KeySchema: [{ AttributeName: "open", KeyType: "HASH" }],
          Projection: { ProjectionType: "ALL" },
        },
      ],
    });
}

async function served(statements: Record<string, unknown>[] = []) {
  const calls: AwsCall[] = [];
  const runtime = await serve(fixture(statements), {
    secrets: { Secret: "value" },
    onCall: (call) => calls.push(call),
    functionHost: inProcess({
      Work: (event: unknown) => ({ did: event }),
      Other: () => {
        throw new RangeError("too far");
      },
    }),
  });
  return {
    ...runtime,
    calls,
    asWork: clients(runtime.awsUrl, "Test-WorkRole"),
    asOperator: clients(runtime.awsUrl),
  };
}

const session = "assumed-role/Test-WorkRole/session";
const tableArn = "arn:aws:dynamodb:eu-west-1:000000000000:table/table";

test("a function may do what its role allows and nothing else; the operator may do everything", async () => {
  const { asWork, asOperator, resources } = await served([
    allow("dynamodb:GetItem", arnOf("Table")),
    allow("sqs:SendMessage", arnOf("Queue")),
  ]);
  const put = new PutItemCommand({ TableName: "table", Item: { pk: { S: "a" } } });
  await asWork.dynamodb.send(new GetItemCommand({ TableName: "table", Key: { pk: { S: "a" } } }));
  await expect(asWork.dynamodb.send(put)).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: `User: arn:aws:sts::000000000000:${session} is not authorized to perform: dynamodb:PutItem on resource: ${tableArn} because no identity-based policy allows the dynamodb:PutItem action`,
  });
  await asOperator.dynamodb.send(put);
  const QueueUrl = resources.queueUrl("Queue");
  await asWork.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x" }));
  await expect(asWork.sqs.send(new ReceiveMessageCommand({ QueueUrl }))).rejects.toMatchObject({
    name: "AccessDeniedException",
  });
  const read = new GetSecretValueCommand({ SecretId: "secret" });
  await expect(asWork.secrets.send(read)).rejects.toMatchObject({
    message: expect.stringContaining(`on resource: ${resources.secretArn("Secret")} `),
  });
  expect((await asOperator.secrets.send(read)).SecretString).toBe("value");
});

test("an index needs its own permission, and leading keys can be demanded", async () => {
  const onlyOwn = {
    ...allow(["dynamodb:GetItem", "dynamodb:Query"], arnOf("Table")),
    Condition: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["mine"] } },
  };
  const { asWork } = await served([onlyOwn]);
  const get = (pk: string) =>
    asWork.dynamodb.send(new GetItemCommand({ TableName: "table", Key: { pk: { S: pk } } }));
  const query = (pk: string, IndexName?: string) =>
    asWork.dynamodb.send(
      new QueryCommand({
        TableName: "table",
        IndexName,
        KeyConditionExpression: "#k = :k",
        ExpressionAttributeNames: { "#k": IndexName ?? "pk" },
        ExpressionAttributeValues: { ":k": { S: pk } },
      }),
    );
  await get("mine");
  await query("mine");
  const denied = { name: "AccessDeniedException" };
  await expect(get("yours")).rejects.toMatchObject(denied);
  await expect(query("yours")).rejects.toMatchObject(denied);
  await expect(query("mine", "open")).rejects.toMatchObject({
    message: expect.stringContaining(`${tableArn}/index/open`),
  });
});

test("task tokens may be answered by who may answer for the state machine", async () => {
  const { awsUrl, states } = await served([allow("states:SendTaskSuccess", { Ref: "Machine" })]);
  const credentials = { accessKeyId: "Test-WorkRole", secretAccessKey: "x", sessionToken: "y" };
  const sfn = new SFNClient({ endpoint: awsUrl, region: "eu-west-1", credentials, maxAttempts: 1 });
  await sfn.send(new SendTaskSuccessCommand({ taskToken: "t", output: "{}" }));
  expect(states.calls).toEqual([{ operation: "SendTaskSuccess", input: { taskToken: "t", output: "{}" } }]);
  await expect(sfn.send(new ListStateMachinesCommand({}))).rejects.toMatchObject({
    name: "AccessDeniedException",
  });
});

test("state machines are handed to the engine with their substitutions, and do only what their role allows", async () => {
  const { states, resources } = await served();
  const arn = resources.stateMachineArn("Machine");
  const workArn = "arn:aws:lambda:eu-west-1:000000000000:function:Test-Work";
  const otherArn = workArn.replace("Work", "Other");
  expect(states.defined).toEqual([
    expect.objectContaining({
      arn,
      definition: `{"Work":"${workArn}"}`,
      roleArn: expect.stringContaining("MachineRole"),
    }),
  ]);
  expect(states.isResumed).toBe(true);
  const host = states.host;
  const roleArn = "arn:aws:iam::000000000000:role/Test-MachineRole";
  const { signal } = new AbortController();
  expect(await host?.invokeFunction({ functionArn: workArn, payload: { a: 1 }, roleArn, signal })).toEqual({
    did: { a: 1 },
  });
  await expect(
    host?.invokeFunction({ functionArn: otherArn, payload: 1, roleArn, signal }),
  ).rejects.toMatchObject({
    name: "TaskFailure",
    error: "Lambda.AWSLambdaException",
    cause: expect.stringContaining("not authorized to perform: lambda:InvokeFunction"),
  });
  const QueueUrl = resources.queueUrl("Queue");
  const call = (operation: string) =>
    host?.call({ service: "sqs", operation, input: { QueueUrl, MessageBody: "m" }, roleArn });
  expect(await call("SendMessage")).toMatchObject({ MessageId: expect.any(String) });
  await expect(call("ReceiveMessage")).rejects.toMatchObject({ name: "AccessDeniedException" });
});

test("a state machine that somebody made by hand, with a role that is not the stack's, may do everything", async () => {
  const { states, resources } = await served();
  const roleArn = "arn:aws:iam::000000000000:role/made-up";
  const functionArn = "arn:aws:lambda:eu-west-1:000000000000:function:Test-Work";
  const { signal } = new AbortController();
  expect(await states.host?.invokeFunction({ functionArn, payload: 1, roleArn, signal })).toEqual({ did: 1 });
  const input = { QueueUrl: resources.queueUrl("Queue") };
  expect(await states.host?.call({ service: "sqs", operation: "ReceiveMessage", input, roleArn })).toEqual(
    {},
  );
});

test("a function's own error reaches the state machine by its name, with Lambda's words as the cause", async () => {
  const all = fixture([]).role("MachineRole", [allow("lambda:InvokeFunction", "*")]);
  const runtime = await serve(all, {
    functionHost: inProcess({
      Other: () => {
        throw new RangeError("too far");
      },
    }),
  });
  const call = (functionArn: string) =>
    runtime.states.host?.invokeFunction({
      functionArn,
      payload: {},
      roleArn: "arn:aws:iam::000000000000:role/Test-MachineRole",
      signal: new AbortController().signal,
    });
  const failure = await call("arn:aws:lambda:eu-west-1:000000000000:function:Test-Other")?.catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(TaskFailure);
  const { error, cause } = failure as TaskFailure;
  expect([error, JSON.parse(cause)]).toMatchObject([
    "RangeError",
    { errorType: "RangeError", errorMessage: "too far" },
  ]);
  await expect(call("arn:aws:lambda:eu-west-1:000000000000:function:Nobody")).rejects.toMatchObject({
    error: "Lambda.ResourceNotFoundException",
  });
});

test("every call is told: who, what, on which resource, with what input, how large, how it ended", async () => {
  const { asWork, asOperator, calls, clock, resources } = await served();
  await asOperator.dynamodb.send(new PutItemCommand({ TableName: "table", Item: { pk: { S: "a" } } }));
  await asWork.sqs
    .send(new SendMessageCommand({ QueueUrl: resources.queueUrl("Queue"), MessageBody: "m" }))
    .catch(() => {});
  expect(calls).toEqual([
    {
      at: clock.now(),
      caller: "operator",
      service: "dynamodb",
      operation: "PutItem",
      resource: "table",
      input: { TableName: "table", Item: { pk: { S: "a" } } },
      bytesIn: '{"TableName":"table","Item":{"pk":{"S":"a"}}}'.length,
      bytesOut: 2,
      outcome: "ok",
    },
    expect.objectContaining({
      caller: "Test-WorkRole",
      service: "sqs",
      resource: "queue",
      bytesOut: 0,
      outcome: "AccessDeniedException",
    }),
  ]);
});

test("unneeded grants are told", async () => {
  const { asWork, permissions } = await served([
    allow(["dynamodb:GetItem", "dynamodb:Scan"], arnOf("Table")),
  ]);
  await asWork.dynamodb.send(new GetItemCommand({ TableName: "table", Key: { pk: { S: "a" } } }));
  expect(permissions.unused().filter(({ role }) => role === "Test-WorkRole")).toEqual([
    { role: "Test-WorkRole", action: "dynamodb:Scan", resource: tableArn },
  ]);
  expect(permissions.used()).toMatchObject([{ action: "dynamodb:GetItem", allowed: true }]);
});

const signed = (key: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=${key}/20260302/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=x`,
});

test.each([
  ["no signature", {}, "MissingAuthenticationTokenException"],
  ["a signature that is none", { authorization: "Bearer x" }, "MissingAuthenticationTokenException"],
  ["a role's key without its token", signed("Test-WorkRole"), "UnrecognizedClientException"],
])("a call with %s is refused", async (_, headers, name) => {
  const { awsUrl } = await served([allow("*", "*")]);
  const answer = await fetch(awsUrl, {
    method: "POST",
    headers: { ...headers, "x-amz-target": "DynamoDB_20120810.ListTables" },
    body: "{}",
  });
  expect([answer.status, ((await answer.json()) as { __type: string }).__type]).toEqual([400, name]);
});

test.each([
  ["DynamoDB_20120810.ListTables", "{", "SerializationException"],
  ["DynamoDB_20120810.ListTables", "", "SerializationException"],
  ["DynamoDB_20120810.Nothing", "{}", "UnknownOperationException"],
  ["DynamoDB_20120810", "{}", "UnknownOperationException"],
  ["Kinesis_20131202.PutRecord", "{}", "UnknownOperationException"],
  ["__proto__.x", "{}", "UnknownOperationException"],
  ["secretsmanager.GetSecretValue", "null", "ValidationException"],
  ["secretsmanager.GetSecretValue", '{"SecretId":7}', "ValidationException"],
  ["AmazonSQS.SendMessage", '{"QueueUrl":{}}', "ValidationException"],
  ["AmazonSQS.SendMessage", `{"QueueUrl":"${"[".repeat(10_000)}"}`, "ValidationException"],
])("the odd call %s %s is answered with an error", async (target, body, name) => {
  const { awsUrl } = await served();
  const answer = await fetch(awsUrl, {
    method: "POST",
    headers: { ...signed("operator"), "x-amz-target": target },
    body,
  });
  expect([answer.status, ((await answer.json()) as { __type: string }).__type]).toEqual([400, name]);
  expect(answer.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
});

test("a bug of a service is not told as the caller's mistake", async () => {
  const { awsUrl, states } = await served();
  const printed = vi.spyOn(console, "error").mockImplementation(() => {});
  states.handle = async () => {
    throw new TypeError("oops");
  };
  const answer = await fetch(awsUrl, {
    method: "POST",
    headers: { ...signed("operator"), "x-amz-target": "AWSStepFunctions.ListStateMachines" },
    body: "{}",
  });
  expect(answer.status).toBe(500);
  expect(printed).toHaveBeenCalledOnce();
  printed.mockRestore();
});

test("a browser learns what this is, and an old AWS CLI gets an error that it can show", async () => {
  const { awsUrl } = await served();
  expect(await (await fetch(awsUrl)).text()).toContain("AWS_ENDPOINT_URL");
  const listBuckets = await fetch(awsUrl, { headers: signed("operator") });
  expect([listBuckets.status, await listBuckets.text()]).toEqual([
    400,
    expect.stringContaining("does not know GET /"),
  ]);
  const old = await fetch(awsUrl, {
    method: "POST",
    body: new URLSearchParams({ Action: "SendMessage<x>" }),
  });
  expect(old.status).toBe(400);
  expect(await old.text()).toMatch(
    /<Message>The local AWS endpoint does not know SendMessagex\. .*AWS CLI 2\.13/,
  );
});

test("functions can be invoked by the operator, and by roles that may", async () => {
  const { awsUrl, clock } = await served([allow("lambda:InvokeFunction", arnOf("Work"))]);
  const invoke = (name: string, headers: Record<string, string> = {}) =>
    fetch(`${awsUrl}/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, {
      method: "POST",
      headers: { ...signed("operator"), ...headers },
      body: '{"a":1}',
    });
  const answer = await invoke("arn:aws:lambda:eu-west-1:000000000000:function:Test-Work:$LATEST");
  expect([answer.status, await answer.json()]).toEqual([200, { did: { a: 1 } }]);
  const failed = await invoke("Test-Other");
  expect([failed.status, failed.headers.get("x-amz-function-error")]).toEqual([200, "Unhandled"]);
  expect(await failed.json()).toMatchObject({ errorType: "RangeError", errorMessage: "too far" });
  expect((await invoke("Test-Work", { "x-amz-invocation-type": "Event" })).status).toBe(202);
  await clock.settle();
  const missing = await invoke("Nobody");
  expect([missing.status, missing.headers.get("x-amzn-errortype")]).toEqual([
    404,
    "ResourceNotFoundException",
  ]);
  const role = { ...signed("Test-WorkRole"), "x-amz-security-token": "t" };
  expect((await invoke("Test-Work", role)).status).toBe(200);
  expect((await invoke("Test-Other", role)).status).toBe(403);
});
