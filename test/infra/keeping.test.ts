import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { all, assemblyFiles, only, short, stackName } from "../support/deployed-stack.ts";

const tables = all("AWS::DynamoDB::Table");
const logGroups = all("AWS::Logs::LogGroup");

test("there are three tables, and each can be brought back as it was at any second of the last 35 days", () => {
  expect(tables.map(({ properties }) => short(properties.TableName)).sort()).toEqual([
    "audit",
    "catalog",
    "requests",
  ]);
  for (const { properties } of tables)
    expect(properties.PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
});

test("no table can be deleted by mistake", () => {
  for (const { properties } of tables) expect(properties.DeletionProtectionEnabled).toBe(true);
});

test.each([...tables, ...logGroups, ...all("AWS::SecretsManager::Secret"), ...all("AWS::S3::Bucket")])(
  "$id outlives the stack",
  ({ whenDeleted, whenReplaced }) => {
    expect({ whenDeleted, whenReplaced }).toEqual({ whenDeleted: "Retain", whenReplaced: "Retain" });
  },
);

test("nothing in a table goes away by itself", () => {
  for (const { properties } of tables) expect(properties).not.toHaveProperty("TimeToLiveSpecification");
});

test("the stack cannot be deleted by mistake", () => {
  const manifest = JSON.parse(readFileSync(join(assemblyFiles, "manifest.json"), "utf8"));
  expect(manifest.artifacts[stackName].properties.terminationProtection).toBe(true);
});

test("every log is kept for as long as the stage says, none for ever", () => {
  for (const { properties } of logGroups)
    expect(properties.RetentionInDays, properties.LogGroupName).toBe(365);
});

test("every function, the state machines and the API write to a log group of the stack, so that none is made that keeps for ever", () => {
  const declared = logGroups.map(({ properties }) => properties.LogGroupName);
  const nameIn = (arn: string) => arn.split(":log-group:")[1]?.replace(/:\*$/, "");
  const machines = all("AWS::StepFunctions::StateMachine").map(
    ({ properties }) => properties.LoggingConfiguration,
  );
  const written = [
    ...all("AWS::Lambda::Function").map(({ properties }) => properties.LoggingConfig?.LogGroup),
    ...machines.map(({ Destinations }) => nameIn(Destinations[0].CloudWatchLogsLogGroup.LogGroupArn)),
    nameIn(only("AWS::ApiGatewayV2::Stage").properties.AccessLogSettings.DestinationArn),
  ];
  expect(written.sort()).toEqual(declared.sort());
});

test("an anchor of the audit trails can be removed by nobody, for as long as the stage says", () => {
  expect(only("AWS::S3::Bucket").properties).toMatchObject({
    ObjectLockEnabled: true,
    ObjectLockConfiguration: {
      ObjectLockEnabled: "Enabled",
      Rule: { DefaultRetention: { Mode: "COMPLIANCE", Days: 365 } },
    },
    VersioningConfiguration: { Status: "Enabled" },
  });
});
