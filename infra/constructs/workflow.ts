import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { DefinitionBody, LogLevel, StateMachine } from "aws-cdk-lib/aws-stepfunctions";
import type { Construct } from "constructs";
import { Shift } from "./shift.ts";
import { definitionsFolder } from "./workflow-names.ts";

export type Workflow = {
  stateMachine: StateMachine;
  /** ARN of the alias by which runs are started. */
  liveArn: string;
};

/**
 * The state machine of `statemachines/<name>.asl.json`.
 *
 * @param tasks the functions that it calls, by the names that the file has for their ARNs
 */
export function workflow(
  scope: Construct,
  name: string,
  tasks: Record<string, { lambda: IFunction }>,
  logRetention: RetentionDays,
): Workflow {
  const { stackName } = Stack.of(scope);
  const machine = new StateMachine(scope, "StateMachine", {
    stateMachineName: `${stackName}-${name}`,
    // As text, so that a changed graph shows in `cdk diff`.
    definitionBody: DefinitionBody.fromString(
      readFileSync(join(definitionsFolder, `${name}.asl.json`), "utf8"),
    ),
    definitionSubstitutions: Object.fromEntries(
      Object.entries(tasks).map(([key, task]) => [key, task.lambda.functionArn]),
    ),
    logs: {
      destination: new LogGroup(scope, "Logs", {
        logGroupName: `/aws/vendedlogs/states/${stackName}-${name}`,
        retention: logRetention,
        removalPolicy: RemovalPolicy.RETAIN,
      }),
      level: LogLevel.ALL,
      includeExecutionData: false,
    },
    tracingEnabled: true,
  });
  // From the same table as the substitutions: what the graph names is what the machine may invoke.
  machine.addToRolePolicy(
    new PolicyStatement({
      actions: ["lambda:InvokeFunction"],
      resources: Object.values(tasks).map((task) => task.lambda.functionArn),
    }),
  );
  Validations.of(machine.role).acknowledge({
    id: "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
    reason:
      "Tracing (xray:Put…) and the delivery of logs (logs:…LogDelivery, resource policies) have no finer resource than *.",
  });
  return { stateMachine: machine, liveArn: Shift.of(scope).liveMachine(scope, machine) };
}
