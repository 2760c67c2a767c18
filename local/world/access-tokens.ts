import { randomUUID } from "node:crypto";
import type { LocalClock } from "../clock.ts";
import type { Collection, Store } from "../store.ts";

const lifeSeconds = 3600;

/** The OAuth access tokens that a simulated system has issued. They work for an hour, also after a restart. */
export class AccessTokens {
  readonly #clock: LocalClock;
  /** When each token expires, in milliseconds. */
  readonly #tokens: Collection<number>;

  constructor(store: Store, clock: LocalClock, system: "jira" | "jumpcloud") {
    this.#clock = clock;
    this.#tokens = store.collection(`${system}.tokens`);
  }

  /** A new token, as the answer of a token endpoint names it; forgets those that have expired. */
  issue(): { access_token: string; expires_in: number } {
    const now = this.#clock.now();
    for (const [token, expires] of this.#tokens.entries()) if (expires <= now) this.#tokens.delete(token);
    const token = `simulated-access-token-${randomUUID()}`;
    this.#tokens.set(token, now + lifeSeconds * 1000);
    return { access_token: token, expires_in: lifeSeconds };
  }

  isValid(token: string): boolean {
    return (this.#tokens.get(token) ?? 0) > this.#clock.now();
  }
}
