import { keys, people, simulatedSecrets } from "../../local/world/company.ts";
import { samlPrivateKeyCanary } from "../../local/world/jumpcloud/applications.ts";
import type { Canaries } from "./canaries.ts";
import type { Kept } from "./sinks.ts";

function leaves(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(leaves) : [];
}

/** Every value of every secret, as it is stored and as it is sent. */
const secretValues = [
  ...new Set([
    ...leaves(simulatedSecrets).filter((text) => text.length >= 16 && !text.includes("@")),
    ...[keys.jiraClientSecret, keys.jumpcloudClientSecret],
    Buffer.from(`${keys.jiraServiceAccountEmail}:${keys.jiraApiToken}`).toString("base64"),
    Buffer.from(`${keys.jumpcloudClientId}:${keys.jumpcloudClientSecret}`).toString("base64"),
    samlPrivateKeyCanary,
  ]),
];
const names = people.map(({ firstName, lastName }) => `${firstName} ${lastName}`);
const addresses = [...people.map(({ email }) => email), keys.jiraServiceAccountEmail];

/** What belongs where it is. Everything else is a hit. */
const allowed: { where: RegExp; what: RegExp; why: string }[] = [
  {
    where: /^table catalog\.(.*\.)?owner$|^latchkey catalog list$/,
    what: /^address$/,
    why: "the owner of an application is asked for approval, and found in Jira by the address",
  },
  {
    where: /^table catalog\.|^latchkey catalog (list|adopt)$/,
    what: /^jumpcloud: GET \/api\/applications 200, results\.(displayLabel|logo\.url)$/,
    why: "whoever keeps the catalog is told what JumpCloud has beside it, and what it looks like",
  },
];

/** Where something is that should not be there, and what it is; each pair once. */
export function hitsIn(kept: Kept[], canaries: Canaries, tokens: string[] = []): string[] {
  const hits = new Set<string>();
  for (const { where, text } of kept) {
    const found = [
      ...canaries.foundIn(text),
      ...([...secretValues, ...tokens].some((secret) => text.includes(secret)) ? ["secret"] : []),
      ...(names.some((name) => text.includes(name)) ? ["name"] : []),
      ...(addresses.some((address) => text.includes(address)) ? ["address"] : []),
    ];
    for (const what of found)
      if (!allowed.some((one) => one.where.test(where) && one.what.test(what)))
        hits.add(`${where} ← ${what}`);
  }
  return [...hits];
}
