import { SecretMissingError } from "../errors.ts";
import type { Platform } from "./platform.ts";
import { signedCall } from "./signed-call.ts";

const keptFor = 5 * 60_000;
const freshFor = 5_000;

type Version<Value> = { text: string; value: Value };

/**
 * A JSON secret of Secrets Manager, kept in memory for five minutes. While it is being changed, the version before is good too:
 * AWSPREVIOUS, until an operator retires it.
 */
export class Secret<Value> {
  readonly #platform: Platform;
  readonly #id: string;
  readonly #parse: (value: unknown) => Value;
  #kept: (Version<Value> & { until: number }) | undefined;
  /** Versions that were refused since the secret was read last. */
  #refused: string[] = [];

  /** @param parse throws when the value has not the shape that it must have; what it throws is not passed on */
  constructor(platform: Platform, id: string, parse: (value: unknown) => Value) {
    this.#platform = platform;
    this.#id = id;
    this.#parse = parse;
  }

  /** @throws SecretMissingError when there is no value, or one of another shape */
  async read(): Promise<Value> {
    if (this.#kept && this.#kept.until > this.#platform.clock.now()) return this.#kept.value;
    this.#refused = [];
    return this.#keep(await this.#load("AWSCURRENT"));
  }

  /** Says whether there is another value than the one that was refused; from then on that one is read. */
  async renew(refused: Value): Promise<boolean> {
    const { value, text = "" } = this.#kept ?? {};
    // Another call was refused, too, and was quicker.
    if (value !== refused) return true;
    this.#refused.push(text);
    for (const stage of ["AWSCURRENT", "AWSPREVIOUS"]) {
      const version = await this.#load(stage).catch(() => undefined);
      if (!version || this.#refused.includes(version.text)) continue;
      this.#keep(version);
      return true;
    }
    this.#refused = [];
    return false;
  }

  #keep(version: Version<Value>): Value {
    this.#kept = { ...version, until: this.#platform.clock.now() + keptFor };
    return version.value;
  }

  async #load(stage: string): Promise<Version<Value>> {
    const text = stringIn(await this.#fetch(stage));
    try {
      return { text, value: this.#parse(JSON.parse(text)) };
    } catch {
      throw new SecretMissingError(this.#id, "its value does not have the shape that is needed");
    }
  }

  async #fetch(VersionStage: string): Promise<unknown> {
    try {
      const input = { SecretId: this.#id, VersionStage };
      return await signedCall(this.#platform, "secretsmanager", "GetSecretValue", input);
    } catch (error) {
      throw new SecretMissingError(this.#id, error instanceof Error ? error.message : "it cannot be read");
    }
  }
}

/** A secret that can be read again when somebody shows what it does not know; but not more than every few seconds. */
export function rereadable<Value>(...args: ConstructorParameters<typeof Secret<Value>>) {
  const [{ clock }] = args;
  let secret = new Secret(...args);
  let since = clock.now();
  return {
    read: () => secret.read(),
    again: (): Promise<Value> => {
      if (clock.now() - since > freshFor) {
        since = clock.now();
        secret = new Secret(...args);
      }
      return secret.read();
    },
  };
}

function stringIn(answer: unknown): string {
  return answer !== null && typeof answer === "object" && "SecretString" in answer
    ? String(answer.SecretString)
    : "";
}
