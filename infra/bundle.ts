import { readdirSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import * as v from "valibot";

const root = join(import.meta.dirname, "..");

/** Where the bundles are: one folder per function, with `index.mjs` in it. */
export const bundlesFolder = join(root, "dist", "functions");

export const functionNames = readdirSync(join(root, "functions")).map((file) => basename(file, ".ts"));

/**
 * Files of the AWS SDK of which no function ever runs anything. Whatever they alone import is left out with them.
 */
const neverCalled = [
  // Functions take their credentials from Lambda's environment and nowhere else.
  "defaultProvider",
  // Node has its own.
  "Sha256Js",
  // Of `retryMode: adaptive` only.
  "AdaptiveRetryStrategy",
  "DefaultRateLimiter",
  // RequestSigner does.
  "SignatureV4",
  // Lambda says the region itself.
  "getInstanceMetadataRegion",
];

const stubForNeverCalled: Plugin = {
  name: "stub-for-never-called",
  setup({ onLoad }) {
    const filter = new RegExp(
      `[\\\\/](core|credential-provider-node|signature-v4)[\\\\/].+[\\\\/](${neverCalled.join("|")})\\.js$`,
    );
    onLoad({ filter }, async ({ path }) => {
      const exported = (await readFile(path, "utf8")).matchAll(/^export (?:const|class|function) (\w+)/gm);
      const stubs = Array.from(exported, ([, name = ""]) => {
        return `export function ${name}() { throw new Error("${name} was left out"); }`;
      });
      return { contents: stubs.join("\n") };
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

const quoted = String.raw`"(?:[^"\\]|\\.)*"`;
const description = new RegExp(String.raw`,\s*v\.description\(\s*${quoted},?\s*\)`, "g");
const actionText = new RegExp(
  String.raw`^ {4}(?:does|needs|alreadySo|again|scope|inverse):\s*(?:${quoted}|\w+),$`,
  "gm",
);

/** What settings and actions are is told to editors and readers, by the schemas and pages made of them; functions do not need it. */
const withoutDescriptions: Plugin = {
  name: "without-descriptions",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/](actions|catalog|policy)[\\/][^\\/]+\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replaceAll(description, "").replaceAll(actionText, ""),
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
    // Imported on demand, and never.
    external: ["@smithy/core/event-streams"],
    plugins: [stubForNeverCalled, versionOnly, mapForCache, withoutDescriptions],
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    write: false,
  });
  await Promise.all(result.outputFiles.map(({ path, contents }) => replaceFile(path, contents)));
  return result.metafile;
}

/** In one step, and not at all where nothing changes: another process may be reading it. */
async function replaceFile(path: string, contents: Uint8Array): Promise<void> {
  const before = await readFile(path).catch(() => undefined);
  if (before?.equals(contents)) return;
  await mkdir(dirname(path), { recursive: true });
  // Beside the folder: all that is in it is deployed.
  const written = `${dirname(path)}.${process.pid}`;
  await writeFile(written, contents);
  await rename(written, path);
}
