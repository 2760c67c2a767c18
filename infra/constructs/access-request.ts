import { Duration } from "aws-cdk-lib";
import type { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { LatchkeyFunction } from "./latchkey-function.ts";
import type { Secrets } from "./secrets.ts";
import type { Tables } from "./tables.ts";
import { type Workflow, workflow } from "./workflow.ts";

export type AccessRequestProps = { tables: Tables; secrets: Secrets; logRetention: RetentionDays };

/** The state machine for requests for access, and the functions that it calls. */
export class AccessRequest extends Construct {
  readonly workflow: Workflow;

  /** Where `check-request` logs. */
  readonly checks: LogGroup;

  /** What requests for actions need too: asking for an approval, and calling an operator. */
  readonly shared: {
    AskForApprovalArn: LatchkeyFunction<"ask-for-approval">;
    CallOperatorArn: LatchkeyFunction<"call-operator">;
  };

  constructor(scope: Construct, id: string, props: AccessRequestProps) {
    super(scope, id);
    const tasks = this.#tasks(props);
    this.checks = tasks.CheckRequestArn.logGroup;
    this.shared = { AskForApprovalArn: tasks.AskForApprovalArn, CallOperatorArn: tasks.CallOperatorArn };
    this.workflow = workflow(this, "access-request", tasks, props.logRetention);
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
