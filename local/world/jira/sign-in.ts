import { randomUUID } from "node:crypto";
import * as v from "valibot";
import type { LocalClock } from "../../clock.ts";
import { type HttpAnswer, HttpError, type HttpRequest } from "../../http.ts";
import type { Collection, Store } from "../../store.ts";
import { keys } from "../company.ts";
import { jsonBody } from "../json-body.ts";
import { object } from "../json-schemas.ts";
import { type Account, type Accounts, automationAccount, serviceAccount } from "./accounts.ts";

const tokenLifeSeconds = 3600;

const tokenRequest = object({
  grant_type: v.string(),
  client_id: v.string(),
  client_secret: v.string(),
  audience: v.exactOptional(v.string()),
});

/** Who is calling: Basic with e-mail and secret, or Bearer with an API token or an OAuth access token. */
export class SignIn {
  readonly #accounts: Accounts;
  readonly #clock: LocalClock;
  /** When each access token expires, in milliseconds. */
  readonly #tokens: Collection<number>;

  constructor(store: Store, clock: LocalClock, accounts: Accounts) {
    this.#accounts = accounts;
    this.#clock = clock;
    this.#tokens = store.collection("jira.tokens");
  }

  /** The caller's account; undefined when the header proves nothing. */
  whoIs(authorization: string | undefined): Account | undefined {
    const [scheme = "", secret = ""] = (authorization ?? "").split(" ");
    const account = scheme.toLowerCase() === "basic" ? this.#basic(secret) : this.#bearer(scheme, secret);
    return account?.active ? account : undefined;
  }

  /** People log in with any password; the service account only with its API token; automation not at all. */
  #basic(secret: string): Account | undefined {
    const [email = "", ...password] = Buffer.from(secret, "base64").toString().split(":");
    const account = this.#accounts.findByEmail(email);
    if (account?.accountId === automationAccount.accountId) return undefined;
    if (account?.accountId === serviceAccount.accountId && password.join(":") !== keys.jiraApiToken)
      return undefined;
    return account;
  }

  #bearer(scheme: string, token: string): Account | undefined {
    if (scheme.toLowerCase() !== "bearer") return undefined;
    const expires = this.#tokens.get(token) ?? 0;
    const known = token === keys.jiraApiToken || expires > this.#clock.now();
    return known ? this.#accounts.get(serviceAccount.accountId) : undefined;
  }

  /** OAuth 2.0 client credentials of the service account, as `https://auth.atlassian.com/oauth/token` answers them. */
  issueToken(request: HttpRequest): HttpAnswer {
    const { grant_type, client_id, client_secret } = jsonBody(tokenRequest, request, (message) =>
      oauthError(400, "invalid_request", message),
    );
    if (grant_type !== "client_credentials")
      throw oauthError(400, "unsupported_grant_type", `grant_type ${grant_type} is not supported`);
    if (client_id !== keys.jiraClientId || client_secret !== keys.jiraClientSecret)
      throw oauthError(401, "access_denied", "Unauthorized");

    const now = this.#clock.now();
    for (const [token, expires] of this.#tokens.entries()) if (expires <= now) this.#tokens.delete(token);
    const token = `simulated-access-${randomUUID()}`;
    this.#tokens.set(token, now + tokenLifeSeconds * 1000);
    return {
      status: 200,
      body: { access_token: token, token_type: "Bearer", expires_in: tokenLifeSeconds },
    };
  }
}

function oauthError(status: number, error: string, description: string): HttpError {
  return new HttpError(status, { error, error_description: description });
}
