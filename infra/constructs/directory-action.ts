import { Duration } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { AccessRequest, AccessRequestProps } from "./access-request.ts";
import { LatchkeyFunction } from "./latchkey-function.ts";
import { type Workflow, workflow } from "./workflow.ts";

export type DirectoryActionProps = AccessRequestProps & { shared: AccessRequest["shared"] };

/** The state machine for requests for actions on accounts and groups, and the functions that it calls. */
export class DirectoryAction extends Construct {
  readonly workflow: Workflow;

  constructor(scope: Construct, id: string, props: DirectoryActionProps) {
    super(scope, id);
    const tasks = { ...this.#tasks(props), ...props.shared };
    this.workflow = workflow(this, "directory-action", tasks, props.logRetention);
  }

  #tasks({ tables, secrets, logRetention }: DirectoryActionProps) {
    const jira = secrets.read(secrets.jira);
    const requests = [tables.changeRequests, tables.addToTrail, tables.readPolicy, jira];
    const ticket = { ...tables.environment, ...secrets.jiraEnvironment };
    return {
      CheckActionsArn: new LatchkeyFunction(this, {
        name: "check-actions",
        environment: { ...ticket, ...secrets.jumpcloudEnvironment(secrets.jumpcloudRead) },
        rights: [
          ...requests,
          tables.findRequests,
          tables.findEntry,
          tables.keepPace,
          secrets.read(secrets.jumpcloudRead),
        ],
        timeout: Duration.minutes(5),
        logRetention,
      }),
      PerformActionsArn: new LatchkeyFunction(this, {
        name: "perform-actions",
        environment: { ...ticket, ...secrets.jumpcloudEnvironment(secrets.jumpcloudWrite) },
        rights: [
          ...requests,
          tables.findRequests,
          tables.keepPace,
          tables.readCatalogItem,
          secrets.read(secrets.jumpcloudWrite),
        ],
        timeout: Duration.minutes(5),
        logRetention,
      }),
      ReportActionsArn: new LatchkeyFunction(this, {
        name: "report-actions",
        environment: ticket,
        rights: [...requests, tables.findRequests],
        timeout: Duration.minutes(1),
        logRetention,
      }),
      CloseActionsArn: new LatchkeyFunction(this, {
        name: "close-actions",
        environment: ticket,
        rights: requests,
        timeout: Duration.minutes(1),
        logRetention,
      }),
    };
  }
}
