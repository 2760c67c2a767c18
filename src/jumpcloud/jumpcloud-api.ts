import * as v from "valibot";
import type { Clock } from "../clock.ts";
import { JumpCloudRefusedError, JumpCloudUnavailableError } from "../errors.ts";
import { AccessToken, type Credentials } from "../http/access-token.ts";
import { HttpClient } from "../http/client.ts";

/** What the secrets `jumpcloud-read` and `jumpcloud-write` hold. */
export const JumpCloudCredentials = v.variant("kind", [
  v.object({ kind: v.literal("api-key"), key: v.string() }),
  /** A service account's OAuth 2.0 client credentials. */
  v.object({ kind: v.literal("oauth"), clientId: v.string(), clientSecret: v.string() }),
]);
export type JumpCloudCredentials = v.InferOutput<typeof JumpCloudCredentials>;

/** JumpCloud's hosts by region; a credential is good in its own region only. */
export const regions = {
  us: { api: "https://console.jumpcloud.com", token: "https://admin-oauth.id.jumpcloud.com/oauth2/token" },
  eu: {
    api: "https://console.eu.jumpcloud.com",
    token: "https://admin-oauth.id.eu.jumpcloud.com/oauth2/token",
  },
  in: {
    api: "https://console.in.jumpcloud.com",
    token: "https://admin-oauth.id.in.jumpcloud.com/oauth2/token",
  },
};

/** The way into one JumpCloud organisation. A missing or dead key is answered with a redirect to a login page. */
export function jumpcloudApi(
  urls: { api: string; token: string },
  organization: () => Promise<string>,
  credentials: Credentials<JumpCloudCredentials>,
  pace: { next(): Promise<void>; slowDown(): Promise<void> },
  clock: Clock,
): HttpClient {
  const office = {
    unavailable: (what: string, options?: { cause?: unknown }) =>
      new JumpCloudUnavailableError(what, options),
    refused: (what: string, status: number) => new JumpCloudRefusedError(what, status),
  };
  const accessToken = new AccessToken(clock, office);
  return new HttpClient({
    baseUrl: urls.api,
    clock,
    pass: async () => {
      const { headers, renew } = await accessToken.pass(credentials, (kind) =>
        authorization(kind, urls.token),
      );
      return { headers: { "x-org-id": await organization(), ...headers }, renew };
    },
    turn: () => pace.next(),
    tooMuch: () => pace.slowDown(),
    ...office,
  });
}

function authorization(credentials: JumpCloudCredentials, url: string) {
  if (credentials.kind === "api-key") return { "x-api-key": credentials.key };
  const client = Buffer.from(`${credentials.clientId}:${credentials.clientSecret}`).toString("base64");
  const headers = {
    authorization: `Basic ${client}`,
    "content-type": "application/x-www-form-urlencoded",
    accept: "application/json",
  };
  return { method: "POST", url, headers, body: "grant_type=client_credentials&scope=api" };
}
