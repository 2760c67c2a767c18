import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { expect, test } from "vitest";
import type { Store } from "../../../local/store.ts";
import { clients, Fixture, monday, serve } from "./fixture.ts";

async function served(secrets: Record<string, unknown> = {}, store?: Store) {
  const fixture = new Fixture()
    .add("Webhook", "AWS::SecretsManager::Secret", { Name: "latchkey/webhook" })
    .add("Empty", "AWS::SecretsManager::Secret", { Name: "latchkey/empty" })
    .add("Made", "AWS::SecretsManager::Secret", {
      Name: "latchkey/made",
      GenerateSecretString: {
        SecretStringTemplate: '{"user":"latchkey"}',
        GenerateStringKey: "password",
        ExcludePunctuation: true,
        PasswordLength: 20,
      },
    });
  const runtime = await serve(fixture, { secrets, ...(store && { store }) });
  return { ...runtime, secretsmanager: clients(runtime.awsUrl).secrets };
}

test("a value is read by name, ARN and partial ARN", async () => {
  const { secretsmanager, resources } = await served({ Webhook: { current: "s3cret" } });
  const arn = resources.secretArn("Webhook");
  expect(arn).toMatch(/^arn:aws:secretsmanager:eu-west-1:000000000000:secret:latchkey\/webhook-\w{6}$/);
  for (const SecretId of ["latchkey/webhook", arn, arn.slice(0, -7)]) {
    const answer = await secretsmanager.send(new GetSecretValueCommand({ SecretId }));
    expect(answer).toMatchObject({
      ARN: arn,
      Name: "latchkey/webhook",
      SecretString: '{"current":"s3cret"}',
      VersionStages: ["AWSCURRENT"],
      CreatedDate: new Date(monday),
    });
  }
});

test("a secret that was never set, or that is not there, is told apart as on AWS", async () => {
  const { secretsmanager } = await served();
  await expect(
    secretsmanager.send(new GetSecretValueCommand({ SecretId: "latchkey/empty" })),
  ).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
  });
  await expect(secretsmanager.send(new GetSecretValueCommand({ SecretId: "other" }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Secrets Manager can't find the specified secret.",
  });
});

