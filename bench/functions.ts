import { statSync } from "node:fs";
import { join } from "node:path";
import { bundlesFolder, functionNames } from "../infra/bundle.ts";
import type { FigureGroup } from "./figures.ts";
import { rounds, startUpRatios } from "./start-up.ts";

/** `receive-webhook` is the only function that a person waits for. */
const limitsOf = (name: string) =>
  name === "receive-webhook" ? { bytes: 20_000, ratio: 1.3 } : { bytes: 260_000, ratio: 2.6 };

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

export async function startUps(): Promise<FigureGroup> {
  const ratios = await startUpRatios(functionNames);
  return {
    title: `Start-up of each function's process, against a bare handler's (median of ${rounds} pairs)`,
    figures: functionNames.map((name) => ({
      name,
      measured: ratios.get(name) ?? Number.NaN,
      unit: "times",
      limit: limitsOf(name).ratio,
    })),
  };
}
