import { PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import type { Connection } from "./connection.ts";
import { type Output, print } from "./print.ts";
import { checkSecret, readSecretFile } from "./secret-values.ts";

/** @param file a JSON file; `-` reads standard input, so that the value need not be in a file */
export async function setSecret(
  connection: Connection,
  name: string,
  file: string,
  output: Output,
): Promise<void> {
  const SecretString = JSON.stringify(checkSecret(name, readSecretFile(file === "-" ? 0 : file)));
  const SecretId = `${connection.stackName}/${name}`;
  await connection.secrets.send(new PutSecretValueCommand({ SecretId, SecretString }));
  print(output, { secret: SecretId }, () => [`${SecretId} is set; functions use it within five minutes.`]);
}
