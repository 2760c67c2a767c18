import { AwsClient } from "aws4fetch";
import { awsConfig, type Platform } from "./platform.ts";

/** The AWS services that are called without their SDK client, and the names by which their JSON protocol calls them. */
const targets = { sqs: "AmazonSQS", secretsmanager: "secretsmanager" };

/**
 * One call to AWS, signed by hand: what a function does that must stay too small for an SDK client.
 *
 * @throws Error with the service's error type, never with the answer's content
 */
export async function signedCall(
  platform: Platform,
  service: keyof typeof targets,
  operation: string,
  input: object,
): Promise<unknown> {
  const { region, credentials, endpoint } = awsConfig(platform);
  const client = new AwsClient({ ...credentials, region, service, retries: 2 });
  const answer = await client.fetch(`${endpoint ?? `https://${service}.${region}.amazonaws.com`}/`, {
    method: "POST",
    headers: {
      "content-type": service === "sqs" ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1",
      "x-amz-target": `${targets[service]}.${operation}`,
    },
    body: JSON.stringify(input),
    redirect: "error",
    signal: AbortSignal.timeout(5_000),
  });
  const body: unknown = await answer.json();
  if (answer.ok) return body;
  const type = body !== null && typeof body === "object" && "__type" in body ? String(body.__type) : "";
  throw new Error(`${service} ${operation}: ${type || `HTTP ${answer.status}`}`);
}
