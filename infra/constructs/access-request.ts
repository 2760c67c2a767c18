import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { DefinitionBody, LogLevel, StateMachine } from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";
import { LatchkeyFunction } from "./latchkey-function.ts";
import type { Secrets } from "./secrets.ts";
import type { Tables } from "./tables.ts";

const definition = join(import.meta.dirname, "..", "..", "statemachines", "access-request.asl.json");

export type AccessRequestProps = { tables: Tables; secrets: Secrets; logRetention: RetentionDays };

/** The state machine of `statemachines/access-request.asl.json`, and the functions that it calls. */
export class AccessRequest extends Construct {
  readonly stateMachine: StateMachine;

  /** Where `check-request` logs. */
  readonly checks: LogGroup;

  constructor(scope: Construct, id: string, props: AccessRequestProps) {
    super(scope, id);
    const tasks = this.#tasks(props);
    this.checks = tasks.CheckRequestArn.logGroup;
    this.stateMachine = new StateMachine(this, "StateMachine", {
      stateMachineName: `${Stack.of(this).stackName}-access-request`,
      // As text, so that a changed graph shows in `cdk diff`.
      definitionBody: DefinitionBody.fromString(readFileSync(definition, "utf8")),
      definitionSubstitutions: Object.fromEntries(
        Object.entries(tasks).map(([name, task]) => [name, task.lambda.functionArn]),
      ),
      logs: {
        destination: new LogGroup(this, "Logs", {
          logGroupName: `/aws/vendedlogs/states/${Stack.of(this).stackName}-access-request`,
          retention: props.logRetention,
          removalPolicy: RemovalPolicy.RETAIN,
        }),
        level: LogLevel.ALL,
        includeExecutionData: false,
      },
      tracingEnabled: true,
    });
    // From the same table as the substitutions: what the graph names is what the machine may invoke.
    this.stateMachine.addToRolePolicy(
      new PolicyStatement({
        actions: ["lambda:InvokeFunction"],
        resources: Object.values(tasks).map((task) => task.lambda.functionArn),
      }),
    );
    this.#acknowledgeWildcard();
  }

  #acknowledgeWildcard(): void {
    Validations.of(this.stateMachine.role).acknowledge({
      id: "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
      reason:
        "Tracing (xray:Put…) and the delivery of logs (logs:…LogDelivery, resource policies) have no finer resource than *.",
    });
  }

  #tasks({ tables, secrets, logRetention }: AccessRequestProps) {
    const jira = secrets.read(secrets.jira);
    const requests = [tables.changeRequests, tables.addToTrail];
    // What looks at people and groups, and changes nothing of them.
    const reading = {
      environment: {
        ...tables.environment,
        ...secrets.jiraEnvironment,
        ...secrets.jumpcloudEnvironment(secrets.jumpcloudRead),
      },
      rights: [
        ...requests,
        tables.keepPace,
        tables.readPolicy,
        tables.findEntry,
        jira,
        secrets.read(secrets.jumpcloudRead),
      ],
    };
    return {
      CheckRequestArn: new LatchkeyFunction(this, {
        name: "check-request",
        ...reading,
        timeout: Duration.minutes(5),
        logRetention,
      }),
      AskForApprovalArn: new LatchkeyFunction(this, {
        name: "ask-for-approval",
        ...reading,
        timeout: Duration.minutes(1),
        logRetention,
      }),
      ProvisionAccessArn: new LatchkeyFunction(this, {
        name: "provision-access",
        environment: {
          ...tables.environment,
          ...secrets.jiraEnvironment,
          ...secrets.jumpcloudEnvironment(secrets.jumpcloudWrite),
        },
        rights: [
          ...requests,
          tables.keepPace,
          tables.readPolicy,
          tables.findEntry,
          tables.readCatalogItem,
          jira,
          secrets.read(secrets.jumpcloudWrite),
        ],
        timeout: Duration.minutes(5),
        logRetention,
      }),
      HoldAccessArn: new LatchkeyFunction(this, {
        name: "hold-access",
        environment: { ...tables.environment, ...secrets.jiraEnvironment },
        rights: [...requests, tables.readPolicy, jira],
        timeout: Duration.minutes(1),
        logRetention,
      }),
      RevokeAccessArn: new LatchkeyFunction(this, {
        name: "revoke-access",
        environment: { ...tables.environment, ...secrets.jumpcloudEnvironment(secrets.jumpcloudWrite) },
        rights: [...requests, tables.keepPace, tables.readPolicy, secrets.read(secrets.jumpcloudWrite)],
        timeout: Duration.minutes(5),
        logRetention,
      }),
      CloseRequestArn: new LatchkeyFunction(this, {
        name: "close-request",
        environment: { ...tables.environment, ...secrets.jiraEnvironment },
        rights: [...requests, tables.findRequests, tables.readPolicy, jira],
        timeout: Duration.minutes(1),
        logRetention,
      }),
      CallOperatorArn: new LatchkeyFunction(this, {
        name: "call-operator",
        environment: { ...tables.environment, ...secrets.jiraEnvironment },
        rights: [...requests, tables.readPolicy, jira],
        timeout: Duration.minutes(1),
        logRetention,
      }),
    };
  }
}
