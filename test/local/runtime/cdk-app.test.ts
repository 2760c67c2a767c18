import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import {
  App,
  aws_apigatewayv2 as apigateway,
  aws_cloudwatch as cloudwatch,
  Duration,
  aws_dynamodb as dynamodb,
  aws_lambda_event_sources as eventSources,
  aws_events as events,
  aws_events_targets as eventTargets,
  aws_apigatewayv2_integrations as integrations,
  aws_kms as kms,
  aws_lambda as lambda,
  aws_logs as logs,
  aws_lambda_nodejs as nodejs,
  Stack,
  aws_scheduler as scheduler,
  aws_scheduler_targets as schedulerTargets,
  aws_secretsmanager as secretsmanager,
  aws_sns as sns,
  aws_sqs as sqs,
  aws_stepfunctions as stepfunctions,
} from "aws-cdk-lib";
import { expect, onTestFinished, test } from "vitest";
import { VirtualClock } from "../../../local/clock.ts";
import { startRuntime } from "../../../local/runtime/runtime.ts";
import { Store } from "../../../local/store.ts";
import { clients, FakeStates, monday, temporaryFolder } from "./fixture.ts";

/** An app with one of everything that the runtime serves, as CDK's own constructs write it. */
function synthesize(outdir: string): { template: unknown; manifest: unknown } {
  const app = new App({ outdir, context: { "aws:cdk:enable-path-metadata": true } });
  const stack = new Stack(app, "Small");
  const key = new kms.Key(stack, "Key", { enableKeyRotation: true });
  const table = new dynamodb.TableV2(stack, "Requests", {
    partitionKey: { name: "pk", type: dynamodb.AttributeType.STRING },
    sortKey: { name: "sk", type: dynamodb.AttributeType.STRING },
    globalSecondaryIndexes: [
      { indexName: "open", partitionKey: { name: "open", type: dynamodb.AttributeType.STRING } },
    ],
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    timeToLiveAttribute: "ttl",
    deletionProtection: true,
  });
  const dead = new sqs.Queue(stack, "Dead", { fifo: true, enforceSSL: true });
  const queue = new sqs.Queue(stack, "Doorbells", {
    fifo: true,
    enforceSSL: true,
    encryptionMasterKey: key,
    visibilityTimeout: Duration.minutes(3),
    deadLetterQueue: { queue: dead, maxReceiveCount: 5 },
  });
  const secret = new secretsmanager.Secret(stack, "Token");
  const make = (id: string, handler: string, environment: Record<string, string>) =>
    new nodejs.NodejsFunction(stack, id, {
      entry: join(import.meta.dirname, "fixtures/cdk-handlers.ts"),
      handler,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: 256,
      timeout: Duration.seconds(30),
      environment,
      logGroup: new logs.LogGroup(stack, `${id}Log`),
      loggingFormat: lambda.LoggingFormat.JSON,
      bundling: {
        format: nodejs.OutputFormat.ESM,
        bundleAwsSDK: true,
        minify: true,
        // The SDK's CommonJS parts ask for "require", which ES modules do not have.
        banner: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);',
        logLevel: nodejs.LogLevel.ERROR,
      },
    });
  const definition = {
    QueryLanguage: "JSONata",
    StartAt: "Sweep",
    States: { Sweep: { Type: "Task", Resource: "${Sweep}", TimeoutSeconds: 60, End: true } },
  };
  const sweep = make("Sweep", "sweep", { TABLE: table.tableName });
  const machine = new stepfunctions.StateMachine(stack, "Access", {
    definitionBody: stepfunctions.DefinitionBody.fromString(JSON.stringify(definition)),
    definitionSubstitutions: { Sweep: sweep.functionArn },
    tracingEnabled: true,
  });
  const receive = make("Receive", "receive", { QUEUE: queue.queueUrl, SECRET: secret.secretArn });
  const reconcile = make("Reconcile", "reconcile", {
    TABLE: table.tableName,
    MACHINE: machine.stateMachineArn,
  });
  queue.grantSendMessages(receive);
  secret.grantRead(receive);
  table.grantReadWriteData(reconcile);
  machine.grantStartExecution(reconcile);
  sweep.grantInvoke(machine);
  reconcile.addEventSource(
    new eventSources.SqsEventSource(queue, {
      batchSize: 1,
      maxConcurrency: 5,
      reportBatchItemFailures: true,
    }),
  );
  const api = new apigateway.HttpApi(stack, "Api");
  api.addRoutes({
    path: "/webhooks/jira",
    methods: [apigateway.HttpMethod.POST],
    integration: new integrations.HttpLambdaIntegration("Receive", receive),
  });
  new events.Rule(stack, "Every", {
    schedule: events.Schedule.rate(Duration.minutes(5)),
    targets: [new eventTargets.LambdaFunction(sweep, { retryAttempts: 0 })],
  });
  new scheduler.Schedule(stack, "Nightly", {
    schedule: scheduler.ScheduleExpression.cron({ hour: "3", minute: "0" }),
    target: new schedulerTargets.LambdaInvoke(sweep, {}),
  });
  new sns.Topic(stack, "Alarms");
  new cloudwatch.Alarm(stack, "DeadLetters", {
    metric: dead.metricApproximateNumberOfMessagesVisible(),
    threshold: 1,
    evaluationPeriods: 1,
  });
  const assembly = app.synth();
  const { template } = assembly.getStackByName("Small");
  const manifest: unknown = JSON.parse(readFileSync(join(outdir, "Small.assets.json"), "utf8"));
  return { template, manifest };
}

test("an app as CDK synthesizes it runs unchanged: webhook, queue, table, execution, schedule, permissions", async () => {
  const dir = temporaryFolder();
  const { template, manifest } = synthesize(dir);
  const clock = new VirtualClock(monday);
  const states = new FakeStates();
  const logs: string[] = [];
  const runtime = await startRuntime({
    template,
    assets: { dir, manifest },
    stackName: "Small",
    clock,
    store: new Store(),
    port: 0,
    awsPort: 0,
    secrets: { Token: "t0ken" },
    states: () => states,
    onLog: ({ functionName, line }) => logs.push(`${functionName} ${line}`),
  });
  onTestFinished(() => runtime.stop());
  const ring = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${runtime.url}/webhooks/jira`, {
      method: "POST",
      headers,
      body: "issue-10042",
    });
    return answer.status;
  };

  expect([await ring("t0ken"), await ring("t0ken"), await ring("guess")]).toEqual([202, 202, 401]);
  await clock.settle();
  const { dynamodb } = clients(runtime.awsUrl);
  const TableName = runtime.resources.tableName("Requests");
  const { Items } = await dynamodb.send(new ScanCommand({ TableName }));
  expect(Items).toEqual([{ pk: { S: "issue-10042" }, sk: { S: "STATE" }, at: { N: String(monday) } }]);
  expect(states.defined).toEqual([
    expect.objectContaining({ definition: expect.stringContaining(":function:Small-Sweep") }),
  ]);
  expect(states.calls).toEqual([
    {
      operation: "StartExecution",
      input: { stateMachineArn: runtime.resources.stateMachineArn("Access"), name: "issue-10042" },
    },
  ]);

  await clock.advance(5 * 60_000);
  expect(logs.join("\n")).toContain("not authorized to perform: dynamodb:PutItem");
  expect(runtime.permissions.unused().map(({ action }) => action)).toContain("dynamodb:DeleteItem");
}, 60_000);
