import { createHash } from "node:crypto";
import { AwsClient } from "aws4fetch";
import { expect, test } from "vitest";
import { Store } from "../../../local/store.ts";
import { allow, Fixture, serve } from "./fixture.ts";

const day = 86_400_000;
const lock = {
  ObjectLockEnabled: true,
  ObjectLockConfiguration: {
    ObjectLockEnabled: "Enabled",
    Rule: { DefaultRetention: { Mode: "COMPLIANCE", Days: 10 } },
  },
  VersioningConfiguration: { Status: "Enabled" },
};
const bucketArn = "arn:aws:s3:::anchors";
const checksum = (text: string) => createHash("sha256").update(text).digest("base64");

async function served(options: { store?: Store; may?: [action: string, resource: string][] } = {}) {
  const fixture = new Fixture().add("Anchors", "AWS::S3::Bucket", { BucketName: "anchors", ...lock }).role(
    "Writer",
    (options.may ?? []).map(([action, resource]) => allow(action, resource)),
  );
  const runtime = await serve(fixture, options.store ? { store: options.store } : {});
  const as = (accessKeyId: string) => {
    const client = new AwsClient({
      accessKeyId,
      secretAccessKey: "local",
      sessionToken: "session",
      region: "eu-west-1",
      service: "s3",
      retries: 0,
    });
    return async (method: string, path: string, body?: string, headers: Record<string, string> = {}) => {
      const proof = body === undefined ? {} : { "x-amz-checksum-sha256": checksum(body) };
      const init = { method, headers: { ...proof, ...headers }, ...(body === undefined ? {} : { body }) };
      const answer = await client.fetch(`${runtime.awsUrl}/anchors${path}`, init);
      const text = await answer.text();
      return { status: answer.status, text, code: /<Code>(.+)<\/Code>/.exec(text)?.[1] };
    };
  };
  return { ...runtime, call: as("operator"), as };
}

type Call = Awaited<ReturnType<typeof served>>["call"];

async function versionsOf(call: Call, prefix = ""): Promise<string[][]> {
  const { text } = await call("GET", `?versions&prefix=${prefix}`);
  return [
    ...text.matchAll(
      /<(Version|DeleteMarker)><Key>(.+?)<\/Key><VersionId>(.+?)<\/VersionId><IsLatest>(.+?)</g,
    ),
  ].map(([, ...found]) => found);
}

test("what was put is there, as it was sent, and still is when the runtime starts again", async () => {
  const store = new Store();
  const first = await served({ store });
  expect((await first.call("PUT", "/2026/a%20b.json", "{“ü”}")).status).toBe(200);
  await first.stop();
  const second = await served({ store });
  expect(await second.call("GET", "/2026/a%20b.json")).toMatchObject({ status: 200, text: "{“ü”}" });
  expect(await second.call("GET", "/2027.json")).toMatchObject({ status: 404, code: "NoSuchKey" });
});

test("a locked version can be covered and hidden, and removed by nobody until its time is over", async () => {
  const { call, clock } = await served();
  await call("PUT", "/a", "first");
  await call("PUT", "/a", "second");
  await call("PUT", "/b", "other");
  expect((await call("DELETE", "/a")).status).toBe(204);
  expect((await call("GET", "/a")).code).toBe("NoSuchKey");
  const versions = await versionsOf(call, "a");
  expect(versions.map(([kind, key, , isLatest]) => [kind, key, isLatest])).toEqual([
    ["DeleteMarker", "a", "true"],
    ["Version", "a", "false"],
    ["Version", "a", "false"],
  ]);
  expect(await versionsOf(call)).toHaveLength(4);
  const oldest = versions.at(-1)?.[2];
  expect((await call("GET", `/a?versionId=${oldest}`)).text).toBe("first");
  await clock.advance(10 * day - 1);
  expect(await call("DELETE", `/a?versionId=${oldest}`)).toMatchObject({ status: 403, code: "AccessDenied" });
  await clock.advance(1);
  expect((await call("DELETE", `/a?versionId=${oldest}`)).status).toBe(204);
  expect((await call("GET", `/a?versionId=${oldest}`)).code).toBe("NoSuchVersion");
});

test("whoever asks to write only what is not there does not write over it", async () => {
  const { call } = await served();
  const once = { "if-none-match": "*" };
  expect((await call("PUT", "/a", "first", once)).status).toBe(200);
  expect(await call("PUT", "/a", "second", once)).toMatchObject({ status: 412, code: "PreconditionFailed" });
  expect((await call("GET", "/a")).text).toBe("first");
});

test("what is to be locked proves that it arrived whole", async () => {
  const { call } = await served();
  expect((await call("PUT", "/a", "text", { "x-amz-checksum-sha256": checksum("else") })).code).toBe(
    "BadDigest",
  );
  expect((await call("PUT", "/a", "text", { "x-amz-checksum-sha256": "" })).code).toBe("BadDigest");
  expect(await versionsOf(call)).toEqual([]);
});

test("a role does to objects and bucket what its policy says", async () => {
  const { as, permissions } = await served({
    may: [
      ["s3:PutObject", `${bucketArn}/mine/*`],
      ["s3:GetObjectVersion", `${bucketArn}/*`],
      ["s3:ListBucketVersions", bucketArn],
    ],
  });
  const call = as("Test-Writer");
  expect((await call("PUT", "/mine/a", "1")).status).toBe(200);
  expect(await call("PUT", "/yours/a", "1")).toMatchObject({ status: 403, code: "AccessDenied" });
  expect((await call("GET", "/mine/a")).status).toBe(403);
  expect((await call("DELETE", "/mine/a")).status).toBe(403);
  const [version] = await versionsOf(call);
  expect((await call("GET", `/mine/a?versionId=${version?.[2]}`)).text).toBe("1");
  expect(permissions.unused()).toEqual([]);
});

test.each([
  ["GET", ""],
  ["GET", "?list-type=2"],
  ["PUT", "/a?retention"],
  ["POST", "/a"],
])("%s %s is refused, as nobody has taught it", async (method, path) => {
  const { call } = await served();
  expect(await call(method, path)).toMatchObject({ status: 501, code: "NotImplemented" });
});

test("a header that would change what is done is refused", async () => {
  const { call } = await served();
  const bypass = { "x-amz-bypass-governance-retention": "true" };
  expect((await call("DELETE", "/a?versionId=1", undefined, bypass)).status).toBe(501);
});

test.each([
  ["no lock", { VersioningConfiguration: { Status: "Enabled" } }],
  ["another property", { ...lock, LifecycleConfiguration: { Rules: [] } }],
])("a bucket with %s is not served", async (_, properties) => {
  const fixture = new Fixture().add("Other", "AWS::S3::Bucket", properties);
  await expect(serve(fixture)).rejects.toThrow("Other (AWS::S3::Bucket)");
});
