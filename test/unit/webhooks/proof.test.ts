import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { NotProvenError } from "../../../src/errors.ts";
import { signatureProof, tokenProof, type WebhookSecret } from "../../../src/webhooks/proof.ts";
import { parseWebhookSecret } from "../../../src/webhooks/webhook-secret.ts";

const secret: WebhookSecret = {
  signingSecrets: ["the-current-signing-secret", "the-previous-signing-secret"],
  automationTokens: ["the-current-automation-token", "the-previous-automation-token"],
};
const body = Buffer.from('{"timestamp":1}');
const sign = (key = "") => `sha256=${createHmac("sha256", key).update(body).digest("hex")}`;

/** What is said of a proof that does not hold; undefined of one that does. */
function refusal(prove: () => void): string | undefined {
  try {
    prove();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(NotProvenError);
    return (error as Error).message;
  }
}

describe("a signature", () => {
  test("is made with either of the two secrets that are good during a rotation", () => {
    for (const key of secret.signingSecrets)
      expect(refusal(() => signatureProof(sign(key))(body, secret))).toBeUndefined();
  });

  test("with another secret, of another body, or when there is no secret, is wrong", () => {
    const right = signatureProof(sign(secret.signingSecrets[0]));
    const wrong = "The signature is wrong.";
    expect(refusal(() => signatureProof(sign("another-signing-secret"))(body, secret))).toBe(wrong);
    expect(refusal(() => right(Buffer.from('{"timestamp":2}'), secret))).toBe(wrong);
    expect(refusal(() => right(body, { ...secret, signingSecrets: [] }))).toBe(wrong);
  });

  test("that does not look like Jira's is not compared with anything", () => {
    const right = sign(secret.signingSecrets[0]);
    for (const header of [
      undefined,
      "",
      right.slice(0, -1),
      `${right}0`,
      ` ${right}`,
      right.slice("sha256=".length),
      right.replace("sha256", "sha512"),
      right.toUpperCase(),
      `${right},${right}`,
    ])
      expect(refusal(() => signatureProof(header))).toBe("The signature is missing or malformed.");
  });
});

describe("a token", () => {
  const [current = "", previous = ""] = secret.automationTokens;

  test("is either of the two that are good during a rotation", () => {
    for (const token of [current, previous])
      expect(refusal(() => tokenProof(`Bearer ${token}`)(secret))).toBeUndefined();
  });

  test("that is another one, or part of one, is wrong", () => {
    for (const token of [`${current}x`, current.slice(1), current.toUpperCase()])
      expect(refusal(() => tokenProof(`Bearer ${token}`)(secret))).toBe("The token is wrong.");
    const nothing = { ...secret, automationTokens: [] };
    expect(refusal(() => tokenProof(`Bearer ${current}`)(nothing))).toBe("The token is wrong.");
  });

  test("has 16 to 512 characters that can be seen", () => {
    for (const length of [16, 512]) {
      const token = "t".repeat(length);
      const known = { ...secret, automationTokens: [token] };
      expect(refusal(() => tokenProof(`Bearer ${token}`)(known))).toBeUndefined();
    }
    for (const header of [
      undefined,
      "",
      current,
      `bearer ${current}`,
      ` Bearer ${current}`,
      `Bearer ${current} `,
      `Bearer ${"t".repeat(15)}`,
      `Bearer ${"t".repeat(513)}`,
      `Bearer ${current}\u00e9`,
    ])
      expect(refusal(() => tokenProof(header))).toBe("The token is missing or malformed.");
  });
});

describe("the secret that webhooks are proven with", () => {
  const good = "0123456789abcdef";

  test("is two lists of strings of 16 characters or more; either may be empty", () => {
    for (const value of [
      { signingSecrets: [good], automationTokens: [] },
      { signingSecrets: [], automationTokens: [good, `${good}0`] },
    ])
      expect(parseWebhookSecret(value)).toEqual(value);
  });

  test("is none when one of them is too short, no string, or not in a list", () => {
    for (const list of [
      undefined,
      good,
      { 0: good },
      [good.slice(1)],
      [good, ""],
      [good, 1_234_567_890_123_456],
    ]) {
      expect(() => parseWebhookSecret({ signingSecrets: list, automationTokens: [] })).toThrow(
        "signingSecrets: a list of strings of 16 characters or more is needed",
      );
      expect(() => parseWebhookSecret({ signingSecrets: [], automationTokens: list })).toThrow(
        "automationTokens: a list of strings of 16 characters or more is needed",
      );
    }
    for (const value of [null, undefined, "text", 7])
      expect(() => parseWebhookSecret(value)).toThrow("a list");
  });
});
