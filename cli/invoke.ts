import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { AwsClient } from "aws4fetch";

type Config = Pick<DynamoDBClient["config"], "region" | "credentials"> & { endpoint: string | undefined };

/**
 * Invokes one of the stack's functions and waits for its answer.
 *
 * @throws Error with the function's own message when it failed, or with Lambda's when it could not be invoked
 */
export async function invoke(config: Config, functionName: string, event: object): Promise<unknown> {
  const region = await config.region();
  const { accessKeyId, secretAccessKey, sessionToken } = await config.credentials();
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    region,
    service: "lambda",
    retries: 0,
  });
  const url = `${config.endpoint ?? `https://lambda.${region}.amazonaws.com`}/2015-03-31/functions/${functionName}/invocations`;
  const answer = await client.fetch(url, { method: "POST", body: JSON.stringify(event) });
  const body: unknown = await answer.json();
  if (answer.ok && !answer.headers.has("x-amz-function-error")) return body;
  throw new Error(`${functionName}: ${messageIn(body) ?? `HTTP ${answer.status}`}`);
}

function messageIn(body: unknown): string | undefined {
  if (body === null || typeof body !== "object") return undefined;
  for (const key of ["errorMessage", "Message", "message"])
    if (key in body) return String(Reflect.get(body, key));
  return undefined;
}
