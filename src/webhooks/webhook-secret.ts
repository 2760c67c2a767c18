import type { WebhookSecret } from "./proof.ts";

/** Throws when the value is no `WebhookSecret` or one that would let anybody in. */
export function parseWebhookSecret(value: unknown): WebhookSecret {
  const strings = (name: string): string[] => {
    const list: unknown = value !== null && typeof value === "object" ? Reflect.get(value, name) : undefined;
    if (!Array.isArray(list) || !list.every((entry) => typeof entry === "string" && entry.length >= 16))
      throw new Error(`${name}: a list of strings of 16 characters or more is needed`);
    return list.map(String);
  };
  return { signingSecrets: strings("signingSecrets"), automationTokens: strings("automationTokens") };
}
