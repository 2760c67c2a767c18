import * as v from "valibot";
import type { LocalClock } from "../../clock.ts";
import { type HttpAnswer, HttpError, type HttpRequest } from "../../http.ts";
import { object } from "../../json-schemas.ts";
import type { Store } from "../../store.ts";
import { AccessTokens } from "../access-tokens.ts";
import { keys } from "../company.ts";
import { jsonBody } from "../json-body.ts";
import { type Account, type Accounts, automationAccount, serviceAccount } from "./accounts.ts";
import type { JiraSettings } from "./settings.ts";

const tokenRequest = object({
  grant_type: v.string(),
  client_id: v.string(),
  client_secret: v.string(),
  audience: v.exactOptional(v.string()),
});

/** Who is calling: Basic with e-mail and secret, or Bearer with an API token or an OAuth access token. */
export class SignIn {
  readonly #accounts: Accounts;
  readonly #tokens: AccessTokens;

  readonly #settings: JiraSettings;

  constructor(store: Store, clock: LocalClock, accounts: Accounts, settings: JiraSettings) {
    this.#accounts = accounts;
    this.#settings = settings;
    this.#tokens = new AccessTokens(store, clock, "jira");
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
    if (account?.accountId === serviceAccount.accountId && !this.#isGood(password.join(":")))
      return undefined;
    return account;
  }

  #bearer(scheme: string, token: string): Account | undefined {
    if (scheme.toLowerCase() !== "bearer") return undefined;
    const known = this.#isGood(token) || this.#tokens.isValid(token);
    return known ? this.#accounts.get(serviceAccount.accountId) : undefined;
  }

  #isGood(apiToken: string): boolean {
    return this.#settings.apiTokens.includes(apiToken);
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
    return { status: 200, body: { ...this.#tokens.issue(), token_type: "Bearer" } };
  }
}

function oauthError(status: number, error: string, description: string): HttpError {
  return new HttpError(status, { error, error_description: description });
}
