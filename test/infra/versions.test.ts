import { App } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { LatchkeyStack } from "../../infra/latchkey-stack.ts";
import { readSettings } from "../../infra/settings.ts";
import { resourcesOf, templateResources } from "../support/assembly.ts";
import { all, deployed, functionOf, grants, only, short } from "../support/deployed-stack.ts";

const resources = templateResources();
const functions = all("AWS::Lambda::Function").map(({ properties }) => functionOf(properties.FunctionName));
const machines = all("AWS::StepFunctions::StateMachine").map(({ properties }) => properties);
const alarms = all("AWS::CloudWatch::Alarm").filter(({ id }) => id.startsWith("Shift"));
const alarmNames = alarms.map(({ id }) => `latchkey-local-${id}`);

describe("nothing calls a function but by its alias", () => {
  const calls = [
    ...all("AWS::ApiGatewayV2::Integration").map(({ properties }) => properties.IntegrationUri),
    ...all("AWS::Lambda::EventSourceMapping").map(({ properties }) => properties.FunctionName),
    ...all("AWS::Events::Rule").flatMap(({ properties }) =>
      properties.Targets.map(({ Arn }: { Arn: string }) => Arn),
    ),
    ...all("AWS::Lambda::Permission").map(({ properties }) => properties.FunctionName),
    ...machines.flatMap(({ DefinitionSubstitutions }) => Object.values<string>(DefinitionSubstitutions)),
    ...grants.flatMap(({ action, resource }) => (action === "lambda:InvokeFunction" ? [resource] : [])),
  ].map(short);

  test("neither the API, the queue, a schedule nor a state machine, and nobody has leave to", () => {
    expect(calls.length).toBeGreaterThan(20);
    expect(calls.filter((name) => !name.endsWith(":live"))).toEqual([]);
  });

  test("whatever else names a function is a part of it, or shifts it", () => {
    const arns = functions.map(
      (name) => `arn:aws:lambda:eu-west-1:123456789012:function:latchkey-local-${name}`,
    );
    const naming = deployed.filter(({ properties }) =>
      arns.some((arn) => new RegExp(`${arn}(?!:live)"`).test(JSON.stringify(properties))),
    );
    expect(naming.map(({ properties }) => properties.Roles.map(short))).toEqual([["deployment"]]);
  });
});

test("runs are started by the alias of their machine only, and by no version and no machine itself", () => {
  const starts = grants.filter(({ action }) => action === "states:StartExecution");
  expect(starts.map(({ resource }) => resource).sort()).toEqual(
    machines.map(({ StateMachineName }) => `stateMachine:${short(StateMachineName)}:live`).sort(),
  );
  const named = all("AWS::Lambda::Function").flatMap(({ properties }) =>
    Object.values<string>(properties.Environment?.Variables ?? {}).filter((value) =>
      value.includes(":stateMachine:"),
    ),
  );
  expect(named.map(short).sort()).toEqual(starts.map(({ resource }) => resource).sort());
});

test("every function has one version and one alias, which leads to it", () => {
  const aliases = all("AWS::Lambda::Alias").map(({ properties }) => properties);
  expect(aliases.map(({ FunctionName }) => functionOf(FunctionName)).sort()).toEqual([...functions].sort());
  for (const { Name, FunctionVersion } of aliases) expect([Name, FunctionVersion]).toEqual(["live", "1"]);
  expect(
    all("AWS::Lambda::Version")
      .map(({ properties }) => functionOf(properties.FunctionName))
      .sort(),
  ).toEqual([...functions].sort());
});

