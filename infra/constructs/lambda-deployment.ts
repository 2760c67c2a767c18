import { ArnFormat, type CfnCodeDeployLambdaAliasUpdate, Stack, Validations } from "aws-cdk-lib";
import { CfnApplication, CfnDeploymentGroup } from "aws-cdk-lib/aws-codedeploy";
import { Policy, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { functionNames } from "../bundle.ts";
import { live } from "./live.ts";

/**
 * CodeDeploy, which shifts the functions' aliases. CDK's own construct would give its role a policy of AWS with a * for every
 * function of the account, so this is made of the resources themselves.
 * https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-lambda.html
 */
export class LambdaDeployment extends Construct {
  readonly #application: CfnApplication;
  readonly #role: Role;
  readonly #rights: Policy;
  readonly #alarms: { name: string }[];

  /** @param alarms names of those that take a version back */
  constructor(scope: Construct, id: string, alarms: string[]) {
    super(scope, id);
    const { stackName, account } = Stack.of(this);
    this.#alarms = alarms.map((name) => ({ name }));
    this.#application = new CfnApplication(this, "Application", {
      applicationName: stackName,
      computePlatform: "Lambda",
    });
    this.#role = new Role(this, "Role", {
      roleName: `${stackName}-deployment`,
      assumedBy: new ServicePrincipal("codedeploy.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": account } },
      }),
      description: "What CodeDeploy may do",
    });
    const functions = functionNames.map((name) => this.#functionArn(`${stackName}-${name}`));
    this.#rights = new Policy(this, "Rights", {
      roles: [this.#role],
      statements: [
        new PolicyStatement({ actions: ["lambda:GetAlias", "lambda:UpdateAlias"], resources: functions }),
        new PolicyStatement({
          actions: ["lambda:GetProvisionedConcurrencyConfig"],
          resources: functions.map((arn) => `${arn}:${live}`),
        }),
        new PolicyStatement({ actions: ["cloudwatch:DescribeAlarms"], resources: ["*"] }),
      ],
    });
    Validations.of(this.#rights).acknowledge({
      id: "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
      reason:
        "CodeDeploy asks for alarms by a list (cloudwatch:DescribeAlarms), which is allowed for all or none.",
    });
  }

  /** @returns what CloudFormation has to know to shift the alias of the function by CodeDeploy */
  group(scope: Construct, functionName: string): CfnCodeDeployLambdaAliasUpdate {
    const group = new CfnDeploymentGroup(scope, "DeploymentGroup", {
      applicationName: this.#application.ref,
      deploymentGroupName: functionName,
      serviceRoleArn: this.#role.roleArn,
      deploymentConfigName: "CodeDeployDefault.LambdaCanary10Percent5Minutes",
      deploymentStyle: { deploymentType: "BLUE_GREEN", deploymentOption: "WITH_TRAFFIC_CONTROL" },
      alarmConfiguration: { enabled: true, alarms: this.#alarms },
      autoRollbackConfiguration: {
        enabled: true,
        events: ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
      },
    });
    group.node.addDependency(this.#rights);
    return { applicationName: this.#application.ref, deploymentGroupName: group.ref };
  }

  /** By name: the functions wait for the shift of others, which waits for this. */
  #functionArn(resourceName: string): string {
    const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
    return Stack.of(this).formatArn({ service: "lambda", resource: "function", resourceName, arnFormat });
  }
}
