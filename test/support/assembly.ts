import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { synthesize } from "../../local/assembly.ts";

/** Where the stack is that tests serve: synthesized once for all of them, before the first. */
export const assemblyFolder = join(import.meta.dirname, "../../dist/test-assembly");

export async function setup(): Promise<void> {
  mkdirSync(assemblyFolder, { recursive: true });
  await synthesize(assemblyFolder);
}