test("every function is shifted by CodeDeploy: a tenth for five minutes, back on the alarm and on failure", () => {
  const groups = Object.fromEntries(
    all("AWS::CodeDeploy::DeploymentGroup").map(({ id, properties }) => [id, properties]),
  );
  const shifted = resourcesOf("AWS::Lambda::Alias").map(([id]) => {
    const { CodeDeployLambdaAliasUpdate: update } = resources[id]?.UpdatePolicy ?? {};
    return groups[update?.DeploymentGroupName.Ref ?? ""];
  });
  expect(shifted.map((group) => group?.DeploymentGroupName).sort()).toEqual([...functions].sort());
  for (const group of shifted)
    expect(group).toMatchObject({
      ApplicationName: only("AWS::CodeDeploy::Application").properties.ApplicationName,
      DeploymentConfigName: "CodeDeployDefault.LambdaCanary10Percent5Minutes",
      AlarmConfiguration: { Enabled: true, Alarms: alarmNames.map((Name) => ({ Name })) },
      AutoRollbackConfiguration: {
        Enabled: true,
        Events: expect.arrayContaining(["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]),
      },
    });
});

test("every state machine is shifted after its functions: a tenth for five minutes, back on the same alarm", () => {
  for (const [id] of resourcesOf("AWS::StepFunctions::StateMachine"))
    expect(JSON.stringify(resources[id]?.Properties)).toMatch(/"Ref":"\w+Live\w+"/);
  const aliases = all("AWS::StepFunctions::StateMachineAlias").map(({ properties }) => properties);
  expect(aliases).toHaveLength(machines.length);
  for (const alias of aliases)
    expect(alias).toEqual({
      Name: "live",
      DeploymentPreference: {
        StateMachineVersionArn: expect.stringMatching(/:stateMachine:[a-z-]+:1$/),
        Type: "CANARY",
        Percentage: 10,
        Interval: 5,
        Alarms: alarmNames,
      },
    });
});

test("another definition is another version, and versions that runs began on are kept", () => {
  const versions = resourcesOf("AWS::StepFunctions::StateMachineVersion");
  expect(versions).toHaveLength(machines.length);
  for (const [id, { StateMachineArn, StateMachineRevisionId }] of versions) {
    const { Ref: machine } = StateMachineArn as { Ref: string };
    expect(StateMachineRevisionId).toEqual({ "Fn::GetAtt": [machine, "StateMachineRevisionId"] });
    const { DeletionPolicy, UpdateReplacePolicy } = resources[id] ?? {};
    expect([DeletionPolicy, UpdateReplacePolicy]).toEqual(["Retain", "Retain"]);
  }
});

test("what deploys may lead the aliases elsewhere, and touch nothing else", () => {
  const rights = grants.filter(({ role }) => role === "deployment");
  expect(rights.map(({ action, resource }) => `${action} ${resource}`).sort()).toEqual(
    [
      "cloudwatch:DescribeAlarms *",
      ...functions.flatMap((name) => [
        `lambda:GetAlias function:${name}`,
        `lambda:UpdateAlias function:${name}`,
        `lambda:GetProvisionedConcurrencyConfig function:${name}:live`,
      ]),
    ].sort(),
  );
});

describe("the alarms that take a version back", () => {
  test("wait for nothing that is shifted by them", () => {
    expect(alarms.map(({ id }) => id.slice("Shift".length, -8))).toEqual(["Faults", "NeedsOperator"]);
    for (const { id } of alarms) {
      const referred = JSON.stringify(resources[id]?.Properties).match(/"Ref":"(?!AWS::)[^"]+"/g);
      expect(referred, id).toEqual([expect.stringContaining("AlarmTopic")]);
    }
  });

  test("watch the runs of every machine, by the names that they have", () => {
    const named = [...JSON.stringify(alarms).matchAll(/:stateMachine:latchkey-local-([a-z-]+)"/g)].map(
      ([, name]) => name,
    );
    const made = machines.map(({ StateMachineName }) => short(StateMachineName));
    expect(new Set(named)).toEqual(new Set(made));
  });

  test("watch the log of every function", () => {
    const watched = all("AWS::Logs::MetricFilter").flatMap(({ properties }) =>
      properties.MetricTransformations[0].MetricName === "Faults" ? [properties.LogGroupName] : [],
    );
    const logs = functions.map((name) => `/aws/lambda/latchkey-local-${name}`);
    expect(watched.sort()).toEqual([...logs, ...logs].sort());
  });

  test("keep to the ten metrics that CloudWatch allows, as all alarms do", () => {
    for (const { id, properties } of all("AWS::CloudWatch::Alarm"))
      expect(
        (properties.Metrics ?? []).filter((one: object) => "MetricStat" in one).length,
        id,
      ).toBeLessThanOrEqual(10);
  });
});

test("a stage may have new versions take over at once, whatever the alarm says: the way to mend what it rings for", () => {
  const settings = { ...readSettings("prod"), shift: "allAtOnce" as const };
  const template = Template.fromStack(new LatchkeyStack(new App(), settings));
  template.resourceCountIs("AWS::CodeDeploy::DeploymentGroup", 0);
  template.allResources("AWS::Lambda::Alias", { UpdatePolicy: Match.absent() });
  template.allResourcesProperties("AWS::StepFunctions::StateMachineAlias", {
    DeploymentPreference: { Type: "ALL_AT_ONCE", Alarms: Match.absent() },
  });
});
