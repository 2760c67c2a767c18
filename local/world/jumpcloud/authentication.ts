import type { LocalClock } from "../../clock.ts";
import { type HttpAnswer, HttpError, type HttpRequest } from "../../http.ts";
import type { Store } from "../../store.ts";
import { AccessTokens } from "../access-tokens.ts";
import { keys } from "../company.ts";
import type { Moods } from "./moods.ts";
import { refusal } from "./refusal.ts";

/** Who makes a call, as the audit trail names them. */
export type Caller = {
  name: string;
  id: string;
  type: "admin" | "service_account" | "system";
  email?: string;
  mayWrite: boolean;
};

/** The one who does what nobody asked for: recomputed groups, scheduled changes. */
export const jumpcloudItself: Caller = {
  name: "JumpCloud",
  id: "000000000000000000000000",
  type: "system",
  mayWrite: true,
};

const writer: Caller = {
  name: "read-and-write key",
  id: "5d0000000000000000000011",
  type: "admin",
  email: "latchkey-write@fernhill.example",
  mayWrite: true,
};
const reader: Caller = {
  name: "read-only key",
  id: "5d0000000000000000000012",
  type: "admin",
  email: "latchkey-read@fernhill.example",
  mayWrite: false,
};
const serviceAccount: Caller = {
  name: "service account",
  id: "5d0000000000000000000013",
  type: "service_account",
  mayWrite: true,
};

export class Authentication {
  readonly #tokens: AccessTokens;

  readonly #moods: Moods;

  constructor(store: Store, clock: LocalClock, moods: Moods) {
    this.#moods = moods;
    this.#tokens = new AccessTokens(store, clock, "jumpcloud");
  }

  /** The caller; throws the answer for an unknown one: 401 for a wrong key, but a redirect when there is no key at all. */
  admit(request: HttpRequest): Caller {
    if (!request.headers["x-api-key"] && !request.headers.authorization)
      throw new HttpError(302, undefined, { location: "/login" });
    const caller = this.caller(request);
    if (!caller) {
      const apiKey = request.headers["x-api-key"] !== undefined;
      throw refusal(401, apiKey ? "api key user not found" : "Unauthorized");
    }
    this.#checkOrganization(request);
    if (!caller.mayWrite && !isRead(request))
      throw refusal(403, `Forbidden: the role of this key may not ${request.method} ${request.path}`);
    return caller;
  }

  caller({ headers }: HttpRequest): Caller | undefined {
    const key = headers["x-api-key"];
    if (key !== undefined) {
      if (this.#moods.writeKeys.includes(key)) return writer;
      return this.#moods.readKeys.includes(key) ? reader : undefined;
    }
    const token = /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];
    return token !== undefined && this.#tokens.isValid(token) ? serviceAccount : undefined;
  }

  /** Answers `POST /oauth2/token`: client credentials by HTTP Basic, scope `api`. */
  issueToken(request: HttpRequest): HttpAnswer {
    const expected = Buffer.from(`${keys.jumpcloudClientId}:${keys.jumpcloudClientSecret}`).toString(
      "base64",
    );
    if (request.headers.authorization !== `Basic ${expected}`)
      throw new HttpError(401, {
        error: "invalid_client",
        error_description: "Client authentication failed: unknown client, or wrong secret",
      });
    const form = new URLSearchParams(request.body.toString());
    if (!request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded"))
      throw new HttpError(400, { error: "invalid_request", error_description: "The body must be a form" });
    if (form.get("grant_type") !== "client_credentials")
      throw new HttpError(400, { error: "unsupported_grant_type" });
    if (form.get("scope") !== "api") throw new HttpError(400, { error: "invalid_scope" });
    return { status: 200, body: { ...this.#tokens.issue(), token_type: "bearer", scope: "api" } };
  }

  #checkOrganization({ headers, path }: HttpRequest): void {
    const organization = headers["x-org-id"];
    if (organization === undefined) return;
    if (path.startsWith("/api/organizations"))
      throw refusal(400, "x-org-id must not be sent to /api/organizations");
    if (organization !== keys.jumpcloudOrganization)
      throw refusal(403, `Forbidden: this key does not reach the organization ${organization}`);
  }
}

function isRead({ method, path }: HttpRequest): boolean {
  return method === "GET" || path.startsWith("/api/search/") || path.startsWith("/insights/");
}
