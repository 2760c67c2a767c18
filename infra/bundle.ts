import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import * as v from "valibot";

const root = join(import.meta.dirname, "..");

/** Where the bundles are: one folder per function, with `index.mjs` in it. */
export const bundlesFolder = join(root, "dist", "functions");

export const functionNames = readdirSync(join(root, "functions")).map((file) => basename(file, ".ts"));

/**
 * Parts of the AWS SDK that no function ever runs, and that esbuild would pack all the same because they are imported on
 * demand: sources of credentials other than Lambda's environment, and event streams.
 */
const neverRun = [
  "@aws-sdk/credential-provider-http",
  "@aws-sdk/credential-provider-ini",
  "@aws-sdk/credential-provider-login",
  "@aws-sdk/credential-provider-process",
  "@aws-sdk/credential-provider-sso",
  "@aws-sdk/credential-provider-web-identity",
  "@aws-sdk/nested-clients/*",
  "@aws-sdk/token-providers",
  "@smithy/core/event-streams",
  "@smithy/credential-provider-imds",
];

/** More of such parts, each the only thing in its file, that are imported at once. */
const neverCalled = [
  // Node has its own.
  "Sha256Js",
  // Of `retryMode: adaptive` only.
  "AdaptiveRetryStrategy",
  "DefaultRateLimiter",
  // Lambda says the region itself.
  "getInstanceMetadataRegion",
];

const stubForNeverCalled: Plugin = {
  name: "stub-for-never-called",
  setup({ onLoad }) {
    const filter = new RegExp(`@smithy[\\\\/]core[\\\\/].+[\\\\/](${neverCalled.join("|")})\\.js$`);
    onLoad({ filter }, ({ path }) => {
      const name = basename(path, ".js");
      return { contents: `export function ${name}() { throw new Error("${name} was left out"); }` };
    });
  },
};

const Package = v.object({ version: v.string() });

/** The SDK's clients read their own version from package.json, and would pack all of that file. */
const versionOnly: Plugin = {
  name: "version-only",
  setup({ onLoad }) {
    onLoad({ filter: /@aws-sdk[\\/]client-[^\\/]+[\\/]package\.json$/ }, async ({ path }) => {
      const { version } = v.parse(Package, JSON.parse(await readFile(path, "utf8")));
      return { contents: JSON.stringify({ version }), loader: "json" };
    });
  },
};

/** DynamoDB's client makes a cache for the discovery of endpoints, which is switched off: a map does, without its packages. */
const mapForCache: Plugin = {
  name: "map-for-cache",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^mnemonist\/lru-cache$/ }, ({ path }) => ({ path, namespace: "map-for-cache" }));
    onLoad({ filter: /.*/, namespace: "map-for-cache" }, () => ({
      contents: "export default class extends Map { constructor() { super(); } }",
    }));
  },
};

const description = /,\s*v\.description\(\s*"(?:[^"\\]|\\.)*",?\s*\)/g;

/** What a setting means is told to editors, by the published JSON Schemas; functions only read the settings. */
const withoutDescriptions: Plugin = {
  name: "without-descriptions",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/](catalog|policy)[\\/][^\\/]+\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replaceAll(description, ""),
      loader: "ts",
    }));
  },
};

/** Bundles every function, small enough to start fast; returns what went into each bundle. */
export async function bundleFunctions(): Promise<Metafile> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: functionNames.map((name) => ({
      in: join("functions", `${name}.ts`),
      out: join(name, "index"),
    })),
    outdir: bundlesFolder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node24",
    // The packages' ES modules: esbuild can leave out what is not used of them.
    mainFields: ["module", "main"],
    external: neverRun,
    plugins: [stubForNeverCalled, versionOnly, mapForCache, withoutDescriptions],
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  });
  return result.metafile;
}
