import { PolicyFilesError } from "./policy-commands.ts";

/**
 * Why a command could not do what it was told, for whoever typed it.
 *
 * @param endpoint where AWS was looked for; undefined for AWS itself
 */
export function explain(error: unknown, endpoint: string | undefined): string {
  if (error instanceof PolicyFilesError) return `${error.message}\nNothing was changed.`;
  const causes = causesOf(error);
  for (const cause of causes) {
    if (!("code" in cause) || !unreachable.has(String(cause.code))) continue;
    return endpoint === undefined
      ? `latchkey: AWS cannot be reached (${String(cause.code)}).`
      : `latchkey: Nothing answers at ${endpoint}. Is “npm start” running, or did you mean another --stage or --endpoint?`;
  }
  for (const { name, message } of causes) {
    if (message === "Region is missing")
      return "latchkey: Which AWS region? Give --region, or set AWS_REGION.";
    if (name === "CredentialsProviderError")
      return "latchkey: There are no AWS credentials. Sign in as you would for the AWS CLI, for example with AWS_PROFILE.";
    if (refusedCredentials.has(name))
      return `latchkey: AWS does not take your credentials. Sign in again. (${name}: ${message})`;
    if (name === "ResourceNotFoundException")
      return "latchkey: The stack's tables or secrets are not there. Was the stage deployed, and is this its account and region?";
  }
  return `latchkey: ${error instanceof Error ? error.message : String(error)}`;
}

const unreachable = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENOTFOUND",
  "ETIMEDOUT",
  "EAI_AGAIN",
]);

const refusedCredentials = new Set([
  "ExpiredTokenException",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "UnrecognizedClientException",
]);

function causesOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}