test("a new value becomes current and the one before previous, also when the call is made twice", async () => {
  const { secretsmanager } = await served({ "latchkey/webhook": "one" });
  const put = (SecretString: string, ClientRequestToken: string) =>
    secretsmanager.send(
      new PutSecretValueCommand({ SecretId: "latchkey/webhook", SecretString, ClientRequestToken }),
    );
  const token = "11111111-1111-1111-1111-111111111111";
  await put("two", token);
  await put("two", token);
  await expect(put("other", token)).rejects.toMatchObject({ name: "ResourceExistsException" });
  const stage = async (VersionStage: string) =>
    (await secretsmanager.send(new GetSecretValueCommand({ SecretId: "latchkey/webhook", VersionStage })))
      .SecretString;
  expect([await stage("AWSCURRENT"), await stage("AWSPREVIOUS")]).toEqual(["two", "one"]);
  await put("three", "22222222-2222-2222-2222-222222222222");
  expect([await stage("AWSCURRENT"), await stage("AWSPREVIOUS")]).toEqual(["three", "two"]);
  const { VersionIdsToStages } = await secretsmanager.send(
    new DescribeSecretCommand({ SecretId: "latchkey/webhook" }),
  );
  expect(Object.values(VersionIdsToStages ?? {})).toEqual([["AWSPREVIOUS"], ["AWSCURRENT"]]);
  await expect(
    secretsmanager.send(
      new GetSecretValueCommand({
        SecretId: "latchkey/webhook",
        VersionId: token,
        VersionStage: "AWSCURRENT",
      }),
    ),
  ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("a pending version does not disturb the current one", async () => {
  const { secretsmanager } = await served({ Webhook: "one" });
  await secretsmanager.send(
    new PutSecretValueCommand({
      SecretId: "latchkey/webhook",
      SecretString: "next",
      VersionStages: ["AWSPENDING"],
    }),
  );
  const current = await secretsmanager.send(new GetSecretValueCommand({ SecretId: "latchkey/webhook" }));
  const pending = await secretsmanager.send(
    new GetSecretValueCommand({ SecretId: "latchkey/webhook", VersionStage: "AWSPENDING" }),
  );
  expect([current.SecretString, pending.SecretString]).toEqual(["one", "next"]);
});

test("a generated value follows the template's rules and stays the same", async () => {
  const { secretsmanager, store, stop } = await served();
  const read = (client: typeof secretsmanager) =>
    client.send(new GetSecretValueCommand({ SecretId: "latchkey/made" }));
  const first = await read(secretsmanager);
  expect(JSON.parse(first.SecretString ?? "")).toEqual({
    user: "latchkey",
    password: expect.stringMatching(/^[A-Za-z0-9]{20}$/),
  });
  await stop();
  const again = await served({}, store);
  expect((await read(again.secretsmanager)).SecretString).toBe(first.SecretString);
});

test("a restart keeps a rotated value, but a changed first value is taken over", async () => {
  const first = await served({ Webhook: "one" });
  await first.secretsmanager.send(
    new PutSecretValueCommand({ SecretId: "latchkey/webhook", SecretString: "rotated" }),
  );
  await first.stop();
  const read = async (runtime: Awaited<ReturnType<typeof served>>) =>
    (await runtime.secretsmanager.send(new GetSecretValueCommand({ SecretId: "latchkey/webhook" })))
      .SecretString;
  const second = await served({ Webhook: "one" }, first.store);
  expect(await read(second)).toBe("rotated");
  await second.stop();
  const third = await served({ Webhook: "two" }, first.store);
  expect(await read(third)).toBe("two");
});

test("secrets can be created, described, updated and listed", async () => {
  const { secretsmanager } = await served();
  const created = await secretsmanager.send(
    new CreateSecretCommand({ Name: "mine", SecretBinary: Buffer.from([0, 255]), Description: "d" }),
  );
  await expect(
    secretsmanager.send(new CreateSecretCommand({ Name: "mine", SecretString: "x" })),
  ).rejects.toMatchObject({ name: "ResourceExistsException" });
  const value = await secretsmanager.send(new GetSecretValueCommand({ SecretId: created.ARN }));
  expect([...(value.SecretBinary ?? [])]).toEqual([0, 255]);
  await secretsmanager.send(new UpdateSecretCommand({ SecretId: "mine", Description: "new" }));
  const { SecretList } = await secretsmanager.send(new ListSecretsCommand({}));
  expect(SecretList?.map(({ Name, Description }) => [Name, Description])).toEqual([
    ["latchkey/webhook", undefined],
    ["latchkey/empty", undefined],
    ["latchkey/made", undefined],
    ["mine", "new"],
  ]);
});

test.each([
  [new PutSecretValueCommand({ SecretId: "latchkey/webhook" }), "InvalidRequestException"],
  [
    new PutSecretValueCommand({ SecretId: "latchkey/webhook", SecretString: "x".repeat(65_537) }),
    "InvalidParameterException",
  ],
  [new CreateSecretCommand({ Name: "no spaces", SecretString: "x" }), "ValidationException"],
])("the wrong call %# is refused", async (command, name) => {
  const { secretsmanager } = await served();
  await expect(secretsmanager.send(command as PutSecretValueCommand)).rejects.toMatchObject({ name });
});

test("a first value for a secret that the template does not have is a mistake", async () => {
  await expect(served({ Nobody: "x" })).rejects.toThrow("Nobody, which the template does not have");
});

test("versions are told with their stages and dates, and the one before can be taken out of its stage", async () => {
  const { secretsmanager, clock } = await served({ Webhook: "one" });
  const SecretId = "latchkey/webhook";
  await clock.advance(60_000);
  await secretsmanager.send(new PutSecretValueCommand({ SecretId, SecretString: "two" }));
  const versions = async () =>
    (await secretsmanager.send(new ListSecretVersionIdsCommand({ SecretId }))).Versions ?? [];
  const [first, second] = await versions();
  expect(first).toMatchObject({ VersionStages: ["AWSPREVIOUS"], CreatedDate: new Date(monday) });
  expect(second).toMatchObject({ VersionStages: ["AWSCURRENT"], CreatedDate: new Date(monday + 60_000) });
  const remove = (VersionStage: string, RemoveFromVersionId = "") =>
    secretsmanager.send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage, RemoveFromVersionId }));
  for (const [stage, id] of [
    ["AWSCURRENT", second?.VersionId],
    ["AWSPREVIOUS", second?.VersionId],
    ["AWSPREVIOUS", "another"],
  ] as const)
    await expect(remove(stage, id)).rejects.toMatchObject({ name: "InvalidParameterException" });
  await remove("AWSPREVIOUS", first?.VersionId);
  expect(await versions()).toEqual([second]);
  const previous = new GetSecretValueCommand({ SecretId, VersionStage: "AWSPREVIOUS" });
  await expect(secretsmanager.send(previous)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});
