import * as v from "valibot";
import type { Clock } from "../clock.ts";
import { read } from "./json.ts";
import { type Outgoing, send } from "./send.ts";

const Granted = v.object({ access_token: v.string(), expires_in: v.optional(v.number()) });

const anHour = 3_600;
const spare = 60;

/** An OAuth access token by client credentials: fetched when needed, kept until a minute before it ends. */
export class AccessToken {
  readonly #clock: Clock;
  readonly #refuse: (what: string, status: number) => Error;
  #kept: { token: string; until: number } | undefined;

  constructor(clock: Clock, refuse: (what: string, status: number) => Error) {
    this.#clock = clock;
    this.#refuse = refuse;
  }

  async get(request: Outgoing): Promise<string> {
    if (this.#kept && this.#kept.until > this.#clock.now()) return this.#kept.token;
    const answer = await send(request);
    if (answer.status !== 200) throw this.#refuse("the client credentials", answer.status);
    const { access_token: token, expires_in: seconds = anHour } = read(answer, "access token", Granted);
    this.#kept = { token, until: this.#clock.now() + (seconds - spare) * 1_000 };
    return token;
  }

  forget(): void {
    this.#kept = undefined;
  }
}
