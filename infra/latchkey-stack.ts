import { type App, CfnOutput, Duration, Stack, Tags } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as LambdaTarget } from "aws-cdk-lib/aws-events-targets";
import { AccessRequest } from "./constructs/access-request.ts";
import { AlarmTopic } from "./constructs/alarm-topic.ts";
import { Alarms } from "./constructs/alarms.ts";
import { AuditAnchor } from "./constructs/audit-anchor.ts";
import { Dashboard } from "./constructs/dashboard.ts";
import { DirectoryAction } from "./constructs/directory-action.ts";
import { FrontDoor } from "./constructs/front-door.ts";
import { ImpactAlarm, runbookContext } from "./constructs/impact-alarm.ts";
import { IssueQueue } from "./constructs/issue-queue.ts";
import { LatchkeyFunction } from "./constructs/latchkey-function.ts";
import { live } from "./constructs/live.ts";
import { Secrets } from "./constructs/secrets.ts";
import { Shift } from "./constructs/shift.ts";
import { Tables } from "./constructs/tables.ts";
import type { Settings } from "./settings.ts";

/** Everything that Latchkey is on AWS: from the webhook to the queue, the state machine, its functions, tables and secrets. */
export class LatchkeyStack extends Stack {
  constructor(app: App, settings: Settings) {
    super(app, settings.stackName, {
      stackName: settings.stackName,
      description: "Latchkey: access automation from Jira Service Management to JumpCloud",
      terminationProtection: true,
    });
    Tags.of(this).add("application", "latchkey");
    this.node.setContext(runbookContext, settings.runbook);
    const { logRetention } = settings;

    const topic = new AlarmTopic(this, "AlarmTopic", settings.alarmEmail);
    new Shift(this, { topic, isGradual: settings.shift === "gradual" });
    const tables = new Tables(this, "Tables");
    const secrets = new Secrets(this, "Secrets", settings);
    const issues = new IssueQueue(this, "Queue");
    const { queue } = issues;
    const { workflow, checks, shared } = new AccessRequest(this, "AccessRequest", {
      tables,
      secrets,
      logRetention,
    });
    const actions = new DirectoryAction(this, "DirectoryAction", { tables, secrets, logRetention, shared });
    const stateMachines = [workflow.stateMachine, actions.workflow.stateMachine];
    const machines = stateMachines.map(({ stateMachineArn }) => stateMachineArn);

    const receive = new LatchkeyFunction(this, {
      name: "receive-webhook",
      environment: { WEBHOOK_SECRET: secrets.webhook.ref, QUEUE_URL: queue.queueUrl },
      rights: [secrets.read(secrets.webhook), { actions: ["sqs:SendMessage"], on: [queue.queueArn] }],
      timeout: Duration.seconds(10),
      logRetention,
    });
    const door = new FrontDoor(this, "FrontDoor", { receive: receive.lambda, logRetention });

    const reconcile = new LatchkeyFunction(this, {
      name: "reconcile-issue",
      environment: {
        ...tables.environment,
        ...secrets.jiraEnvironment,
        STATE_MACHINE_ARN: workflow.liveArn,
        ACTIONS_MACHINE_ARN: actions.workflow.liveArn,
      },
      rights: [
        tables.changeRequests,
        tables.findRequests,
        tables.addToTrail,
        tables.readPolicy,
        tables.findEntry,
        secrets.read(secrets.jira),
        {
          actions: ["states:StartExecution"],
          on: machines,
          // IAM knows the machine, and the alias only as a condition:
          // https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
          when: { "ForAnyValue:StringEquals": { "states:StateMachineQualifier": [live] } },
        },
        { actions: ["states:SendTaskSuccess"], on: machines },
        // What Lambda needs to read a queue. The CDK's own event source would grant two more.
        {
          actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
          on: [queue.queueArn],
        },
      ],
      timeout: Duration.seconds(60),
      logRetention,
    });
    reconcile.lambda.addEventSourceMapping("Doorbells", {
      eventSourceArn: queue.queueArn,
      batchSize: 1,
      maxConcurrency: 5,
    });

    const sweep = new LatchkeyFunction(this, {
      name: "sweep-requests",
      environment: {
        ...tables.environment,
        ...secrets.jiraEnvironment,
        QUEUE_URL: queue.queueUrl,
        SERVICE: settings.stackName,
      },
      rights: [
        {
          actions: ["dynamodb:Query"],
          on: [tables.requests.tableArn, `${tables.requests.tableArn}/index/open`],
        },
        tables.readPolicy,
        secrets.read(secrets.jira),
        { actions: ["sqs:SendMessage"], on: [queue.queueArn] },
      ],
      timeout: Duration.minutes(4),
      logRetention,
    });
    // The next sweep is the retry: it looks at everything again.
    sweep.lambda.configureAsyncInvoke({ retryAttempts: 0 });
    new Rule(this, "SweepSchedule", {
      ruleName: `${settings.stackName}-sweep`,
      description: "Finds what no webhook told",
      schedule: Schedule.rate(Duration.minutes(5)),
      targets: [new LambdaTarget(sweep.lambda, { retryAttempts: 0 })],
    });

    new LatchkeyFunction(this, {
      name: "simulate-request",
      environment: {
        ...tables.environment,
        ...secrets.jiraEnvironment,
        ...secrets.jumpcloudEnvironment(secrets.jumpcloudRead),
      },
      rights: [
        tables.readRequests,
        tables.keepPace,
        tables.readPolicy,
        tables.findEntry,
        secrets.read(secrets.jira),
        secrets.read(secrets.jumpcloudRead),
      ],
      timeout: Duration.minutes(1),
      logRetention,
    });

    const synthetic = new LatchkeyFunction(this, {
      name: "raise-synthetic-request",
      environment: {
        ...tables.environment,
        ...secrets.jiraEnvironment,
        SERVICE: settings.stackName,
      },
      rights: [tables.readPolicy, secrets.read(secrets.jira)],
      timeout: Duration.minutes(1),
      logRetention,
    });
    synthetic.lambda.configureAsyncInvoke({ retryAttempts: 0 });
    new Rule(this, "SyntheticSchedule", {
      ruleName: `${settings.stackName}-synthetic`,
      description: "Asks for something as people do, if site.yaml says what, and looks whether it was done",
      schedule: Schedule.rate(Duration.minutes(10)),
      targets: [new LambdaTarget(synthetic.lambda, { retryAttempts: 0 })],
    });

    const sync = new LatchkeyFunction(this, {
      name: "sync-catalog",
      environment: {
        ...tables.environment,
        ...secrets.jiraEnvironment,
        ...secrets.jumpcloudEnvironment(secrets.jumpcloudRead),
        SERVICE: settings.stackName,
      },
      rights: [
        tables.keepPace,
        tables.readPolicy,
        tables.findEntry,
        tables.readCatalogItem,
        tables.keepFindings,
        secrets.read(secrets.jira),
        secrets.read(secrets.jumpcloudRead),
      ],
      timeout: Duration.minutes(14),
      logRetention,
    });
    new Rule(this, "SyncSchedule", {
      ruleName: `${settings.stackName}-sync`,
      description: "Looks whether JumpCloud still has what the catalog names",
      schedule: Schedule.rate(Duration.hours(6)),
      targets: [new LambdaTarget(sync.lambda)],
    });

    const keys = new LatchkeyFunction(this, {
      name: "check-keys",
      environment: { SECRETS: secrets.all.map(({ ref }) => ref).join(" "), SERVICE: settings.stackName },
      rights: [secrets.readAges],
      timeout: Duration.minutes(1),
      logRetention,
    });
    new Rule(this, "KeysSchedule", {
      ruleName: `${settings.stackName}-keys`,
      description: "Looks how old the keys are",
      schedule: Schedule.rate(Duration.hours(6)),
      targets: [new LambdaTarget(keys.lambda)],
    });

    new AuditAnchor(this, "AuditAnchor", { tables, settings });

    new Alarms(this, "Alarms", {
      topic,
      issues,
      stateMachines,
      door,
      sweep: sweep.lambda,
      sync: sync.lambda,
      synthetic: synthetic.lambda,
      keyAgeDays: settings.keyAgeDays,
      checks,
    });
    new Dashboard(this, "Dashboard", {
      alarms: this.node.findAll().filter((one) => one instanceof ImpactAlarm),
      stateMachines,
      issues,
      door,
    });
    this.#output("WebhookUrl", `${door.stage.url}webhooks/jira`, "For Jira's admin webhook");
    this.#output("AutomationUrl", `${door.stage.url}webhooks/automation`, "For Jira's automation rules");
    this.#output(
      "StateMachineArn",
      workflow.stateMachine.stateMachineArn,
      "One execution per request for access",
    );
    this.#output(
      "ActionsMachineArn",
      actions.workflow.stateMachine.stateMachineArn,
      "One execution per request for actions",
    );
  }

  #output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}
