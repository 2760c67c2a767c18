import { readFileSync } from "node:fs";
import { PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import * as v from "valibot";
import { JiraCredentials } from "../src/jira/jira-api.ts";
import { JumpCloudCredentials } from "../src/jumpcloud/jumpcloud-api.ts";
import { parseWebhookSecret } from "../src/webhooks/webhook-secret.ts";
import type { Connection } from "./connection.ts";
import { type Output, print } from "./print.ts";

/** The stack's secrets, and what makes sure that a value can be used before it is put there. */
export const secretShapes: Record<string, (value: unknown) => unknown> = {
  "jira-webhook": parseWebhookSecret,
  "jira-api": (value) => v.parse(JiraCredentials, value),
  "jumpcloud-read": (value) => v.parse(JumpCloudCredentials, value),
  "jumpcloud-write": (value) => v.parse(JumpCloudCredentials, value),
};

/** @param file a JSON file; `-` reads standard input, so that the value need not be in a file */
export async function setSecret(
  connection: Connection,
  name: string,
  file: string,
  output: Output,
): Promise<void> {
  const parse = secretShapes[name];
  if (!parse)
    throw new Error(`There is no secret ${name}; there are ${Object.keys(secretShapes).join(", ")}.`);
  const value: unknown = JSON.parse(readFileSync(file === "-" ? 0 : file, "utf8"));
  const SecretString = JSON.stringify(parse(value));
  const SecretId = `${connection.stackName}/${name}`;
  await connection.secrets.send(new PutSecretValueCommand({ SecretId, SecretString }));
  print(output, { secret: SecretId }, () => [`${SecretId} is set; functions use it within five minutes.`]);
}
