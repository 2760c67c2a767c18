import { AwsClient } from "aws4fetch";
import { awsConfig, type Platform } from "./platform.ts";

/**
 * The AWS services that functions call without their SDK client, with what their JSON protocols call them. The clients
 * would be most of a function: one more takes 20 KB, and the first 150 KB (docs/decisions/0002-small-functions.md).
 */
const services = {
  sqs: { target: "AmazonSQS", version: "1.0" },
  secretsmanager: { target: "secretsmanager", version: "1.1" },
  states: { target: "AWSStepFunctions", version: "1.0" },
};

/** AWS refused a call. */
export class AwsCallError extends Error {
  override readonly name = "AwsCallError";
  /** The service's name of the error, such as `ExecutionAlreadyExists`. */
  readonly type: string;

  constructor(call: string, type: string) {
    super(`${call}: ${type}`);
    this.type = type;
  }
}

/** @throws AwsCallError, without anything of the answer but the error's type */
export async function signedCall(
  platform: Platform,
  service: keyof typeof services,
  operation: string,
  input: object,
): Promise<unknown> {
  const { region, endpoint } = awsConfig(platform);
  const { target, version } = services[service];
  const answer = await clientOf(platform, service).fetch(
    `${endpoint ?? `https://${service}.${region}.amazonaws.com`}/`,
    {
      method: "POST",
      headers: {
        "content-type": `application/x-amz-json-${version}`,
        "x-amz-target": `${target}.${operation}`,
      },
      body: JSON.stringify(input),
      redirect: "error",
      signal: AbortSignal.timeout(5_000),
    },
  );
  const body: unknown = await answer.json();
  if (answer.ok) return body;
  throw new AwsCallError(`${service} ${operation}`, errorType(body) ?? `HTTP ${answer.status}`);
}

/** Sends requests to a bucket of S3, which has no JSON protocol. `url` has no slash at its end. */
export function bucketCalls(platform: Platform, bucket: string) {
  const { region, endpoint } = awsConfig(platform);
  const client = clientOf(platform, "s3");
  return {
    url: endpoint ? `${endpoint}/${bucket}` : `https://${bucket}.s3.${region}.amazonaws.com`,
    send: (url: string, init?: RequestInit) =>
      client.fetch(url, { ...init, redirect: "error", signal: AbortSignal.timeout(20_000) }),
  };
}

function clientOf(platform: Platform, service: string): AwsClient {
  const { region, credentials } = awsConfig(platform);
  return new AwsClient({ ...credentials, region, service, retries: 2 });
}

/** Some services put their namespace before the name: `com.amazonaws.swf.service.v2.model#TaskTimedOut`. */
function errorType(body: unknown): string | undefined {
  if (body === null || typeof body !== "object" || !("__type" in body)) return undefined;
  return String(body.__type).split("#").at(-1);
}
