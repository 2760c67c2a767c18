import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { bundlesFolder } from "../infra/bundle.ts";

/** Starts of each process that count. */
export const rounds = 21;

/** A handler that does nothing, bundled as the functions are. */
const bareHandler = "export const handler = async () => ({ statusCode: 200 });";

/**
 * How many times as long a process takes that loads a function's bundle and ends, as one that loads a bare handler: the
 * median over pairs of whole processes, one started right after the other, so that what else this machine does weighs on
 * both alike.
 */
export async function startUpRatios(functionNames: string[]): Promise<Map<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
  try {
    const bare = join(folder, "index.mjs");
    const stdin = { contents: bareHandler };
    await build({ stdin, outfile: bare, bundle: true, minify: true, format: "esm", target: "node24" });
    const ratios = new Map(functionNames.map((name): [string, number[]] => [name, []]));
    // The first round fills the disk's cache.
    for (let round = 0; round <= rounds; round++)
      for (const [name, measured] of ratios) {
        const against = millisecondsOf(bare);
        const ratio = millisecondsOf(join(bundlesFolder, name, "index.mjs")) / against;
        if (round > 0) measured.push(ratio);
      }
    return new Map([...ratios].map(([name, measured]) => [name, median(measured)]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function millisecondsOf(file: string): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [file], { env: {}, encoding: "utf8" });
  if (status !== 0) throw new Error(`${file} does not load: ${stderr}`);
  return performance.now() - start;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
