import { type CfnCodeDeployLambdaAliasUpdate, RemovalPolicy, Stack } from "aws-cdk-lib";
import {
  Alias,
  CfnAlias,
  type IFunction,
  type Function as LambdaFunction,
  Version,
} from "aws-cdk-lib/aws-lambda";
import type { LogGroup } from "aws-cdk-lib/aws-logs";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import {
  CfnStateMachine,
  CfnStateMachineAlias,
  CfnStateMachineVersion,
  type StateMachine,
} from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";
import { FaultsAlarm } from "./faults-alarm.ts";
import { LambdaDeployment } from "./lambda-deployment.ts";
import { live } from "./live.ts";
import { NeedsOperatorAlarm } from "./needs-operator-alarm.ts";

/** The tenth of the calls goes to the new version for this long. */
const canary = { percentage: 10, interval: 5 };

/**
 * How a new version takes over: first of each function, then of each state machine, a tenth of the calls for five minutes and then
 * all, unless an alarm says that the new version fails. A stack has one of these; its functions and workflows find it.
 */
export class Shift extends Construct {
  readonly #faults: FaultsAlarm;
  readonly #alarms: string[];
  readonly #deployment: LambdaDeployment | undefined;

  /** @param props.isGradual without it new versions take over at once and whatever happens: the way to mend what the alarm rings for */
  constructor(scope: Construct, props: { topic: ITopic; isGradual: boolean }) {
    super(scope, "Shift");
    this.#faults = new FaultsAlarm(this, "Faults", props.topic);
    const failedRuns = new NeedsOperatorAlarm(this, "NeedsOperator", props.topic);
    this.#alarms = [this.#faults.alarmName, failedRuns.alarmName];
    this.#deployment = props.isGradual ? new LambdaDeployment(this, "Deployment", this.#alarms) : undefined;
  }

  /** @throws Error in a stack without one */
  static of(scope: Construct): Shift {
    const found = Stack.of(scope).node.tryFindChild("Shift");
    if (found instanceof Shift) return found;
    throw new Error(
      "The stack does not say how new versions take over: it needs a Shift before its functions.",
    );
  }

  /** The alias of a function. What callers are given instead of the function. */
  liveFunction(scope: Construct, name: string, lambda: LambdaFunction, logGroup: LogGroup): IFunction {
    this.#faults.watch(scope, logGroup);
    const published = lambda.currentVersion.version;
    const version = Version.fromVersionAttributes(scope, "Published", { lambda, version: published });
    const alias = new Alias(scope, "Live", { aliasName: live, version });
    const update = this.#deployment?.group(scope, name);
    if (update) shiftBy(alias, update);
    return asFunction(alias);
  }

  /**
   * The ARN of a state machine's alias. Versions are kept: runs that began on one may be redriven.
   *
   * CloudFormation shifts these itself, with the rights of whoever deploys:
   * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-stepfunctions-statemachinealias-deploymentpreference.html
   */
  liveMachine(scope: Construct, machine: StateMachine): string {
    const resource = machine.node.defaultChild;
    if (!(resource instanceof CfnStateMachine)) throw new Error("There is no state machine to take over.");
    const version = new CfnStateMachineVersion(scope, "Version", {
      stateMachineArn: machine.stateMachineArn,
      // Another revision is another version; without it there would be one for ever.
      stateMachineRevisionId: resource.attrStateMachineRevisionId,
    });
    version.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const alias = new CfnStateMachineAlias(scope, "Live", {
      name: live,
      deploymentPreference: {
        stateMachineVersionArn: version.ref,
        ...(this.#deployment ? { type: "CANARY", ...canary, alarms: this.#alarms } : { type: "ALL_AT_ONCE" }),
      },
    });
    return alias.ref;
  }
}

function shiftBy(alias: Alias, update: CfnCodeDeployLambdaAliasUpdate): void {
  const resource = alias.node.defaultChild;
  if (!(resource instanceof CfnAlias)) throw new Error("There is no alias to shift.");
  resource.cfnOptions.updatePolicy = { codeDeployLambdaAliasUpdate: update };
}

/** Where optional properties are exact, CDK's own class does not fit its interface: what is missing there is undefined here. */
function asFunction(alias: object): IFunction {
  if (isFunction(alias)) return alias;
  throw new Error("An alias is a function.");
}

function isFunction(made: object): made is IFunction {
  return "functionArn" in made && "grantInvoke" in made;
}
