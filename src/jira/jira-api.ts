import * as v from "valibot";
import type { Clock } from "../clock.ts";
import { JiraRefusedError, JiraUnavailableError } from "../errors.ts";
import { AccessToken, type Credentials } from "../http/access-token.ts";
import { HttpClient } from "../http/client.ts";

/** What the secret `jira-api` holds: one of the ways in which Jira lets a service account in. */
export const JiraCredentials = v.variant("kind", [
  /** An API token with the account's address, by Basic authentication. */
  v.object({ kind: v.literal("token"), email: v.string(), token: v.string() }),
  /** A service account's scoped API token. */
  v.object({ kind: v.literal("bearer"), token: v.string() }),
  /** A service account's OAuth 2.0 client credentials. */
  v.object({ kind: v.literal("oauth"), clientId: v.string(), clientSecret: v.string() }),
]);
export type JiraCredentials = v.InferOutput<typeof JiraCredentials>;

/** Where client credentials become a token. */
export const jiraTokenUrl = "https://auth.atlassian.com/oauth/token";

/** The site itself, or Atlassian's gateway to it, below which `/rest` is. */
export function jiraUrl(jira: { api: "gateway" | "site"; site: string; cloudId: string }): string {
  return jira.api === "gateway"
    ? `https://api.atlassian.com/ex/jira/${jira.cloudId}`
    : `https://${jira.site}`;
}

/**
 * The way into one Jira site.
 *
 * @param urls `api`: the site or Atlassian's gateway, below which `/rest` is; `token`: where client credentials become a token
 */
export function jiraApi(
  urls: { api: string; token: string },
  credentials: Credentials<JiraCredentials>,
  clock: Clock,
): HttpClient {
  const office = {
    unavailable: (what: string, options?: { cause?: unknown }) => new JiraUnavailableError(what, options),
    refused: (what: string, status: number) => new JiraRefusedError(what, status),
  };
  const accessToken = new AccessToken(clock, office);
  return new HttpClient({
    baseUrl: urls.api,
    clock,
    pass: () => accessToken.pass(credentials, (kind) => authorization(kind, urls.token)),
    ...office,
  });
}

function authorization(credentials: JiraCredentials, url: string) {
  switch (credentials.kind) {
    case "token":
      return {
        authorization: `Basic ${Buffer.from(`${credentials.email}:${credentials.token}`).toString("base64")}`,
      };
    case "bearer":
      return { authorization: `Bearer ${credentials.token}` };
    case "oauth": {
      const { clientId, clientSecret } = credentials;
      const body = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
      const headers = { "content-type": "application/json", accept: "application/json" };
      return { method: "POST", url, headers, body: JSON.stringify(body) };
    }
  }
}
