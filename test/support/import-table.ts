/**
 * The house: what the files of a folder may import. Packages are listed by name, folders and files of the repository by
 * path; the own folder needs no mention. What is not listed is forbidden, and so is a folder that is not here.
 */
export type Room = {
  imports: string[];
  /** What they may know the types of, but not run. */
  types?: string[];
  /** What they reach of the outside world without an import. */
  globals?: string[];
};

/** In every folder of `src/` and `functions/` these need a mention: business code is given time, network and settings. */
export const effects = [
  "console",
  "crypto",
  "Date.now",
  "fetch",
  "globalThis",
  "Math.random",
  "new Date()",
  "performance",
  "process",
  "queueMicrotask",
  "setImmediate",
  "setInterval",
  "setTimeout",
];

const nouns = ["requests", "approvals", "grants", "catalog", "policy", "people", "actions", "audit", "keys"];
export const business = nouns.map((noun) => `src/${noun}`);
const rules: Room = { imports: [...business, "src/errors.ts", "valibot"], types: ["src/clock.ts"] };
const local = ["local/clock.ts", "local/http.ts", "local/json-schemas.ts", "local/store.ts"];
const client = ["src/http", "src/errors.ts", "valibot"];

export const house: Record<string, Room> = {
  // Business: rules and use cases. What they need of the world is declared by them, and given to them.
  ...Object.fromEntries(business.map((folder) => [folder, rules])),
  "src/audit": { imports: ["valibot", "node:crypto"], types: ["src/clock.ts"] },
  "src/policy-files": {
    imports: ["src/actions", "src/catalog", "src/policy", "valibot", "yaml", "node:fs", "node:path"],
  },
  // On a person's waiting path, so neither a schema library nor an SDK.
  "src/webhooks": { imports: ["src/errors.ts", "node:crypto"], types: ["src/requests/doorbell.ts"] },

  // The outside world: one system each. They know entities, but no use case and not each other.
  "src/http": {
    imports: ["src/errors.ts", "valibot"],
    types: ["src/clock.ts"],
    globals: ["fetch", "Math.random"],
  },
  "src/jira": {
    imports: client,
    types: [
      "src/clock.ts",
      "src/approvals/approval-proof.ts",
      "src/catalog/plan-options.ts",
      "src/requests/comment.ts",
      "src/requests/issue.ts",
    ],
  },
  "src/jumpcloud": {
    imports: client,
    types: [
      "src/clock.ts",
      "src/actions/account.ts",
      "src/actions/blast-radius.ts",
      "src/actions/group.ts",
      "src/grants/membership.ts",
      "src/people/directory-user.ts",
    ],
  },
  "src/storage": {
    imports: [
      "src/actions/row.ts",
      "src/actions/snapshot.ts",
      "src/audit",
      "src/catalog",
      "src/grants/grant-switch.ts",
      "src/grants/ledger.ts",
      "src/policy/applied.ts",
      "src/policy/check-separation.ts",
      "src/policy/second-person.ts",
      "src/policy/standing.ts",
      "src/requests/life.ts",
      "src/requests/request.ts",
      "src/errors.ts",
      "valibot",
      "@aws-sdk/client-dynamodb",
      "@aws-sdk/util-dynamodb",
    ],
    types: ["src/clock.ts", "src/policy/changes.ts"],
  },

  // Lambda, and what puts clients and tables together for it.
  "src/lambda": {
    imports: ["src/clock.ts", "src/errors.ts", "valibot", "@middy/core", "aws4fetch"],
    types: ["aws-lambda", "@aws-sdk/client-dynamodb"],
    globals: ["process"],
  },
  "src/wiring": {
    imports: [
      "src/actions/action-rules.ts",
      "src/jira",
      "src/jumpcloud",
      "src/lambda",
      "src/requests/request.ts",
      "src/storage",
      "src/policy/site.ts",
      "valibot",
      "@aws-sdk/client-dynamodb",
    ],
    types: ["src/policy/applied.ts", "src/requests/doorbell.ts"],
  },
  src: { imports: ["node:timers/promises"], globals: ["Date.now"] },
  functions: {
    imports: [
      "src/actions",
      "src/approvals",
      "src/audit",
      "src/catalog",
      "src/grants",
      "src/keys",
      "src/lambda",
      "src/requests",
      "src/webhooks",
      "src/wiring",
      "valibot",
    ],
  },

  // What is not deployed as code.
  infra: {
    imports: [
      "src/jira/jira-api.ts",
      "src/jumpcloud/jumpcloud-api.ts",
      "src/lambda/metrics.ts",
      "src/policy-files",
      "aws-cdk-lib",
      "cdk-nag",
      "constructs",
      "esbuild",
      "valibot",
      "node:child_process",
      "node:fs",
      "node:path",
      "node:url",
    ],
    types: ["src/lambda/environments.ts", "src/policy/site.ts"],
  },
  cli: {
    imports: [
      "src/actions/row.ts",
      "src/audit",
      "src/catalog",
      "src/grants",
      "src/policy",
      "src/policy-files",
      "src/requests",
      "src/storage",
      "src/http/client.ts",
      "src/jira/jira-api.ts",
      "src/jira/jira-options.ts",
      "src/jumpcloud/jumpcloud-api.ts",
      "src/webhooks/webhook-secret.ts",
      "src/clock.ts",
      "src/errors.ts",
      "aws4fetch",
      "commander",
      "valibot",
      "@aws-sdk",
      "node:fs",
      "node:util",
    ],
  },
  // Simulators share nothing with the clients that are tested with them; the runtime knows AWS, not Latchkey.
  "local/world": { imports: [...local, "valibot", "node:"] },
  "local/runtime": {
    imports: [
      ...local,
      "croner",
      "dynalite",
      "jsonata",
      "valibot",
      "yaml",
      "node:",
      // A bundle, in its worker.
      "(computed)",
    ],
  },
  local: {
    imports: [
      "src",
      "infra",
      "cli",
      "local/runtime",
      "local/world",
      "@aws-sdk",
      "commander",
      "valibot",
      "node:",
    ],
  },
  // Run by developers, and part of nothing that is deployed: they may look at everything.
  bench: { imports: ["*"] },
  proof: { imports: ["*"] },
  docs: { imports: ["*"] },
  test: { imports: ["*"] },
};

/** The room of a file: the longest folder of the table that it is in, if it may be that deep in it. */
export function roomOf(path: string): string | undefined {
  const folder = path.slice(0, path.lastIndexOf("/"));
  const inside = Object.keys(house).filter((room) => folder === room || folder.startsWith(`${room}/`));
  const room = inside.sort((a, b) => b.length - a.length)[0];
  const isDeep = room !== folder;
  return isDeep && (room === "local" || room === "functions" || room?.startsWith("src")) ? undefined : room;
}

/** Whether one of the entries is the target itself, or a folder or package that it is part of. */
export function isListed(target: string, entries: readonly string[]): boolean {
  return entries.some(
    (entry) =>
      entry === "*" ||
      target === entry ||
      target.startsWith(`${entry}/`) ||
      (entry.endsWith(":") && target.startsWith(entry)),
  );
}
