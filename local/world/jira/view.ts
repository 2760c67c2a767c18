import type { Account } from "./accounts.ts";
import type { Site } from "./site.ts";

/** For whom, and in which dialect, something is shown. */
export type View = {
  site: Site;
  /** What the addresses in the answer begin with: the site's, or the gateway's with its cloud id. */
  base: string;
  /** REST v3 shows rich text as documents; v2, and so webhooks, as wiki markup. */
  version: 2 | 3;
  /** Null for webhooks: they show no e-mail address of anybody. */
  viewer: Account | null;
};

/** A time as REST shows it, such as `2026-01-02T09:00:00.000+0000`. */
export function platformDate(time: number): string {
  return new Date(time).toISOString().replace("Z", "+0000");
}

/** A time as the service desk API shows it. */
export function serviceDeskDate(time: number) {
  const iso = new Date(time).toISOString();
  return {
    iso8601: iso.replace(/\.\d+Z$/, "+0000"),
    jira: platformDate(time),
    friendly: new Date(time).toUTCString(),
    epochMillis: time,
  };
}

export function avatarUrls(base: string, accountId: string): Record<string, string> {
  const of = (size: number) => `${base}/avatar/${encodeURIComponent(accountId)}?size=${size}`;
  return { "48x48": of(48), "24x24": of(24), "16x16": of(16), "32x32": of(32) };
}

/** Whether the viewer is shown the account's e-mail address. */
export function seesEmail(account: Account, viewer: Account | null): boolean {
  return viewer !== null && (!account.emailHidden || viewer.accountId === account.accountId);
}

/** An account as the platform shows it. */
export function userJson(account: Account, { base, version, viewer }: View) {
  return {
    self: `${base}/rest/api/${version}/user?accountId=${encodeURIComponent(account.accountId)}`,
    accountId: account.accountId,
    accountType: account.accountType,
    ...(seesEmail(account, viewer) ? { emailAddress: account.email } : {}),
    avatarUrls: avatarUrls(base, account.accountId),
    displayName: account.displayName,
    active: account.active,
    timeZone: account.timeZone,
  };
}
