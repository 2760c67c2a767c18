import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { NotProvenError } from "../errors.ts";

/** What the secret `jira-webhook` holds. During a rotation two of each are good. */
export type WebhookSecret = { signingSecrets: string[]; automationTokens: string[] };

const signatureShape = /^sha256=([0-9a-f]{64})$/;
const tokenShape = /^Bearer ([\x21-\x7e]{16,512})$/;

/**
 * Jira signs the raw bytes of an admin webhook's body: `X-Hub-Signature: sha256=<hex>`. Atlassian says that the method
 * may change one day; any other than the known one is refused, and so is a header that was sent twice.
 *
 * @returns what to do with the secret once it is there
 * @throws NotProvenError
 */
export function signatureProof(header: string | undefined): (body: Buffer, secret: WebhookSecret) => void {
  const hex = signatureShape.exec(header ?? "")?.[1];
  if (hex === undefined) throw new NotProvenError("The signature is missing or malformed.");
  const given = Buffer.from(hex, "hex");
  return (body, { signingSecrets }) => {
    const fits = signingSecrets.filter((secret) =>
      timingSafeEqual(createHmac("sha256", secret).update(body).digest(), given),
    );
    if (fits.length === 0) throw new NotProvenError("The signature is wrong.");
  };
}

/**
 * Automation rules cannot sign; they send a token in a hidden header. Compared as hashes, so that the comparison takes
 * the same time for every token of any length.
 *
 * @throws NotProvenError
 */
export function tokenProof(header: string | undefined): (secret: WebhookSecret) => void {
  const token = tokenShape.exec(header ?? "")?.[1];
  if (token === undefined) throw new NotProvenError("The token is missing or malformed.");
  const given = hash(token);
  return ({ automationTokens }) => {
    const fits = automationTokens.filter((known) => timingSafeEqual(hash(known), given));
    if (fits.length === 0) throw new NotProvenError("The token is wrong.");
  };
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
