import { join } from "node:path";
import { type Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Effect, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  Code,
  type IFunction,
  Function as LambdaFunction,
  Runtime,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Environment, FunctionName } from "../../src/lambda/environments.ts";
import { bundlesFolder } from "../bundle.ts";
import { Shift } from "./shift.ts";

/** Something that a role may do: AWS's names of the actions, exactly what they may be done to, and what else must hold. */
export type Right = { actions: string[]; on: string[]; when?: Record<string, Record<string, string[]>> };

export type LatchkeyFunctionProps<Name extends FunctionName> = {
  name: Name;
  environment: Environment<Name>;
  rights: Right[];
  timeout: Duration;
  memory?: number;
  logRetention: RetentionDays;
};

/** One function of `functions/`, with a role of its own that may do what is listed and nothing else. */
export class LatchkeyFunction<Name extends FunctionName> extends Construct {
  readonly name: Name;
  /** What others call: the function itself would be the version that is just being deployed. */
  readonly lambda: IFunction;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, props: LatchkeyFunctionProps<Name>) {
    super(scope, pascal(props.name));
    this.name = props.name;
    const functionName = `${Stack.of(this).stackName}-${props.name}`;
    this.logGroup = new LogGroup(this, "Logs", {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const role = new Role(this, "Role", {
      roleName: functionName,
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      description: `What ${props.name} may do`,
    });
    const logs: Right = {
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      on: [this.logGroup.logGroupArn],
    };
    for (const { actions, on, when } of [...props.rights, logs])
      role.addToPolicy(
        new PolicyStatement({
          effect: Effect.ALLOW,
          actions,
          resources: on,
          ...(when ? { conditions: when } : {}),
        }),
      );

    const lambda = new LambdaFunction(this, "Function", {
      functionName,
      role,
      logGroup: this.logGroup,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: "index.handler",
      code: Code.fromAsset(join(bundlesFolder, props.name)),
      environment: Object.fromEntries(Object.entries<string>(props.environment)),
      timeout: props.timeout,
      memorySize: props.memory ?? 256,
    });
    this.lambda = Shift.of(this).liveFunction(this, props.name, lambda, this.logGroup);
  }
}

function pascal(name: string): string {
  return name
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}
