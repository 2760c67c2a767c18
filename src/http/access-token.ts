import * as v from "valibot";
import type { Clock } from "../clock.ts";
import type { SetupError, UpstreamError } from "../errors.ts";
import type { Pass } from "./client.ts";
import { read } from "./json.ts";
import { NoAnswerError, type Outgoing, send } from "./send.ts";

const Granted = v.object({ access_token: v.string(), expires_in: v.optional(v.number()) });

const anHour = 3_600;
const spare = 60;

/** Credentials of which there may be two that are good, while they are being changed. */
export type Credentials<Kind> = {
  read(): Promise<Kind>;
  /** Says whether there are others than those that were refused; from then on these are read. */
  renew(refused: Kind): Promise<boolean>;
};

/** How client credentials become a token, and how that fails. */
type Office = {
  unavailable(what: string, options?: { cause: unknown }): UpstreamError;
  refused(what: string, status: number): SetupError;
};

/** OAuth access tokens by client credentials: fetched when needed, kept until a minute before they end. */
export class AccessToken {
  readonly #clock: Clock;
  readonly #office: Office;
  #kept: { token: string; until: number } | undefined;

  constructor(clock: Clock, office: Office) {
    this.#clock = clock;
    this.#office = office;
  }

  /** What lets a call in: one of the credentials themselves, or a token that they become. */
  async pass<Kind>(
    credentials: Credentials<Kind>,
    by: (kind: Kind) => Record<string, string> | Outgoing,
  ): Promise<Pass> {
    for (;;) {
      const used = await credentials.read();
      const way = by(used);
      if (!isOutgoing(way)) return { headers: way, renew: () => credentials.renew(used) };
      const token = await this.#get(way);
      if (token !== undefined)
        return {
          headers: { authorization: `Bearer ${token}` },
          renew: async () => {
            if (this.#kept?.token === token) this.#kept = undefined;
            return true;
          },
        };
      if (!(await credentials.renew(used)))
        throw this.#office.unavailable("an access token: HTTP 401, no credentials are accepted");
    }
  }

  /** Undefined when the credentials are refused. */
  async #get(request: Outgoing): Promise<string | undefined> {
    if (this.#kept && this.#kept.until > this.#clock.now()) return this.#kept.token;
    const answer = await send(request).catch((error: unknown) => {
      throw error instanceof NoAnswerError
        ? this.#office.unavailable("no access token", { cause: error })
        : error;
    });
    if (answer.status === 401) return undefined;
    if (answer.status !== 200) throw this.#office.refused("the client credentials", answer.status);
    const { access_token: token, expires_in: seconds = anHour } = read(answer, "access token", Granted);
    this.#kept = { token, until: this.#clock.now() + (seconds - spare) * 1_000 };
    return token;
  }
}

function isOutgoing(way: Record<string, string> | Outgoing): way is Outgoing {
  return "headers" in way;
}
