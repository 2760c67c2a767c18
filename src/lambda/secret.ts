import { SecretMissingError } from "../errors.ts";
import type { Platform } from "./platform.ts";
import { signedCall } from "./signed-call.ts";

const keptFor = 5 * 60_000;

/** A JSON secret of Secrets Manager, kept in memory for five minutes. */
export class Secret<Value> {
  readonly #platform: Platform;
  readonly #id: string;
  readonly #parse: (value: unknown) => Value;
  #kept: { value: Value; until: number } | undefined;

  /** @param parse throws when the value has not the shape that it must have; what it throws is not passed on */
  constructor(platform: Platform, id: string, parse: (value: unknown) => Value) {
    this.#platform = platform;
    this.#id = id;
    this.#parse = parse;
  }

  /** @throws SecretMissingError when there is no value, or one of another shape */
  async read(): Promise<Value> {
    const now = this.#platform.clock.now();
    if (this.#kept && this.#kept.until > now) return this.#kept.value;
    const answer = await this.#fetch();
    try {
      const value = this.#parse(JSON.parse(stringIn(answer)));
      this.#kept = { value, until: now + keptFor };
      return value;
    } catch {
      throw new SecretMissingError(this.#id, "its value does not have the shape that is needed");
    }
  }

  /** Reads it again next time: it may have been changed. */
  renew(): void {
    this.#kept = undefined;
  }

  async #fetch(): Promise<unknown> {
    try {
      return await signedCall(this.#platform, "secretsmanager", "GetSecretValue", { SecretId: this.#id });
    } catch (error) {
      throw new SecretMissingError(this.#id, error instanceof Error ? error.message : "it cannot be read");
    }
  }
}

function stringIn(answer: unknown): string {
  return answer !== null && typeof answer === "object" && "SecretString" in answer
    ? String(answer.SecretString)
    : "";
}
