import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { AwsClient } from "aws4fetch";
import { AnchorBucket } from "../src/storage/anchor-bucket.ts";

type Config = Pick<DynamoDBClient["config"], "region" | "credentials"> & { endpoint: string | undefined };

/**
 * Invokes one of the stack's functions and waits for its answer.
 *
 * @throws Error with the function's own message when it failed, or with Lambda's when it could not be invoked
 */
export async function invoke(config: Config, functionName: string, event: object): Promise<unknown> {
  const answer = await call(config, functionName, event, "RequestResponse");
  const body: unknown = await answer.json();
  if (answer.ok && !answer.headers.has("x-amz-function-error")) return body;
  throw new Error(`${functionName}: ${messageIn(body) ?? `HTTP ${answer.status}`}`);
}

/**
 * Has one of the stack's functions invoked, and does not wait for it.
 *
 * @throws Error with Lambda's message when it could not be invoked
 */
export async function start(config: Config, functionName: string, event: object): Promise<void> {
  const answer = await call(config, functionName, event, "Event");
  if (!answer.ok) throw new Error(messageIn(await answer.json()) ?? `HTTP ${answer.status}`);
}

/**
 * The ARN of whoever uses the command, as AWS knows them.
 *
 * @throws Error when AWS does not say
 */
export async function callerIdentity(config: Config): Promise<string> {
  const region = await config.region();
  const client = await clientFor(config, "sts");
  const answer = await client.fetch(config.endpoint ?? `https://sts.${region}.amazonaws.com/`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "Action=GetCallerIdentity&Version=2011-06-15",
  });
  const arn = /<Arn>([^<]+)<\/Arn>/.exec(await answer.text())?.[1];
  if (arn === undefined) throw new Error(`AWS does not say who you are: HTTP ${answer.status}.`);
  return arn;
}

/** The anchors of the audit trails, in the bucket that the stack has in this account. */
export async function openAnchors(config: Config, stackName: string): Promise<AnchorBucket> {
  const region = await config.region();
  const account = config.endpoint ? "000000000000" : (await callerIdentity(config)).split(":")[4];
  const bucket = `${stackName}-anchors-${account}-${region}`;
  const client = await clientFor(config, "s3");
  return new AnchorBucket(
    (url, init) => client.fetch(url, init),
    config.endpoint ? `${config.endpoint}/${bucket}` : `https://${bucket}.s3.${region}.amazonaws.com`,
  );
}

async function call(
  config: Config,
  functionName: string,
  event: object,
  kind: "RequestResponse" | "Event",
): Promise<Response> {
  const client = await clientFor(config, "lambda");
  const region = await config.region();
  const url = `${config.endpoint ?? `https://lambda.${region}.amazonaws.com`}/2015-03-31/functions/${functionName}/invocations?Qualifier=live`;
  const headers = { "x-amz-invocation-type": kind };
  return client.fetch(url, { method: "POST", headers, body: JSON.stringify(event) });
}

async function clientFor(config: Config, service: string): Promise<AwsClient> {
  const { accessKeyId, secretAccessKey, sessionToken } = await config.credentials();
  return new AwsClient({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    region: await config.region(),
    service,
    retries: 0,
  });
}

function messageIn(body: unknown): string | undefined {
  if (body === null || typeof body !== "object") return undefined;
  for (const key of ["errorMessage", "Message", "message"])
    if (key in body) return String(Reflect.get(body, key));
  return undefined;
}
