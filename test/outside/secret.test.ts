import { PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { expect, test } from "vitest";
import { VirtualClock } from "../../local/clock.ts";
import { rereadable, Secret } from "../../src/lambda/secret.ts";
import { clients, Fixture, serve } from "../local/runtime/fixture.ts";

const minute = 60_000;

async function opened(first: string) {
  const fixture = new Fixture().add("Key", "AWS::SecretsManager::Secret", { Name: "key" });
  const clock = new VirtualClock(Date.UTC(2026, 10, 20));
  const calls: string[] = [];
  const runtime = await serve(fixture, {
    clock,
    secrets: { Key: { key: first } },
    onCall: ({ operation, caller }) => calls.push(`${caller} ${operation}`),
  });
  const environment = {
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "operator",
    AWS_SECRET_ACCESS_KEY: "operator",
    AWS_ENDPOINT_URL: runtime.awsUrl,
  };
  const parse = (value: unknown) =>
    value !== null && typeof value === "object" && "key" in value ? { key: String(value.key) } : fail();
  const platform = { clock, environment, write: () => {} };
  const secret = new Secret(platform, "key", parse);
  const again = rereadable(platform, "key", parse).again;
  const put = (value: object) =>
    clients(runtime.awsUrl).secrets.send(
      new PutSecretValueCommand({ SecretId: "key", SecretString: JSON.stringify(value) }),
    );
  return {
    secret,
    again,
    put,
    clock,
    reads: () => calls.filter((call) => call.endsWith("GetSecretValue")).length,
  };
}

function fail(): never {
  throw new Error("another shape");
}

test("a key that is refused is replaced by the current one, and that by the one before", async () => {
  const { secret, put } = await opened("one");
  const one = await secret.read();
  await put({ key: "two" });
  expect(await secret.read()).toEqual({ key: "one" });
  expect(await secret.renew(one)).toBe(true);
  const two = await secret.read();
  expect(two).toEqual({ key: "two" });
  expect(await secret.renew(two)).toBe(false);

  const { secret: cold, put: change } = await opened("good");
  await change({ key: "mistyped" });
  expect(await cold.renew(await cold.read())).toBe(true);
  expect(await cold.read()).toEqual({ key: "good" });
});

test("when all are refused nothing else is tried, until there is a new one", async () => {
  const { secret, put } = await opened("one");
  await put({ key: "two" });
  const two = await secret.read();
  expect(await secret.renew(two)).toBe(true);
  const one = await secret.read();
  expect(await secret.renew(one)).toBe(false);
  await put({ key: "three" });
  expect(await secret.renew(await secret.read())).toBe(true);
  expect(await secret.read()).toEqual({ key: "three" });
});

test("two calls that are refused at once agree on the next key", async () => {
  const { secret, put } = await opened("one");
  const one = await secret.read();
  await put({ key: "two" });
  expect(await Promise.all([secret.renew(one), secret.renew(one)])).toEqual([true, true]);
  expect(await secret.renew(one)).toBe(true);
  expect(await secret.read()).toEqual({ key: "two" });
});

test("the current key is tried again after five minutes, whatever was in its place meanwhile", async () => {
  const { secret, put, clock } = await opened("good");
  await put({ key: "not yet known" });
  await secret.renew(await secret.read());
  await clock.advance(5 * minute - 1);
  expect(await secret.read()).toEqual({ key: "good" });
  await clock.advance(1);
  expect(await secret.read()).toEqual({ key: "not yet known" });
});

test("a version before of another shape is not tried", async () => {
  const { secret, put } = await opened("one");
  await put({ other: "shape" });
  await put({ key: "two" });
  expect(await secret.renew(await secret.read())).toBe(false);
});

test("strangers cannot have it read more than every few seconds", async () => {
  const { again, clock, reads } = await opened("one");
  for (let times = 0; times < 100; times++) await again();
  expect(reads()).toBe(1);
  await clock.advance(5_001);
  for (let times = 0; times < 100; times++) await again();
  expect(reads()).toBe(2);
});
