import { expect, test } from "vitest";
import { RequestSigner } from "../../src/lambda/request-signer.ts";

/** Of AWS's test suite for Signature Version 4: the key, the time and the host of all its requests. */
const credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};
const options = {
  signingDate: new Date("2015-08-30T12:36:00Z"),
  signingRegion: "us-east-1",
  signingService: "service",
};
const scope = "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";

const request = (method: string, headers: Record<string, string> = {}) => ({
  method,
  protocol: "https:",
  hostname: "example.amazonaws.com",
  path: "/",
  headers,
});

const signerFor = (given: typeof credentials & { sessionToken?: string }) =>
  new RequestSigner({
    credentials: async () => given,
    region: options.signingRegion,
    service: options.signingService,
    sha256: class {} as never,
  });

test.each([
  ["GET", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
  ["POST", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
])("%s is signed as in AWS's test suite", async (method, signature) => {
  const { headers } = await signerFor(credentials).sign(request(method), options);
  expect(headers.authorization).toBe(
    `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
  );
});

test("a client that names region and service only when it makes the signer gets the same signature, whatever the host", async () => {
  const { signingDate } = options;
  const local = { ...request("POST"), hostname: "127.0.0.1", port: 8000 };
  const { headers } = await signerFor(credentials).sign({ ...local }, { signingDate });
  const named = await signerFor(credentials).sign({ ...local }, options);
  expect(headers.authorization).toBe(named.headers.authorization);
  expect(headers.authorization).toContain(scope);
});

test("the body is signed, be it text or bytes", async () => {
  const signature = async (body?: unknown) =>
    (await signerFor(credentials).sign({ ...request("POST"), body }, options)).headers.authorization;
  expect(await signature(new TextEncoder().encode('{"ü":1}'))).toBe(await signature('{"ü":1}'));
  expect(await signature('{"ü":1}')).not.toBe(await signature());
  await expect(signature(new Blob(["{}"]))).rejects.toThrow("cannot be signed");
});

test("what the client says of the request stays, and is signed; a session has its token", async () => {
  const target = { "x-amz-target": "DynamoDB_20120810.GetItem" };
  const signer = signerFor({ ...credentials, sessionToken: "token" });
  const signed = await signer.sign({ ...request("POST", target), port: 8000, body: "{}" }, options);
  expect(signed.headers).toMatchObject({ ...target, "x-amz-security-token": "token" });
  expect(signed.headers.authorization).toContain("host;x-amz-date;x-amz-security-token;x-amz-target,");
});
